//! Clocks that step back or stand still, as real ones do.

use crate::house::{House, member};
use proptest::prelude::*;
use tidings::limit::{COUNT_MS, LISTED_MEMBERS, TYPING_MS};
use tidings::room::seat::Conn;

const HOUR: u64 = 60 * 60 * 1_000;

/// The timer is set as often as it is asked for, and the clock steps back once.
fn after_a_step_back(house: &mut House, back: u64) {
    house.now -= back;
    for _ in 0..10 {
        let Some(wait) = house.room.next_timer(house.now) else {
            return;
        };
        assert!(wait <= TYPING_MS.max(COUNT_MS), "{wait}");
        house.now += wait;
        house.on_timer();
    }
    panic!("something is held for ever");
}

#[test]
fn typing_ends_also_where_the_clock_steps_back() {
    for back in [1, HOUR, 1_700_000_000_000] {
        let mut house = House::new();
        let (ann, bo) = (house.enter("ann"), house.enter("bo"));
        house.say(bo, r#"{"type":"typing","on":true}"#);
        after_a_step_back(&mut house, back);
        let typing = house.socket(ann).of(&["typing"]);
        assert_eq!(typing.last().unwrap()["on"], false, "{back}");
    }
}

#[test]
fn a_large_room_is_told_how_many_there_are_also_where_the_clock_steps_back() {
    for back in [1, HOUR] {
        let mut house = House::unlimited();
        let first = house.enter("m");
        for n in 0..=LISTED_MEMBERS {
            house.enter(&format!("m{n}"));
        }
        house.settle();
        house.pass(COUNT_MS);
        house.forget(first);
        house.enter("one more");
        after_a_step_back(&mut house, back);
        assert_eq!(house.socket(first).of(&["count"]).len(), 1, "{back}");
    }
}

#[test]
fn of_two_tabs_the_one_that_spoke_last_is_shown_whatever_the_clock_says() {
    for back in [0, 1, HOUR] {
        let mut house = House::new();
        let (tab, other) = (house.enter("bo"), house.enter("bo"));
        let ann = house.enter("ann");
        house.say(other, r#"{"type":"presence","data":1}"#);
        house.now -= back;
        house.say(tab, r#"{"type":"presence","data":2}"#);
        assert_eq!(house.socket(ann).last("presence")["data"], 2, "{back}");
        let cy = house.enter("cy");
        let members = house.socket(cy).last("welcome")["members"].clone();
        let bo = members.as_array().unwrap().iter().find(|m| m["id"] == "bo");
        assert_eq!(bo.unwrap()["data"], 2, "{back}");
    }
}

/// Any steps of the clock: on by so much, or back to so much before the beginning.
fn steps() -> impl Strategy<Value = Vec<(bool, u64)>> {
    let step = prop_oneof![
        4 => (Just(true), 0..3_000_u64),
        1 => (Just(true), 0..2 * HOUR),
        1 => (Just(false), prop_oneof![Just(0), Just(1), Just(HOUR), 0..2 * HOUR]),
    ];
    proptest::collection::vec(step, 1..60)
}

fn step(house: &mut House, (is_on, ms): (bool, u64)) {
    house.now = if is_on {
        house.now + ms
    } else {
        1_700_000_000_000 - ms
    };
}

fn refused(house: &House, conn: Conn) -> Option<u64> {
    house.socket(conn).last("error")["retry_ms"].as_u64()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nobody_is_silenced_for_longer_than_the_rule_says(steps in steps(), pause in 1..20_u64) {
        let mut house = House::unlimited().configured(&format!(r#"{{"slow_mode_seconds":{pause}}}"#));
        let ann = house.enter("ann");
        for (n, next) in steps.into_iter().enumerate() {
            step(&mut house, next);
            house.forget(ann);
            house.text(ann, &format!("t{n}"));
            if let Some(wait) = refused(&house, ann) {
                prop_assert!((1..=pause * 1_000).contains(&wait), "{wait}");
                house.now += wait;
                house.forget(ann);
                house.text(ann, &format!("t{n} again"));
                prop_assert_eq!(refused(&house, ann), None, "it was promised");
            }
            house.settle();
            prop_assert!(house.is_open(ann));
        }
    }

    #[test]
    fn what_is_said_is_shown_at_once_or_nearly_so(steps in steps()) {
        let mut house = House::unlimited();
        let (ann, bo) = (house.enter("ann"), house.enter("bo"));
        let mut at = 0;
        for (n, next) in steps.into_iter().enumerate() {
            step(&mut house, next);
            house.send(ann, &format!(r#"{{"type":"message","id":"{n}","text":"x"}}"#));
            let wait = house.room.next_timer(house.now).unwrap();
            prop_assert!(wait <= 10, "{wait}");
            house.now += wait;
            house.on_timer();
            let shown = house.socket(bo).last("message");
            prop_assert_eq!(&shown["id"], &n.to_string());
            prop_assert!(shown["at"].as_u64().unwrap() >= at, "time never goes back");
            at = shown["at"].as_u64().unwrap();
        }
    }

    #[test]
    fn alarms_may_be_late_or_early_or_come_twice(steps in steps()) {
        let mut house = House::new();
        let ann = house.enter("ann");
        let until = house.now + HOUR;
        let who = tidings::room::seat::Identity { until: Some(until), ..member("bo") };
        let bo = house.join(&who, &tidings::stream::Position::Tail(0));
        house.text(ann, "x");
        for next in steps {
            step(&mut house, next);
            for _ in 0..2 {
                house.room.on_alarm(&[], house.now).unwrap();
                house.carry_out();
            }
            prop_assert!(house.is_open(ann), "only a token runs out");
            prop_assert!(!house.is_open(bo) || house.now < until);
            let alarm = house.room.next_alarm(house.now).unwrap();
            prop_assert!(alarm.is_none_or(|at| at > house.now), "it would come for ever");
        }
    }
}
