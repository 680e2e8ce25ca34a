//! What the Worker asks of an object about backups, and what it is answered.

use super::NDJSON;
use crate::access::grants::Realm;
use crate::answer::Answer;
use crate::cursor::{After, Cursor};
use std::fmt;

/// What the Worker asks of the object of a stream or a room. It travels as text: a
/// page is a megabyte, which as JSON would be copied and read once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask<'a> {
    /// Show a page of a backup.
    Export {
        /// The name that the object has.
        name: &'a str,
        /// After which place the page begins.
        after: After,
    },
    /// Restore from this page, whose lines are checked.
    Import(&'a str),
    /// Erase what a member of a room said, in one part of the log.
    Erase {
        /// The member's id.
        id: &'a str,
        /// The number of the event from which on.
        from: u64,
    },
}

impl<'a> Ask<'a> {
    /// Reads what is asked; `None` where it is another command.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (what, rest) = text.split_once(' ')?;
        Some(match what {
            "export" => {
                let (name, after) = rest.split_once(' ')?;
                let after = After::parse(after);
                Self::Export { name, after }
            }
            "import" => Self::Import(rest),
            "erase" => {
                let (from, id) = rest.split_once(' ')?;
                let from = from.parse().ok()?;
                Self::Erase { id, from }
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Ask<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Export { name, after } => write!(f, "export {name} {after}"),
            Self::Import(lines) => write!(f, "import {lines}"),
            Self::Erase { id, from } => write!(f, "erase {from} {id}"),
        }
    }
}

/// The answer to an export: a page, and after which place the next one begins.
#[must_use]
pub fn exported(realm: Realm, name: &str, body: &str, next: Option<&Cursor>) -> Answer {
    let all = realm.as_str();
    let next = next.map(|next| format!("</v1/{all}/{name}/export?after={next}>; rel=\"next\""));
    Answer::new(200, NDJSON, next.as_deref(), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_travels_as_text() {
        for ask in [
            Ask::Export {
                name: "a~b",
                after: After::Start,
            },
            Ask::Export {
                name: "a",
                after: After::parse("e.5 x"),
            },
            Ask::Import("{\"a\": 1}\n\n{} "),
            Ask::Erase {
                id: "auth0| é",
                from: 64,
            },
        ] {
            assert_eq!(Ask::parse(&ask.to_string()), Some(ask));
        }
        for other in ["", "{\"do\":\"info\"}", "\"snapshot\"", "\"a b\""] {
            assert_eq!(Ask::parse(other), None);
        }
    }
}
