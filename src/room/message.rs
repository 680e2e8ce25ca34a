//! Messages, and what happens to them: the payloads of a room's log.
//!
//! The log of a room has four types of events. Each payload is the frame that
//! members get, without what the log knows itself (the cursor and the time), so
//! that it goes from storage to the wire without being parsed. A `message` is kept
//! as it is now: who comes late sees it edited, deleted, with its reactions. That
//! it was changed is an event of its own, for those who have seen it before.

use super::frame::Said;
use super::object::{Object, array, string};
use super::refusal::Refusal;
use super::seat::Identity;
use crate::cursor::{Cursor, Epoch};
use crate::data::{Data, Members};
use crate::error::{Error, Result};
use crate::limit::REACTIONS_BYTES;
use crate::log::Record;
use serde_json::value::RawValue;

/// The type of a message.
pub const MESSAGE: &str = "message";
/// The type of the event that a message was edited.
pub const EDITED: &str = "edited";
/// The type of the event that a message was deleted.
pub const DELETED: &str = "deleted";
/// The type of the event that a reaction was added or removed.
pub const REACTION: &str = "reaction";

/// A new message.
#[must_use]
pub fn new(from: &Identity, id: Option<&str>, said: &Said, reply_to: Option<&Cursor>) -> String {
    let reply_to = reply_to.map(ToString::to_string);
    Object::new()
        .maybe_text("id", id)
        .json("from", &from.sender())
        .maybe_text("text", said.text.as_deref())
        .maybe_json("data", said.data.as_deref())
        .maybe_text("reply_to", reply_to.as_deref())
        .end()
}

/// Something that happened to a message: begins the payload of its event.
#[must_use]
pub fn about(from: &Identity, id: &str, target: &Cursor) -> Object {
    Object::new()
        .text("id", id)
        .json("from", &from.sender())
        .text("target", &target.to_string())
}

/// The frame that shows an event of the log.
#[must_use]
pub fn frame(epoch: &Epoch, record: &Record) -> String {
    Object::frame(&record.kind)
        .cursor("cursor", epoch, record.seq)
        .number("at", record.at)
        .members_of(record.data.as_str())
        .end()
}

/// Refuses with a 400 what is no event of a room.
pub fn check(kind: &str, data: &Data) -> Result<()> {
    let refuse = |rule: &str| Err(Error::bad_request(rule));
    if ![MESSAGE, EDITED, DELETED, REACTION].contains(&kind) {
        return refuse("The types of a room's events are message, edited, deleted, reaction.");
    }
    let Ok(message) = Message::of(data) else {
        return refuse("`data` is an object.");
    };
    if message.0.get("from").is_none() || (kind != MESSAGE && message.target().is_none()) {
        return refuse("An event of a room says who it is `from`, and its `target`.");
    }
    Ok(())
}

/// A message as it is kept.
pub struct Message<'a>(Members<'a>);

impl<'a> Message<'a> {
    /// Reads the payload of a message.
    pub fn of(data: &'a Data) -> Result<Self> {
        serde_json::from_str(data.as_str())
            .map(Self)
            .map_err(|error| Error::Internal(format!("a stored message cannot be read: {error}")))
    }

