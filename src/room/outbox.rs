//! What waits to be sent, and who gets what of it.
//!
//! Everything that happens in a room within one turn of the event loop leaves
//! together: one frame for each connection, an array where it holds several things.
//! Most connections get the same, which is put together once.

use super::object::array;
use super::seat::{Conn, Seat, Stage};
use crate::sorted::SortedMap;
use crate::stream::Wire;

/// How large a frame becomes before the next is begun, in bytes.
const FRAME_BYTES: usize = 256 * 1024;

/// Who gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum To {
    All,
    Others(Conn),
    /// In its place among what all get.
    Only(Conn),
    /// After what all get: it is an answer.
    One(Conn),
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Body {
    /// The next event of the log.
    Event,
    /// A frame.
    Json(String),
}

/// Something that waits.
#[derive(Debug, Clone)]
struct Item {
    to: To,
    body: Body,
    /// Its place among all that ever waited.
    serial: u64,
    /// A newer one of the same connection with the same topic takes its place.
    topic: Option<(Conn, String)>,
}

/// What waits to be sent.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    items: Vec<Item>,
    next_serial: u64,
    /// Who came in while something was waiting, and what waited then: they have it
    /// in their welcome.
    newcomers: SortedMap<Conn, u64>,
}

impl Outbox {
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// How many deliveries wait in a room of so many connections.
    pub(super) fn deliveries(&self, connections: usize) -> usize {
        let for_each = self.items.iter().map(|item| match item.to {
            To::One(_) | To::Only(_) => 1,
            To::All | To::Others(_) => connections,
        });
        for_each.fold(0, usize::saturating_add)
    }

    /// Somebody comes in, and gets what is added from now on.
    pub(super) fn enter(&mut self, conn: Conn) {
        if !self.items.is_empty() {
            self.newcomers.insert(conn, self.next_serial);
        }
    }

    /// An event of the log, once it is durable, for everybody who is live.
    pub(super) fn event(&mut self) {
        self.push(To::All, Body::Event);
    }

    pub(super) fn for_all(&mut self, json: String) {
        self.push(To::All, Body::Json(json));
    }

    pub(super) fn for_others(&mut self, than: Conn, json: String) {
        self.push(To::Others(than), Body::Json(json));
    }

    pub(super) fn for_only(&mut self, conn: Conn, json: String) {
        self.push(To::Only(conn), Body::Json(json));
    }

    /// An answer.
    pub(super) fn for_one(&mut self, conn: Conn, json: String) {
        self.push(To::One(conn), Body::Json(json));
    }

    /// Those who wait for an answer of their own.
    pub(super) fn addressees(&self) -> impl Iterator<Item = Conn> {
        self.items.iter().filter_map(|item| match item.to {
            To::One(conn) => Some(conn),
            To::All | To::Others(_) | To::Only(_) => None,
        })
    }

    /// Whether events of the log wait to be written and shown.
    pub(super) fn has_events(&self) -> bool {
        self.items.iter().any(|item| item.body == Body::Event)
    }

    /// Takes back what waits under this topic.
    pub(super) fn conflate(&mut self, from: Conn, topic: &str) {
        self.items.retain(|item| {
            let known = item.topic.as_ref();
            known.is_none_or(|(by, about)| *by != from || about != topic)
        });
    }

    /// What was added last goes under this topic.
    pub(super) fn under(&mut self, from: Conn, topic: &str) {
        if let Some(item) = self.items.last_mut() {
            item.topic = Some((from, topic.to_owned()));
        }
    }

    fn push(&mut self, to: To, body: Body) {
        self.items.push(Item {
            to,
            body,
            serial: self.next_serial,
            topic: None,
        });
        self.next_serial = self.next_serial.saturating_add(1);
    }

    /// Everything that waits, as frames for those who get it; `events` are the
    /// frames of the events of the log, in order.
    pub(super) fn take<'a>(
        &mut self,
        events: &'a [String],
        seats: impl Iterator<Item = &'a Seat>,
    ) -> Vec<(Vec<Conn>, String)> {
        let items = std::mem::take(&mut self.items);
        let newcomers = std::mem::take(&mut self.newcomers);
        let mut events = events.iter();
        let mut things: Vec<(&Item, &str)> = Vec::with_capacity(items.len());
        // Those who do not get what all get.
        let mut special = SortedMap::new();
        let mut own: SortedMap<Conn, Vec<&str>> = SortedMap::new();
        for item in &items {
            let json = match &item.body {
                Body::Json(json) => json,
                Body::Event => match events.next() {
                    Some(json) => json,
                    None => continue,
                },
            };
            match item.to {
                To::One(conn) => {
                    match own.get_mut(&conn) {
                        Some(things) => things.push(json),
                        None => drop(own.insert(conn, vec![json])),
                    }
                    continue;
                }
                To::Others(conn) | To::Only(conn) => {
                    special.insert(conn, ());
                }
                To::All => {}
            }
            things.push((item, json));
        }
        let mut everybody = Vec::new();
        let mut frames = Vec::new();
        for seat in seats.filter(|seat| seat.wire == Wire::Json) {
            let conn = seat.conn;
            let live = seat.stage == Stage::Live;
            let since = newcomers.get(&conn).copied().unwrap_or(0);
            let extra = own.remove(&conn).unwrap_or_default();
            if live && since == 0 && !special.contains_key(&conn) {
                everybody.push(conn);
                frames.extend(in_frames(&extra).map(|frame| (vec![conn], frame)));
                continue;
            }
            let due = things.iter().filter(|(item, _)| {
                let is_theirs = match item.to {
                    To::All => true,
                    To::Others(other) => other != conn,
                    To::Only(only) | To::One(only) => only == conn,
                };
                // Who is behind gets the log in its own time.
                is_theirs && item.serial >= since && (live || item.body != Body::Event)
            });
            let mut due: Vec<&str> = due.map(|(_, json)| *json).collect();
            due.extend(extra);
            frames.extend(in_frames(&due).map(|frame| (vec![conn], frame)));
        }
        let all = things.iter();
        let all = all.filter(|(item, _)| !matches!(item.to, To::Only(_)));
        let all: Vec<&str> = all.map(|(_, json)| *json).collect();
        let mut out = Vec::with_capacity(frames.len().saturating_add(1));
        if !everybody.is_empty() {
            out.extend(in_frames(&all).map(|frame| (everybody.clone(), frame)));
        }
        out.extend(frames);
        out
    }
}

