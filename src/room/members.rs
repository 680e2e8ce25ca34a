//! Who is in a room: the members behind its connections.
//!
//! A member is there as long as one of their connections is, and counts once.

use super::object::{Object, array};
use super::seat::{Conn, Identity, Presence, Seat};
use crate::limit::LISTED_MEMBERS;
use crate::sorted::SortedMap;
use std::cell::OnceCell;

/// All connections of a room, by their numbers and by their members.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Boxed: whoever comes in moves those behind.
    seats: SortedMap<Conn, Box<Seat>>,
    by_member: SortedMap<String, Member>,
}

/// The connections of one member.
#[derive(Debug, Default)]
struct Member {
    conns: Vec<Conn>,
    /// How the first of them is described to others, from when it is first asked for
    /// until something of it changes: whoever joins is told of two hundred.
    described: OnceCell<String>,
}

impl Members {
    /// The room as its sockets' attachments tell it.
    pub(super) fn of(seats: Vec<Seat>) -> Self {
        let mut members = Self::default();
        for seat in seats {
            members.add(seat);
        }
        members
    }

    /// Adds a connection; whether its member was not there before.
    pub(super) fn add(&mut self, seat: Seat) -> bool {
        let conn = seat.conn;
        let mut is_new = false;
        if let Some(who) = &seat.who {
            if let Some(member) = self.by_member.get_mut(&who.id) {
                member.described.take();
                if !member.conns.contains(&conn) {
                    member.conns.push(conn);
                }
            } else {
                let member = Member {
                    conns: vec![conn],
                    described: OnceCell::new(),
                };
                self.by_member.insert(who.id.clone(), member);
                is_new = true;
            }
        }
        self.seats.insert(conn, Box::new(seat));
        is_new
    }

    /// Removes a connection; it, and whether it was its member's last.
    pub(super) fn remove(&mut self, conn: Conn) -> Option<(Seat, bool)> {
        let seat = *self.seats.remove(&conn)?;
        let mut was_last = false;
        if let Some(who) = &seat.who
            && let Some(member) = self.by_member.get_mut(&who.id)
        {
            member.described.take();
            member.conns.retain(|other| *other != conn);
            if member.conns.is_empty() {
                self.by_member.remove(&who.id);
                was_last = true;
            }
        }
        Some((seat, was_last))
    }

    pub(super) fn get(&self, conn: Conn) -> Option<&Seat> {
        self.seats.get(&conn).map(AsRef::as_ref)
    }

    pub(super) fn get_mut(&mut self, conn: Conn) -> Option<&mut Seat> {
        self.seats.get_mut(&conn).map(AsMut::as_mut)
    }

    pub(super) fn seats(&self) -> impl Iterator<Item = &Seat> {
        self.seats.values().map(AsRef::as_ref)
    }

    /// How many connections there are, watchers among them.
    pub(super) fn connections(&self) -> usize {
        self.seats.len()
    }

