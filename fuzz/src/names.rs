//! Names of streams and rooms, alone and in paths.

use crate::{refused, text};
use tidings::name::{Name, RESERVED_PREFIX};
use tidings::route::Resource;

const METHODS: [&str; 7] = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"];

/// Checks a name, a segment of a path and a whole path.
pub fn check(data: &[u8]) {
    let text = text(data);
    let parsed = Name::parse(&text);
    assert_eq!(parsed.is_ok(), is_name(&text), "{text:?}");
    match &parsed {
        Ok(name) => is_one(name, &text),
        Err(error) => refused::check(error, &[400]),
    }
    match Name::from_path_segment(&text) {
        Ok(name) => is_one(&name, &name.to_string()),
        Err(error) => {
            assert!(parsed.is_err(), "a name is a segment");
            refused::check(&error, &[400]);
        }
    }
    path(&text);
    path(&format!("/v1/{text}"));
    path(&format!("/v1/streams/{text}"));
}

/// `[A-Za-z0-9][A-Za-z0-9._~-]{0,127}`, by other means than the parser.
fn is_name(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    let known = |c: char| c.is_ascii_alphanumeric() || "._~-".contains(c);
    (1..=128).contains(&text.chars().count()) && rest.len() < text.len() && rest.chars().all(known)
}

fn is_one(name: &Name, text: &str) {
    assert_eq!((name.as_str(), name.to_string().as_str()), (text, text));
    assert_eq!(name.is_reserved(), text.starts_with(RESERVED_PREFIX));
    assert_eq!(Name::from_path_segment(text).as_ref(), Ok(name));
    let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    assert_eq!(Name::from_path_segment(&encoded).as_ref(), Ok(name));
}

fn path(path: &str) {
    match Resource::parse(path) {
        Ok(resource) => {
            let allow = resource.allow();
            for method in METHODS {
                let takes = allow.split(", ").any(|allowed| allowed == method);
                match resource.clone().call(method) {
                    Ok(call) => {
                        assert!(takes, "{method} {path}");
                        let _ = (call.as_str(), call.about());
                    }
                    Err(error) => {
                        assert!(!takes, "{method} {path}");
                        refused::check(&error, &[405]);
                    }
                }
            }
        }
        Err(error) => refused::check(&error, &[400, 404]),
    }
}