/// Things as frames: one as it is, several as an array; none where there is nothing.
pub(super) fn in_frames<'a>(things: &'a [&'a str]) -> impl Iterator<Item = String> + 'a {
    let mut rest = things;
    std::iter::from_fn(move || {
        let mut bytes = 0_usize;
        let fitting = rest.iter().take_while(|thing| {
            let first = bytes == 0;
            bytes = bytes.saturating_add(thing.len());
            first || bytes <= FRAME_BYTES
        });
        let (now, later) = rest.split_at_checked(fitting.count())?;
        rest = later;
        match now {
            [] => None,
            [one] => Some((*one).to_owned()),
            several => Some(array(several)),
        }
    })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;

    fn seat(conn: u32, stage: Stage) -> Seat {
        Seat::new(Conn(conn), Wire::Json, None, stage)
    }

    fn texts(out: &[(Vec<Conn>, String)]) -> Vec<(Vec<u32>, &str)> {
        out.iter()
            .map(|(to, frame)| (to.iter().map(|c| c.0).collect(), frame.as_str()))
            .collect()
    }

    #[test]
    fn what_most_get_is_put_together_once() {
        let behind = Stage::Behind {
            next: 1,
            messages_until: 0,
        };
        let seats = [
            seat(1, Stage::Live),
            seat(2, Stage::Live),
            seat(3, Stage::Live),
            seat(4, behind),
            Seat::new(Conn(5), Wire::EventStream, None, Stage::Live),
        ];
        let mut outbox = Outbox::default();
        outbox.event();
        outbox.for_one(Conn(1), "ack".into());
        outbox.for_others(Conn(3), "signal".into());
        outbox.event();
        let events = ["one".to_owned(), "two".to_owned()];
        let out = outbox.take(&events, seats.iter());
        assert_eq!(
            texts(&out),
            [
                (vec![1, 2], "[one,signal,two]"),
                (vec![1], "ack"),
                (vec![3], "[one,two]"),
                (vec![4], "signal"),
            ]
        );
        assert!(outbox.take(&[], seats.iter()).is_empty());
    }

    #[test]
    fn what_only_one_gets_keeps_its_place() {
        let seats = [1, 2, 3].map(|conn| seat(conn, Stage::Live));
        let mut outbox = Outbox::default();
        for (n, to) in [None, Some(2), None, Some(2), None].into_iter().enumerate() {
            match to {
                Some(conn) => outbox.for_only(Conn(conn), n.to_string()),
                None => outbox.for_others(Conn(1), n.to_string()),
            }
        }
        outbox.for_one(Conn(2), "ack".into());
        let out = outbox.take(&[], seats.iter());
        assert_eq!(
            texts(&out),
            [(vec![3], "[0,2,4]"), (vec![2], "[0,1,2,3,4,ack]")]
        );
    }

    #[test]
    fn under_a_topic_only_the_newest_waits() {
        let seats = [seat(1, Stage::Live), seat(2, Stage::Live)];
        let mut outbox = Outbox::default();
        for (from, topic, json) in [(1, "a", "1"), (1, "b", "2"), (2, "a", "3"), (1, "a", "4")] {
            outbox.conflate(Conn(from), topic);
            outbox.for_others(Conn(from), json.into());
            outbox.under(Conn(from), topic);
        }
        let out = outbox.take(&[], seats.iter());
        assert_eq!(texts(&out), [(vec![1], "3"), (vec![2], "[2,4]")]);
    }

    #[test]
    fn no_frame_is_without_bound() {
        let large = "x".repeat(FRAME_BYTES / 2);
        let things = vec![large.as_str(); 5];
        let frames: Vec<usize> = in_frames(&things).map(|frame| frame.len()).collect();
        assert_eq!(frames.len(), 3);
        assert_eq!(in_frames(&[]).count(), 0);
        let huge = "x".repeat(FRAME_BYTES * 2);
        assert_eq!(in_frames(&[huge.as_str(), "y"]).count(), 2);
    }
}
