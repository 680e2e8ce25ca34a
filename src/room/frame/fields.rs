//! The members of a frame, each by its rule.

use super::{Parsed, Said};
use crate::cursor::Cursor;
use crate::data::{Data, Members};
use crate::limit::{EMOJI_CHARS, ID_CHARS, KEY_CHARS, TEXT_CHARS};
use crate::room::refusal::Refusal;
use serde_json::value::RawValue;

/// The members of a frame.
pub(super) struct Fields<'a>(Members<'a>);

impl<'a> Fields<'a> {
    pub(super) fn parse(text: &'a str) -> Parsed<Self> {
        serde_json::from_str(text).map(Self).map_err(|error| {
            if error.is_data() {
                Refusal::BadFrame("It must be a JSON object.")
            } else {
                Refusal::BadJson
            }
        })
    }

    /// A member; null is there.
    pub(super) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.get(name)
    }

    /// A member that is not null.
    pub(super) fn value(&self, name: &str) -> Option<&'a RawValue> {
        self.raw(name).filter(|value| value.get() != "null")
    }

    pub(super) fn text(&self, name: &str, rule: &'static str) -> Parsed<Option<String>> {
        self.value(name)
            .map(|value| serde_json::from_str(value.get()))
            .transpose()
            .map_err(|_| Refusal::BadFrame(rule))
    }

    fn bounded(
        &self,
        name: &str,
        rule: &'static str,
        what: &'static str,
        limit: usize,
    ) -> Parsed<Option<String>> {
        let text = self.text(name, rule)?;
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > limit)
        {
            return Err(Refusal::TooLong { what, limit });
        }
        Ok(text)
    }

    pub(super) fn id(&self) -> Parsed<Option<String>> {
        let rule = "`id` is a string of 1 to 64 characters, your own.";
        let id = self.bounded("id", rule, "an id in characters", ID_CHARS)?;
        if id.as_ref().is_some_and(String::is_empty) {
            return Err(Refusal::BadFrame(rule));
        }
        Ok(id)
    }

    pub(super) fn key(&self) -> Parsed<Option<String>> {
        let rule = "`key` is a string of at most 64 characters.";
        self.bounded("key", rule, "a key in characters", KEY_CHARS)
    }

    pub(super) fn emoji(&self) -> Parsed<String> {
        let rule = "`emoji` is a string of 1 to 32 characters.";
        self.bounded("emoji", rule, "an emoji in characters", EMOJI_CHARS)?
            .filter(|emoji| !emoji.is_empty())
            .ok_or(Refusal::BadFrame(rule))
    }

    pub(super) fn cursor(&self, name: &str) -> Parsed<Option<Cursor>> {
        let rule = "A message is named by its cursor, a string.";
        self.text(name, rule)?
            .map(|text| text.parse())
            .transpose()
            .map_err(|_| Refusal::BadFrame(rule))
    }

    pub(super) fn target(&self) -> Parsed<Cursor> {
        self.cursor("target")?.ok_or(Refusal::BadFrame(
            "`target` is the cursor of a message, a string.",
        ))
    }

    pub(super) fn data(&self) -> Parsed<Option<String>> {
        self.raw("data").map(compact).transpose()
    }

    pub(super) fn said(&self) -> Parsed<Said> {
        let rule = "`text` is a string of 1 to 4,000 characters.";
        let text = self.bounded("text", rule, "a text in characters", TEXT_CHARS)?;
        if text.as_ref().is_some_and(String::is_empty) {
            return Err(Refusal::BadFrame(rule));
        }
        let data = self.value("data").map(compact).transpose()?;
        if text.is_none() && data.is_none() {
            return Err(Refusal::BadFrame("`text` or `data` must be there."));
        }
        Ok(Said { text, data })
    }

    /// A member that must be there, and may be null.
    pub(super) fn nullable(
        &self,
        name: &str,
        limit: usize,
        what: &'static str,
    ) -> Parsed<Option<String>> {
        let Some(value) = self.raw(name) else {
            return Err(Refusal::BadFrame(
                "The value is missing; null stands for none.",
            ));
        };
        if value.get() == "null" {
            return Ok(None);
        }
        let value = compact(value)?;
        if value.len() > limit {
            return Err(Refusal::TooLong { what, limit });
        }
        Ok(Some(value))
    }

    pub(super) fn on(&self) -> Parsed<bool> {
        match self.raw("on").map(RawValue::get) {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => Err(Refusal::BadFrame("`on` is true or false.")),
        }
    }

    pub(super) fn is_added(&self) -> Parsed<bool> {
        let rule = "`op` is \"add\" or \"remove\".";
        match self.text("op", rule)?.as_deref() {
            None | Some("add") => Ok(true),
            Some("remove") => Ok(false),
            Some(_) => Err(Refusal::BadFrame(rule)),
        }
    }

    pub(super) fn if_version(&self) -> Parsed<Option<u64>> {
        self.value("if_version")
            .map(|value| value.get().parse())
            .transpose()
            .map_err(|_| Refusal::BadFrame("`if_version` is a whole number, 0 for no value."))
    }
}

fn compact(value: &RawValue) -> Parsed<String> {
    match Data::from_raw(value) {
        Ok(data) => Ok(data.as_str().to_owned()),
        Err(crate::error::Error::TooLarge { what, limit }) => Err(Refusal::TooLong { what, limit }),
        Err(_) => Err(Refusal::BadFrame("The data nests too deep.")),
    }
}
