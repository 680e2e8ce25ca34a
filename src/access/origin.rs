//! Which pages of other sites may use the service from a browser.
//!
//! Sources: the [Fetch standard](https://fetch.spec.whatwg.org/#http-cors-protocol)
//! for CORS; [RFC 6455, 10.2](https://www.rfc-editor.org/rfc/rfc6455#section-10.2)
//! for WebSockets, which CORS does not protect: there the server itself must
//! refuse a foreign `Origin`, or any page could act as its visitor.

use crate::route::after_scheme;

/// How long a browser may remember the answer to a preflight, in seconds: two
/// hours, the most that Chromium honours.
pub const PREFLIGHT_SECONDS: u32 = 7_200;

/// The headers that a page of another site may send.
pub const ALLOWED_HEADERS: &str =
    "Authorization, Content-Type, Last-Event-ID, Accept, Cache-Control";

/// The headers that a page of another site may read.
pub const EXPOSED_HEADERS: &str = "Allow, Link, Retry-After, WWW-Authenticate";

/// The origins that the operator allows, the var `ALLOWED_ORIGINS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// These, and the service's own. Compared exactly, as browsers serialise them.
    These(Vec<String>),
    /// Any, without credentials.
    Any,
}

/// How to answer a request from a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cors {
    /// No page of another site is involved: no CORS headers.
    SameOrigin,
    /// The page's site is allowed, by name, with credentials.
    Allowed(String),
    /// Every site is allowed, without credentials.
    Any,
    /// The page's site is not allowed: no CORS headers, so that the browser does
    /// not show it the answer, and no WebSocket.
    Foreign,
}

impl AllowedOrigins {
    /// Reads the var: exact origins, comma-separated; empty for none but our own;
    /// `*` for any.
    #[must_use]
    pub fn from_var(var: Option<&str>) -> Self {
        let origins = var.unwrap_or_default().split(',').map(str::trim);
        let origins: Vec<String> = origins
            .map(|origin| origin.trim_end_matches('/').to_ascii_lowercase())
            .filter(|origin| !origin.is_empty())
            .collect();
        if origins.iter().any(|origin| origin == "*") {
            Self::Any
        } else {
            Self::These(origins)
        }
    }

    /// Decides on a request with this `Origin` header that was sent to this `Host`.
    ///
    /// Only the host is compared to tell our own pages: behind a proxy that ends
    /// TLS the scheme that we see is not the one that the browser used.
    #[must_use]
    pub fn decide(&self, origin: Option<&str>, host: Option<&str>) -> Cors {
        let Some(origin) = origin else {
            return Cors::SameOrigin;
        };
        let own = after_scheme(origin)
            .zip(host)
            .is_some_and(|((_, authority), host)| authority.eq_ignore_ascii_case(host));
        match self {
            _ if own => Cors::SameOrigin,
            Self::Any => Cors::Any,
            Self::These(allowed) if allowed.iter().any(|a| a.eq_ignore_ascii_case(origin)) => {
                Cors::Allowed(origin.to_owned())
            }
            Self::These(_) => Cors::Foreign,
        }
    }

    /// Whether the answer depends on who asks, so that caches must know (`Vary`).
    #[must_use]
    pub const fn varies(&self) -> bool {
        matches!(self, Self::These(allowed) if !allowed.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(var: &str, origin: &str) -> Cors {
        AllowedOrigins::from_var(Some(var)).decide(Some(origin), Some("t.example:8787"))
    }

    #[test]
    fn our_own_pages_need_no_permission() {
        assert_eq!(decide("", "http://t.example:8787"), Cors::SameOrigin);
        assert_eq!(decide("", "https://T.example:8787"), Cors::SameOrigin);
        let none = AllowedOrigins::from_var(None);
        assert_eq!(none.decide(None, Some("t.example")), Cors::SameOrigin);
    }

    #[test]
    fn others_are_compared_exactly() {
        let var = " https://a.example , https://b.example:444/ ";
        assert_eq!(
            decide(var, "https://a.example"),
            Cors::Allowed("https://a.example".into())
        );
        assert_eq!(
            decide(var, "https://b.example:444"),
            Cors::Allowed("https://b.example:444".into())
        );
        for foreign in [
            "http://a.example",
            "https://a.example:443",
            "https://a.example.evil.example",
            "https://xa.example",
            "null",
            "",
            "https://t.example",
            "https://t.example:8787@evil.example",
            "*",
        ] {
            assert_eq!(decide(var, foreign), Cors::Foreign, "{foreign}");
        }
    }

    #[test]
    fn a_star_is_everybody() {
        assert_eq!(decide("*", "https://a.example"), Cors::Any);
        assert_eq!(decide("https://a.example,*", "null"), Cors::Any);
    }
}
