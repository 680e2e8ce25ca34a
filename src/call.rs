//! What a request asks for.

use crate::access::grants::{Permission, Realm};
use crate::name::Name;

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
    /// Show what a stream or room has cost.
    Stats(Realm, Name),
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
    /// Which stream it reads, writes or manages, and what one must be granted there.
    #[must_use]
    pub const fn stream(&self) -> Option<(&Name, Permission)> {
        match self {
            Self::Read(name) | Self::Events(name) => Some((name, Permission::Read)),
            Self::Publish(name)
            | Self::Cancel(name)
            | Self::Digest(name)
            | Self::Begin(_, name) => Some((name, Permission::Publish)),
            Self::Configure(name) | Self::Delete(name) => Some((name, Permission::Manage)),
            _ => None,
        }
    }

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
            | Self::Export(..)
            | Self::Stats(..) => Kind::Read,
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
            Self::Stats(..) => "stats",
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
            Self::Export(realm, name) | Self::Import(realm, name) | Self::Stats(realm, name) => {
                Some((*realm, name))
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_a_stream_says_what_it_needs() {
        let name = Name::parse("a").unwrap();
        for (permission, calls) in [
            (
                Permission::Read,
                vec![Call::Read(name.clone()), Call::Events(name.clone())],
            ),
            (
                Permission::Publish,
                vec![
                    Call::Publish(name.clone()),
                    Call::Cancel(name.clone()),
                    Call::Digest(name.clone()),
                    Call::Begin("link-check", name.clone()),
                ],
            ),
            (
                Permission::Manage,
                vec![Call::Configure(name.clone()), Call::Delete(name.clone())],
            ),
        ] {
            for call in calls {
                assert_eq!(call.stream(), Some((&name, permission)), "{call:?}");
            }
        }
        for call in [
            Call::Enter(name.clone()),
            Call::ConfigureRoom(name.clone()),
            Call::Messages(name.clone()),
            Call::Stats(Realm::Streams, name.clone()),
            Call::Export(Realm::Streams, name.clone()),
            Call::Import(Realm::Streams, name),
            Call::Ticket,
            Call::Health,
        ] {
            assert_eq!(call.stream(), None, "{call:?}");
        }
    }
}
