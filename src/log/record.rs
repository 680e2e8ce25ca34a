//! One event in the log, and the line that it is stored as.

use crate::data::Data;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// An event that has its place in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number, from 1, without holes.
    pub seq: u64,
    /// When it was published, in milliseconds of Unix time; never less than its predecessor's.
    pub at: u64,
    /// Its type.
    pub kind: String,
    /// Its payload.
    pub data: Data,
    /// The idempotency key it was published with.
    pub key: Option<String>,
    /// Whether it ends the log.
    pub is_final: bool,
}

/// A record as stored: one line of JSON with one-letter members, because there
/// are many and storage is paid for. The number is not stored: it follows from
/// the place in the segment.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(rename = "a")]
    at: u64,
    #[serde(rename = "t", borrow)]
    kind: Cow<'a, str>,
    #[serde(rename = "d", borrow, skip_serializing_if = "Option::is_none", default)]
    json: Option<&'a RawValue>,
    #[serde(rename = "x", borrow, skip_serializing_if = "Option::is_none", default)]
    text: Option<Cow<'a, str>>,
    #[serde(rename = "k", borrow, skip_serializing_if = "Option::is_none", default)]
    key: Option<Cow<'a, str>>,
    #[serde(rename = "f", skip_serializing_if = "is_false", default)]
    is_final: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Record {
    /// The line of JSON that stands for this record in a segment; no line end in it.
    pub fn to_line(&self) -> Result<String> {
        let (json, text) = match &self.data {
            Data::Json(json) => (Some(serde_json::from_str(json).map_err(internal)?), None),
            Data::Text(text) => (None, Some(Cow::Borrowed(text.as_str()))),
        };
        serde_json::to_string(&Line {
            at: self.at,
            kind: Cow::Borrowed(&self.kind),
            json,
            text,
            key: self.key.as_deref().map(Cow::Borrowed),
            is_final: self.is_final,
        })
        .map_err(internal)
    }

    /// Reads the line that stands for the record `seq`.
    pub fn from_line(seq: u64, line: &str) -> Result<Self> {
        let line: Line<'_> = serde_json::from_str(line).map_err(internal)?;
        let data = match (line.json, line.text) {
            // A `d` of null reads as absent: Option takes null for None.
            (None, None) => Data::Json("null".to_owned()),
            (Some(json), _) => Data::Json(json.get().to_owned()),
            (None, Some(text)) => Data::Text(text.into_owned()),
        };
        Ok(Self {
            seq,
            at: line.at,
            kind: line.kind.into_owned(),
            data,
            key: line.key.map(Cow::into_owned),
            is_final: line.is_final,
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(internal)`")]
fn internal(error: serde_json::Error) -> Error {
    Error::Internal(format!(
        "a stored record cannot be read or written: {error}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn data() -> impl Strategy<Value = Data> {
        prop_oneof![
            any::<String>().prop_map(Data::Text),
            any::<String>().prop_map(|s| Data::Json(serde_json::to_string(&s).unwrap())),
            Just(Data::Json("null".into())),
            Just(Data::Json(
                r#"{"n":1.10,"big":12345678901234567890123}"#.into()
            )),
        ]
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_and_reads_back(
            seq in 1..u64::MAX, at in any::<u64>(), kind in "[a-z]{1,9}", data in data(),
            key in proptest::option::of(any::<String>()), is_final in any::<bool>(),
        ) {
            let record = Record { seq, at, kind, data, key, is_final };
            let line = record.to_line().unwrap();
            prop_assert!(!line.contains(['\n', '\r']));
            prop_assert_eq!(Record::from_line(seq, &line).unwrap(), record);
        }
    }

    #[test]
    fn a_broken_line_is_our_fault_not_the_clients() {
        assert_eq!(Record::from_line(1, "{").unwrap_err().status(), 500);
    }
}
