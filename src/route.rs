//! From method and path to what is asked for.

use crate::access::grants::Realm;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::job::KINDS;
use crate::limit::MEMBER_ID_CHARS;
use crate::name::{Name, percent_decode};

/// Everything of the service is below this; the rest is the static site.
pub const BASE: &str = "/v1/";

/// A thing that has a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// `/v1/streams/{name}`
    Stream(Name),
    /// `/v1/streams/{name}/events`
    StreamEvents(Name),
    /// `/v1/streams/{name}/cancel`
    StreamCancel(Name),
    /// `/v1/streams/{name}/export`, and of a room
    /// `/v1/rooms/{name}/export`
    Export(Realm, Name),
    /// `/v1/streams/{name}/import`, and of a room
    /// `/v1/rooms/{name}/import`
    Import(Realm, Name),
    /// `/v1/streams/{name}/stats`, and of a room
    /// `/v1/rooms/{name}/stats`
    Stats(Realm, Name),
    /// `/v1/rooms/{name}`
    Room(Name),
    /// `/v1/rooms/{name}/messages`
    RoomMessages(Name),
    /// `/v1/rooms/{name}/members/{id}`
    RoomMember(Name, String),
    /// `/v1/rooms/{name}/members/{id}/messages`
    MemberMessages(Name, String),
    /// `/v1/tickets`
    Tickets,
    /// `/v1/health`
    Health,
    /// `/v1/jobs/digest/{name}`
    DigestJob(Name),
    /// `/v1/jobs/{kind}/{name}`, for every kind of [`KINDS`]
    Job(&'static str, Name),
}

/// The scheme of an absolute URL or of an origin, and what follows on `://`; `None` where
/// there is no scheme.
///
/// By a character and not by a text: to search for a text is a KiB of the compressed bundle.
#[must_use]
pub fn after_scheme(url: &str) -> Option<(&str, &str)> {
    url.match_indices(':').find_map(|(at, _)| {
        let (scheme, rest) = url.split_at_checked(at)?;
        Some((scheme, rest.strip_prefix("://")?))
    })
}

/// The path of an absolute URL, as it stands there: the platform has parsed and written
/// it, so that after the host comes a path always.
#[must_use]
pub fn path_of(url: &str) -> &str {
    let after_scheme = after_scheme(url).map_or("", |(_, rest)| rest);
    let start = after_scheme.find('/').unwrap_or(after_scheme.len());
    let path = after_scheme.get(start..).unwrap_or_default();
    let end = path.find(['?', '#']).unwrap_or(path.len());
    path.get(..end).unwrap_or_default()
}

impl Resource {
    /// Finds the resource at a path; 404 where there is none, 400 where its name
    /// is not valid.
    pub fn parse(path: &str) -> Result<Self> {
        let rest = path.strip_prefix(BASE).unwrap_or_default();
        let mut segments = rest.split('/');
        let mut next = || segments.next();
        match (next(), next(), next(), next()) {
            (Some("streams"), Some(name), None, _) => {
                Name::from_path_segment(name).map(Self::Stream)
            }
            (Some("streams"), Some(name), Some("events"), None) => {
                Name::from_path_segment(name).map(Self::StreamEvents)
            }
            (Some("streams"), Some(name), Some("cancel"), None) => {
                Name::from_path_segment(name).map(Self::StreamCancel)
            }
            (Some("rooms"), Some(name), None, _) => Name::from_path_segment(name).map(Self::Room),
            (Some("rooms"), Some(name), Some("messages"), None) => {
                Name::from_path_segment(name).map(Self::RoomMessages)
            }
            (Some("rooms"), Some(name), Some("members"), Some(id)) => {
                let last = (next(), next());
                let id = member_id(id)?;
                let name = Name::from_path_segment(name)?;
                match last {
                    (None, _) => Ok(Self::RoomMember(name, id)),
                    (Some("messages"), None) => Ok(Self::MemberMessages(name, id)),
                    _ => Err(nothing()),
                }
            }
            (Some(all @ ("streams" | "rooms")), Some(name), Some(what), None)
                if matches!(what, "export" | "import" | "stats") =>
            {
                let realm = if all == "rooms" {
                    Realm::Rooms
                } else {
                    Realm::Streams
                };
                let name = Name::from_path_segment(name)?;
                Ok(match what {
                    "export" => Self::Export(realm, name),
                    "import" => Self::Import(realm, name),
                    _ => Self::Stats(realm, name),
                })
            }
            (Some("tickets"), None, ..) => Ok(Self::Tickets),
            (Some("health"), None, ..) => Ok(Self::Health),
            (Some("jobs"), Some("digest"), Some(name), None) => {
                Name::from_path_segment(name).map(Self::DigestJob)
            }
            (Some("jobs"), Some(kind), Some(name), None) => {
                let kind = known(kind).ok_or_else(nothing)?;
                Name::from_path_segment(name).map(|name| Self::Job(kind, name))
            }
            _ => Err(nothing()),
        }
    }

