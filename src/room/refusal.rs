//! Why a frame, or a message posted over HTTP, was not taken.
//!
//! | `code` | Why |
//! | --- | --- |
//! | `bad_json` | it is not JSON |
//! | `bad_frame` | a member is missing or of the wrong kind |
//! | `unknown_type` | there is no such type |
//! | `too_long` | something is larger than its limit |
//! | `rate_limited` | too many; it was dropped |
//! | `forbidden` | the sender may not do that |
//! | `not_found` | the target, or the member, is not there |
//! | `conflict` | `if_version` is not the version |
//! | `read_only` | only moderators may write here now |

use super::object::Object;
use crate::error::Error;

/// Why something was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is not JSON.
    BadJson,
    /// A member is missing or of the wrong kind; what it must be.
    BadFrame(&'static str),
    /// There is no such type of frame.
    UnknownType,
    /// Something is larger than its limit.
    TooLong {
        /// What, with its unit.
        what: &'static str,
        /// The limit, a constant of [`crate::limit`].
        limit: usize,
    },
    /// There were too many; when to try again, in milliseconds from now.
    RateLimited {
        /// After how much time the same would be taken.
        retry_ms: u64,
    },
    /// The sender may not do that; why.
    Forbidden(&'static str),
    /// What is named is not there; what it is.
    NotFound(&'static str),
    /// The shared value has another version than was said.
    Conflict {
        /// The value's key.
        key: String,
        /// The value as it is, as JSON; `None` where there is none.
        value: Option<String>,
        /// Its version; 0 where there is none.
        version: u64,
    },
    /// Only moderators may write here now.
    ReadOnly,
}

impl Refusal {
    /// The code on the wire.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadJson => "bad_json",
            Self::BadFrame(_) => "bad_frame",
            Self::UnknownType => "unknown_type",
            Self::TooLong { .. } => "too_long",
            Self::RateLimited { .. } => "rate_limited",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not_found",
            Self::Conflict { .. } => "conflict",
            Self::ReadOnly => "read_only",
        }
    }

    /// The sentence for the developer who reads it in a console.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::BadJson => "A frame is a JSON object, as text.".to_owned(),
            Self::BadFrame(rule) => (*rule).to_owned(),
            Self::UnknownType => "There is no such type of frame.".to_owned(),
            Self::TooLong { what, limit } => {
                format!("Too long: the limit for {what} is {limit}.")
            }
            Self::RateLimited { .. } => "Too many; this one was dropped.".to_owned(),
            Self::Forbidden(why) => (*why).to_owned(),
            Self::NotFound(what) => format!("There is no such {what}."),
            Self::Conflict { .. } => "The value has changed meanwhile.".to_owned(),
            Self::ReadOnly => "Only moderators may write here now.".to_owned(),
        }
    }

    /// The frame that says it; `id` is that of the frame that was refused.
    #[must_use]
    pub fn frame(&self, id: Option<&str>) -> String {
        let frame = Object::frame("error")
            .text("code", self.code())
            .text("message", &self.message())
            .maybe_text("id", id);
        match self {
            Self::TooLong { limit, .. } => {
                frame.number("limit", u64::try_from(*limit).unwrap_or(u64::MAX))
            }
            Self::RateLimited { retry_ms } => frame.number("retry_ms", *retry_ms),
            Self::Conflict {
                key,
                value,
                version,
            } => frame
                .text("key", key)
                .json("value", value.as_deref().unwrap_or("null"))
                .number("version", *version),
            _ => frame,
        }
        .end()
    }
}

/// The same over HTTP.
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::BadJson => Self::bad_request("The body must be a JSON object."),
            Refusal::TooLong { what, limit } => Self::TooLarge { what, limit },
            Refusal::Forbidden(_) | Refusal::ReadOnly => Self::Forbidden(refusal.message()),
            Refusal::NotFound(_) => Self::NotFound(refusal.message()),
            Refusal::Conflict { .. } => Self::Conflict(refusal.message()),
            Refusal::BadFrame(_) | Refusal::UnknownType | Refusal::RateLimited { .. } => {
                Self::BadRequest(refusal.message())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_can_be_done() {
        assert_eq!(
            Refusal::RateLimited { retry_ms: 90 }.frame(Some("m\"1")),
            r#"{"type":"error","code":"rate_limited","message":"Too many; this one was dropped.","id":"m\"1","retry_ms":90}"#
        );
        assert_eq!(
            Refusal::Conflict {
                key: "lot".into(),
                value: None,
                version: 0
            }
            .frame(None),
            r#"{"type":"error","code":"conflict","message":"The value has changed meanwhile.","key":"lot","value":null,"version":0}"#
        );
        let too_long = Refusal::TooLong {
            what: "a text in characters",
            limit: 4_000,
        };
        assert!(too_long.frame(None).ends_with(r#","limit":4000}"#));
        assert_eq!(Error::from(too_long).status(), 413);
        assert_eq!(Error::from(Refusal::ReadOnly).status(), 403);
    }
}
