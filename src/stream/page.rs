//! What a request for a page of events asks for.

use crate::cursor::After;
use crate::error::{Error, Result};
use crate::limit::{DEFAULT_PAGE_EVENTS, PAGE_EVENTS, WAIT_SECONDS};

/// The query of `GET /v1/streams/{name}/events`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Where the page begins.
    pub after: After,
    /// The most events.
    pub limit: usize,
    /// How long to wait for an event where there is none, in milliseconds.
    pub wait_ms: u64,
}

impl PageRequest {
    /// Reads the query: `after` (default `start`), `limit` (1 to [`PAGE_EVENTS`]),
    /// `wait` (seconds, 0 to [`WAIT_SECONDS`]). Numbers out of range are a 400.
    pub fn from_query<'a>(query: impl Fn(&str) -> Option<&'a str>) -> Result<Self> {
        let limit = match query("limit") {
            None => DEFAULT_PAGE_EVENTS,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=PAGE_EVENTS).contains(limit))
                .ok_or_else(|| Error::BadRequest(format!("`limit` is 1 to {PAGE_EVENTS}.")))?,
        };
        let wait: u64 = match query("wait") {
            None => 0,
            Some(text) => text
                .parse()
                .ok()
                .filter(|wait| *wait <= WAIT_SECONDS)
                .ok_or_else(|| {
                    Error::BadRequest(format!(
                        "`wait` is a whole number of seconds, 0 to {WAIT_SECONDS}."
                    ))
                })?,
        };
        Ok(Self {
            after: query("after").map_or(After::Start, After::parse),
            limit,
            wait_ms: wait.saturating_mul(1_000),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query: &[(&str, &'static str)]) -> Result<PageRequest> {
        PageRequest::from_query(|name| query.iter().find(|(n, _)| *n == name).map(|(_, v)| *v))
    }

    #[test]
    fn defaults_and_limits() {
        let defaults = PageRequest {
            after: After::Start,
            limit: 100,
            wait_ms: 0,
        };
        assert_eq!(request(&[]), Ok(defaults));
        let full = request(&[("after", "a.1"), ("limit", "500"), ("wait", "25")]).unwrap();
        assert_eq!((full.limit, full.wait_ms), (500, 25_000));
        assert_eq!(full.after, After::parse("a.1"));
        for (name, value) in [
            ("limit", "0"),
            ("limit", "501"),
            ("limit", ""),
            ("limit", "x"),
            ("wait", "26"),
            ("wait", "-1"),
            ("wait", "1.5"),
            ("wait", ""),
        ] {
            assert_eq!(request(&[(name, value)]).unwrap_err().status(), 400);
        }
        assert!(request(&[("after", "")]).is_ok());
    }
}