    /// The methods that it takes, as the `Allow` header says them.
    #[must_use]
    pub const fn allow(&self) -> &'static str {
        match self {
            Self::Stream(_) | Self::Room(_) => "GET, HEAD, PUT, DELETE, OPTIONS",
            Self::RoomMember(..) | Self::MemberMessages(..) => "DELETE, OPTIONS",
            Self::Export(..) | Self::Stats(..) | Self::Health => "GET, HEAD, OPTIONS",
            Self::StreamEvents(_) | Self::RoomMessages(_) => "GET, HEAD, POST, OPTIONS",
            Self::StreamCancel(_) | Self::Import(..) | Self::Job(..) | Self::Tickets => {
                "POST, OPTIONS"
            }
            Self::DigestJob(_) => "PUT, OPTIONS",
        }
    }

    /// What a method asks of it; 405 where it does not take the method.
    pub fn call(self, method: &str) -> Result<Call> {
        let allow = self.allow();
        match (method, self) {
            ("OPTIONS", _) => Ok(Call::Options(allow)),
            ("GET" | "HEAD", Self::Stream(name)) => Ok(Call::Read(name)),
            ("PUT", Self::Stream(name)) => Ok(Call::Configure(name)),
            ("DELETE", Self::Stream(name)) => Ok(Call::Delete(name)),
            ("GET" | "HEAD", Self::StreamEvents(name)) => Ok(Call::Events(name)),
            ("POST", Self::StreamEvents(name)) => Ok(Call::Publish(name)),
            ("POST", Self::StreamCancel(name)) => Ok(Call::Cancel(name)),
            ("GET" | "HEAD", Self::Room(name)) => Ok(Call::Enter(name)),
            ("PUT", Self::Room(name)) => Ok(Call::ConfigureRoom(name)),
            ("DELETE", Self::Room(name)) => Ok(Call::CloseRoom(name)),
            ("GET" | "HEAD", Self::RoomMessages(name)) => Ok(Call::Messages(name)),
            ("POST", Self::RoomMessages(name)) => Ok(Call::Post(name)),
            ("DELETE", Self::RoomMember(name, id)) => Ok(Call::Kick(name, id)),
            ("DELETE", Self::MemberMessages(name, id)) => Ok(Call::Erase(name, id)),
            ("GET" | "HEAD", Self::Export(realm, name)) => Ok(Call::Export(realm, name)),
            ("GET" | "HEAD", Self::Stats(realm, name)) => Ok(Call::Stats(realm, name)),
            ("POST", Self::Import(realm, name)) => Ok(Call::Import(realm, name)),
            ("PUT", Self::DigestJob(name)) => Ok(Call::Digest(name)),
            ("POST", Self::Job(kind, name)) => Ok(Call::Begin(kind, name)),
            ("POST", Self::Tickets) => Ok(Call::Ticket),
            ("GET" | "HEAD", Self::Health) => Ok(Call::Health),
            _ => Err(Error::MethodNotAllowed(allow)),
        }
    }
}

fn nothing() -> Error {
    Error::NotFound("There is nothing at this address.".to_owned())
}

/// A member's id as it stands in a path.
fn member_id(segment: &str) -> Result<String> {
    percent_decode(segment)
        .filter(|id| (1..=MEMBER_ID_CHARS).contains(&id.chars().count()))
        .ok_or_else(|| {
            Error::BadRequest(format!(
                "A member's id is 1 to {MEMBER_ID_CHARS} characters, percent-encoded."
            ))
        })
}

