//! A JSON object, written member by member.
//!
//! Frames are put together from parts that are JSON already (the payload of a
//! message goes from the log to the wire as it is), so they are written and not
//! serialised: what is said once is encoded once.

use crate::cursor::Epoch;
use std::fmt::Write;

/// What a frame without its payload takes, and most payloads: so that it does not grow
/// in steps. In wasm a step is an allocation and a copy.
const CAPACITY: usize = 256;

/// A JSON object that is being written.
#[derive(Debug)]
pub struct Object(String);

impl Object {
    /// Begins a frame: an object whose first member is its `type`.
    #[must_use]
    pub fn frame(kind: &str) -> Self {
        Self::new().text("type", kind)
    }

    /// Begins an object.
    #[must_use]
    pub fn new() -> Self {
        let mut out = String::with_capacity(CAPACITY);
        out.push('{');
        Self(out)
    }

    /// Adds a string.
    #[must_use]
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        push_string(&mut self.0, value);
        self
    }

    /// Adds a string, where there is one.
    #[must_use]
    pub fn maybe_text(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds a whole number.
    #[must_use]
    pub fn number(mut self, name: &str, value: u64) -> Self {
        self.name(name);
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{value}");
        self
    }

    /// Adds a whole number, where there is one.
    #[must_use]
    pub fn maybe_number(self, name: &str, value: Option<u64>) -> Self {
        match value {
            Some(value) => self.number(name, value),
            None => self,
        }
    }

    /// Adds the cursor of an event.
    #[must_use]
    pub fn cursor(mut self, name: &str, epoch: &Epoch, seq: u64) -> Self {
        self.name(name);
        let _ = write!(self.0, "\"{}.{seq}\"", epoch.as_str());
        self
    }

    /// Adds true or false.
    #[must_use]
    pub fn flag(self, name: &str, value: bool) -> Self {
        self.json(name, if value { "true" } else { "false" })
    }

    /// Adds a value that is JSON already.
    #[must_use]
    pub fn json(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        self.0.push_str(value);
        self
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_string(&mut self.0, name);
        self.0.push(':');
    }

    /// Adds a value that is JSON already, where there is one.
    #[must_use]
    pub fn maybe_json(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.json(name, value),
            None => self,
        }
    }

    /// Adds all members of another object.
    #[must_use]
    pub fn members_of(mut self, object: &str) -> Self {
        let members = object.strip_prefix('{').unwrap_or_default();
        let members = members.strip_suffix('}').unwrap_or_default();
        if !members.is_empty() {
            if self.0.len() > 1 {
                self.0.push(',');
            }
            self.0.push_str(members);
        }
        self
    }

    /// The object.
    #[must_use]
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

impl Default for Object {
    fn default() -> Self {
        Self::new()
    }
}

/// A JSON string.
#[must_use]
pub fn string(value: &str) -> String {
    let mut out = String::with_capacity(value.len().saturating_add(2));
    push_string(&mut out, value);
    out
}

/// Appends a JSON string. Most have nothing to be escaped, and are copied.
fn push_string(out: &mut String, value: &str) {
    if value.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.push('"');
        out.push_str(value);
        out.push('"');
    } else {
        // A string always serialises.
        out.push_str(&serde_json::to_string(value).unwrap_or_default());
    }
}

/// A JSON array of values that are JSON already.
#[must_use]
pub fn array(values: &[impl AsRef<str>]) -> String {
    let bytes = values
        .iter()
        .map(|value| value.as_ref().len().saturating_add(1));
    let mut out = String::with_capacity(bytes.sum::<usize>().saturating_add(2));
    out.push('[');
    for (n, value) in values.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        out.push_str(value.as_ref());
    }
    out.push(']');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_in_order() {
        let object = Object::frame("a\"b")
            .number("n", 7)
            .flag("yes", true)
            .maybe_text("no", None)
            .maybe_json("data", Some("[1.10]"))
            .members_of(r#"{"x":{}}"#)
            .members_of("{}");
        assert_eq!(
            object.end(),
            r#"{"type":"a\"b","n":7,"yes":true,"data":[1.10],"x":{}}"#
        );
        assert_eq!(Object::new().members_of(r#"{"x":1}"#).end(), r#"{"x":1}"#);
        assert_eq!(Object::new().end(), "{}");
        assert_eq!(array(&["1", "{}"]), "[1,{}]");
        let place = Object::new().cursor("at", &Epoch::from_random(0), 7);
        assert_eq!(place.end(), r#"{"at":"0000000000.7"}"#);
    }

    proptest! {
        #[test]
        fn a_string_is_as_serde_writes_it(text in any::<String>(), plain in "[ -~]{0,9}") {
            prop_assert_eq!(string(&text), serde_json::to_string(&text).unwrap());
            prop_assert_eq!(string(&plain), serde_json::to_string(&plain).unwrap());
        }
    }
}
