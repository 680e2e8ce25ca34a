//! Any interleaving of joins, frames, closes, sleeps and crashes keeps the promises.

use crate::house::{House, after, member, moderator};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tidings::room::seat::Conn;
use tidings::stream::Position;

/// What happens next; the number is a member's.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Comes in, where it last was, and sends again what was not acknowledged.
    Join(usize),
    /// Says something new.
    Say(usize, bool),
    /// Sends the last message again, acknowledged or not.
    SayAgain(usize),
    /// Reacts to a message.
    React(usize, u64),
    /// Changes the shared value.
    Set(usize),
    /// Reads the next part of the past, where it is behind.
    Read(usize),
    /// Closes.
    Leave(usize),
    /// What is due is done.
    Flush,
    /// Time passes.
    Pass(u64),
    /// Everything calms down, and the room is evicted from memory.
    Sleep,
    /// The process dies.
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..4_usize;
    prop_oneof![
        4 => who.clone().prop_map(Step::Join),
        8 => (who.clone(), any::<bool>()).prop_map(|(who, large)| Step::Say(who, large)),
        2 => who.clone().prop_map(Step::SayAgain),
        2 => (who.clone(), 1..20_u64).prop_map(|(who, seq)| Step::React(who, seq)),
        2 => who.clone().prop_map(Step::Set),
        4 => who.clone().prop_map(Step::Read),
        2 => who.prop_map(Step::Leave),
        6 => Just(Step::Flush),
        2 => (0..3_000_u64).prop_map(Step::Pass),
        1 => Just(Step::Sleep),
        1 => Just(Step::Crash),
    ]
}

/// A client that does what the protocol says.
#[derive(Default)]
struct Client {
    conn: Option<Conn>,
    /// How many things of its socket it has looked at.
    read: usize,
    /// Cursor and type of every event, over all its connections.
    seen: Vec<(u64, String)>,
    said: u64,
    /// Ids and frames without an answer.
    unanswered: BTreeMap<String, String>,
    acked: BTreeMap<String, u64>,
    versions: Vec<u64>,
}

struct World {
    house: House,
    clients: Vec<Client>,
}

fn seq(cursor: &serde_json::Value) -> u64 {
    let (_, seq) = cursor.as_str().unwrap().split_once('.').unwrap();
    seq.parse().unwrap()
}

