//! Messages: acknowledged once, in one order, edited, deleted, reacted to.

use crate::house::{House, after, member, moderator};
use tidings::stream::Position;

#[test]
fn a_message_reaches_all_and_is_acknowledged_after() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    house.settle();
    house.forget(ann);
    house.forget(bo);
    house.send(
        ann,
        r#"{"type":"message","id":"m1","text":"hi","data":{"a":1.10}}"#,
    );
    assert!(
        house.socket(bo).texts.is_empty(),
        "not before it is durable"
    );
    house.settle();
    let message = r#"{"type":"message","cursor":"0000000000.1","at":1700000000000,"id":"m1","from":{"id":"ann","name":"ANN"},"text":"hi","data":{"a":1.10}}"#;
    assert_eq!(house.socket(bo).texts, [message]);
    assert_eq!(
        house.socket(ann).texts,
        [
            message,
            r#"{"type":"ack","id":"m1","cursor":"0000000000.1"}"#
        ]
    );
}

#[test]
fn what_comes_together_leaves_in_one_frame_and_one_row() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    house.settle();
    house.forget(bo);
    let before = house.room.storage().rows_written;
    for n in 0..5 {
        house.send(
            ann,
            &format!(r#"{{"type":"message","id":"{n}","text":"{n}"}}"#),
        );
    }
    house.settle();
    assert_eq!(house.socket(bo).texts.len(), 1);
    assert_eq!(house.socket(bo).of(&["message"]).len(), 5);
    // The log's own identity, with its first event, is one more.
    assert_eq!(house.room.storage().rows_written - before, 2);
}

