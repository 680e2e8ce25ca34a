//! What a client sends: text frames, each a JSON object.
//!
//! Hostile input is parsed once, here, into [`Frame`]s that are right. Members that
//! are not known are ignored; a member that is there twice counts as the last.

mod fields;

use super::refusal::Refusal;
use crate::cursor::Cursor;
use crate::limit::{PRESENCE_BYTES, STATE_VALUE_BYTES};
use fields::Fields;

/// What is said: a text, data, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// 1 to [`TEXT_CHARS`] characters.
    pub text: Option<String>,
    /// Compact JSON.
    pub data: Option<String>,
}

/// A frame of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Says something to all, durably.
    Message {
        /// The sender's own name for it; only over HTTP it may be missing.
        id: Option<String>,
        /// What is said.
        said: Said,
        /// The message that it answers.
        reply_to: Option<Cursor>,
    },
    /// Says an own message anew.
    Edit {
        /// The sender's own name for the edit.
        id: String,
        /// The message.
        target: Cursor,
        /// What is said now; what is absent stays.
        said: Said,
    },
    /// Takes an own message back.
    Delete {
        /// The sender's own name for it.
        id: String,
        /// The message.
        target: Cursor,
    },
    /// Puts an emoji to a message, or takes it away.
    React {
        /// The sender's own name for it.
        id: String,
        /// The message.
        target: Cursor,
        /// 1 to [`EMOJI_CHARS`] characters.
        emoji: String,
        /// Whether it is added.
        add: bool,
    },
    /// Says that the sender is typing, or no more.
    Typing {
        /// Which.
        on: bool,
    },
    /// Says what others are to know of this connection.
    Presence {
        /// Compact JSON; `None` for nothing any more.
        data: Option<String>,
    },
    /// Says something for the moment.
    Signal {
        /// What it is about: a newer one of the same key takes its place.
        key: Option<String>,
        /// The member that it is for; `None` for all others.
        to: Option<String>,
        /// Compact JSON.
        data: String,
    },
    /// Changes shared state.
    Set {
        /// The sender's own name for the change.
        id: String,
        /// Which value.
        key: String,
        /// Compact JSON; `None` removes it.
        value: Option<String>,
        /// The version that the value must have.
        if_version: Option<u64>,
    },
}

/// A frame that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The frame's `id`, where it has a valid one.
    pub id: Option<String>,
    /// Why.
    pub why: Refusal,
}

type Parsed<T> = Result<T, Refusal>;

impl Frame {
    /// Reads a frame.
    pub fn parse(text: &str) -> Result<Self, Rejected> {
        let fields = Fields::parse(text).map_err(|why| Rejected { id: None, why })?;
        Self::read(&fields).map_err(|why| Rejected {
            id: fields.id().ok().flatten(),
            why,
        })
    }

    /// Reads the body of a `POST` of a message: a message without `type`, and without
    /// `id` where it is one of its own; with it the name that it is posted under.
    pub fn parse_post(body: &[u8]) -> Parsed<(Self, Option<String>)> {
        let text = std::str::from_utf8(body).map_err(|_| Refusal::BadJson)?;
        let fields = Fields::parse(text)?;
        let name = fields.text("name", "`name` is a string.")?;
        Ok((Self::message(&fields, fields.id()?)?, name))
    }

    fn read(fields: &Fields<'_>) -> Parsed<Self> {
        let kind = fields.text("type", "`type` is a string.")?;
        let id = || {
            fields.id()?.ok_or(Refusal::BadFrame(
                "`id` is a string of 1 to 64 characters, your own.",
            ))
        };
        Ok(match kind.as_deref() {
            Some("message") => Self::message(fields, Some(id()?))?,
            Some("edit") => Self::Edit {
                id: id()?,
                target: fields.target()?,
                said: fields.said()?,
            },
            Some("delete") => Self::Delete {
                id: id()?,
                target: fields.target()?,
            },
            Some("react") => Self::React {
                id: id()?,
                target: fields.target()?,
                emoji: fields.emoji()?,
                add: fields.is_added()?,
            },
            Some("typing") => Self::Typing { on: fields.on()? },
            Some("presence") => Self::Presence {
                data: fields.nullable("data", PRESENCE_BYTES, "presence in bytes")?,
            },
            Some("signal") => Self::Signal {
                key: fields.key()?,
                to: fields.text("to", "`to` is a member's id.")?,
                data: fields
                    .data()?
                    .ok_or(Refusal::BadFrame("A signal has `data`, which is any JSON."))?,
            },
            Some("set") => Self::Set {
                id: id()?,
                key: fields
                    .key()?
                    .filter(|key| !key.is_empty())
                    .ok_or(Refusal::BadFrame(
                        "`key` is a string of 1 to 64 characters.",
                    ))?,
                value: fields.nullable("value", STATE_VALUE_BYTES, "a shared value in bytes")?,
                if_version: fields.if_version()?,
            },
            Some(_) => return Err(Refusal::UnknownType),
            None => return Err(Refusal::BadFrame("A frame has a `type`, a string.")),
        })
    }

    fn message(fields: &Fields<'_>, id: Option<String>) -> Parsed<Self> {
        Ok(Self::Message {
            id,
            said: fields.said()?,
            reply_to: fields.cursor("reply_to")?,
        })
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use crate::limit::{ID_CHARS, TEXT_CHARS};
    use proptest::prelude::*;

    fn code(text: &str) -> &'static str {
        Frame::parse(text).map_or_else(|rejected| rejected.why.code(), |_| "taken")
    }