impl World {
    fn new() -> Self {
        Self {
            house: House::unlimited(),
            clients: (0..4).map(|_| Client::default()).collect(),
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Join(who) => self.join(who),
            Step::Say(who, large) => {
                let n = self.clients[who].said + 1;
                self.clients[who].said = n;
                let text = "x".repeat(if large { 3_999 } else { 1 });
                // Large ones are ten times as large, to make a past of several chunks.
                let data = format!(
                    "[{}0]",
                    format!("\"{text}\",").repeat(if large { 10 } else { 1 })
                );
                self.send(who, "message", n, &format!(r#""data":{data}"#));
            }
            Step::SayAgain(who) => {
                let n = self.clients[who].said;
                if n > 0 {
                    self.send(who, "message", n, r#""text":"again""#);
                }
            }
            Step::React(who, target) => {
                let n = self.clients[who].said + 1;
                self.clients[who].said = n;
                let rest = format!(r#""target":"0000000000.{target}","emoji":"{who}""#);
                self.send(who, "react", n, &rest);
            }
            Step::Set(who) => {
                let n = self.clients[who].said + 1;
                self.clients[who].said = n;
                self.send(who, "set", n, &format!(r#""key":"k","value":{n}"#));
            }
            Step::Read(who) => {
                if let Some(conn) = self.clients[who].conn
                    && self.house.behind().contains(&conn)
                {
                    self.house.catch_up(conn);
                }
            }
            Step::Leave(who) => {
                if let Some(conn) = self.clients[who].conn.take() {
                    self.house.leave(conn);
                }
            }
            Step::Flush => self.house.on_timer(),
            Step::Pass(ms) => self.house.pass(ms),
            Step::Sleep => {
                self.house.settle();
                self.house.pass(20_000);
                self.house.hibernate();
            }
            Step::Crash => {
                self.house.crash();
                for client in &mut self.clients {
                    client.conn = None;
                }
            }
        }
        self.look();
    }

    fn join(&mut self, who: usize) {
        if let Some(conn) = self.clients[who].conn.take() {
            self.house.leave(conn);
        }
        let seen = self.clients[who].seen.last();
        let position = seen.map_or_else(
            || after("start"),
            |(seq, _)| after(&format!("0000000000.{seq}")),
        );
        let conn = self.house.join(&member(&format!("m{who}")), &position);
        let client = &mut self.clients[who];
        (client.conn, client.read) = (Some(conn), 0);
        for frame in client.unanswered.clone().into_values() {
            self.house.send(conn, &frame);
        }
    }

    fn send(&mut self, who: usize, kind: &str, n: u64, rest: &str) {
        let Some(conn) = self.clients[who].conn else {
            return;
        };
        let id = format!("{kind} {n}");
        let frame = format!(r#"{{"type":"{kind}","id":"{id}",{rest}}}"#);
        let client = &mut self.clients[who];
        if !client.acked.contains_key(&id) {
            client.unanswered.entry(id).or_insert(frame.clone());
        }
        self.house.send(conn, &frame);
    }

    /// The clients take in what has come.
    fn look(&mut self) {
        for client in &mut self.clients {
            let Some(conn) = client.conn else {
                continue;
            };
            let things = self.house.socket(conn).things();
            for thing in things.iter().skip(client.read) {
                let kind = thing["type"].as_str().unwrap();
                let id = thing["id"].as_str().unwrap_or_default().to_owned();
                match kind {
                    "message" | "reaction" => {
                        client.seen.push((seq(&thing["cursor"]), kind.into()));
                    }
                    "ack" if thing["version"].is_number() => {
                        client.unanswered.remove(&id);
                    }
                    "ack" => {
                        client.unanswered.remove(&id);
                        let place = seq(&thing["cursor"]);
                        let before = *client.acked.entry(id).or_insert(place);
                        assert_eq!(before, place, "acknowledged at two places");
                    }
                    "state" => client.versions.push(thing["version"].as_u64().unwrap()),
                    "error" => {
                        assert_eq!(thing["code"], "not_found", "{thing}");
                        client.unanswered.remove(&id);
                    }
                    "gap" => panic!("nothing was lost"),
                    "welcome" => {
                        if let Some(version) = thing["state"]["k"]["version"].as_u64() {
                            client.versions.push(version);
                        }
                    }
                    _ => {}
                }
            }
            client.read = things.len();
        }
    }

    /// Everybody comes back, and everything is said and read.
    fn end(&mut self) {
        for who in 0..self.clients.len() {
            self.join(who);
        }
        self.house.settle();
        self.house.pass(2_000);
        self.house.settle();
        self.look();
    }

    fn check(&mut self) {
        let all: Vec<(u64, String)> = self.clients[0].seen.clone();
        let seqs: Vec<u64> = all.iter().map(|(seq, _)| *seq).collect();
        assert!(
            seqs.iter().copied().eq(1..=seqs.len() as u64),
            "holes or repetitions: {seqs:?}"
        );
        let mut places = BTreeSet::new();
        for client in &self.clients {
            assert_eq!(client.seen, all, "all see the same");
            assert!(client.unanswered.is_empty(), "{:?}", client.unanswered);
            assert!(client.versions.is_sorted(), "{:?}", client.versions);
            for (id, place) in &client.acked {
                // A reaction that changes nothing has no place of its own.
                if id.starts_with("message") {
                    assert!(places.insert(*place), "{id} shares its place");
                }
            }
        }
        // Every message that was acknowledged is seen, and every one seen was said.
        let messages: BTreeSet<u64> = all
            .iter()
            .filter(|(_, kind)| kind == "message")
            .map(|(seq, _)| *seq)
            .collect();
        assert_eq!(places, messages);
        let ghost = self.house.join(&moderator("ghost"), &Position::Tail(0));
        let welcome = self.house.socket(ghost).last("welcome");
        let mut present: Vec<&str> = welcome["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| member["id"].as_str().unwrap())
            .collect();
        present.sort_unstable();
        assert_eq!(present, ["ghost", "m0", "m1", "m2", "m3"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn nothing_acknowledged_is_lost_or_repeated(steps in proptest::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.end();
        world.check();
    }
}
