//! The one error of the core, and how it looks over HTTP.
//!
//! Over HTTP an error is an `application/problem+json` document
//! ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): `type`, `title`,
//! `status` and `detail`, and `limit` where a limit was hit. `detail` is written
//! for the developer who reads it in a console: it says what was wrong and what
//! would be right, and never repeats input that could be long or secret.

use crate::data::Members;
use serde::Serialize;
use std::fmt;

/// The media type of an error's body.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// After how many seconds a reader whom there is no room for may try again.
const FULL_RETRY_SECONDS: u32 = 30;

/// How the `type` of a problem begins.
const PROBLEM_PREFIX: &str = "urn:tidings:problem:";

/// What can go wrong, each with the HTTP status that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// 400: the request breaks a rule; the text says which.
    BadRequest(String),
    /// 401: this needs a token, and there is none; what it would have to grant.
    TokenMissing(String),
    /// 401: the token that came with the request is worth nothing; why.
    TokenInvalid(&'static str),
    /// 403: the request is understood and refused.
    Forbidden(String),
    /// 404: there is no such resource.
    NotFound(String),
    /// 405: the resource exists and does not do that; the methods it takes, for `Allow`.
    MethodNotAllowed(&'static str),
    /// 406: none of the representations we have is acceptable; the ones we have.
    NotAcceptable(&'static str),
    /// 409: the state of the resource forbids it.
    Conflict(String),
    /// 413: something is larger than its limit.
    TooLarge {
        /// What is too large, with its unit: "an event's data in bytes".
        what: &'static str,
        /// The limit, a constant of [`crate::limit`].
        limit: usize,
    },
    /// 415: the body's media type is none that we read; the ones we do.
    UnsupportedMediaType(&'static str),
    /// 426: this only comes over another protocol; how to get it.
    UpgradeRequired(&'static str),
    /// 429: there is too much of this; what, and after how many seconds it may be tried
    /// again.
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// For `Retry-After`.
        retry_seconds: u32,
    },
    /// 500: a fault of ours. The text is for the log; the client gets a fixed sentence.
    Internal(String),
    /// 503: the service cannot do it now, or has not been set up to.
    Unavailable(String),
}

/// The result of anything that can fail in the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error as the document that goes over the wire.
#[derive(Debug, Serialize)]
pub struct Problem<'a> {
    /// A stable identifier of the kind of error, for programs.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The kind of error in a few words, for people.
    title: &'static str,
    /// The HTTP status, repeated for whoever only has the body.
    status: u16,
    /// What went wrong this time.
    detail: &'a str,
    /// The limit that was hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
}

impl Error {
    /// A 400 with the rule that was broken.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::BadRequest(detail.into())
    }

    /// A 409 with the state that forbids it.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::Conflict(detail.into())
    }

    /// A 429: there is no room for one more reader.
    #[must_use]
    pub const fn full() -> Self {
        Self::TooMany {
            what: "readers of this stream",
            retry_seconds: FULL_RETRY_SECONDS,
        }
    }

    /// The error that a problem document from our own object stands for.
    #[must_use]
    pub fn from_problem(status: u16, json: &str) -> Self {
        let detail = Members::parse(json)
            .and_then(|document| document.read("detail"))
            .unwrap_or_else(|_| "The object answered in no way that is known.".to_owned());
        match status {
            400 => Self::BadRequest(detail),
            403 => Self::Forbidden(detail),
            404 => Self::NotFound(detail),
            409 => Self::Conflict(detail),
            // The only thing that an object has too much of.
            429 => Self::full(),
            503 => Self::Unavailable(detail),
            _ => Self::Internal(detail),
        }
    }

    /// The HTTP status of this error.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::BadRequest(_) => 400,
            Self::TokenMissing(_) | Self::TokenInvalid(_) => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound(_) => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::NotAcceptable(_) => 406,
            Self::Conflict(_) => 409,
            Self::TooLarge { .. } => 413,
            Self::UnsupportedMediaType(_) => 415,
            Self::UpgradeRequired(_) => 426,
            Self::TooMany { .. } => 429,
            Self::Internal(_) => 500,
            Self::Unavailable(_) => 503,
        }
    }

    /// The methods for the `Allow` header, which a 405 must carry
    /// ([RFC 9110, 15.5.6](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6)).
    #[must_use]
    pub const fn allow(&self) -> Option<&'static str> {
        match self {
            Self::MethodNotAllowed(allow) => Some(allow),
            _ => None,
        }
    }

    /// What kind of error it is, for programs: the end of the problem's `type`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        let (kind, _) = self.kind_and_title();
        kind.strip_prefix(PROBLEM_PREFIX).unwrap_or(kind)
    }

    const fn kind_and_title(&self) -> (&'static str, &'static str) {
        match self {
            Self::BadRequest(_) => ("urn:tidings:problem:bad-request", "Bad request"),
            Self::TokenMissing(_) => ("urn:tidings:problem:token-missing", "Token missing"),
            Self::TokenInvalid(_) => ("urn:tidings:problem:token-invalid", "Token not valid"),
            Self::Forbidden(_) => ("urn:tidings:problem:forbidden", "Forbidden"),
            Self::NotFound(_) => ("urn:tidings:problem:not-found", "Not found"),
            Self::MethodNotAllowed(_) => (
                "urn:tidings:problem:method-not-allowed",
                "Method not allowed",
            ),
            Self::NotAcceptable(_) => ("urn:tidings:problem:not-acceptable", "Not acceptable"),
            Self::Conflict(_) => ("urn:tidings:problem:conflict", "Conflict"),
            Self::TooLarge { .. } => ("urn:tidings:problem:too-large", "Content too large"),
            Self::UpgradeRequired(_) => {
                ("urn:tidings:problem:upgrade-required", "Upgrade required")
            }
            Self::UnsupportedMediaType(_) => (
                "urn:tidings:problem:unsupported-media-type",
                "Unsupported media type",
            ),
            Self::TooMany { .. } => ("urn:tidings:problem:too-many", "Too many requests"),
            Self::Internal(_) => ("urn:tidings:problem:internal", "Internal error"),
            Self::Unavailable(_) => ("urn:tidings:problem:unavailable", "Service unavailable"),
        }
    }

    /// The body of the response: one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let (kind, title) = self.kind_and_title();
        let detail = match self {
            // What broke inside is for the operator's log, not for strangers.
            Self::Internal(_) => "Something went wrong on the server; the request may be retried.",
            other => &other.to_string(),
        };
        let limit = match self {
            Self::TooLarge { limit, .. } => Some(*limit),
            _ => None,
        };
        let status = self.status();
        let problem = Problem {
            kind,
            title,
            status,
            detail,
            limit,
        };
        // Strings and numbers only: serialising cannot fail.
        serde_json::to_string(&problem).unwrap_or_default()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadRequest(detail)
            | Self::TokenMissing(detail)
            | Self::Forbidden(detail)
            | Self::NotFound(detail)
            | Self::Conflict(detail)
            | Self::Internal(detail)
            | Self::Unavailable(detail) => f.write_str(detail),
            Self::MethodNotAllowed(allow) => write!(f, "This resource takes {allow}."),
            Self::NotAcceptable(have) => write!(f, "This resource comes as {have}."),
            Self::TooLarge { what, limit } => {
                write!(f, "Too large: the limit for {what} is {limit}.")
            }
            Self::TokenInvalid(why) => write!(f, "The token is not valid. {why}"),
            Self::TooMany {
                what,
                retry_seconds,
            } => write!(f, "Too many {what}; try again in {retry_seconds} seconds."),
            Self::UpgradeRequired(how) => f.write_str(how),
            Self::UnsupportedMediaType(read) => write!(f, "The body must be {read}."),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_line_of_json_with_the_members_of_rfc_9457() {
        assert_eq!(
            Error::Conflict("The stream \"a\" has ended.".into()).to_json(),
            r#"{"type":"urn:tidings:problem:conflict","title":"Conflict","status":409,"detail":"The stream \"a\" has ended."}"#
        );
    }

    #[test]
    fn a_limit_is_reported_as_a_number() {
        let error = Error::TooLarge {
            what: "a batch in events",
            limit: 500,
        };
        assert_eq!(
            error.to_json(),
            r#"{"type":"urn:tidings:problem:too-large","title":"Content too large","status":413,"detail":"Too large: the limit for a batch in events is 500.","limit":500}"#
        );
    }

    #[test]
    fn the_inside_of_a_fault_stays_inside() {
        let json = Error::Internal("SQLITE_CORRUPT at page 7".into()).to_json();
        assert!(!json.contains("SQLITE"), "{json}");
    }
}
