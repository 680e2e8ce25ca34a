//! How a room is configured: `PUT /v1/rooms/{name}`; and what the operator sets.

use super::bucket::Rate;
use super::object::Object;
use crate::data::parse_object;
use crate::error::{Error, Result};
use crate::limit::{
    FRAME_BYTES, ID_CHARS, MAX_MEMBERS, NAME_DISPLAY_CHARS, PRESENCE_BYTES, RETAIN_EVENTS,
    RETAIN_SECONDS, SLOW_MODE_SECONDS, STATE_KEYS, STATE_VALUE_BYTES, TEXT_CHARS, TITLE_CHARS,
};
use crate::log::Retention;
use crate::stream::config::count;
use crate::vars;
use serde::{Deserialize, Deserializer, Serialize};

/// How many events a room keeps unless it is told otherwise.
pub const DEFAULT_RETAIN_EVENTS: u64 = 10_000;
/// How long a room keeps events unless it is told otherwise: 30 days, in seconds.
pub const DEFAULT_RETAIN_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The configuration of a room; a member that is absent has its default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How many events are kept.
    #[serde(deserialize_with = "count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_events: Option<u64>,
    /// For how many seconds events are kept.
    #[serde(deserialize_with = "count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_seconds: Option<u64>,
    /// How many members may be in it at once.
    #[serde(deserialize_with = "count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_members: Option<u64>,
    /// How many seconds a member must leave between two messages; 0 is off.
    #[serde(deserialize_with = "count")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_mode_seconds: Option<u64>,
    /// Whether only moderators may write.
    #[serde(deserialize_with = "flag", skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
}

/// As for all other members, null is the default.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Config {
    /// Reads the body of a request; nothing at all is the default configuration.
    pub fn parse(body: &[u8]) -> Result<Self> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let config: Self = parse_object(body).map_err(|error| {
            Error::BadRequest(format!("The configuration is not valid: {error}."))
        })?;
        let title = config.title.as_ref();
        if title.is_some_and(|title| title.chars().count() > TITLE_CHARS) {
            return Err(Error::BadRequest(format!(
                "`title` may have at most {TITLE_CHARS} characters."
            )));
        }
        for (name, number, least, most) in [
            ("retain_events", config.retain_events, 1, RETAIN_EVENTS),
            ("retain_seconds", config.retain_seconds, 1, RETAIN_SECONDS),
            ("max_members", config.max_members, 1, MAX_MEMBERS),
            (
                "slow_mode_seconds",
                config.slow_mode_seconds,
                0,
                SLOW_MODE_SECONDS,
            ),
        ] {
            if number.is_some_and(|number| number < least || number > most) {
                return Err(Error::BadRequest(format!("`{name}` is {least} to {most}.")));
            }
        }
        Ok(config)
    }

    /// How much of the past is kept.
    #[must_use]
    pub fn retention(&self) -> Retention {
        Retention {
            events: self.retain_events.unwrap_or(DEFAULT_RETAIN_EVENTS),
            ms: self
                .retain_seconds
                .unwrap_or(DEFAULT_RETAIN_SECONDS)
                .saturating_mul(1_000),
        }
    }

    /// How long a member must be silent between two messages, in milliseconds.
    #[must_use]
    pub fn slow_mode_ms(&self) -> u64 {
        self.slow_mode_seconds.unwrap_or(0).saturating_mul(1_000)
    }

    /// Adds it to an object, with what is in force where nothing was said.
    #[must_use]
    pub fn describe(&self, object: Object) -> Object {
        let retention = self.retention();
        let object = object
            .maybe_text("title", self.title.as_deref())
            .number("retain_events", retention.events)
            .number("retain_seconds", retention.ms / 1_000);
        let object = match self.max_members {
            Some(most) => object.number("max_members", most),
            None => object,
        };
        object
            .number("slow_mode_seconds", self.slow_mode_seconds.unwrap_or(0))
            .flag("read_only", self.read_only)
    }
}

/// What the operator sets for all rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Frames of a connection, but signals.
    pub frames: Rate,
    /// Signals and binary frames of a connection.
    pub signals: Rate,
    /// After how much silence a connection that used to `ping` is given up, in
    /// milliseconds; `None` for never.
    pub silence_ms: Option<u64>,
    /// The most members of any room, whatever its configuration says.
    pub max_members: u64,
}

/// Frames of a connection a second, unless the operator says otherwise ...
pub const DEFAULT_FRAMES_PER_SECOND: u32 = 10;
/// ... so many at once ...
pub const DEFAULT_FRAMES_BURST: u32 = 30;
/// ... and signals a second; twice as many at once.
pub const DEFAULT_SIGNALS_PER_SECOND: u32 = 60;
/// After how much silence a connection is given up: 10 minutes, in milliseconds.
/// Whoever pings does so every half minute or so.
pub const DEFAULT_SILENCE_MS: u64 = 10 * 60 * 1_000;

