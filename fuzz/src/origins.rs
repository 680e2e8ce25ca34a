//! `ALLOWED_ORIGINS`, and the `Origin` and `Host` of a request.

use crate::{lines, text};
use tidings::access::origin::{AllowedOrigins, Cors};

/// Checks an input of three lines: the var, the origin, the host.
pub fn check(data: &[u8]) {
    let text = text(data);
    let [var, origin, host] = lines(&text);
    let allowed = AllowedOrigins::from_var(var);
    assert_eq!(allowed.decide(None, host), Cors::SameOrigin);
    if let AllowedOrigins::These(origins) = &allowed {
        assert_eq!(allowed.varies(), !origins.is_empty());
    }
    let Some(origin) = origin else {
        return;
    };
    let is_own = origin.split_once("://").is_some_and(|(_, authority)| {
        host.is_some_and(|host| authority.eq_ignore_ascii_case(host))
    });
    let listed = var.unwrap_or_default().split(',').any(|listed| {
        let listed = listed.trim().trim_end_matches('/');
        listed.eq_ignore_ascii_case(origin) && !listed.is_empty()
    });
    match allowed.decide(Some(origin), host) {
        Cors::SameOrigin => assert!(is_own),
        Cors::Any => assert!(!is_own && allowed == AllowedOrigins::Any),
        Cors::Allowed(named) => {
            assert!(!is_own && listed);
            assert_eq!(named, origin, "the answer names the origin as it was sent");
        }
        Cors::Foreign => assert!(!is_own && !listed && allowed != AllowedOrigins::Any),
    }
}