    /// How many members there are.
    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.by_member.len()).unwrap_or(u64::MAX)
    }

    /// Whether there are so many that comings and goings are not told one by one.
    pub(super) fn is_large(&self) -> bool {
        self.by_member.len() > LISTED_MEMBERS
    }

    /// Whether one more would be too many for that.
    pub(super) fn is_as_large_as_listed(&self) -> bool {
        self.by_member.len() == LISTED_MEMBERS
    }

    /// The first number from `random` on that no connection has.
    pub(super) fn free(&self, random: u32) -> Conn {
        let mut conn = Conn(random);
        while self.seats.contains_key(&conn) {
            conn = Conn(conn.0.wrapping_add(1));
        }
        conn
    }

    /// The connections of a member.
    pub(super) fn conns_of(&self, id: &str) -> &[Conn] {
        self.by_member.get(id).map_or(&[], |member| &member.conns)
    }

    /// Sets what a connection wants others to know of its member; whether there is such
    /// a connection.
    pub(super) fn set_presence(&mut self, conn: Conn, presence: Option<Presence>) -> bool {
        let Some(seat) = self.seats.get_mut(&conn) else {
            return false;
        };
        seat.presence = presence;
        let id = seat.who.as_ref().map(|who| who.id.as_str());
        if let Some(member) = id.and_then(|id| self.by_member.get_mut(id)) {
            member.described.take();
        }
        true
    }

    /// What a member wants others to know: what the connections said last.
    pub(super) fn presence_of(&self, id: &str) -> Option<&str> {
        self.presence_at(self.conns_of(id))
    }

    fn presence_at(&self, conns: &[Conn]) -> Option<&str> {
        let all = conns
            .iter()
            .filter_map(|conn| self.get(*conn)?.presence.as_ref());
        all.max_by_key(|presence| presence.at)
            .map(|presence| presence.data.as_str())
    }

    /// A member as others see it.
    pub(super) fn describe(&self, who: &Identity) -> String {
        self.describe_at(who, self.conns_of(&who.id))
    }

    fn describe_at(&self, who: &Identity, conns: &[Conn]) -> String {
        Object::new()
            .text("id", &who.id)
            .text("name", &who.name)
            .text("role", who.role.as_str())
            .maybe_json("data", self.presence_at(conns))
            .end()
    }

    fn described<'a>(&'a self, member: &'a Member) -> Option<&'a str> {
        if let Some(described) = member.described.get() {
            return Some(described);
        }
        let who = self.get(*member.conns.first()?)?.who.as_ref()?;
        let described = || self.describe_at(who, &member.conns);
        Some(member.described.get_or_init(described))
    }

    /// The first members as a JSON array, this one before all.
    pub(super) fn list(&self, first: Option<&Identity>) -> String {
        let own = first.map(|who| self.describe(who));
        let mut shown: Vec<&str> = Vec::new();
        if let Some(own) = &own {
            shown.push(own);
        }
        for (id, member) in self.by_member.iter() {
            if shown.len() >= LISTED_MEMBERS {
                break;
            }
            if first.is_none_or(|who| who.id != *id)
                && let Some(described) = self.described(member)
            {
                shown.push(described);
            }
        }
        array(&shown)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use crate::room::seat::{Role, Stage};
    use crate::stream::Wire;

    fn seat(conn: u32, id: &str, presence: Option<(&str, u64)>) -> Seat {
        let who = Identity {
            id: id.into(),
            name: id.to_uppercase(),
            role: Role::Member,
            trace: None,
            until: None,
        };
        Seat {
            presence: presence.map(|(data, at)| Presence {
                data: data.into(),
                at,
            }),
            ..Seat::new(Conn(conn), Wire::Json, Some(who), Stage::Live)
        }
    }

    #[test]
    fn tabs_of_one_member_count_once() {
        let mut members = Members::default();
        assert!(members.add(seat(0, "ann", Some(("1", 5)))));
        assert!(!members.add(seat(1, "ann", Some(("2", 4)))));
        assert!(members.add(seat(2, "bo", None)));
        assert_eq!((members.count(), members.connections()), (2, 3));
        assert_eq!(members.presence_of("ann"), Some("1"));
        assert_eq!(members.remove(Conn(0)).map(|(_, last)| last), Some(false));
        assert_eq!(members.presence_of("ann"), Some("2"));
        assert_eq!(members.remove(Conn(1)).map(|(_, last)| last), Some(true));
        assert_eq!(members.remove(Conn(1)), None);
        assert_eq!(members.count(), 1);
    }

    #[test]
    fn a_list_begins_with_whom_it_is_for_and_is_bounded() {
        let seats = (0..300).map(|n| seat(n, &format!("m{n}"), None)).collect();
        let members = Members::of(seats);
        let first = seat(299, "m299", None).who.unwrap();
        let list: Vec<serde_json::Value> =
            serde_json::from_str(&members.list(Some(&first))).unwrap();
        assert_eq!(list.len(), LISTED_MEMBERS);
        assert_eq!(list[0]["id"], "m299");
        assert_eq!(list.iter().filter(|m| m["id"] == "m299").count(), 1);
    }

    #[test]
    fn a_list_says_what_is_so_now() {
        let mut members = Members::default();
        members.add(seat(0, "ann", None));
        members.add(seat(1, "bo", None));
        let bo = seat(1, "bo", None).who.unwrap();
        let ann = |members: &Members| {
            let list: Vec<serde_json::Value> =
                serde_json::from_str(&members.list(Some(&bo))).unwrap();
            list.get(1)
                .map(|ann| (ann["name"].clone(), ann.get("data").cloned()))
        };
        let said = |data: &str, at| {
            Some(Presence {
                data: data.into(),
                at,
            })
        };
        assert_eq!(ann(&members), Some(("ANN".into(), None)));
        members.set_presence(Conn(0), said("1", 1));
        assert_eq!(ann(&members), Some(("ANN".into(), Some(1.into()))));
        // A second tab, under another name, that says something later and leaves.
        let mut tab = seat(2, "ann", Some(("2", 2)));
        tab.who.as_mut().unwrap().name = "Anna".into();
        members.add(tab);
        assert_eq!(ann(&members), Some(("ANN".into(), Some(2.into()))));
        members.set_presence(Conn(0), None);
        members.remove(Conn(0));
        assert_eq!(ann(&members), Some(("Anna".into(), Some(2.into()))));
        members.remove(Conn(2));
        assert_eq!(ann(&members), None);
    }

    #[test]
    fn a_free_number_is_free() {
        let mut members = Members::default();
        assert_eq!(members.free(7), Conn(7));
        members.add(seat(u32::MAX, "a", None));
        members.add(seat(0, "a", None));
        assert_eq!(members.free(u32::MAX), Conn(1));
    }
}
