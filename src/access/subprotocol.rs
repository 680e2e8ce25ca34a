//! The WebSocket subprotocol.
//!
//! A client that offers subprotocols must be answered with one of them, or its
//! browser drops the connection
//! ([RFC 6455, 4.1](https://www.rfc-editor.org/rfc/rfc6455#section-4.1)). Ours is
//! the only one that is ever answered; whatever else is offered (a token, say)
//! stays unanswered and so out of logs.

use crate::error::{Error, Result};

/// The subprotocol of this service.
pub const SUBPROTOCOL: &str = "tidings.v1";

/// What to answer to a `Sec-WebSocket-Protocol` header: ours where it is offered,
/// nothing where nothing is, a 400 where only others are.
pub fn choose(offered: Option<&str>) -> Result<Option<&'static str>> {
    let Some(offered) = offered else {
        return Ok(None);
    };
    if offered.split(',').any(|offer| offer.trim() == SUBPROTOCOL) {
        Ok(Some(SUBPROTOCOL))
    } else {
        Err(Error::BadRequest(format!(
            "Where subprotocols are offered, {SUBPROTOCOL} must be among them."
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_or_nothing() {
        assert_eq!(choose(None), Ok(None));
        assert_eq!(choose(Some("tidings.v1")), Ok(Some(SUBPROTOCOL)));
        assert_eq!(choose(Some("x, tidings.v1 ,y")), Ok(Some(SUBPROTOCOL)));
        for offered in ["", "tidings.v2", "xtidings.v1", "Tidings.v1"] {
            assert_eq!(choose(Some(offered)).unwrap_err().status(), 400);
        }
    }
}
