//! A JSON object, written member by member.
//!
//! Frames are put together from parts that are JSON already (the payload of a
//! message goes from the log to the wire as it is), so they are written and not
//! serialised: what is said once is encoded once.

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
        Self("{".to_owned())
    }

    /// Adds a string.
    #[must_use]
    pub fn text(self, name: &str, value: &str) -> Self {
        self.json(name, &string(value))
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
    pub fn number(self, name: &str, value: u64) -> Self {
        self.json(name, &value.to_string())
    }

    /// Adds true or false.
    #[must_use]
    pub fn flag(self, name: &str, value: bool) -> Self {
        self.json(name, if value { "true" } else { "false" })
    }

    /// Adds a value that is JSON already.
    #[must_use]
    pub fn json(mut self, name: &str, value: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&string(name));
        self.0.push(':');
        self.0.push_str(value);
        self
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
    // A string always serialises.
    serde_json::to_string(value).unwrap_or_default()
}

/// A JSON array of values that are JSON already.
#[must_use]
pub fn array(values: &[impl AsRef<str>]) -> String {
    let mut out = "[".to_owned();
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
    }
}
