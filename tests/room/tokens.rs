//! Members whose tokens run out, and watchers who have one.

use crate::house::{House, member};
use tidings::close::Close;
use tidings::room::config::Settings;
use tidings::room::seat::Identity;
use tidings::stream::Position;

/// A member whose token runs out at this time.
fn until(id: &str, at: u64) -> Identity {
    Identity {
        until: Some(at),
        ..member(id)
    }
}

fn message(id: &str) -> String {
    format!(r#"{{"type":"message","id":"{id}","text":"x"}}"#)
}

#[test]
fn a_member_is_sent_for_a_new_token_when_it_runs_out_and_not_before() {
    for sleeps in [false, true] {
        let mut house = House::new();
        let end = house.now + 5_000;
        let ann = house.join(&until("ann", end), &Position::Tail(0));
        let later = house.join(&until("cy", end + 5_000), &Position::Tail(0));
        let bo = house.enter("bo");
        house.settle();
        if sleeps {
            house.hibernate();
        }
        assert_eq!(house.room.next_alarm(house.now), Ok(Some(end)));
        house.now = end - 1;
        house.room.on_alarm(&[], house.now).unwrap();
        house.carry_out();
        assert!(house.is_open(ann));
        house.now = end;
        house.room.on_alarm(&[], house.now).unwrap();
        house.carry_out();
        house.settle();
        assert_eq!(house.socket(ann).closed, Some(Close::Expired));
        let bye = house.socket(ann).last("bye");
        assert_eq!(bye["reason"], Close::Expired.reason());
        assert!(house.is_open(bo) && house.is_open(later));
        assert_eq!(house.socket(bo).last("left")["member"]["id"], "ann");
        assert_eq!(house.room.next_alarm(house.now), Ok(Some(end + 5_000)));
    }
}

#[test]
fn who_comes_in_is_due_what_the_alarm_must_be_set_for() {
    for silence in ["0", "7"] {
        let silent = |name: &str| (name == "ROOM_SILENCE_SECONDS").then_some(silence);
        let mut house = House::with(Settings::from_vars(silent));
        let soonest = |house: &mut House| house.room.next_alarm(house.now).unwrap();
        let mut before = soonest(&mut house);
        assert_eq!(before, None);
        for (id, lives_for) in [("ann", 9_000), ("bo", 5_000), ("cy", 8_000)] {
            let end = house.now + lives_for;
            let conn = house.join(&until(id, end), &Position::Tail(0));
            let due = house.room.next_alarm_of(conn, house.now);
            assert!(due.is_some_and(|due| due <= end));
            let after = soonest(&mut house);
            assert_eq!(
                after,
                before.into_iter().chain(due).min(),
                "{id}, {silence}"
            );
            before = after;
        }
        let anybody = house.enter("anybody");
        let due = house.room.next_alarm_of(anybody, house.now);
        assert_eq!(due.is_some(), silence == "7", "without a token");
        house.leave(anybody);
        assert_eq!(house.room.next_alarm_of(anybody, house.now), None);
    }
}

#[test]
fn nothing_is_taken_after_it_has_run_out_also_where_the_alarm_is_late() {
    let mut house = House::new();
    let end = house.now + 5_000;
    let bo = house.enter("bo");
    let ann = house.join(&until("ann", end), &Position::Tail(0));
    let cy = house.join(&until("cy", end), &Position::Tail(0));
    house.say(ann, &message("in time"));
    house.now = end;
    house.say(ann, &message("too late"));
    house.room.on_bytes(cy, vec![1], house.now).unwrap();
    house.carry_out();
    house.settle();
    for conn in [ann, cy] {
        assert_eq!(house.socket(conn).closed, Some(Close::Expired));
    }
    assert_eq!(house.socket(ann).of(&["ack"]).len(), 1);
    assert_eq!(house.socket(bo).of(&["message"]).len(), 1);
}

#[test]
fn what_was_said_in_time_is_acknowledged_before_the_end() {
    let mut house = House::new();
    let end = house.now + 5_000;
    let ann = house.join(&until("ann", end), &Position::Tail(0));
    house.now = end - 1;
    house.send(ann, &message("just in time"));
    house.now = end;
    house.room.on_alarm(&[], house.now).unwrap();
    house.carry_out();
    let kinds = house.socket(ann).kinds();
    assert!(kinds.contains(&"ack".to_owned()));
    assert_eq!(kinds.last().map(String::as_str), Some("bye"));
}

#[test]
fn a_watcher_with_a_token_goes_with_its_member() {
    let mut house = House::new();
    let ann = house.watch_as("ann");
    let bo = house.watch_as("bo");
    let nobody = house.watch(&Position::Latest);
    house.hibernate();
    house.room.kick("ann", Some(60_000), house.now).unwrap();
    house.carry_out();
    assert_eq!(house.socket(ann).closed, Some(Close::Kicked));
    assert!(house.is_open(bo) && house.is_open(nobody));
    let banned = house.room.check_banned(Some("ann"), house.now);
    assert_eq!(banned.unwrap_err().status(), 403);
    assert_eq!(house.room.check_banned(Some("bo"), house.now), Ok(()));
    assert_eq!(house.room.check_banned(None, house.now), Ok(()));
    let conn = house.room.free_conn(7);
    let refused = house
        .room
        .watch(conn, Some("ann"), &Position::Latest, house.now);
    assert_eq!(refused.unwrap_err().status(), 403);
    house.now += 60_000;
    assert_eq!(house.room.check_banned(Some("ann"), house.now), Ok(()));
}
