//! A message that a server posts: the body of `POST /v1/rooms/{name}/messages`.

use super::frame::Frame;
use super::object::Object;
use crate::content_type::media_type;
use crate::error::{Error, Result};

/// The bodies that are read, as a 415 names them.
const READ: &str = "application/json or text/plain";

/// A message that was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The message as JSON, as [`Frame::parse_post`] takes it.
    pub json: String,
    /// The name that it is posted under, where it has one.
    pub name: Option<String>,
}

impl Post {
    /// Reads the body of a request; what is wrong with it is a 400, 413 or 415.
    pub fn parse(content_type: Option<&str>, body: &[u8]) -> Result<Self> {
        let media_type = media_type(content_type, READ)?;
        let is_json = match media_type.as_str() {
            "application/json" => true,
            "text/plain" => false,
            _ => return Err(Error::UnsupportedMediaType(READ)),
        };
        let text = std::str::from_utf8(body)
            .map_err(|_| Error::bad_request("The body is not valid UTF-8."))?;
        let json = if is_json {
            text.to_owned()
        } else {
            Object::new().text("text", text).end()
        };
        let (_, name) = Frame::parse_post(json.as_bytes())?;
        Ok(Self { json, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_or_plain_text() {
        let json = Post::parse(
            Some("application/json; charset=utf-8"),
            br#"{"text":"x","name":"Bot"}"#,
        );
        assert_eq!(json.unwrap().name.as_deref(), Some("Bot"));
        let plain = Post::parse(Some("Text/Plain"), "é\n\"".as_bytes()).unwrap();
        assert_eq!(plain.json, r#"{"text":"é\n\""}"#);
        for (content_type, body, status) in [
            (None, &b"x"[..], 415),
            (Some("image/png"), b"\xe9", 415),
            (Some("text/plain; charset=latin1"), b"x", 415),
            (Some("text/plain"), b"\xe9", 400),
            (Some("text/plain"), b"", 400),
            (Some("application/json"), b"[]", 400),
            (Some("application/json"), b"{", 400),
            (Some("application/json"), b"{\"data\":null}", 400),
        ] {
            let refused = Post::parse(content_type, body).unwrap_err();
            assert_eq!(refused.status(), status, "{content_type:?} {body:?}");
        }
    }
}
