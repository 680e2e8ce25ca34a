//! What a ticket is wanted for: the body of `POST /v1/tickets`.

use crate::{refused, text};
use tidings::access::grants::Realm;
use tidings::access::visitor::ticket_for;

/// Checks a body.
pub fn check(data: &[u8]) {
    match ticket_for(data) {
        Ok(None) => {}
        Ok(Some((realm, name))) => {
            let member = match realm {
                Realm::Streams => "stream",
                Realm::Rooms => "room",
            };
            let body = format!(r#"{{"{member}":"{name}"}}"#);
            assert_eq!(ticket_for(body.as_bytes()), Ok(Some((realm, name))));
            assert!(text(data).contains(member) || text(data).contains("\\u"));
        }
        Err(error) => refused::check(&error, &[400]),
    }
}
