//! How a stream is configured: `PUT /v1/streams/{name}`.

use crate::data::parse_object;
use crate::error::{Error, Result};
use crate::limit::{RETAIN_EVENTS, RETAIN_SECONDS, TITLE_CHARS};
use crate::log::Retention;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// How many events a stream keeps unless it is told otherwise.
pub const DEFAULT_RETAIN_EVENTS: u64 = 1_000;
/// How long a stream keeps events unless it is told otherwise: a day, in seconds.
pub const DEFAULT_RETAIN_SECONDS: u64 = 24 * 60 * 60;

/// The configuration of a stream; a member that is absent has its default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// The member of the data that tells one key from another, where a reader that
    /// is behind is to get the newest value of each key; see [`crate::stream::conflation`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflate: Option<String>,
    /// What `done` counts up to, for `progress` events that do not say it themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// What `done` and `total` count: `bytes`, `rows`, `steps`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// Reads a count, however the number is written: JSON does not tell `60.0` and `6e1`
/// from `60`, and encoders of languages that do have been seen to write them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be whole and not negative; a cast of a float saturates"
)]
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    match Option::<f64>::deserialize(deserializer)? {
        None => Ok(None),
        Some(number) if number >= 0.0 && number.fract() == 0.0 => Ok(Some(number as u64)),
        Some(number) => Err(D::Error::custom(format!("{number} is no whole number"))),
    }
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
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let texts = [
            ("title", &self.title),
            ("unit", &self.unit),
            ("conflate", &self.conflate),
        ];
        for (name, text) in texts {
            if text
                .as_ref()
                .is_some_and(|text| text.chars().count() > TITLE_CHARS)
            {
                return Err(Error::BadRequest(format!(
                    "`{name}` may have at most {TITLE_CHARS} characters."
                )));
            }
        }
        if self.conflate.as_ref().is_some_and(String::is_empty) {
            return Err(Error::bad_request(
                "`conflate` is the name of a member of the events' data.",
            ));
        }
        let counts = [
            ("retain_events", self.retain_events, RETAIN_EVENTS),
            ("retain_seconds", self.retain_seconds, RETAIN_SECONDS),
        ];
        for (name, count, most) in counts {
            if count.is_some_and(|count| count == 0 || count > most) {
                return Err(Error::BadRequest(format!("`{name}` is 1 to {most}.")));
            }
        }
        if self
            .total
            .is_some_and(|total| !total.is_finite() || total <= 0.0)
        {
            return Err(Error::bad_request("`total` is a number above 0."));
        }
        Ok(())
    }

    /// The configuration with the retention that is in force written out.
    #[must_use]
    pub fn with_defaults(mut self) -> Self {
        self.retain_events.get_or_insert(DEFAULT_RETAIN_EVENTS);
        self.retain_seconds.get_or_insert(DEFAULT_RETAIN_SECONDS);
        self
    }

    /// What of the past is kept.
    #[must_use]
    pub fn retention(&self) -> Retention {
        let seconds = self.retain_seconds.unwrap_or(DEFAULT_RETAIN_SECONDS);
        Retention {
            events: self.retain_events.unwrap_or(DEFAULT_RETAIN_EVENTS),
            ms: seconds.saturating_mul(1_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_is_optional() {
        assert_eq!(Config::parse(b" \n").unwrap(), Config::default());
        assert_eq!(Config::parse(b"{}").unwrap(), Config::default());
        let full = br#"{"title":"T","retain_events":5,"retain_seconds":60,"total":2.5,"unit":"rows","later":1}"#;
        let config = Config::parse(full).unwrap();
        assert_eq!(
            config.retention(),
            Retention {
                events: 5,
                ms: 60_000
            }
        );
    }

    #[test]
    fn a_whole_number_may_be_written_as_a_float() {
        let config = Config::parse(br#"{"retain_events":5.0,"retain_seconds":6e1}"#).unwrap();
        assert_eq!(
            config,
            Config::parse(br#"{"retain_events":5,"retain_seconds":60}"#).unwrap()
        );
        let null = br#"{"retain_events":null,"retain_seconds":null}"#;
        assert_eq!(Config::parse(null).unwrap(), Config::default());
    }

    #[test]
    fn bad_values_are_refused() {
        for body in [
            "[]",
            "1",
            "{",
            "{\"title\":1}",
            "{\"conflate\":\"\"}",
            "{\"retain_events\":0}",
            "{\"retain_events\":-1}",
            "{\"retain_events\":1.5}",
            "{\"retain_events\":1000001}",
            "{\"retain_seconds\":0}",
            "{\"total\":0}",
            "{\"total\":-1}",
            "{\"total\":\"9\"}",
            "{\"total\":1e999}",
            "\u{feff}{}",
        ] {
            assert_eq!(
                Config::parse(body.as_bytes()).unwrap_err().status(),
                400,
                "{body}"
            );
        }
        let long = format!("{{\"title\":\"{}\"}}", "é".repeat(TITLE_CHARS + 1));
        assert_eq!(Config::parse(long.as_bytes()).unwrap_err().status(), 400);
    }
}
