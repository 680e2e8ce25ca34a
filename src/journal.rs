//! The line that is written about each request, for whoever runs the service.
//!
//! One line of JSON: what was asked for, of which stream or room, by whom, and what
//! came of it. Names and ids are in it; what was said, tokens and addresses are not,
//! and no part of a URL but the name, which has been checked.

use crate::call::Call;
use crate::error::Error;
use crate::room::object::Object;

/// How much is written, as the var `LOG_LEVEL` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Off,
    /// Faults of ours.
    Error,
    /// What was refused, too: no token, no right, too many.
    Warn,
    /// Every request.
    Info,
    /// Also health checks and preflights.
    Debug,
}

impl Level {
    /// Reads the var: `off`, `error`, `warn`, `info` or `debug`; `info` where it is
    /// absent or anything else.
    #[must_use]
    pub fn from_var(var: Option<&str>) -> Self {
        match var.map(str::trim) {
            Some("off") => Self::Off,
            Some("error") => Self::Error,
            Some("warn") => Self::Warn,
            Some("debug") => Self::Debug,
            _ => Self::Info,
        }
    }

    /// Its name in a line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// What is said of a request.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What was asked for; `none` where there is no such thing.
    pub call: &'static str,
    /// `streams` or `rooms`, where it is about one.
    pub realm: Option<&'static str>,
    /// The name of the stream or room.
    pub name: Option<String>,
    /// Whom the token was given to, where there was a good one.
    pub subject: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// Why it was refused.
    pub problem: Option<&'static str>,
    /// How long until the answer began, in milliseconds. The platform's clock stands
    /// still while a Worker computes: this is what it waited for.
    pub ms: u64,
}

impl Entry {
    /// Begins to say something of a request for this.
    #[must_use]
    pub fn new(call: Option<&Call>) -> Self {
        let (realm, name) = call.and_then(Call::about).unzip();
        Self {
            call: call.map_or("none", Call::as_str),
            realm: realm.map(crate::access::grants::Realm::as_str),
            name: name.map(ToString::to_string),
            ..Self::default()
        }
    }

    /// It was refused, or went wrong.
    pub fn fail(&mut self, error: &Error) {
        self.problem = Some(error.code());
    }

    /// How important it is.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.status {
            500.. => Level::Error,
            401 | 403 | 429 => Level::Warn,
            _ if self.problem == Some("too-many") => Level::Warn,
            _ if matches!(self.call, "health" | "options") => Level::Debug,
            _ => Level::Info,
        }
    }

    /// The line, without a line end. `ray` is the request's id at Cloudflare.
    #[must_use]
    pub fn line(&self, method: &str, ray: Option<&str>) -> String {
        Object::new()
            .text("level", self.level().as_str())
            .text("method", method)
            .text("call", self.call)
            .maybe_text("realm", self.realm)
            .maybe_text("name", self.name.as_deref())
            .maybe_text("sub", self.subject.as_deref())
            .number("status", u64::from(self.status))
            .maybe_text("problem", self.problem)
            .number("ms", self.ms)
            .maybe_text("ray", ray)
            .end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;

    #[test]
    fn a_line_says_who_asked_for_what() {
        let name = Name::parse("lobby").unwrap();
        let mut entry = Entry::new(Some(&Call::Post(name.clone())));
        entry.status = 200;
        entry.ms = 12;
        entry.subject = Some("ann\n\"".into());
        assert_eq!(
            entry.line("POST", Some("8c1")),
            r#"{"level":"info","method":"POST","call":"post","realm":"rooms","name":"lobby","sub":"ann\n\"","status":200,"ms":12,"ray":"8c1"}"#
        );
        let mut entry = Entry::new(Some(&Call::Read(name)));
        entry.fail(&Error::TokenInvalid("It has run out."));
        entry.status = 401;
        assert_eq!(
            entry.line("GET", None),
            r#"{"level":"warn","method":"GET","call":"read","realm":"streams","name":"lobby","status":401,"problem":"token-invalid","ms":0}"#
        );
        assert_eq!(Entry::new(None).call, "none");
    }

    #[test]
    fn the_level_says_what_is_worth_a_line() {
        let level = |call, status| {
            let mut entry = Entry::new(Some(&call));
            entry.status = status;
            entry.level()
        };
        assert_eq!(level(Call::Health, 200), Level::Debug);
        assert_eq!(level(Call::Health, 503), Level::Error);
        assert_eq!(level(Call::Options(""), 204), Level::Debug);
        assert_eq!(level(Call::Ticket, 200), Level::Info);
        assert_eq!(level(Call::Ticket, 404), Level::Info);
        assert_eq!(level(Call::Ticket, 403), Level::Warn);
        let mut come_back = Entry::new(None);
        come_back.status = 200;
        come_back.fail(&Error::full());
        assert_eq!(come_back.level(), Level::Warn);
        for (var, level) in [
            (None, Level::Info),
            (Some("everything"), Level::Info),
            (Some(" off "), Level::Off),
            (Some("error"), Level::Error),
            (Some("warn"), Level::Warn),
            (Some("debug"), Level::Debug),
        ] {
            assert_eq!(Level::from_var(var), level);
        }
        assert!(Level::Off < Level::Error && Level::Info < Level::Debug);
    }
}
