//! Who is there, who types, and what is said for the moment.

use crate::house::{House, member};
use serde_json::Value;
use std::collections::BTreeSet;
use tidings::limit::COUNT_MS_AT_MOST;
use tidings::room::seat::Conn;
use tidings::stream::Position;

#[test]
fn who_comes_and_goes() {
    let mut house = House::new();
    let ann = house.enter("ann");
    assert_eq!(
        house.socket(ann).texts[0],
        concat!(
            r#"{"type":"welcome","cursor":"0.0","you":{"id":"ann","name":"ANN","role":"member"},"#,
            r#""members":[{"id":"ann","name":"ANN","role":"member"}],"count":1,"state":{},"resumed":false,"read_only":false,"#,
            r#""limits":{"frame_bytes":65536,"text_chars":4000,"id_chars":64,"name_chars":64,"presence_bytes":1024,"state_keys":256,"state_value_bytes":16384,"frames_per_second":10,"frames_burst":30,"signals_per_second":60,"slow_mode_seconds":0}}"#
        )
    );
    let bo = house.enter("bo");
    house.settle();
    assert_eq!(house.socket(ann).last("joined")["member"]["id"], "bo");
    assert_eq!(house.socket(ann).last("joined")["count"], 2);
    assert_eq!(house.socket(bo).kinds(), ["welcome"], "not of itself");
    assert_eq!(house.socket(bo).last("welcome")["members"][1]["id"], "ann");
    house.leave(bo);
    house.settle();
    assert_eq!(house.socket(ann).last("left")["member"]["id"], "bo");
    assert_eq!(house.socket(ann).last("left")["count"], 1);
}