    #[test]
    fn what_is_right_is_taken() {
        let said = |text: &str| Said {
            text: Some(text.into()),
            data: None,
        };
        let target: Cursor = "a.7".parse().unwrap();
        assert_eq!(
            Frame::parse(
                r#" {"type":"message","id":"m1","text":"h\u00e9","new":1,"reply_to":"a.7","data":null}"#
            ),
            Ok(Frame::Message {
                id: Some("m1".into()),
                said: said("hé"),
                reply_to: Some(target.clone())
            })
        );
        assert_eq!(
            Frame::parse(
                r#"{"type":"react","id":"r","target":"a.7","emoji":"👍","emoji":"👎","op":"remove"}"#
            ),
            Ok(Frame::React {
                id: "r".into(),
                target,
                emoji: "👎".into(),
                add: false
            })
        );
        assert_eq!(
            Frame::parse(r#"{"type":"set","id":"s","key":"k","value":null,"if_version":3}"#),
            Ok(Frame::Set {
                id: "s".into(),
                key: "k".into(),
                value: None,
                if_version: Some(3)
            })
        );
        assert_eq!(
            Frame::parse(r#"{"type":"signal","data":null,"to":"x"}"#),
            Ok(Frame::Signal {
                key: None,
                to: Some("x".into()),
                data: "null".into()
            })
        );
        assert_eq!(
            Frame::parse(r#"{"type":"presence","data":null}"#),
            Ok(Frame::Presence { data: None })
        );
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        for (text, expected) in [
            ("", "bad_json"),
            ("{", "bad_json"),
            ("nonsense", "bad_json"),
            (r#"{"type":"typing","on":true}x"#, "bad_json"),
            ("[]", "bad_frame"),
            ("1", "bad_frame"),
            ("null", "bad_frame"),
            ("\"message\"", "bad_frame"),
            ("{}", "bad_frame"),
            (r#"{"type":1}"#, "bad_frame"),
            (r#"{"type":"welcome"}"#, "unknown_type"),
            (r#"{"type":"message","text":"x"}"#, "bad_frame"),
            (r#"{"type":"message","id":"","text":"x"}"#, "bad_frame"),
            (r#"{"type":"message","id":5,"text":"x"}"#, "bad_frame"),
            (r#"{"type":"message","id":"a"}"#, "bad_frame"),
            (r#"{"type":"message","id":"a","text":""}"#, "bad_frame"),
            (r#"{"type":"message","id":"a","text":["x"]}"#, "bad_frame"),
            (
                r#"{"type":"message","id":"a","text":"\ud800"}"#,
                "bad_frame",
            ),
            (
                r#"{"type":"message","id":"a","text":"x","reply_to":"seven"}"#,
                "bad_frame",
            ),
            (r#"{"type":"edit","id":"a","text":"x"}"#, "bad_frame"),
            (r#"{"type":"delete","id":"a","target":7}"#, "bad_frame"),
            (
                r#"{"type":"react","id":"a","target":"a.1","emoji":""}"#,
                "bad_frame",
            ),
            (
                r#"{"type":"react","id":"a","target":"a.1","emoji":"x","op":"toggle"}"#,
                "bad_frame",
            ),
            (r#"{"type":"typing"}"#, "bad_frame"),
            (r#"{"type":"presence"}"#, "bad_frame"),
            (r#"{"type":"signal"}"#, "bad_frame"),
            (r#"{"type":"set","id":"a","key":"k"}"#, "bad_frame"),
            (r#"{"type":"set","id":"a","key":"","value":1}"#, "bad_frame"),
            (
                r#"{"type":"set","id":"a","key":"k","value":1,"if_version":-1}"#,
                "bad_frame",
            ),
            (
                r#"{"type":"set","id":"a","key":"k","value":1,"if_version":"1"}"#,
                "bad_frame",
            ),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn limits_are_exact() {
        let message = |chars| {
            code(&format!(
                r#"{{"type":"message","id":"a","text":"{}"}}"#,
                "é".repeat(chars)
            ))
        };
        assert_eq!(
            (message(TEXT_CHARS), message(TEXT_CHARS + 1)),
            ("taken", "too_long")
        );
        let presence = |bytes: usize| {
            let data = "x".repeat(bytes - 2);
            code(&format!(r#"{{"type":"presence","data": "{data}" }}"#))
        };
        assert_eq!(
            (presence(PRESENCE_BYTES), presence(PRESENCE_BYTES + 1)),
            ("taken", "too_long")
        );
        let id = |chars| {
            code(&format!(
                r#"{{"type":"message","id":"{}","text":"x"}}"#,
                "i".repeat(chars)
            ))
        };
        assert_eq!((id(ID_CHARS), id(ID_CHARS + 1)), ("taken", "too_long"));
        let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
        assert_eq!(
            code(&format!(r#"{{"type":"signal","data":{deep}}}"#)),
            "bad_frame"
        );
    }

    #[test]
    fn a_refusal_names_the_frame() {
        let rejected = Frame::parse(r#"{"type":"fly","id":"f1"}"#).unwrap_err();
        assert_eq!(rejected.id.as_deref(), Some("f1"));
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = Frame::parse(&text);
            let _ = Frame::parse_post(text.as_bytes());
        }

        #[test]
        fn never_panics_on_what_is_nearly_right(
            kind in "message|edit|delete|react|typing|presence|signal|set",
            rest in "(,\"(id|text|data|target|emoji|op|on|key|to|value|if_version|reply_to)\":(null|true|1|-1|1e9|\"a\\.1\"|\"\"|\"x\"|\\[\\]|\\{\\}))*",
        ) {
            let _ = Frame::parse(&format!("{{\"type\":\"{kind}\"{rest}}}"));
        }
    }
}
