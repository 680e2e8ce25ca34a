//! A request from outside, as the platform has it.
//!
//! Not `worker::Request`: that reads, before anybody asks, what Cloudflare says of the
//! request's origin, which costs more than what most requests are looked at for.

use super::js_error;
use crate::error::Result;
use crate::query::Query;
use crate::route;
use web_sys::Headers;

/// A request, and what is read of it more than once.
pub(super) struct Request {
    raw: web_sys::Request,
    headers: Headers,
    url: String,
}

impl From<web_sys::Request> for Request {
    fn from(raw: web_sys::Request) -> Self {
        Self {
            headers: raw.headers(),
            url: raw.url(),
            raw,
        }
    }
}

impl Request {
    pub(super) fn method(&self) -> String {
        self.raw.method()
    }

    /// The path, without the query, as it was sent.
    pub(super) fn path(&self) -> &str {
        route::path_of(&self.url)
    }

    pub(super) fn query(&self) -> Query<'_> {
        Query::of_url(&self.url)
    }

    /// The value of a header; several of a name are joined by commas.
    pub(super) fn header(&self, name: &str) -> Result<Option<String>> {
        self.headers.get(name).map_err(|e| js_error(&e))
    }

    /// Whether it wants to become a WebSocket.
    pub(super) fn is_upgrade(&self) -> Result<bool> {
        let upgrade = self.header("Upgrade")?;
        Ok(upgrade.is_some_and(|to| to.eq_ignore_ascii_case("websocket")))
    }

    /// The platform's own.
    pub(super) fn raw(&self) -> &web_sys::Request {
        &self.raw
    }
}
