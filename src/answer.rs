//! What an object answers to a command of the Worker.

use crate::error::{Error, PROBLEM_JSON};

/// The media type of what is no error and says no other.
const JSON: &str = "application/json";

/// An answer, as it travels from the object to the Worker: one text.
///
/// Its first line is the status of HTTP, the media type, and what a `Link` header is to
/// say, each only where there is one, with a space between; the body follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(String);

impl Answer {
    /// An answer with a body; `link` is the value of a `Link` header.
    #[must_use]
    pub fn new(status: u16, media_type: &str, link: Option<&str>, body: &str) -> Self {
        let (space, link) = link.map_or(("", ""), |link| (" ", link));
        Self(format!("{status} {media_type}{space}{link}\n{body}"))
    }

    /// A JSON document.
    #[must_use]
    pub fn json(status: u16, body: &str) -> Self {
        Self::new(status, JSON, None, body)
    }

    /// Done, and there is nothing to say.
    #[must_use]
    pub fn no_content() -> Self {
        Self(String::from("204"))
    }

    /// An error.
    #[must_use]
    pub fn problem(error: &Error) -> Self {
        Self::new(error.status(), PROBLEM_JSON, None, &error.to_json())
    }

    /// An answer as it came.
    #[must_use]
    pub const fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The answer as it travels.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// The status; 500 of what is no answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.field(0).parse().unwrap_or(500)
    }

    /// The media type of the body; empty where there is none.
    #[must_use]
    pub fn media_type(&self) -> &str {
        self.field(1)
    }

    /// The value of a `Link` header; empty where there is none.
    #[must_use]
    pub fn link(&self) -> &str {
        self.field(2)
    }

    /// The body; empty where there is none.
    #[must_use]
    pub fn body(&self) -> &str {
        self.parts().1
    }

    /// The body; an error where the answer is one.
    pub fn ok(&self) -> Result<&str, Error> {
        match self.status() {
            200..=299 => Ok(self.body()),
            status => Err(Error::from_problem(status, self.body())),
        }
    }

    fn field(&self, index: usize) -> &str {
        self.parts().0.splitn(3, ' ').nth(index).unwrap_or_default()
    }

    /// The head and the body.
    fn parts(&self) -> (&str, &str) {
        self.0.split_once('\n').unwrap_or((&self.0, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(answer: &Answer) -> (u16, &str, &str, &str) {
        (
            answer.status(),
            answer.media_type(),
            answer.link(),
            answer.body(),
        )
    }

    #[test]
    fn each_kind_is_told_apart() {
        assert_eq!(
            parts(&Answer::json(201, "{}")),
            (201, "application/json", "", "{}")
        );
        assert_eq!(parts(&Answer::no_content()), (204, "", "", ""));
        let error = Error::conflict("It has ended.");
        let problem = Answer::problem(&error);
        assert_eq!(
            parts(&problem),
            (409, "application/problem+json", "", &*error.to_json())
        );
        assert_eq!(problem.ok(), Err(error));
        assert_eq!(Answer::json(201, "{}").ok(), Ok("{}"));
        assert_eq!(Answer::no_content().ok(), Ok(""));
    }

    #[test]
    fn what_is_no_answer_is_a_fault() {
        for text in ["", "\n", "ok", " 200", "200x a/b\n{}"] {
            let answer = Answer::from_text(text.to_owned());
            assert_eq!(answer.status(), 500, "{text:?}");
            assert!(matches!(answer.ok(), Err(Error::Internal(_))), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_reads_the_same(body in any::<String>(), link in "(<[!-~ ]{1,9}>)?") {
            let next = Some(&*link).filter(|link| !link.is_empty());
            let answer = Answer::new(200, "a/b", next, &body);
            let answer = Answer::from_text(answer.as_text().to_owned());
            prop_assert_eq!(parts(&answer), (200, "a/b", &*link, &*body));
        }
    }
}
