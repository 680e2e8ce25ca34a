//! The past: resuming, gaps, long replays, pages, watchers.

use crate::house::{House, after, member};
use std::collections::HashMap;
use tidings::room::PageRequest;
use tidings::room::frame::Frame;
use tidings::room::seat::Conn;
use tidings::stream::Position;

/// Says `from..=to`, ten in a flush.
fn fill(house: &mut House, conn: Conn, from: u64, to: u64) {
    for n in from..=to {
        house.send(
            conn,
            &format!(r#"{{"type":"message","id":"{n}","data":{n}}}"#),
        );
        if n % 10 == 0 {
            house.on_timer();
        }
    }
    house.on_timer();
}

fn data(house: &House, conn: Conn) -> Vec<u64> {
    let messages = house.socket(conn).of(&["message"]);
    messages
        .iter()
        .map(|message| message["data"].as_u64().unwrap())
        .collect()
}

fn range(from: u64, to: u64) -> Vec<u64> {
    (from..=to).collect()
}

#[test]
fn the_last_messages_or_as_many_as_were_asked_for() {
    let mut house = House::unlimited();
    let ann = house.enter("ann");
    fill(&mut house, ann, 1, 700);
    for (position, from) in [
        (Position::Latest, 651),
        (Position::Tail(3), 698),
        (Position::Tail(5_000), 201),
        (Position::Tail(0), 701),
        (after("start"), 1),
        (after("0000000000.690"), 691),
    ] {
        let conn = house.join(&member("bo"), &position);
        house.settle();
        assert_eq!(data(&house, conn), range(from, 700), "{position:?}");
        assert_eq!(house.socket(conn).kinds()[0], "welcome");
        assert_eq!(house.socket(conn).of(&["welcome"]).len(), 1);
        let resumed = position == after("0000000000.690");
        assert_eq!(house.socket(conn).last("welcome")["resumed"], resumed);
    }
}

#[test]
fn a_cursor_that_cannot_be_honoured_is_a_gap() {
    let mut house = House::unlimited().configured(r#"{"retain_events":20}"#);
    let ann = house.enter("ann");
    let early = house.join(&member("bo"), &after("zzz.7"));
    house.settle();
    assert_eq!(
        house.socket(early).last("gap").to_string(),
        serde_json::json!({"type":"gap","requested":"zzz.7","oldest":"0000000000.1","head":"0000000000.0"}).to_string()
    );
    fill(&mut house, ann, 1, 100);
    for asked in ["0000000000.5", "zzz.100", "0000000000.101", "nonsense", ""] {
        let conn = house.join(&member("bo"), &after(asked));
        house.settle();
        let things = house.socket(conn).things();
        assert_eq!(things[0]["resumed"], false);
        assert_eq!(things[1]["type"], "gap", "{asked}");
        assert_eq!(things[1]["requested"], asked);
        assert_eq!(things[1]["oldest"], "0000000000.81");
        assert_eq!(things[1]["head"], "0000000000.100");
        assert_eq!(data(&house, conn), range(81, 100));
    }
    let current = house.join(&member("bo"), &after("0000000000.100"));
    house.settle();
    assert_eq!(house.socket(current).kinds(), ["welcome"]);
    assert_eq!(house.socket(current).last("welcome")["resumed"], true);
}

#[test]
fn a_long_past_comes_in_chunks_and_what_happens_meanwhile_after_it() {
    let mut house = House::unlimited();
    let ann = house.enter("ann");
    let filler = "x".repeat(3_000);
    for n in 1..=300 {
        house.say(
            ann,
            &format!(r#"{{"type":"message","id":"{n}","text":"{filler}","data":{n}}}"#),
        );
    }
    for position in [after("start"), Position::Tail(300)] {
        let bo = house.join(&member("bo"), &position);
        assert_eq!(house.behind(), [bo]);
        house.send(ann, r#"{"type":"typing","on":true}"#);
        house.say(bo, r#"{"type":"message","id":"mine","data":301}"#);
        let mut chunks = 1;
        while house.behind().contains(&bo) {
            house.catch_up(bo);
            chunks += 1;
            // Also a room that slept in between knows where everybody stands.
            house.pass(6_000);
            house.hibernate();
        }
        assert!(chunks > 5);
        assert!(
            house
                .socket(bo)
                .texts
                .iter()
                .all(|text| text.len() < 300_000)
        );
        assert_eq!(house.socket(bo).of(&["ack"]).len(), 1);
        assert_eq!(house.socket(bo).of(&["typing"]).len(), 2);
        assert_eq!(data(&house, bo), range(1, 301));
        house.say(ann, r#"{"type":"message","id":"live","data":302}"#);
        assert_eq!(data(&house, bo).last(), Some(&302));
        house.leave(bo);
        // For the second round, as if it had not been said.
        house = {
            let mut again = House::unlimited();
            let ann = again.enter("ann");
            for n in 1..=300 {
                again.say(
                    ann,
                    &format!(r#"{{"type":"message","id":"{n}","text":"{filler}","data":{n}}}"#),
                );
            }
            again
        };
    }
}

#[test]
fn a_reader_that_retention_overtakes_is_told() {
    let mut house = House::unlimited().configured(r#"{"retain_events":100}"#);
    let ann = house.enter("ann");
    let filler = "x".repeat(3_900);
    for n in 1..=100 {
        house.say(
            ann,
            &format!(r#"{{"type":"message","id":"{n}","text":"{filler}","data":{n}}}"#),
        );
    }
    let bo = house.join(&member("bo"), &after("start"));
    let seen = data(&house, bo).len() as u64;
    fill(&mut house, ann, 101, 195);
    house.settle();
    assert_eq!(house.socket(bo).of(&["gap"]).len(), 1);
    let all = data(&house, bo);
    assert_eq!(all, [range(1, seen), range(96, 195)].concat());
}

#[test]
fn who_wanted_the_last_messages_is_told_when_those_after_it_came_are_gone() {
    let filler = "x".repeat(3_900);
    for (said, is_told) in [(150, false), (251, true)] {
        let mut house = House::unlimited().configured(r#"{"retain_events":100}"#);
        let ann = house.enter("ann");
        for n in 1..=100 {
            house.say(
                ann,
                &format!(r#"{{"type":"message","id":"{n}","text":"{filler}","data":{n}}}"#),
            );
        }
        let bo = house.join(&member("bo"), &Position::Tail(100));
        let seen = data(&house, bo).len() as u64;
        assert!(seen < 50);
        fill(&mut house, ann, 101, said);
        house.settle();
        // What is gone of the hundred that it wanted is not missed; what came later is.
        assert_eq!(house.socket(bo).of(&["gap"]).len(), usize::from(is_told));
        let oldest = said - 99;
        assert_eq!(
            data(&house, bo),
            [range(1, seen), range(oldest.max(seen + 1), said)].concat()
        );
    }
}

#[test]
fn a_watcher_gets_the_log_as_an_event_stream() {
    let mut house = House::new();
    let ann = house.enter("ann");
    house.text(ann, "one");
    let watcher = house.watch(&Position::Latest);
    house.say(ann, r#"{"type":"typing","on":true}"#);
    house.say(
        ann,
        r#"{"type":"edit","id":"e","target":"0000000000.1","text":"1"}"#,
    );
    assert_eq!(
        house.socket(watcher).events,
        concat!(
            r#"data: {"type":"message","cursor":"0000000000.1","at":1700000000000,"id":"one","from":{"id":"ann","name":"ANN"},"text":"one"}"#,
            "\nid: 0000000000.1\n\nevent: edited\n",
            r#"data: {"type":"edited","cursor":"0000000000.2","at":1700000000000,"id":"e","from":{"id":"ann","name":"ANN"},"target":"0000000000.1","text":"1"}"#,
            "\nid: 0000000000.2\n\n"
        )
    );
    assert!(house.socket(watcher).texts.is_empty());
    let gap = house.watch(&after("x"));
    assert!(
        house
            .socket(gap)
            .events
            .starts_with("event: gap\ndata: {\"requested\":\"x\"")
    );
    // Watchers are no members.
    house.pass(10_000);
    house.hibernate();
    let bo = house.enter("bo");
    assert_eq!(house.socket(bo).last("welcome")["count"], 2);
    house.text(ann, "two");
    assert!(
        house
            .socket(watcher)
            .events
            .ends_with("id: 0000000000.3\n\n")
    );
}

#[test]
fn pages_of_messages_in_both_directions() {
    let mut house = House::unlimited();
    let ann = house.enter("ann");
    fill(&mut house, ann, 1, 120);
    house.say(ann, r#"{"type":"delete","id":"d","target":"0000000000.7"}"#);
    house.say(
        ann,
        r#"{"type":"react","id":"r","target":"0000000000.8","emoji":"x"}"#,
    );
    let page = |house: &mut House, query: &[(&str, &str)]| {
        let query: HashMap<&str, &str> = query.iter().copied().collect();
        let request = PageRequest::from_query(|name| query.get(name).copied()).unwrap();
        let json = house.room.page(&request, house.now).unwrap();
        serde_json::from_str::<serde_json::Value>(&json).unwrap()
    };
    let cursors = |page: &serde_json::Value| -> Vec<u64> {
        let messages = page["messages"].as_array().unwrap();
        let seq = |m: &serde_json::Value| m["cursor"].as_str().unwrap()[11..].parse().unwrap();
        messages.iter().map(seq).collect()
    };
    let last = page(&mut house, &[]);
    assert_eq!(
        (cursors(&last), &last["more"]),
        (range(71, 120), &true.into())
    );
    assert_eq!(
        (&last["head"], &last["oldest"]),
        (&"0000000000.122".into(), &"0000000000.1".into())
    );
    let before = page(&mut house, &[("before", "0000000000.71"), ("limit", "70")]);
    assert_eq!(
        (cursors(&before), &before["more"]),
        (range(1, 70), &false.into())
    );
    assert_eq!(before["messages"][6]["deleted"], true);
    assert_eq!(before["messages"][7]["reactions"]["x"][0], "ann");
    let forward = page(&mut house, &[("after", "start"), ("limit", "100")]);
    assert_eq!(
        (cursors(&forward), &forward["more"]),
        (range(1, 100), &true.into())
    );
    let forward = page(&mut house, &[("after", "0000000000.100")]);
    assert_eq!(
        (cursors(&forward), &forward["more"]),
        (range(101, 120), &false.into())
    );
    for query in [
        [("after", "zz.1")],
        [("before", "nonsense")],
        [("before", "0000000000.124")],
    ] {
        let page = page(&mut house, &query);
        assert_eq!(page["gap"]["head"], "0000000000.122");
        assert!(!cursors(&page).is_empty());
    }
    for query in [("limit", "0"), ("limit", "501"), ("limit", "x")] {
        let asked = |name: &str| (name == query.0).then_some(query.1);
        assert_eq!(PageRequest::from_query(asked).unwrap_err().status(), 400);
    }
    assert!(PageRequest::from_query(|name| (name != "limit").then_some("a.1")).is_err());
}

#[test]
fn pages_tell_of_the_hole_behind_what_was_kept_for_its_id() {
    let mut house = House::unlimited().configured(r#"{"retain_events":10}"#);
    let bot = member("bot");
    let (nameless, _) = Frame::parse_post(br#"{"text":"x"}"#).unwrap();
    let ann = house.enter("ann");
    for n in 0..3 {
        house.text(ann, &format!("kept for its id, {n}"));
        for _ in 0..200 {
            house.room.post(&bot, &nameless, house.now).unwrap();
            house.on_timer();
        }
    }
    house.configure(r#"{"retain_events":1000}"#);
    house.forget_floor();
    let mut seen = "start".to_owned();
    let mut seqs = vec![0];
    loop {
        let request =
            PageRequest::from_query(|name| (name == "after").then_some(seen.as_str())).unwrap();
        let page = house.room.page(&request, house.now).unwrap();
        let page: serde_json::Value = serde_json::from_str(&page).unwrap();
        for (n, message) in page["messages"].as_array().unwrap().iter().enumerate() {
            let cursor = message["cursor"].as_str().unwrap();
            let seq: u64 = cursor[11..].parse().unwrap();
            let is_told = n == 0 && page["gap"]["oldest"] == cursor;
            assert!(seq == seqs.last().unwrap() + 1 || is_told, "{seqs:?} {seq}");
            seqs.push(seq);
            cursor.clone_into(&mut seen);
        }
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(seqs.last(), Some(&603));
    assert!(seqs.len() < 500, "there are holes");
}

#[test]
fn time_deletes_and_a_room_of_which_nothing_is_left_is_spent() {
    let mut house = House::new();
    let ann = house.enter("ann");
    house.text(ann, "one");
    house.leave(ann);
    house.settle();
    let due = house.room.next_alarm(house.now).unwrap().unwrap();
    assert_eq!(due - house.now, 30 * 24 * 60 * 60 * 1_000 + 1);
    house.room.on_alarm(&[], house.now).unwrap();
    assert!(!house.room.is_spent(house.now).unwrap());
    house.now = due;
    house.room.on_alarm(&[], house.now).unwrap();
    house.room.on_alarm(&[], house.now).unwrap();
    assert!(house.room.is_spent(house.now).unwrap());
    assert_eq!(house.room.next_alarm(house.now).unwrap(), None);
    let mut kept = House::new().configured(r#"{"title":"kept"}"#);
    assert!(!kept.room.is_spent(kept.now).unwrap());
    // A room of which nothing is left but a ban is there until that ends.
    let mut banned = House::new();
    banned.room.kick("x", Some(1_000), banned.now).unwrap();
    assert_eq!(
        banned.room.next_alarm(banned.now).unwrap(),
        Some(banned.now + 1_000)
    );
    assert!(!banned.room.is_spent(banned.now).unwrap());
    banned.now += 1_000;
    banned.room.on_alarm(&[], banned.now).unwrap();
    assert!(banned.room.is_spent(banned.now).unwrap());
}

#[test]
fn a_room_as_json() {
    let mut house = House::new();
    assert_eq!(house.room.info(5, house.now).unwrap_err().status(), 404);
    house.configure(r#"{"title":"Lobby","max_members":9}"#);
    let _ann = house.enter("ann");
    let _tab = house.enter("ann");
    let _watcher = house.watch(&Position::Latest);
    let info = house.room.info(5, house.now).unwrap();
    let start = r#"{"title":"Lobby","retain_events":10000,"retain_seconds":2592000,"max_members":9,"slow_mode_seconds":0,"read_only":false,"head":"0000000000.0","oldest":"0000000000.1","members":1,"connections":2,"watchers":1,"limits":{"#;
    assert!(info.starts_with(start), "{info}");
    assert!(info.ends_with(r#"},"awake_since":5}"#), "{info}");
}
