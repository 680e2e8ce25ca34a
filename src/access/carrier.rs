//! Where a request carries its token.
//!
//! Three ways, because browsers leave no other: `Authorization: Bearer` for whoever
//! can set headers; `?token=` for `EventSource` and WebSockets, which cannot; and
//! for WebSockets a subprotocol `bearer.<token>`, which stays out of URLs and so out
//! of logs. The first that is there counts, also if what it carries is worth
//! nothing: a wrong token is never made up for by another one.

/// The name of the parameter that carries a token.
pub const PARAMETER: &str = "token";

/// How the subprotocol that carries a token begins.
const SUBPROTOCOL_PREFIX: &str = "bearer.";

/// The token of a request with this `Authorization` header, this `token` in its query
/// and these offered subprotocols.
#[must_use]
pub fn find<'a>(
    authorization: Option<&'a str>,
    parameter: Option<&'a str>,
    subprotocols: Option<&'a str>,
) -> Option<&'a str> {
    authorization.and_then(bearer).or(parameter).or_else(|| {
        let mut offers = subprotocols?.split(',').map(str::trim);
        offers.find_map(|offer| offer.strip_prefix(SUBPROTOCOL_PREFIX))
    })
}

/// The token in an `Authorization` header; `None` where it is of another scheme, which
/// is the business of whatever stands in front of us.
fn bearer(header: &str) -> Option<&str> {
    let header = header.trim();
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_there_counts() {
        let protocols = Some("tidings.v1, bearer.c");
        assert_eq!(find(Some("Bearer a"), Some("b"), protocols), Some("a"));
        assert_eq!(find(None, Some("b"), protocols), Some("b"));
        assert_eq!(find(None, None, protocols), Some("c"));
        assert_eq!(find(None, None, Some("tidings.v1")), None);
        assert_eq!(find(None, None, None), None);
        // Empty is there, and wrong.
        assert_eq!(find(Some("Bearer "), Some("b"), None), Some(""));
        assert_eq!(find(Some("bearer"), Some("b"), None), Some(""));
        assert_eq!(find(None, Some(""), protocols), Some(""));
        assert_eq!(find(None, None, Some("bearer.")), Some(""));
    }

    #[test]
    fn other_schemes_are_not_ours() {
        assert_eq!(find(Some("Basic YTpi"), Some("b"), None), Some("b"));
        assert_eq!(find(Some("BEARER  a.b.c "), None, None), Some("a.b.c"));
        assert_eq!(find(Some("Bearera"), None, None), None);
    }
}
