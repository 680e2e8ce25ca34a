//! Where a reader begins.

use crate::cursor::After;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Where a reader begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// After what it has seen.
    After(After),
    /// With the last so many events.
    Tail(u64),
    /// With the latest event of each type, so that a bar can be drawn at once.
    Latest,
}

impl Position {
    /// Decides from what a request says: the `Last-Event-ID` header, which a
    /// reconnecting browser sends, wins over the query it was opened with; there
    /// `last_event_id` (for those who cannot set headers) wins over `after`, and
    /// that over `tail`.
    ///
    /// A cursor is never an error; a `tail` that is no number is a 400.
    pub fn from_request<'a>(
        last_event_id: Option<&'a str>,
        query: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self> {
        let cursor = last_event_id
            // A browser that has no id sends no header, but proxies and older
            // clients have been seen to send an empty one.
            .filter(|id| !id.is_empty())
            .or_else(|| query("last_event_id").filter(|id| !id.is_empty()))
            .or_else(|| query("after"));
        let tail = query("tail").map(str::parse).transpose().map_err(|_| {
            Error::bad_request("`tail` is a number: how many of the last are wanted.")
        })?;
        Ok(match (cursor, tail) {
            (Some(cursor), _) => Self::After(After::parse(cursor)),
            (None, Some(tail)) => Self::Tail(tail),
            (None, None) => Self::Latest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(header: Option<&str>, query: &[(&str, &'static str)]) -> Result<Position> {
        let find = |name: &str| query.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        Position::from_request(header, find)
    }

    #[test]
    fn precedence() {
        let query = [("after", "b.2"), ("last_event_id", "a.1"), ("tail", "3")];
        let after = |text| Ok(Position::After(After::parse(text)));
        assert_eq!(position(Some("h.9"), &query), after("h.9"));
        assert_eq!(position(Some(""), &query), after("a.1"));
        assert_eq!(position(None, &query[..1]), after("b.2"));
        assert_eq!(position(None, &query[2..]), Ok(Position::Tail(3)));
        assert_eq!(position(None, &[]), Ok(Position::Latest));
        assert_eq!(
            position(None, &[("after", "start")]),
            Ok(Position::After(After::Start))
        );
    }

    #[test]
    fn a_bad_tail_is_an_error_and_a_bad_cursor_is_not() {
        for tail in ["", "-1", "1.5", "x", "99999999999999999999"] {
            assert_eq!(position(None, &[("tail", tail)]).unwrap_err().status(), 400);
            // Also where it would not be read: whether an address is right must
            // not depend on a header.
            let refused = position(Some("a.1"), &[("tail", tail)]);
            assert_eq!(refused.unwrap_err().status(), 400);
        }
        assert!(position(Some("\u{0}\u{fffd}"), &[]).is_ok());
    }
}