#[test]
fn a_message_sent_again_is_stored_once_also_after_a_reconnect_and_a_crash() {
    let mut house = House::new();
    let ann = house.enter("ann");
    house.text(ann, "one");
    let original = house.socket(ann).last("ack")["cursor"].clone();
    house.text(ann, "two");
    house.send(ann, r#"{"type":"message","id":"one","text":"changed"}"#);
    house.send(ann, r#"{"type":"message","id":"new","text":"x"}"#);
    house.send(ann, r#"{"type":"message","id":"new","text":"x"}"#);
    house.settle();
    assert_eq!(house.socket(ann).of(&["message"]).len(), 3);
    let acks = house.socket(ann).of(&["ack"]);
    assert_eq!(acks[2]["cursor"], original);
    assert_eq!(acks[3]["cursor"], acks[4]["cursor"]);
    house.crash();
    let ann = house.join(&member("ann"), &after(original.as_str().unwrap()));
    house.settle();
    house.text(ann, "one");
    assert_eq!(house.socket(ann).last("ack")["cursor"], original);
    assert_eq!(house.socket(ann).of(&["message"]).len(), 2, "two and new");
    // Somebody else's ids are their own.
    let bo = house.enter("bo");
    house.text(bo, "one");
    assert_ne!(house.socket(bo).last("ack")["cursor"], original);
}

#[test]
fn what_was_not_acknowledged_before_a_crash_may_be_lost_and_is_sent_again() {
    let mut house = House::new();
    let ann = house.enter("ann");
    house.text(ann, "kept");
    house.send(ann, r#"{"type":"message","id":"lost","text":"lost"}"#);
    house.crash();
    let ann = house.join(&member("ann"), &after("start"));
    house.settle();
    assert_eq!(house.socket(ann).of(&["message"]).len(), 1);
    house.text(ann, "lost");
    assert_eq!(house.socket(ann).last("ack")["cursor"], "0000000000.2");
}

#[test]
fn late_comers_see_the_result_and_those_who_resume_the_events() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    for text in ["one", "two", "three"] {
        house.text(ann, text);
    }
    house.say(
        ann,
        r#"{"type":"edit","id":"e","target":"0000000000.1","text":"ONE"}"#,
    );
    house.say(ann, r#"{"type":"delete","id":"d","target":"0000000000.2"}"#);
    house.say(
        bo,
        r#"{"type":"react","id":"r","target":"0000000000.3","emoji":"👍"}"#,
    );
    let events = house.socket(bo).of(&["edited", "deleted", "reaction"]);
    assert_eq!(
        serde_json::to_string(&events).unwrap(),
        concat!(
            r#"[{"type":"edited","cursor":"0000000000.4","at":1700000000000,"id":"e","from":{"id":"ann","name":"ANN"},"target":"0000000000.1","text":"ONE"},"#,
            r#"{"type":"deleted","cursor":"0000000000.5","at":1700000000000,"id":"d","from":{"id":"ann","name":"ANN"},"target":"0000000000.2"},"#,
            r#"{"type":"reaction","cursor":"0000000000.6","at":1700000000000,"id":"r","from":{"id":"bo","name":"BO"},"target":"0000000000.3","emoji":"👍","op":"add"}]"#
        )
        .parse::<serde_json::Value>()
        .unwrap()
        .to_string()
    );
    assert_eq!(house.socket(bo).last("ack")["cursor"], "0000000000.6");

    let late = house.join(&member("late"), &Position::Latest);
    house.settle();
    let seen = house
        .socket(late)
        .of(&["message", "edited", "deleted", "reaction"]);
    assert_eq!(seen.len(), 3);
    assert_eq!(
        (&seen[0]["text"], &seen[0]["edited_at"]),
        (&"ONE".into(), &house.now.into())
    );
    assert_eq!(
        (&seen[1]["text"], &seen[1]["deleted"]),
        (&serde_json::Value::Null, &true.into())
    );
    assert_eq!(seen[2]["reactions"]["👍"][0], "bo");

    let back = house.join(&member("bo"), &after("0000000000.3"));
    house.settle();
    assert_eq!(
        house
            .socket(back)
            .of(&["message", "edited", "deleted", "reaction"]),
        events
    );

    // What was deleted is readable by nobody, also from before it was.
    let nosy = house.join(&member("nosy"), &after("start"));
    house.settle();
    assert!(
        !house
            .socket(nosy)
            .texts
            .concat()
            .contains("\"text\":\"two\"")
    );
}

#[test]
fn what_an_edit_said_goes_with_its_message() {
    for together in [false, true] {
        let mut house = House::unlimited();
        let ann = house.enter("ann");
        house.say(ann, r#"{"type":"message","id":"m","text":"secret one"}"#);
        let edit = |id: &str, target: u64, text: &str| {
            format!(
                r#"{{"type":"edit","id":"{id}","target":"0000000000.{target}","text":"{text}"}}"#
            )
        };
        house.say(ann, &edit("e1", 1, "secret two"));
        // Over several segments, and with another message's edits among them.
        for n in 0..200 {
            house.text(ann, &format!("kept {n}"));
        }
        house.say(ann, &edit("e2", 3, "kept and edited"));
        house.pass(60_000);
        house.send(ann, &edit("e3", 1, "secret three"));
        if !together {
            house.settle();
            house.text(ann, "later");
        }
        house.say(ann, r#"{"type":"delete","id":"d","target":"0000000000.1"}"#);
        let nosy = house.join(&member("nosy"), &after("start"));
        house.settle();
        let seen = house.socket(nosy).texts.concat();
        assert!(!seen.contains("secret"), "together: {together}");
        assert!(seen.contains("kept and edited") && seen.contains("kept 199"));
        // That there were edits is no secret.
        assert_eq!(house.socket(nosy).of(&["edited"]).len(), 3);
    }
}

#[test]
fn only_own_messages_and_only_those_that_are_there() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    house.text(ann, "one");
    let refused = |house: &mut House, frame: &str| {
        house.say(bo, frame);
        house.socket(bo).last("error")["code"].clone()
    };
    for (frame, code) in [
        (
            r#"{"type":"edit","id":"1","target":"0000000000.1","text":"x"}"#,
            "forbidden",
        ),
        (
            r#"{"type":"delete","id":"2","target":"0000000000.1"}"#,
            "forbidden",
        ),
        (
            r#"{"type":"delete","id":"3","target":"0000000000.2"}"#,
            "not_found",
        ),
        (
            r#"{"type":"delete","id":"4","target":"0000000000.0"}"#,
            "not_found",
        ),
        (
            r#"{"type":"delete","id":"5","target":"zzz.1"}"#,
            "not_found",
        ),
    ] {
        assert_eq!(refused(&mut house, frame), code, "{frame}");
    }
    assert_eq!(house.socket(bo).last("error")["id"], "5");
    let boss = house.join(&moderator("boss"), &Position::Tail(0));
    house.say(
        boss,
        r#"{"type":"delete","id":"d","target":"0000000000.1"}"#,
    );
    assert_eq!(house.socket(ann).last("deleted")["from"]["id"], "boss");
    // What is gone cannot be edited, deleted or reacted to any more.
    for frame in [
        r#"{"type":"edit","id":"6","target":"0000000000.1","text":"x"}"#,
        r#"{"type":"delete","id":"7","target":"0000000000.1"}"#,
        r#"{"type":"react","id":"8","target":"0000000000.1","emoji":"x"}"#,
        r#"{"type":"edit","id":"9","target":"0000000000.2","text":"not a message"}"#,
    ] {
        house.say(ann, frame);
        assert_eq!(
            house.socket(ann).last("error")["code"],
            "not_found",
            "{frame}"
        );
    }
    // But the deletion that was sent again is only acknowledged again.
    house.say(
        boss,
        r#"{"type":"delete","id":"d","target":"0000000000.1"}"#,
    );
    assert_eq!(house.socket(boss).last("ack")["cursor"], "0000000000.2");
}

#[test]
fn a_reaction_that_changes_nothing_is_acknowledged_and_no_event() {
    let mut house = House::new();
    let ann = house.enter("ann");
    house.text(ann, "one");
    for id in ["a", "b"] {
        house.say(
            ann,
            &format!(r#"{{"type":"react","id":"{id}","target":"0000000000.1","emoji":"x"}}"#),
        );
        assert_eq!(house.socket(ann).last("ack")["id"], id);
    }
    assert_eq!(house.socket(ann).of(&["reaction"]).len(), 1);
    house.say(
        ann,
        r#"{"type":"react","id":"c","target":"0000000000.1","emoji":"x","op":"remove"}"#,
    );
    assert_eq!(house.socket(ann).last("reaction")["op"], "remove");
}

#[test]
fn a_binary_frame_goes_to_the_others_as_it_is() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    let watcher = house.watch(&Position::Latest);
    house
        .room
        .on_bytes(ann, vec![0, 255, 10], house.now)
        .unwrap();
    house.carry_out();
    assert_eq!(house.socket(bo).bytes, [vec![0, 255, 10]]);
    assert!(house.socket(ann).bytes.is_empty() && house.socket(watcher).bytes.is_empty());
}

#[test]
fn ids_of_one_member_are_not_those_of_another() {
    let mut house = House::new();
    // A token may say any name for its bearer, also one with a line's end in it.
    let (ann, other) = (house.enter("a"), house.enter("a\nb"));
    house.say(ann, r#"{"type":"message","id":"b\nc","text":"of one"}"#);
    house.say(other, r#"{"type":"message","id":"c","text":"of another"}"#);
    let cursor = |conn| house.socket(conn).last("ack")["cursor"].clone();
    assert_ne!(cursor(ann), cursor(other));
    assert_eq!(house.socket(ann).of(&["message"]).len(), 2);

    house.say(ann, r#"{"type":"set","id":"x\ny","key":"z","value":1}"#);
    house.say(ann, r#"{"type":"set","id":"x","key":"y\nz","value":2}"#);
    house.say(ann, r#"{"type":"set","id":"x","key":"z","value":3}"#);
    assert_eq!(house.socket(ann).last("ack")["version"], 2);
    assert_eq!(house.socket(ann).of(&["state"]).len(), 3);
}

#[test]
fn a_server_posts_under_the_same_rules() {
    use tidings::room::frame::Frame;
    let mut house = House::new();
    let ann = house.enter("ann");
    let bot = member("bot");
    let (post, name) = Frame::parse_post(br#"{"text":"beep","id":"1","name":"Bot"}"#).unwrap();
    assert_eq!(name.as_deref(), Some("Bot"));
    let first = house.room.post(&bot, &post, house.now).unwrap();
    let again = house.room.post(&bot, &post, house.now).unwrap();
    assert_eq!((first.duplicate, again.duplicate), (false, true));
    assert_eq!(first.cursor, again.cursor);
    house.settle();
    assert_eq!(house.socket(ann).of(&["message"]).len(), 1);
    let (nameless, _) = Frame::parse_post(br#"{"data":[1]}"#).unwrap();
    house.room.post(&bot, &nameless, house.now).unwrap();
    house.room.post(&bot, &nameless, house.now).unwrap();
    house.settle();
    assert_eq!(house.socket(ann).of(&["message"]).len(), 3);
    house.configure(r#"{"read_only":true}"#);
    assert_eq!(
        house
            .room
            .post(&bot, &nameless, house.now)
            .unwrap_err()
            .status(),
        403
    );
    assert!(house.room.post(&bot, &post, house.now).unwrap().duplicate);
    assert!(
        house
            .room
            .post(&moderator("boss"), &nameless, house.now)
            .is_ok()
    );
    assert!(Frame::parse_post(br#"{"id":"1"}"#).is_err());
    assert!(Frame::parse_post(b"\xff").is_err());
}
