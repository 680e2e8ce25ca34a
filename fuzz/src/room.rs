//! The life of a room: members, watchers, frames, evictions and crashes in any order,
//! under a clock that may do anything.

mod frame;
mod member;

use crate::bulk::Bulk;
use crate::clock::Tick;
use crate::house::{House, member as somebody, moderator};
use crate::refused;
use crate::steps;
use arbitrary::Arbitrary;
use frame::Sent;
use member::Member;
use tidings::cursor::{After, Cursor};
use tidings::limit::{COUNT_MS, TYPING_MS};
use tidings::room::PageRequest;
use tidings::room::seat::{Conn, Role};
use tidings::stream::Position;

const STEPS: usize = 30;
const MEMBERS: u8 = 4;

#[derive(Debug, Arbitrary)]
enum Step<'a> {
    Join {
        who: u8,
        from: From,
    },
    Watch(From),
    /// A frame as a client of ours makes it.
    Send {
        who: u8,
        sent: Sent,
    },
    /// A frame as anybody makes it.
    Raw {
        who: u8,
        text: &'a str,
    },
    Bytes {
        who: u8,
        bytes: u8,
    },
    Leave(u8),
    /// What is due is done.
    Timer,
    /// A member who is behind reads on.
    Read(u8),
    /// So many bytes wait for somebody.
    Wait {
        who: u8,
        kilobytes: u16,
    },
    Clock(Tick),
    /// The alarm, at any time, with pings or without.
    Alarm(bool),
    /// It is evicted from memory, where nothing is under way.
    Sleep,
    Crash,
    Kick {
        who: u8,
        ban: Option<u16>,
    },
    Configure {
        events: u8,
        slow: u8,
        read_only: bool,
        members: u8,
    },
    Page {
        after: bool,
        seq: u8,
    },
    Erase(u8),
    Export,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum From {
    Latest,
    Start,
    Tail(u8),
    After(u8),
    Nonsense,
}

/// Checks a life.
pub fn check(data: &[u8]) {
    let mut life = Life {
        house: House::new(),
        members: Vec::new(),
        is_sure: true,
        pause_ms: 0,
        bulk: Bulk::of(data),
    };
    for step in steps::<Step>(data, STEPS) {
        life.step(&step);
        life.look();
    }
    life.calms_down();
    life.look();
    if life.is_sure {
        member::agree(&life.members);
    }
    life.crashes();
}

struct Life {
    house: House,
    /// One for each connection that ever was.
    members: Vec<Member>,
    /// Whether every id is remembered: not after five minutes, nor what was erased.
    is_sure: bool,
    /// The longest slow mode so far.
    pause_ms: u64,
    bulk: Bulk,
}

impl Life {
    /// An open connection.
    fn conn(&self, who: u8) -> Option<Conn> {
        let open = self
            .members
            .iter()
            .filter(|member| self.house.is_open(member.conn));
        let open: Vec<Conn> = open.map(|member| member.conn).collect();
        let place = usize::from(who).checked_rem(open.len())?;
        open.get(place).copied()
    }

    fn position(from: From) -> Position {
        match from {
            From::Latest => Position::Latest,
            From::Start => Position::After(After::Start),
            From::Tail(count) => Position::Tail(u64::from(count)),
            From::After(seq) => Position::After(After::parse(&format!("0000000000.{seq}"))),
            From::Nonsense => Position::After(After::parse("x")),
        }
    }