    /// Whether it was taken back.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.0.get("deleted").is_some()
    }

    /// Whether this member said it.
    #[must_use]
    pub fn is_by(&self, id: &str) -> bool {
        let from: Option<Members<'_>> = self
            .0
            .get("from")
            .and_then(|from| serde_json::from_str(from.get()).ok());
        // As a backup may write it: with whatever escapes.
        let by: Option<String> = from.and_then(|from| from.read("id").ok());
        by.is_some_and(|by| by == id)
    }

    /// The payload after an edit at `at`.
    #[must_use]
    pub fn edited(&self, said: &Said, at: u64) -> String {
        let text = said.text.as_deref().map(string);
        let changes = [("text", text.as_deref()), ("data", said.data.as_deref())];
        let said_anew = changes.iter().filter(|(_, new)| new.is_some());
        let mut gone: Vec<&str> = said_anew.map(|(name, _)| *name).collect();
        gone.push("edited_at");
        let mut payload = self.without(&gone);
        for (name, new) in changes {
            payload = payload.maybe_json(name, new);
        }
        payload.number("edited_at", at).end()
    }

    /// The payload where it is only known that there was an edit at `at`.
    #[must_use]
    pub fn edited_then(&self, at: u64) -> String {
        self.without(&["edited_at"]).number("edited_at", at).end()
    }

    /// The payload after it was taken back: nothing of what was said is left.
    #[must_use]
    pub fn deleted(&self) -> String {
        let gone = ["text", "data", "reactions", "edited_at"];
        self.without(&gone).flag("deleted", true).end()
    }

    /// The payload without who it was by, and without all that this member gave of
    /// their own; the member's id stays, so that it can be told whose it was.
    #[must_use]
    pub fn erased(&self, kind: &str, member: &str) -> String {
        let gone = [
            "id",
            "from",
            "text",
            "data",
            "reactions",
            "edited_at",
            "deleted",
            "emoji",
            "op",
        ];
        let from = Object::new().text("id", member).text("name", "");
        let payload = self.without(&gone).json("from", &from.end());
        match kind {
            MESSAGE => payload.flag("deleted", true),
            REACTION => payload.text("emoji", "").text("op", "remove"),
            _ => payload,
        }
        .end()
    }

    /// When it was last edited, in milliseconds of Unix time.
    #[must_use]
    pub fn edited_at(&self) -> Option<u64> {
        self.0.get("edited_at")?.get().parse().ok()
    }

    /// The payload of an edit without what was said.
    #[must_use]
    pub fn unsaid(&self) -> String {
        self.without(&["text", "data"]).end()
    }

    /// The message that this is about, where it is about one.
    #[must_use]
    pub fn target(&self) -> Option<Cursor> {
        let target: String = serde_json::from_str(self.0.get("target")?.get()).ok()?;
        target.parse().ok()
    }

    /// The payload in a log whose epoch was `old` and is `new`. What the log knows
    /// itself has no place in it.
    #[must_use]
    pub fn moved(&self, old: &Epoch, new: &Epoch) -> String {
        let Members(members) = &self.0;
        let mut payload = Object::new();
        for (name, value) in members {
            payload = match &**name {
                "type" | "cursor" | "at" => payload,
                "target" | "reply_to" => {
                    let text: Option<String> = serde_json::from_str(value.get()).unwrap_or(None);
                    let place: Option<Cursor> = text.and_then(|text| text.parse().ok());
                    match place {
                        Some(place) if place.epoch == *old => {
                            payload.text(name, &new.at(place.seq).to_string())
                        }
                        _ => payload.json(name, value.get()),
                    }
                }
                _ => payload.json(name, value.get()),
            };
        }
        payload.end()
    }

    /// The payload after a member has put an emoji to it or taken it away; `None`
    /// where that changes nothing.
    pub fn reacted(&self, emoji: &str, member: &str, add: bool) -> Result<Option<String>, Refusal> {
        let mut reactions = self.reactions();
        let emoji = string(emoji);
        let member = string(member);
        let place = reactions.iter().position(|(known, _)| *known == emoji);
        match (place.and_then(|n| reactions.get_mut(n)), add) {
            (Some((_, members)), true) if !members.contains(&member) => members.push(member),
            (Some((_, members)), false) if members.contains(&member) => {
                members.retain(|known| *known != member);
            }
            (None, true) => reactions.push((emoji, vec![member])),
            _ => return Ok(None),
        }
        let json = reactions_json(&mut reactions);
        if add && json.len() > REACTIONS_BYTES {
            return Err(Refusal::TooLong {
                what: "all reactions to a message in bytes",
                limit: REACTIONS_BYTES,
            });
        }
        Ok(Some(self.with_reactions(&json)))
    }

    /// The payload without the reactions of a member, whose id is given as a JSON
    /// string; `None` where there are none.
    #[must_use]
    pub fn without_reactions_of(&self, member: &str) -> Option<String> {
        let mut reactions = self.reactions();
        let mut found = false;
        for (_, members) in &mut reactions {
            if let Some(place) = members.iter().position(|known| known == member) {
                members.remove(place);
                found = true;
            }
        }
        found.then(|| self.with_reactions(&reactions_json(&mut reactions)))
    }

    fn with_reactions(&self, json: &str) -> String {
        let payload = self.without(&["reactions"]);
        if json.is_empty() {
            return payload.end();
        }
        payload.json("reactions", json).end()
    }

    /// Emoji and members, each as a JSON string.
    fn reactions(&self) -> Vec<(String, Vec<String>)> {
        let members: Option<Members<'_>> = self
            .0
            .get("reactions")
            .and_then(|all| serde_json::from_str(all.get()).ok());
        let members = members.map(|Members(members)| members).unwrap_or_default();
        let read = |by: &RawValue| -> Vec<String> {
            let by: Vec<&RawValue> = serde_json::from_str(by.get()).unwrap_or_default();
            by.into_iter().map(|by| by.get().to_owned()).collect()
        };
        members
            .into_iter()
            .map(|(emoji, by)| (string(&emoji), read(by)))
            .collect()
    }

    fn without(&self, names: &[&str]) -> Object {
        let Members(members) = &self.0;
        let kept = members.iter().filter(|(name, _)| !names.contains(&&**name));
        kept.fold(Object::new(), |payload, (name, value)| {
            payload.json(name, value.get())
        })
    }
}

/// Emoji and members as JSON; nothing where there are none.
fn reactions_json(reactions: &mut Vec<(String, Vec<String>)>) -> String {
    reactions.retain(|(_, members)| !members.is_empty());
    let mut json = String::new();
    for (emoji, members) in reactions.iter() {
        json.push(if json.is_empty() { '{' } else { ',' });
        json.push_str(emoji);
        json.push(':');
        json.push_str(&array(members));
    }
    if !json.is_empty() {
        json.push('}');
    }
    json
}

#[cfg(test)]
mod tests;