/// A kind of job that there is.
fn known(kind: &str) -> Option<&'static str> {
    KINDS.iter().copied().find(|known| *known == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_ends_where_its_slashes_begin() {
        assert_eq!(
            after_scheme("https://a:1/b://c"),
            Some(("https", "a:1/b://c"))
        );
        assert_eq!(after_scheme("a:b://c"), Some(("a:b", "c")));
        assert_eq!(after_scheme("a::://c"), Some(("a::", "c")));
        assert_eq!(after_scheme("a:/b"), None);
        assert_eq!(after_scheme(""), None);
    }

    fn call(method: &str, path: &str) -> Result<Call> {
        Resource::parse(path)?.call(method)
    }

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn a_path_ends_where_the_query_begins() {
        for (url, path) in [
            ("https://x.example/v1/streams/a?b=/c#d", "/v1/streams/a"),
            ("http://127.0.0.1:8787/", "/"),
            ("http://[::1]/v1/%2F#/v2", "/v1/%2F"),
            ("https://x.example", ""),
            ("", ""),
        ] {
            assert_eq!(path_of(url), path);
        }
    }

    #[test]
    fn what_there_is() {
        assert_eq!(call("GET", "/v1/streams/a"), Ok(Call::Read(name("a"))));
        assert_eq!(call("HEAD", "/v1/streams/a"), Ok(Call::Read(name("a"))));
        assert_eq!(call("PUT", "/v1/streams/a"), Ok(Call::Configure(name("a"))));
        assert_eq!(call("DELETE", "/v1/streams/a"), Ok(Call::Delete(name("a"))));
        assert_eq!(
            call("POST", "/v1/streams/a/events"),
            Ok(Call::Publish(name("a")))
        );
        assert_eq!(
            call("POST", "/v1/streams/a%7E/cancel"),
            Ok(Call::Cancel(name("a~")))
        );
        assert_eq!(
            call("PUT", "/v1/jobs/digest/a"),
            Ok(Call::Digest(name("a")))
        );
        assert_eq!(
            call("POST", "/v1/jobs/link-check/a"),
            Ok(Call::Begin("link-check", name("a")))
        );
        assert_eq!(call("GET", "/v1/rooms/a"), Ok(Call::Enter(name("a"))));
        assert_eq!(
            call("PUT", "/v1/rooms/a"),
            Ok(Call::ConfigureRoom(name("a")))
        );
        assert_eq!(
            call("DELETE", "/v1/rooms/a"),
            Ok(Call::CloseRoom(name("a")))
        );
        assert_eq!(
            call("GET", "/v1/rooms/a/messages"),
            Ok(Call::Messages(name("a")))
        );
        assert_eq!(
            call("POST", "/v1/rooms/a/messages"),
            Ok(Call::Post(name("a")))
        );
        assert_eq!(
            call("DELETE", "/v1/rooms/a/members/auth0%7C%C3%A9"),
            Ok(Call::Kick(name("a"), "auth0|é".into()))
        );
        assert_eq!(call("POST", "/v1/tickets"), Ok(Call::Ticket));
        assert_eq!(call("GET", "/v1/health"), Ok(Call::Health));
        assert_eq!(
            call("DELETE", "/v1/rooms/a/members/b/messages"),
            Ok(Call::Erase(name("a"), "b".into()))
        );
        for (all, realm) in [("streams", Realm::Streams), ("rooms", Realm::Rooms)] {
            assert_eq!(
                call("GET", &format!("/v1/{all}/a/export")),
                Ok(Call::Export(realm, name("a")))
            );
            assert_eq!(
                call("POST", &format!("/v1/{all}/a/import")),
                Ok(Call::Import(realm, name("a")))
            );
            assert_eq!(
                call("GET", &format!("/v1/{all}/a/stats")),
                Ok(Call::Stats(realm, name("a")))
            );
        }
        assert_eq!(
            call("OPTIONS", "/v1/jobs/digest/a"),
            Ok(Call::Options("PUT, OPTIONS"))
        );
    }

    #[test]
    fn what_there_is_not() {
        for path in [
            "",
            "/",
            "/v1",
            "/v1/",
            "/v2/streams/a",
            "/v1/streams",
            "/v1/streams/a/",
            "/v1/streams/a/x",
            "/v1/streams/a/events/",
            "/v1/rooms",
            "/v1/rooms/a/members",
            "/v1/rooms/a/members/b/c",
            "/v1/rooms/a/members/b/messages/c",
            "/v1/rooms/a/export/b",
            "/v1/rooms/a/messages/b",
            "/v1/jobs/digest",
            "/v1/tickets/",
            "/v1/tickets/a",
            "/v1/health/x",
            "/v1/jobs/x/a",
            "/v1/jobs/digest/a/b",
            "//v1/streams/a",
        ] {
            assert_eq!(call("GET", path).unwrap_err().status(), 404, "{path}");
        }
        for path in [
            "/v1/streams/",
            "/v1/streams//events",
            "/v1/jobs/digest/",
            "/v1/rooms/a/members/",
            "/v1/rooms/a/members/%ff",
            "/v1/rooms/-/members/b",
            "/v1/streams/%2f",
            "/v1/streams/-",
        ] {
            assert_eq!(call("GET", path).unwrap_err().status(), 400, "{path}");
        }
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        for (method, path, allow) in [
            ("POST", "/v1/streams/a", "GET, HEAD, PUT, DELETE, OPTIONS"),
            ("PUT", "/v1/streams/a/events", "GET, HEAD, POST, OPTIONS"),
            ("GET", "/v1/jobs/digest/a", "PUT, OPTIONS"),
            ("PUT", "/v1/jobs/link-check/a", "POST, OPTIONS"),
            ("get", "/v1/streams/a", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ] {
            assert_eq!(call(method, path).unwrap_err().allow(), Some(allow));
        }
    }
}
