//! From method and path to what is asked for.

use crate::access::grants::Realm;
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

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Read a stream, in the form that the headers say.
    Read(Name),
    /// Create or configure a stream.
    Configure(Name),
    /// End a stream and forget it.
    Delete(Name),
    /// Read a page of a stream's events.
    Events(Name),
    /// Append events to a stream.
    Publish(Name),
    /// Ask a stream's producer to stop.
    Cancel(Name),
    /// Join, watch or describe a room, as the headers say.
    Enter(Name),
    /// Create or configure a room.
    ConfigureRoom(Name),
    /// Close a room and forget it.
    CloseRoom(Name),
    /// Read a page of a room's messages.
    Messages(Name),
    /// Post a message to a room.
    Post(Name),
    /// Send a member away from a room.
    Kick(Name, String),
    /// Erase what a member of a room said.
    Erase(Name, String),
    /// Read a page of a backup.
    Export(Realm, Name),
    /// Restore from a page of a backup.
    Import(Realm, Name),
    /// Digest the body of the request.
    Digest(Name),
    /// Begin a job of this kind.
    Begin(&'static str, Name),
    /// Give out a ticket.
    Ticket,
    /// Say whether the service is up.
    Health,
    /// Say which methods there are.
    Options(&'static str),
}

/// Kinds of calls, as far as it matters how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Opens a connection or reads.
    Read,
    /// Changes something.
    Write,
    /// Asks for a ticket.
    Ticket,
    /// Touches nothing.
    Free,
}

impl Call {
    /// What kind of call it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Options(_) | Self::Health => Kind::Free,
            Self::Ticket => Kind::Ticket,
            Self::Read(_)
            | Self::Events(_)
            | Self::Enter(_)
            | Self::Messages(_)
            | Self::Export(..) => Kind::Read,
            _ => Kind::Write,
        }
    }

    /// Its name in logs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Read(_) => "read",
            Self::Configure(_) | Self::ConfigureRoom(_) => "configure",
            Self::Delete(_) => "delete",
            Self::Events(_) => "events",
            Self::Publish(_) => "publish",
            Self::Cancel(_) => "cancel",
            Self::Enter(_) => "enter",
            Self::CloseRoom(_) => "close",
            Self::Messages(_) => "messages",
            Self::Post(_) => "post",
            Self::Kick(..) => "kick",
            Self::Erase(..) => "erase",
            Self::Export(..) => "export",
            Self::Import(..) => "import",
            Self::Digest(_) => "digest",
            Self::Begin(kind, _) => kind,
            Self::Ticket => "ticket",
            Self::Health => "health",
            Self::Options(_) => "options",
        }
    }

    /// Which stream or room it is about.
    #[must_use]
    pub const fn about(&self) -> Option<(Realm, &Name)> {
        match self {
            Self::Read(name)
            | Self::Configure(name)
            | Self::Delete(name)
            | Self::Events(name)
            | Self::Publish(name)
            | Self::Cancel(name)
            | Self::Digest(name)
            | Self::Begin(_, name) => Some((Realm::Streams, name)),
            Self::Enter(name)
            | Self::ConfigureRoom(name)
            | Self::CloseRoom(name)
            | Self::Messages(name)
            | Self::Post(name)
            | Self::Kick(name, _)
            | Self::Erase(name, _) => Some((Realm::Rooms, name)),
            Self::Export(realm, name) | Self::Import(realm, name) => Some((*realm, name)),
            Self::Ticket | Self::Health | Self::Options(_) => None,
        }
    }

    /// Whether it is answered with a connection, where the headers ask for one: what
    /// tickets are for.
    #[must_use]
    pub const fn opens(&self) -> bool {
        matches!(self, Self::Read(_) | Self::Enter(_))
    }
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
                if matches!(what, "export" | "import") =>
            {
                let realm = if all == "rooms" {
                    Realm::Rooms
                } else {
                    Realm::Streams
                };
                let name = Name::from_path_segment(name)?;
                Ok(if what == "export" {
                    Self::Export(realm, name)
                } else {
                    Self::Import(realm, name)
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
            Self::Export(..) | Self::Health => "GET, HEAD, OPTIONS",
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

    fn call(method: &str, path: &str) -> Result<Call> {
        Resource::parse(path)?.call(method)
    }

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
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
