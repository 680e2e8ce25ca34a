//! What a room keeps of a connection with its socket, and reads when it wakes up.

use crate::{NOW, text};
use arbitrary::{Arbitrary, Unstructured};
use serde_json::Value;
use tidings::cursor::Epoch;
use tidings::limit::{MEMBER_ID_CHARS, NAME_DISPLAY_CHARS, PRESENCE_BYTES};
use tidings::log::MemoryStorage;
use tidings::room::config::Settings;
use tidings::room::seat::{Conn, Identity, Presence, Role, Seat, Stage};
use tidings::room::{Output, Payload, Room};
use tidings::stream::Wire;

/// The largest attachment that the platform takes, in bytes.
const ATTACHMENT_BYTES: usize = 16_384;

/// What a seat is made of.
#[derive(Debug, Arbitrary)]
struct Parts<'a> {
    conn: u32,
    is_watcher: bool,
    id: &'a str,
    name: &'a str,
    role: u8,
    trace: Option<&'a str>,
    until: Option<u64>,
    watcher: Option<&'a str>,
    behind: Option<(u64, u64)>,
    presence: Option<(&'a str, u64)>,
    numbers: (u32, u32, u64, u64),
}

/// Checks a text of lines as attachments, and bytes as the parts of one.
pub fn check(data: &[u8]) {
    if let Some((b'#', parts)) = data.split_first() {
        if let Ok(parts) = Parts::arbitrary_take_rest(Unstructured::new(parts)) {
            let seat = seat(&parts);
            assert!(kept(&seat).len() <= ATTACHMENT_BYTES);
            wakes(vec![seat]);
        }
        return;
    }
    let text = text(data);
    let seats = text.lines().filter_map(|line| match Seat::from_json(line) {
        Ok(seat) => Some(seat),
        Err(error) => {
            assert_eq!(error.status(), 500, "an attachment is our own");
            None
        }
    });
    let seats: Vec<Seat> = seats.take(20).collect();
    for seat in &seats {
        kept(seat);
    }
    wakes(seats);
}

/// Any seat that there can be.
fn seat(parts: &Parts<'_>) -> Seat {
    let short = |text: &str, most| text.chars().take(most).collect::<String>();
    let wire = if parts.is_watcher {
        Wire::EventStream
    } else {
        Wire::Json
    };
    let who = Identity {
        id: short(parts.id, MEMBER_ID_CHARS),
        name: short(parts.name, NAME_DISPLAY_CHARS),
        role: [Role::Reader, Role::Member, Role::Moderator][usize::from(parts.role % 3)],
        trace: parts.trace.map(|trace| short(trace, 64)),
        until: parts.until,
    };
    let stage = parts
        .behind
        .map_or(Stage::Live, |(next, messages_until)| Stage::Behind {
            next,
            messages_until,
        });
    let (bad, excess, said_at, heard_at) = parts.numbers;
    Seat {
        watcher: parts.watcher.map(|id| short(id, MEMBER_ID_CHARS)),
        presence: parts.presence.map(|(text, at)| {
            let text = short(text, PRESENCE_BYTES);
            let mut data = serde_json::to_string(&text).expect("a text is JSON");
            if data.len() > PRESENCE_BYTES {
                "null".clone_into(&mut data);
            }
            Presence { data, at }
        }),
        bad,
        excess,
        said_at,
        heard_at,
        ..Seat::new(
            Conn(parts.conn),
            wire,
            (!parts.is_watcher).then_some(who),
            stage,
        )
    }
}

/// As it is kept it is read.
fn kept(seat: &Seat) -> String {
    let json = seat.to_json().expect("a seat is JSON");
    assert_eq!(Seat::from_json(&json).as_ref(), Ok(seat));
    json
}

/// A room that wakes up with these connections does what it would.
fn wakes(seats: Vec<Seat>) {
    let conns: Vec<Conn> = seats.iter().map(|seat| seat.conn).collect();
    let epoch = Epoch::from_random(1);
    let storage = MemoryStorage::default();
    let mut room = Room::open(storage, epoch, Settings::default(), seats).expect("it opens");
    for conn in conns {
        let bytes = r#"{"type":"message","id":"a","text":"x"}"#;
        room.on_text(conn, bytes, NOW)
            .expect("it is taken or refused");
        room.on_text(conn, r#"{"type":"typing","on":true}"#, NOW)
            .expect("it is taken or refused");
        room.catch_up(conn, NOW).expect("it reads");
    }
    let _ = room.next_alarm(NOW).expect("it reads");
    room.flush(NOW).expect("it writes");
    room.on_timer(NOW + 60_000).expect("it writes");
    room.on_alarm(&[], NOW + 60_000).expect("it writes");
    for output in room.take_outputs() {
        match output {
            Output::Send {
                payload: Payload::Text(frame),
                ..
            } => {
                // A presence that is no JSON could only come from an attachment that
                // is not ours.
                let _ = serde_json::from_str::<Value>(&frame);
            }
            Output::Keep(conn) => {
                if let Some(seat) = room.seat(conn) {
                    kept(seat);
                }
            }
            _ => {}
        }
    }
}