impl Settings {
    /// Reads the vars `LIMIT_FRAMES_PER_SECOND`, `LIMIT_FRAMES_BURST`,
    /// `LIMIT_SIGNALS_PER_SECOND`, `LIMIT_MEMBERS_PER_ROOM` and `ROOM_SILENCE_SECONDS`.
    #[must_use]
    pub fn from_vars<T: AsRef<str>>(var: impl Fn(&str) -> Option<T>) -> Self {
        let number = |name: &str, default| {
            let text = var(name);
            vars::count(text.as_ref().map(AsRef::as_ref), default)
        };
        let signals = number("LIMIT_SIGNALS_PER_SECOND", DEFAULT_SIGNALS_PER_SECOND);
        Self {
            frames: Rate {
                per_second: number("LIMIT_FRAMES_PER_SECOND", DEFAULT_FRAMES_PER_SECOND),
                burst: number("LIMIT_FRAMES_BURST", DEFAULT_FRAMES_BURST),
            },
            signals: Rate {
                per_second: signals,
                burst: signals.saturating_mul(2),
            },
            max_members: vars::most(number("LIMIT_MEMBERS_PER_ROOM", 0), MAX_MEMBERS),
            silence_ms: vars::seconds(
                var("ROOM_SILENCE_SECONDS").as_ref().map(AsRef::as_ref),
                DEFAULT_SILENCE_MS,
            ),
        }
    }

    /// The limits that a client should know, as JSON.
    #[must_use]
    pub fn limits(&self, config: &Config) -> String {
        let number = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        Object::new()
            .number("frame_bytes", number(FRAME_BYTES))
            .number("text_chars", number(TEXT_CHARS))
            .number("id_chars", number(ID_CHARS))
            .number("name_chars", number(NAME_DISPLAY_CHARS))
            .number("presence_bytes", number(PRESENCE_BYTES))
            .number("state_keys", number(STATE_KEYS))
            .number("state_value_bytes", number(STATE_VALUE_BYTES))
            .number("frames_per_second", u64::from(self.frames.per_second))
            .number("frames_burst", u64::from(self.frames.burst))
            .number("signals_per_second", u64::from(self.signals.per_second))
            .number("slow_mode_seconds", config.slow_mode_seconds.unwrap_or(0))
            .end()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::from_vars(|_| None::<&str>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_has_its_default_and_what_is_wrong_is_refused() {
        assert_eq!(Config::parse(b" \n").unwrap(), Config::default());
        let nulls = br#"{"title":null,"read_only":null}"#;
        assert_eq!(Config::parse(nulls).unwrap(), Config::default());
        let config = Config::parse(br#"{"slow_mode_seconds":5.0,"read_only":true,"x":1}"#).unwrap();
        assert_eq!((config.slow_mode_ms(), config.read_only), (5_000, true));
        assert_eq!(config.retention().events, DEFAULT_RETAIN_EVENTS);
        for body in [
            "[]",
            "{",
            "5",
            r#"{"retain_events":0}"#,
            r#"{"retain_events":1000001}"#,
            r#"{"retain_seconds":-1}"#,
            r#"{"max_members":0}"#,
            r#"{"max_members":1.5}"#,
            r#"{"slow_mode_seconds":"5"}"#,
            r#"{"slow_mode_seconds":86401}"#,
            r#"{"read_only":"yes"}"#,
            r#"{"title":7}"#,
        ] {
            let refused = Config::parse(body.as_bytes()).unwrap_err();
            assert_eq!(refused.status(), 400, "{body}");
        }
        let long = format!(r#"{{"title":"{}"}}"#, "x".repeat(TITLE_CHARS + 1));
        assert!(Config::parse(long.as_bytes()).is_err());
    }

    #[test]
    fn the_operators_vars() {
        let settings = Settings::from_vars(|name| match name {
            "LIMIT_FRAMES_PER_SECOND" | "ROOM_SILENCE_SECONDS" => Some("0"),
            "LIMIT_FRAMES_BURST" => Some("many"),
            "LIMIT_SIGNALS_PER_SECOND" => Some("5"),
            _ => None,
        });
        assert_eq!(settings.frames.per_second, 0);
        assert_eq!(settings.frames.burst, DEFAULT_FRAMES_BURST);
        assert_eq!(
            settings.signals,
            Rate {
                per_second: 5,
                burst: 10
            }
        );
        assert_eq!(settings.silence_ms, None);
    }
}