    fn step(&mut self, step: &Step<'_>) {
        match step {
            Step::Join { who, from } => {
                let number = who % MEMBERS;
                let id = format!("m{number}");
                let who = match number {
                    0 => moderator(&id),
                    1 => tidings::room::seat::Identity {
                        role: Role::Reader,
                        ..somebody(&id)
                    },
                    _ => somebody(&id),
                };
                let conn = self.house.join(&who, &Self::position(*from));
                self.members.push(Member::new(conn, id));
            }
            Step::Watch(from) => {
                let conn = self.house.watch(&Self::position(*from));
                self.members.push(Member::watcher(conn));
            }
            Step::Send { who, sent } => {
                if let Some(conn) = self.conn(*who) {
                    self.house.send(conn, &sent.to_json(&mut self.bulk));
                }
            }
            Step::Raw { who, text } => {
                if let Some(conn) = self.conn(*who) {
                    self.house.send(conn, text);
                }
            }
            Step::Bytes { who, bytes } => {
                if let Some(conn) = self.conn(*who) {
                    let bytes = vec![7; usize::from(*bytes)];
                    self.house
                        .room
                        .on_bytes(conn, bytes, self.house.now)
                        .expect("it is relayed");
                    self.house.carry_out();
                }
            }
            Step::Leave(who) => {
                if let Some(conn) = self.conn(*who) {
                    self.house.leave(conn);
                }
            }
            Step::Timer => self.house.on_timer(),
            Step::Read(who) => {
                let behind = self.house.behind();
                if let Some(place) = usize::from(*who).checked_rem(behind.len()) {
                    self.house.catch_up(behind[place]);
                }
            }
            Step::Wait { who, kilobytes } => {
                if let Some(conn) = self.conn(*who) {
                    let waiting = usize::from(*kilobytes) * 1_024;
                    let _ = self.house.room.may_send(conn, waiting, self.house.now);
                    self.house.carry_out();
                }
            }
            Step::Clock(tick) => {
                self.house.now = tick.after(self.house.now);
                if !matches!(tick, Tick::Still | Tick::On(_)) {
                    self.is_sure = false;
                }
            }
            Step::Alarm(pinged) => self.alarm(*pinged),
            Step::Sleep => {
                if self.house.room.next_timer(self.house.now).is_none() {
                    self.house.hibernate();
                }
            }
            Step::Crash => self.house.crash(),
            _ => self.call(step),
        }
        if matches!(step, Step::Erase(_)) {
            self.is_sure = false;
        }
    }

    fn alarm(&mut self, pinged: bool) {
        let conns = self
            .members
            .iter()
            .map(|member| (member.conn, self.house.now));
        let pinged: Vec<(Conn, u64)> = conns.filter(|_| pinged).collect();
        self.house
            .room
            .on_alarm(&pinged, self.house.now)
            .expect("it writes");
        self.house.carry_out();
    }

    /// What comes over HTTP.
    fn call(&mut self, step: &Step<'_>) {
        let now = self.house.now;
        let room = &mut self.house.room;
        let answer = match step {
            Step::Kick { who, ban } => {
                let ban = ban.map(|seconds| u64::from(seconds) * 1_000);
                room.kick(&format!("m{}", who % MEMBERS), ban, now)
            }
            Step::Configure {
                events,
                slow,
                read_only,
                members,
            } => {
                let config = format!(
                    r#"{{"retain_events":{},"slow_mode_seconds":{slow},"read_only":{read_only},"max_members":{}}}"#,
                    u64::from(*events).max(1),
                    u64::from(*members).max(1),
                );
                self.pause_ms = self.pause_ms.max(u64::from(*slow) * 1_000);
                self.house.configure(&config);
                Ok(())
            }
            Step::Page { after, seq } => {
                let place = Some(After::parse(&format!("0000000000.{seq}")));
                let (after, before) = if *after { (place, None) } else { (None, place) };
                let page = PageRequest {
                    after,
                    before,
                    limit: 5,
                };
                room.page(&page, now).map(|page| member::is_json(&page))
            }
            Step::Erase(who) => room
                .erase(&format!("m{}", who % MEMBERS), 0, now)
                .map(|_| ()),
            Step::Export => room.export("r", &After::Start, now).map(|_| ()),
            _ => Ok(()),
        };
        if let Err(error) = answer {
            refused::check(&error, &[404, 409]);
        }
        self.house.carry_out();
    }

    fn look(&mut self) {
        for member in &mut self.members {
            member.look(self.house.socket(member.conn), self.pause_ms);
        }
        // Whatever the clock did, nothing waits longer than anything may.
        let wait = self.house.room.next_timer(self.house.now);
        let most = TYPING_MS.max(COUNT_MS);
        assert!(
            wait.is_none_or(|wait| wait <= most),
            "{wait:?} is a long time"
        );
    }

    /// Timers that fire when they are asked for do not fire for ever.
    fn calms_down(&mut self) {
        for _ in 0..100 {
            let Some(wait) = self.house.room.next_timer(self.house.now) else {
                return;
            };
            self.house.now += wait;
            self.house.on_timer();
        }
        panic!("it does not calm down");
    }

    /// What was acknowledged is there after the process has died.
    fn crashes(&mut self) {
        let told = self.members.iter().map(Member::told).max().unwrap_or(0);
        let places = |house: &mut House| {
            let info = house.room.info(0, house.now).ok()?;
            let info: serde_json::Value = serde_json::from_str(&info).expect("it is JSON");
            info["head"].as_str()?.parse::<Cursor>().ok()
        };
        self.house.room.flush(self.house.now).expect("it writes");
        let before = places(&mut self.house).map_or(0, |head| head.seq);
        self.house.crash();
        assert_eq!(places(&mut self.house).map_or(0, |head| head.seq), before);
        assert!(told <= before);
    }
}
