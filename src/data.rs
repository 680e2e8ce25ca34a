//! The payload of an event: JSON kept as it was written, or plain text.
//!
//! JSON is checked and stripped of white space, but not parsed into a tree:
//! numbers keep every digit they were sent with, members keep their order, and
//! nothing is allocated for what only passes through.

use crate::error::{Error, Result};
use crate::limit::{EVENT_BYTES, JSON_DEPTH};
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The payload of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// Compact JSON: valid, on one line.
    Json(String),
    /// Text as it came, with its line ends.
    Text(String),
}

impl Data {
    /// Takes JSON that serde has already checked, in its own spelling.
    ///
    /// Errors: 400 where it nests deeper than [`JSON_DEPTH`], 413 where it is
    /// larger than [`EVENT_BYTES`] once compact.
    pub fn from_raw(raw: &RawValue) -> Result<Self> {
        let compact = compact(raw.get(), JSON_DEPTH)?;
        check_size(compact.len())?;
        Ok(Self::Json(compact))
    }

    /// Takes the payload of an event out of a backup. It may be larger than what was
    /// published, by what the service has added (a sender, reactions, a rate), and a
    /// level deeper.
    ///
    /// Errors: 400 and 413 as [`Data::from_raw`].
    pub fn restored(raw: &RawValue) -> Result<Self> {
        let compact = compact(raw.get(), JSON_DEPTH.saturating_add(1))?;
        check_size(compact.len() / 2)?;
        Ok(Self::Json(compact))
    }

    /// Takes plain text; 413 where it is larger than [`EVENT_BYTES`].
    pub fn from_text(text: String) -> Result<Self> {
        check_size(text.len())?;
        Ok(Self::Text(text))
    }

    /// JSON that this program wrote itself.
    pub fn from_json<T: serde::Serialize>(value: &T) -> Result<Self> {
        serde_json::to_string(value)
            .map(Self::Json)
            .map_err(|error| Error::Internal(format!("an own event did not serialise: {error}")))
    }

    /// The payload as it stands in the `data:` field of a Server-Sent Event.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Json(text) | Self::Text(text) => text,
        }
    }

    /// The value of a member, where the payload is a JSON object that has it; in
    /// its own spelling.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&str> {
        let Self::Json(json) = self else {
            return None;
        };
        let members = Members::parse(json).ok()?;
        members.get(name).map(RawValue::get)
    }

    /// The payload as a JSON value: text becomes a string.
    pub fn to_raw(&self) -> Result<Box<RawValue>> {
        match self {
            Self::Json(json) => RawValue::from_string(json.clone()),
            Self::Text(text) => serde_json::value::to_raw_value(text),
        }
        .map_err(|error| Error::Internal(format!("stored data is not JSON: {error}")))
    }
}

/// Reads a JSON object into `T`. serde alone would also take an array for a struct.
pub fn parse_object<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, String> {
    // Always from a string: what reads from bytes is all of serde_json once more.
    let json = std::str::from_utf8(json).map_err(|error| error.to_string())?;
    match json.trim_ascii_start().as_bytes().first() {
        Some(b'{') => serde_json::from_str(json).map_err(|error| complaint(&error)),
        _ => Err("expected a JSON object".to_owned()),
    }
}

/// What is wrong with JSON, without anything of what was read: an error repeats no
/// input, which could be long, or secret, or meant for whoever shows it.
#[must_use]
pub fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // What serde read stands in quotes, whatever is in it; what it expected does not.
    match (text.split_once('"'), text.rsplit_once('"')) {
        (Some((before, _)), Some((_, after))) => format!("{before}\"…\"{after}"),
        _ => text,
    }
}

/// The members of a JSON object, in order, their values unparsed.
pub(crate) struct Members<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads an object. What is small or read seldom is taken from here, member by
    /// member: each struct that serde reads is 2 KB of code in the Worker.
    pub(crate) fn parse(json: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }

    /// The value of a member, as what it is to be; one that is absent reads as null.
    pub(crate) fn read<T: Deserialize<'a>>(&self, name: &str) -> serde_json::Result<T> {
        serde_json::from_str(self.get(name).map_or("null", RawValue::get))
    }

    /// The value of a member; of several with the same name the last counts.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let mut members = self.0.iter().rev();
        members.find_map(|(key, value)| (key == name).then_some(*value))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Self::Value, A::Error> {
                #[derive(Deserialize)]
                struct MemberName<'a>(#[serde(borrow)] Cow<'a, str>);
                let mut members = Vec::new();
                while let Some((MemberName(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(InOrder).map(Self)
    }
}

fn check_size(bytes: usize) -> Result<()> {
    if bytes > EVENT_BYTES {
        return Err(Error::TooLarge {
            what: "an event's data in bytes",
            limit: EVENT_BYTES,
        });
    }
    Ok(())
}

/// Valid JSON without the white space between its tokens.
fn compact(json: &str, most: usize) -> Result<String> {
    let mut out = String::with_capacity(json.len());
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for c in json.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else {
            match c {
                ' ' | '\t' | '\n' | '\r' => continue,
                '"' => in_string = true,
                '[' | '{' => {
                    depth = depth.saturating_add(1);
                    if depth > most {
                        return Err(Error::BadRequest(format!(
                            "The data nests deeper than {most} levels."
                        )));
                    }
                }
                ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        out.push(c);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(text: &str) -> Result<Data> {
        Data::from_raw(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn loses_white_space_and_nothing_else() {
        let given =
            "{ \"b\" : [ 1.10 , 12345678901234567890123 ,\r\n\t-0 ], \"a\":\" x\\\" \\\\\" }";
        assert_eq!(
            json(given).unwrap().as_str(),
            r#"{"b":[1.10,12345678901234567890123,-0],"a":" x\" \\"}"#
        );
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(json(&nested(JSON_DEPTH)).is_ok());
        assert_eq!(json(&nested(JSON_DEPTH + 1)).unwrap_err().status(), 400);
        // Brackets in a string are no nesting.
        assert!(json(&format!("\"{}\"", "[".repeat(1000))).is_ok());
    }

    #[test]
    fn size_is_bounded_after_compaction() {
        let full = format!("\"{}\"", "x".repeat(EVENT_BYTES - 2));
        assert!(json(&format!("   {full}   ")).is_ok());
        assert_eq!(
            json(&format!("\"{}\"", "x".repeat(EVENT_BYTES - 1)))
                .unwrap_err()
                .status(),
            413
        );
    }

    #[test]
    fn an_error_repeats_no_input() {
        let complain = |json: &str| {
            let read = parse_object::<std::collections::BTreeMap<String, u64>>(json.as_bytes());
            read.unwrap_err()
        };
        assert_eq!(
            complain(r#"{"limit": "<script>\"\\", "x": "y"}"#),
            "invalid type: string \"…\", expected u64 at line 1 column 24"
        );
        assert_eq!(
            complain(r#"{"limit"#),
            "EOF while parsing a string at line 1 column 7"
        );
    }

    proptest! {
        #[test]
        fn compacting_keeps_the_value(text in "[ \\[\\]{}\",:0-9a-z\\\\\\n]{0,40}") {
            if let Ok(raw) = serde_json::from_str::<Box<RawValue>>(&text) {
                let data = Data::from_raw(&raw).unwrap();
                prop_assert!(!data.as_str().contains('\n'));
                let before: serde_json::Value = serde_json::from_str(&text).unwrap();
                let after: serde_json::Value = serde_json::from_str(data.as_str()).unwrap();
                prop_assert_eq!(before, after);
            }
        }
    }
}