#[test]
fn tabs_of_one_member_count_once_and_their_data_goes_with_the_tab() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    let tab = house.enter("bo");
    house.settle();
    assert_eq!(house.socket(ann).of(&["joined"]).len(), 1);
    assert_eq!(house.socket(tab).last("welcome")["count"], 2);
    house.say(bo, r#"{"type":"presence","data":{"at":"desk"}}"#);
    assert_eq!(house.socket(ann).last("presence")["data"]["at"], "desk");
    assert_eq!(house.socket(tab).last("presence")["data"]["at"], "desk");
    assert!(house.socket(bo).of(&["presence"]).is_empty());
    house.now += 1;
    house.say(tab, r#"{"type":"presence","data":1}"#);
    house.hibernate();
    let cy = house.enter("cy");
    let members = house.socket(cy).last("welcome")["members"].clone();
    assert_eq!(members[2]["data"], 1);
    house.leave(tab);
    house.settle();
    assert_eq!(house.socket(ann).last("presence")["data"]["at"], "desk");
    assert!(house.socket(ann).of(&["left"]).is_empty());
    house.say(bo, r#"{"type":"presence","data":null}"#);
    assert_eq!(house.socket(ann).last("presence")["data"], Value::Null);
    house.leave(bo);
    house.settle();
    assert_eq!(house.socket(ann).of(&["left"]).len(), 1);
}

#[test]
fn typing_ends_by_itself_with_a_message_and_with_the_connection() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    let on = r#"{"type":"typing","on":true}"#;
    let typing = |house: &House| -> Vec<bool> {
        let seen = house.socket(ann).of(&["typing"]);
        seen.iter()
            .map(|thing| thing["on"].as_bool().unwrap())
            .collect()
    };
    house.say(bo, on);
    house.pass(3_000);
    house.say(bo, on);
    house.pass(4_999);
    assert_eq!(typing(&house), [true, true]);
    house.pass(1);
    house.settle();
    assert_eq!(typing(&house), [true, true, false]);
    house.pass(10_000);
    assert_eq!(house.room.next_timer(house.now), None, "the room may sleep");
    house.say(bo, on);
    house.text(bo, "done");
    assert_eq!(typing(&house)[3..], [true, false]);
    house.say(bo, on);
    house.say(bo, r#"{"type":"typing","on":false}"#);
    house.say(bo, r#"{"type":"typing","on":false}"#);
    assert_eq!(typing(&house)[5..], [true, false]);
    house.say(bo, on);
    house.leave(bo);
    house.settle();
    assert_eq!(typing(&house)[7..], [true, false]);
    assert!(house.socket(bo).of(&["typing"]).is_empty());
}

#[test]
fn a_large_room_is_told_how_many_there_are_at_most_once_a_second() {
    let mut house = House::new();
    let first = house.enter("m0");
    for n in 1..=200 {
        house.enter(&format!("m{n}"));
        house.settle();
    }
    assert_eq!(house.socket(first).of(&["joined"]).len(), 199);
    let mut conns = Vec::new();
    for n in 201..300 {
        conns.push(house.enter(&format!("m{n}")));
        house.pass(50);
    }
    house.pass(1_500);
    let counts = house.socket(first).of(&["count"]);
    assert!((4..=6).contains(&counts.len()), "{}", counts.len());
    assert_eq!(counts.last().unwrap()["count"], 300);
    assert_eq!(house.socket(first).of(&["joined"]).len(), 199);
    assert_eq!(house.room.next_timer(house.now), None);
    for conn in conns {
        house.leave(conn);
    }
    house.pass(1_500);
    assert_eq!(house.socket(first).last("count")["count"], 201);
    let last = house.enter("m0");
    let welcome = house.socket(last).last("welcome");
    assert_eq!(welcome["members"].as_array().unwrap().len(), 200);
    assert_eq!(welcome["count"], 201);
}

#[test]
fn of_a_room_that_is_not_large_any_more_everybody_learns_who_is_left() {
    let mut house = House::new();
    let first = house.enter("m0");
    let others: Vec<Conn> = (1..210).map(|n| house.enter(&format!("m{n}"))).collect();
    house.pass(5_000);
    for conn in others.iter().take(30) {
        house.leave(*conn);
        house.pass(50);
    }
    house.pass(1_000);
    let counts = house.socket(first).of(&["count"]);
    let listed: Vec<&Value> = counts
        .iter()
        .filter(|count| count["members"].is_array())
        .collect();
    assert_eq!(listed.len(), 1, "once");
    // What comes after it is told one by one.
    let listed_at = house
        .socket(first)
        .things()
        .iter()
        .position(|thing| thing == listed[0]);
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for member in listed[0]["members"].as_array().unwrap() {
        ids.insert(member["id"].as_str().unwrap().to_owned());
    }
    for thing in house.socket(first).things().iter().skip(listed_at.unwrap()) {
        if thing["type"] == "left" {
            assert!(ids.remove(thing["member"]["id"].as_str().unwrap()));
        }
    }
    let left: BTreeSet<String> = (0..210)
        .filter(|n| *n == 0 || *n > 30)
        .map(|n| format!("m{n}"))
        .collect();
    assert_eq!(ids, left);

    // Whoever comes and goes at the limit does not have all described to all each time.
    for n in 0..20 {
        house.enter(&format!("n{n}"));
    }
    house.pass(60_000);
    house.forget(first);
    for _ in 0..60 {
        let flapping = house.enter("flapping");
        house.pass(250);
        house.leave(flapping);
        house.pass(250);
    }
    house.pass(30_000);
    let counts = house.socket(first).of(&["count"]);
    let listed = counts.iter().filter(|count| count["members"].is_array());
    assert!((1..=3).contains(&listed.count()));
    assert!(counts.last().unwrap()["members"].is_array());
    assert_eq!(house.room.next_timer(house.now), None);
}

#[test]
fn the_larger_a_room_is_the_less_often_it_is_told_how_many_there_are() {
    let mut house = House::unlimited();
    let first = house.enter("m0");
    let mut members = 1;
    let mut counted_within = |house: &mut House, wanted: u64, ms: u64| {
        for n in members..wanted {
            house.enter(&format!("m{n}"));
        }
        members = wanted;
        // What is due of before.
        house.pass(COUNT_MS_AT_MOST);
        house.forget(first);
        // One a second comes and goes.
        let from = house.now;
        while house.now < from + ms {
            let guest = house.enter("guest");
            house.pass(500);
            house.leave(guest);
            house.pass(500);
        }
        house.socket(first).of(&["count"]).len()
    };
    let a_minute = 60_000;
    assert!((59..=61).contains(&counted_within(&mut house, 201, a_minute)));
    assert!((12..=13).contains(&counted_within(&mut house, 1_000, a_minute)));
    assert!((6..=7).contains(&counted_within(&mut house, 3_000, a_minute)));
}

#[test]
fn signals_are_for_the_moment_and_of_each_key_the_newest_counts() {
    let mut house = House::unlimited();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    let tab = house.enter("bo");
    house.settle();
    for n in 0..3 {
        house.send(
            ann,
            &format!(r#"{{"type":"signal","key":"cursor","data":{n}}}"#),
        );
        house.send(ann, &format!(r#"{{"type":"signal","data":"every {n}"}}"#));
        house.send(
            bo,
            &format!(r#"{{"type":"signal","key":"cursor","data":{n}}}"#),
        );
    }
    house.settle();
    let seen = |conn| -> Vec<String> {
        let signals = house.socket(conn).of(&["signal"]);
        signals
            .iter()
            .map(|s| format!("{} {}", s["from"]["id"], s["data"]))
            .collect()
    };
    assert_eq!(
        seen(tab),
        [
            r#""ann" "every 0""#,
            r#""ann" "every 1""#,
            r#""ann" 2"#,
            r#""ann" "every 2""#,
            r#""bo" 2"#
        ]
    );
    assert_eq!(seen(ann), [r#""bo" 2"#]);
    house.say(ann, r#"{"type":"signal","to":"bo","key":"k","data":"you"}"#);
    assert_eq!(house.socket(bo).last("signal")["data"], "you");
    assert_eq!(house.socket(tab).last("signal")["to"], "bo");
    house.say(ann, r#"{"type":"signal","to":"nobody","data":1}"#);
    assert_eq!(house.socket(ann).last("error")["code"], "not_found");
    let late = house.join(&member("late"), &Position::Latest);
    house.settle();
    assert_eq!(house.socket(late).kinds(), ["welcome"]);
    assert_eq!(house.room.storage().rows_written, 0, "never stored");
}

#[test]
fn members_survive_the_sleep_of_the_room() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    house.text(ann, "one");
    house.pass(10_000);
    house.hibernate();
    house.text(bo, "two");
    assert_eq!(house.socket(ann).last("message")["text"], "two");
    house.pass(10_000);
    house.hibernate();
    house.leave(bo);
    house.settle();
    assert_eq!(house.socket(ann).last("left")["member"]["id"], "bo");
}
