//! What a stream keeps of a reader in its socket's attachment, and reads when it wakes up.

use super::Wire;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// What is known of a reader. Kept as JSON, with names of one letter: the platform takes
/// no more than 16 KB for a socket, and reads it with every message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// What it speaks.
    #[serde(rename = "w")]
    pub wire: Wire,
    /// Where it stands.
    #[serde(rename = "s")]
    pub stage: Stage,
    /// Until when it may read, where its token runs out: milliseconds of Unix time.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// Whether it is a bridge that can change over to a body of the object's.
    #[serde(rename = "p", default, skip_serializing_if = "std::ops::Not::not")]
    pub pours: bool,
}

/// Where a reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Gets events as they come.
    #[serde(rename = "l")]
    Live,
    /// Is behind, and gets the next chunk, from this event on, when it has room.
    #[serde(rename = "f")]
    From(u64),
}

impl Reader {
    /// As it was kept.
    pub fn from_json(json: &str) -> Result<Self> {
        serde_json::from_str(json)
            .map_err(|error| Error::Internal(format!("an attachment cannot be read: {error}")))
    }

    /// As it is kept.
    pub fn to_json(self) -> Result<String> {
        serde_json::to_string(&self)
            .map_err(|error| Error::Internal(format!("an attachment did not serialise: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_version_has_kept_is_read() {
        let reader = Reader {
            wire: Wire::EventStream,
            stage: Stage::From(7),
            until: Some(9),
            pours: true,
        };
        let kept = r#"{"w":"event_stream","s":{"f":7},"u":9,"p":true}"#;
        assert_eq!(reader.to_json().as_deref(), Ok(kept));
        assert_eq!(Reader::from_json(kept), Ok(reader));
        let least = Reader {
            wire: Wire::Json,
            stage: Stage::Live,
            until: None,
            pours: false,
        };
        let kept = r#"{"w":"json","s":"l"}"#;
        assert_eq!(least.to_json().as_deref(), Ok(kept));
        assert_eq!(Reader::from_json(kept), Ok(least));
    }
}
