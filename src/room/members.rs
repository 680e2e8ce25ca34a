//! Who is in a room: the members behind its connections.
//!
//! A member is there as long as one of their connections is, and counts once.

use super::object::{Object, array};
use super::seat::{Conn, Identity, Seat};
use crate::limit::LISTED_MEMBERS;
use crate::sorted::SortedMap;

/// All connections of a room, by their numbers and by their members.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Boxed: whoever comes in moves those behind.
    seats: SortedMap<Conn, Box<Seat>>,
    by_member: SortedMap<String, Vec<Conn>>,
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
            if let Some(conns) = self.by_member.get_mut(&who.id) {
                if !conns.contains(&conn) {
                    conns.push(conn);
                }
            } else {
                self.by_member.insert(who.id.clone(), vec![conn]);
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
            && let Some(conns) = self.by_member.get_mut(&who.id)
        {
            conns.retain(|other| *other != conn);
            if conns.is_empty() {
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
        self.by_member.get(id).map_or(&[], Vec::as_slice)
    }

    /// What a member wants others to know: what the connections said last.
    pub(super) fn presence_of(&self, id: &str) -> Option<&str> {
        let conns = self.conns_of(id).iter();
        let all = conns.filter_map(|conn| self.get(*conn)?.presence.as_ref());
        all.max_by_key(|presence| presence.at)
            .map(|presence| presence.data.as_str())
    }

    /// A member as others see it.
    pub(super) fn describe(&self, who: &Identity) -> String {
        Object::new()
            .text("id", &who.id)
            .text("name", &who.name)
            .text("role", who.role.as_str())
            .maybe_json("data", self.presence_of(&who.id))
            .end()
    }

    /// The first members, this one before all, as a JSON array.
    pub(super) fn list(&self, first: &Identity) -> String {
        let others = self.by_member.iter().filter(|(id, _)| **id != first.id);
        let others = others.filter_map(|(_, conns)| self.get(*conns.first()?)?.who.as_ref());
        let shown = std::iter::once(first).chain(others).take(LISTED_MEMBERS);
        array(&shown.map(|who| self.describe(who)).collect::<Vec<_>>())
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use crate::room::seat::{Presence, Role, Stage};
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
        let list: Vec<serde_json::Value> = serde_json::from_str(&members.list(&first)).unwrap();
        assert_eq!(list.len(), LISTED_MEMBERS);
        assert_eq!(list[0]["id"], "m299");
        assert_eq!(list.iter().filter(|m| m["id"] == "m299").count(), 1);
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
