//! What a client sends to a room, and what servers post there.

use crate::{json, refused, text};
use serde_json::{Value, json};
use tidings::error::Error;
use tidings::limit::{
    EMOJI_CHARS, EVENT_BYTES, ID_CHARS, KEY_CHARS, PRESENCE_BYTES, STATE_VALUE_BYTES, TEXT_CHARS,
};
use tidings::room::frame::{Frame, Said};
use tidings::room::post::Post;
use tidings::room::refusal::Refusal;

/// Every code that a refusal may have.
pub(crate) const CODES: [&str; 9] = [
    "bad_json",
    "bad_frame",
    "unknown_type",
    "too_long",
    "rate_limited",
    "forbidden",
    "not_found",
    "conflict",
    "read_only",
];

/// Checks a text as a frame, and as the body of a post.
pub fn check(data: &[u8]) {
    let text = text(data);
    match Frame::parse(&text) {
        Ok(frame) => {
            is_right(&frame);
            assert_eq!(Frame::parse(&written(&frame)).as_ref(), Ok(&frame));
        }
        Err(rejected) => {
            is_id(rejected.id.as_deref());
            is_told(&rejected.why, rejected.id.as_deref());
        }
    }
    match Frame::parse_post(data) {
        Ok((frame, _)) => {
            assert!(
                matches!(frame, Frame::Message { .. }),
                "only messages are posted"
            );
            is_right(&frame);
        }
        Err(why) => refused::check(&Error::from(why), &[400, 413]),
    }
    for content_type in ["application/json", "text/plain; charset=utf-8"] {
        match Post::parse(Some(content_type), data) {
            // As it travels to the object it is read again.
            Ok(post) => {
                let (_, name) = Frame::parse_post(post.json.as_bytes()).expect("it was read");
                assert_eq!(name, post.name);
            }
            Err(error) => refused::check(&error, &[400, 413]),
        }
    }
}

fn is_id(id: Option<&str>) {
    assert!(id.is_none_or(|id| (1..=ID_CHARS).contains(&id.chars().count())));
}

/// A refusal as the client gets it.
fn is_told(why: &Refusal, id: Option<&str>) {
    assert!(CODES.contains(&why.code()));
    let frame: Value = serde_json::from_str(&why.frame(id)).expect("a frame is JSON");
    assert_eq!(
        (&frame["type"], &frame["code"]),
        (&json!("error"), &json!(why.code()))
    );
    assert!(
        frame["message"]
            .as_str()
            .is_some_and(|message| message.len() < 200)
    );
    assert_eq!(frame.get("id").and_then(Value::as_str), id);
}

fn is_json(json: &str, most: usize) {
    assert!(json.len() <= most && !json.contains(['\n', '\r']));
    json::tree(json);
}

fn is_said(said: &Said) {
    assert!(said.text.is_some() || said.data.is_some());
    if let Some(text) = &said.text {
        assert!((1..=TEXT_CHARS).contains(&text.chars().count()));
    }
    if let Some(data) = &said.data {
        is_json(data, EVENT_BYTES);
    }
}

fn is_right(frame: &Frame) {
    is_id(frame.id());
    match frame {
        Frame::Message { said, .. } | Frame::Edit { said, .. } => is_said(said),
        Frame::React { emoji, .. } => {
            assert!((1..=EMOJI_CHARS).contains(&emoji.chars().count()));
        }
        Frame::Presence { data } => {
            let data = data.as_ref().inspect(|data| is_json(data, PRESENCE_BYTES));
            assert_ne!(data.map(String::as_str), Some("null"));
        }
        Frame::Signal { key, data, .. } => {
            assert!(
                key.as_ref()
                    .is_none_or(|key| key.chars().count() <= KEY_CHARS)
            );
            is_json(data, EVENT_BYTES);
        }
        Frame::Set { key, value, .. } => {
            assert!((1..=KEY_CHARS).contains(&key.chars().count()));
            let value = value
                .as_ref()
                .inspect(|value| is_json(value, STATE_VALUE_BYTES));
            assert_ne!(value.map(String::as_str), Some("null"));
        }
        Frame::Delete { .. } | Frame::Typing { .. } => {}
    }
}

/// A frame as a client would write it. What is JSON already is put in as it is: a tree
/// would write its numbers anew.
fn written(frame: &Frame) -> String {
    let text = |text: &str| Some(json!(text).to_string());
    let said = |said: &Said| {
        let said_text = said.text.as_deref().and_then(text);
        [("text", said_text), ("data", said.data.clone())]
    };
    let null = || Some("null".to_owned());
    let id = ("id", frame.id().and_then(text));
    match frame {
        Frame::Message {
            said: what,
            reply_to,
            ..
        } => {
            let [words, data] = said(what);
            let reply_to = reply_to.as_ref().and_then(|to| text(&to.to_string()));
            object("message", &[id, words, data, ("reply_to", reply_to)])
        }
        Frame::Edit {
            target, said: what, ..
        } => {
            let [words, data] = said(what);
            object(
                "edit",
                &[id, ("target", text(&target.to_string())), words, data],
            )
        }
        Frame::Delete { target, .. } => {
            object("delete", &[id, ("target", text(&target.to_string()))])
        }
        Frame::React {
            target, emoji, add, ..
        } => {
            let op = text(if *add { "add" } else { "remove" });
            let target = text(&target.to_string());
            object(
                "react",
                &[id, ("target", target), ("emoji", text(emoji)), ("op", op)],
            )
        }
        Frame::Typing { on } => object("typing", &[("on", Some(on.to_string()))]),
        Frame::Presence { data } => object("presence", &[("data", data.clone().or_else(null))]),
        Frame::Signal { key, to, data } => {
            let (key, to) = (key.as_deref().and_then(text), to.as_deref().and_then(text));
            object(
                "signal",
                &[("key", key), ("to", to), ("data", Some(data.clone()))],
            )
        }
        Frame::Set {
            key,
            value,
            if_version,
            ..
        } => {
            let value = value.clone().or_else(null);
            let version = if_version.map(|version| version.to_string());
            object(
                "set",
                &[
                    id,
                    ("key", text(key)),
                    ("value", value),
                    ("if_version", version),
                ],
            )
        }
    }
}

fn object(kind: &str, members: &[(&str, Option<String>)]) -> String {
    let there = members
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let members = there.map(|(name, value)| format!(",\"{name}\":{value}"));
    format!("{{\"type\":\"{kind}\"{}}}", members.collect::<String>())
}
