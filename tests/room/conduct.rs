//! What happens to those who flood, talk nonsense, do not read, or are not wanted.

use crate::house::{House, member, moderator};
use tidings::close::Close;
use tidings::limit::{
    EXCESS_FRAMES, FRAME_BYTES, MEMBER_BACKLOG_BYTES, READER_BACKLOG_BYTES, SLOW_MS, TEXT_CHARS,
};
use tidings::room::config::Settings;
use tidings::room::frame::Frame;
use tidings::room::seat::{Identity, Role};
use tidings::stream::Position;

fn message(n: u32) -> String {
    format!(r#"{{"type":"message","id":"{n}","text":"x"}}"#)
}

#[test]
fn a_flood_is_dropped_and_told_and_closed_where_it_goes_on() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    for n in 0..40 {
        house.send(ann, &message(n));
    }
    house.settle();
    assert_eq!(house.socket(bo).of(&["message"]).len(), 30);
    let errors = house.socket(ann).of(&["error"]);
    assert_eq!(errors.len(), 10);
    assert_eq!(
        (&errors[0]["code"], &errors[0]["id"]),
        (&"rate_limited".into(), &"30".into())
    );
    assert_eq!(errors[0]["retry_ms"], 100);
    house.pass(100);
    house.say(ann, &message(30));
    assert_eq!(house.socket(ann).last("ack")["id"], "30");
    for n in 0..EXCESS_FRAMES {
        house.send(ann, &message(100 + n));
    }
    assert_eq!(house.socket(ann).closed, Some(Close::Flood));
    // What it was due, the last acknowledgement and every refusal, came before.
    let errors = house.socket(ann).of(&["error"]).len();
    assert_eq!(errors, 10 + EXCESS_FRAMES as usize - 8);
    assert_eq!(
        house.socket(ann).last("bye")["reason"],
        Close::Flood.reason()
    );
    house.settle();
    assert_eq!(house.socket(bo).last("left")["member"]["id"], "ann");
    // Whatever else it sends is heard by nobody.
    house.say(ann, &message(999));
    assert_eq!(house.socket(bo).of(&["message"]).len(), 31);
}

#[test]
fn signals_and_bytes_have_a_bucket_of_their_own() {
    let mut house = House::with(Settings::from_vars(|name| match name {
        "LIMIT_SIGNALS_PER_SECOND" => Some("5"),
        _ => None,
    }));
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    for _ in 0..6 {
        house.send(ann, r#"{"type":"signal","data":1}"#);
        house.room.on_bytes(ann, vec![1], house.now).unwrap();
        house.carry_out();
    }
    house.settle();
    assert_eq!(
        house.socket(bo).of(&["signal"]).len() + house.socket(bo).bytes.len(),
        10
    );
    assert_eq!(house.socket(ann).of(&["error"]).len(), 2);
    house.text(ann, "still");
    assert_eq!(house.socket(ann).last("ack")["id"], "still");
}

#[test]
fn a_player_whose_network_stood_still_is_not_sent_away() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    let signal = r#"{"type":"signal","key":"pointer","data":1}"#;
    // Half a minute at 20 Hz, all at once.
    for _ in 0..600 {
        house.send(ann, signal);
    }
    house.settle();
    assert!(house.is_open(ann));
    assert_eq!(house.socket(ann).of(&["error"]).len(), 480);
    house.pass(1_000);
    house.say(ann, signal);
    assert_eq!(house.socket(bo).of(&["signal"]).len(), 2);
    // One that keeps on is.
    for _ in 0..1_000 {
        if house.is_open(ann) {
            house.send(ann, signal);
        }
    }
    assert_eq!(house.socket(ann).closed, Some(Close::Flood));
}

#[test]
fn a_bucket_survives_the_sleep_of_the_room() {
    let mut house = House::with(Settings::from_vars(|name| match name {
        "LIMIT_FRAMES_PER_SECOND" => Some("1"),
        "LIMIT_FRAMES_BURST" => Some("100"),
        _ => None,
    }));
    let ann = house.enter("ann");
    for n in 0..100 {
        house.send(ann, &message(n));
    }
    house.settle();
    house.pass(10_000);
    house.hibernate();
    for n in 100..111 {
        house.send(ann, &message(n));
    }
    house.settle();
    assert_eq!(house.socket(ann).of(&["ack"]).len(), 110);
}

#[test]
fn nonsense_is_answered_and_ten_in_a_row_close() {
    let mut house = House::new();
    let ann = house.enter("ann");
    for _ in 0..2 {
        for _ in 0..9 {
            house.say(ann, "nonsense");
        }
        house.say(ann, r#"{"type":"typing","on":false}"#);
        house.pass(5_000);
    }
    assert_eq!(house.socket(ann).of(&["error"]).len(), 18);
    assert_eq!(house.socket(ann).last("error")["code"], "bad_json");
    // Bytes are read, too.
    for _ in 0..2 {
        for _ in 0..9 {
            house.say(ann, r#"{"type":"typing"}"#);
        }
        house.room.on_bytes(ann, vec![1], house.now).unwrap();
        house.pass(5_000);
    }
    // What is of a later version is not nonsense, and not what is too long.
    let long = "x".repeat(TEXT_CHARS + 1);
    let long = format!(r#"{{"type":"message","id":"1","text":"{long}"}}"#);
    for frame in [r#"{"type":"fly"}"#, &long] {
        for _ in 0..20 {
            house.say(ann, frame);
            house.pass(1_000);
        }
    }
    for n in 0..40 {
        let is_read = n % 4 == 3;
        house.say(
            ann,
            if is_read {
                r#"{"type":"fly"}"#
            } else {
                "nonsense"
            },
        );
        house.pass(1_000);
    }
    assert_eq!(house.socket(ann).closed, None);
    for _ in 0..10 {
        house.say(ann, r#"{"type":"message"}"#);
    }
    assert_eq!(house.socket(ann).closed, Some(Close::Unreadable));
    assert_eq!(house.socket(ann).last("bye")["code"], 1008);
    assert_eq!(Close::Unreadable.code(), 1008);
}

#[test]
fn a_frame_that_is_too_big_closes() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    let fits = format!(
        r#"{{"type":"message","id":"1","data":"{}"}}"#,
        "x".repeat(FRAME_BYTES - 39)
    );
    assert_eq!(fits.len(), FRAME_BYTES - 2);
    house.say(ann, &fits);
    assert_eq!(house.socket(ann).of(&["ack"]).len(), 1);
    house.say(ann, &format!("{fits}   "));
    assert_eq!(house.socket(ann).closed, Some(Close::TooBig));
    house
        .room
        .on_bytes(bo, vec![0; FRAME_BYTES + 1], house.now)
        .unwrap();
    house.carry_out();
    assert_eq!(house.socket(bo).closed, Some(Close::TooBig));
}

#[test]
fn who_does_not_read_is_sent_away_and_the_others_are_not_hurt() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    let (cy, eve) = (house.enter("cy"), house.enter("eve"));
    let soft = READER_BACKLOG_BYTES + 1;
    // Much at once is read at once by whoever reads.
    assert!(house.room.may_send(bo, soft, house.now));
    assert!(house.room.may_send(cy, soft, house.now));
    house.pass(SLOW_MS - 1);
    assert!(house.room.may_send(bo, soft, house.now));
    assert!(house.room.may_send(cy, 0, house.now));
    house.pass(1);
    assert!(house.room.may_send(cy, soft, house.now));
    assert!(!house.room.may_send(bo, soft, house.now));
    assert!(
        !house
            .room
            .may_send(eve, MEMBER_BACKLOG_BYTES + 1, house.now)
    );
    house.carry_out();
    for conn in [bo, eve] {
        assert_eq!(house.socket(conn).closed, Some(Close::SlowConsumer));
    }
    house.text(ann, "one");
    assert_eq!(house.socket(cy).last("message")["text"], "one");
    house.room.on_close(bo, house.now);
    house.carry_out();
    assert_eq!(house.socket(ann).of(&["left"]).len(), 2);
}

#[test]
fn roles_and_read_only_rooms() {
    let mut house = House::new();
    let reader = Identity {
        role: Role::Reader,
        ..member("reader")
    };
    let reader = house.join(&reader, &Position::Tail(0));
    let ann = house.enter("ann");
    let boss = house.join(&moderator("boss"), &Position::Tail(0));
    let frames = [
        r#"{"type":"message","id":"1","text":"x"}"#,
        r#"{"type":"set","id":"2","key":"k","value":1}"#,
        r#"{"type":"signal","data":1}"#,
        r#"{"type":"typing","on":true}"#,
    ];
    for frame in frames {
        house.say(reader, frame);
    }
    let codes = |house: &House, conn| -> Vec<String> {
        let errors = house.socket(conn).of(&["error"]);
        errors
            .iter()
            .map(|e| e["code"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(codes(&house, reader), ["forbidden"; 4]);
    house.say(reader, r#"{"type":"presence","data":1}"#);
    assert_eq!(house.socket(ann).last("presence")["from"]["id"], "reader");
    house.text(ann, "before");
    house.configure(r#"{"read_only":true}"#);
    for frame in frames {
        house.say(ann, frame);
        house.say(boss, frame);
    }
    assert_eq!(codes(&house, ann), ["read_only"; 4]);
    house.room.on_bytes(ann, vec![1], house.now).unwrap();
    house.say(
        ann,
        r#"{"type":"react","id":"r","target":"0000000000.1","emoji":"x"}"#,
    );
    house.say(ann, r#"{"type":"delete","id":"d","target":"0000000000.1"}"#);
    assert_eq!(codes(&house, ann), ["read_only"; 7]);
    assert!(codes(&house, boss).is_empty());
    // What was said before it was read-only is still acknowledged.
    house.text(ann, "before");
    assert_eq!(house.socket(ann).last("ack")["cursor"], "0000000000.1");
    let late = house.enter("late");
    assert_eq!(house.socket(late).last("welcome")["read_only"], true);
}

#[test]
fn slow_mode() {
    let mut house = House::new().configured(r#"{"slow_mode_seconds":5}"#);
    let ann = house.enter("ann");
    let boss = house.join(&moderator("boss"), &Position::Tail(0));
    house.text(ann, "1");
    house.pass(2_000);
    house.text(ann, "2");
    let refused = house.socket(ann).last("error");
    assert_eq!(
        (&refused["code"], &refused["retry_ms"]),
        (&"rate_limited".into(), &3_000.into())
    );
    // Neither sending again, nor another tab, nor a nap, nor coming back is a way around it.
    house.text(ann, "1");
    assert_eq!(house.socket(ann).last("ack")["id"], "1");
    let tab = house.enter("ann");
    house.text(tab, "2");
    assert_eq!(house.socket(tab).last("error")["retry_ms"], 3_000);
    house.hibernate();
    house.text(tab, "2");
    assert_eq!(house.socket(tab).last("error")["retry_ms"], 3_000);
    house.text(boss, "b1");
    house.text(boss, "b2");
    assert_eq!(house.socket(boss).of(&["ack"]).len(), 2);
    house.pass(3_000);
    house.text(ann, "2");
    assert_eq!(house.socket(ann).last("ack")["id"], "2");
    house.leave(ann);
    house.leave(tab);
    let ann = house.enter("ann");
    house.text(ann, "3");
    assert_eq!(house.socket(ann).last("error")["code"], "rate_limited");
    house.leave(ann);
    house.pass(1_000);
    house.hibernate();
    let ann = house.enter("ann");
    house.text(ann, "3");
    assert_eq!(house.socket(ann).last("error")["retry_ms"], 4_000);
    // What a server says for somebody is theirs, also while the room is awake.
    house.pass(5_000);
    let (said, _) = Frame::parse_post(br#"{"text":"by a server"}"#).unwrap();
    for sleeps in [false, true] {
        house.room.post(&member("ann"), &said, house.now).unwrap();
        house.on_timer();
        if sleeps {
            house.hibernate();
        }
        house.text(ann, "3");
        assert_eq!(house.socket(ann).last("error")["retry_ms"], 5_000);
    }
    house.pass(5_000);
    house.text(ann, "3");
    assert_eq!(house.socket(ann).last("ack")["id"], "3");
    house.now -= 1_000_000;
    house.text(ann, "3");
    assert!(
        house.socket(ann).last("error")["retry_ms"]
            .as_u64()
            .unwrap()
            <= 5_000
    );
}

#[test]
fn a_full_room_asks_to_come_back_later() {
    let mut house = House::new().configured(r#"{"max_members":2}"#);
    let (ann, _bo) = (house.enter("ann"), house.enter("bo"));
    let cy = house.enter("cy");
    assert_eq!(house.socket(cy).kinds(), ["bye"]);
    assert_eq!(house.socket(cy).closed, Some(Close::Full));
    assert_eq!(house.socket(cy).last("bye")["retry_ms"], 2_020);
    let tab = house.enter("ann");
    assert!(house.is_open(tab), "another tab takes no place");
    house.leave(ann);
    let cy = house.enter("cy");
    assert_eq!(house.socket(cy).closed, Some(Close::Full));
    house.leave(tab);
    let cy = house.enter("cy");
    assert!(house.is_open(cy));
}

#[test]
fn kicked_may_come_back_and_banned_not() {
    let mut house = House::new();
    let ann = house.enter("ann");
    let nameless = Identity {
        trace: Some("address and name".into()),
        ..member("anon1")
    };
    let (bo, tab) = (house.enter("bo"), house.enter("bo"));
    let stranger = house.join(&nameless, &Position::Tail(0));
    house.settle();
    house.room.kick("bo", None, house.now).unwrap();
    house.carry_out();
    for conn in [bo, tab] {
        assert_eq!(house.socket(conn).closed, Some(Close::Kicked));
        assert_eq!(
            house.socket(conn).last("bye")["reason"],
            Close::Kicked.reason()
        );
    }
    house.settle();
    assert_eq!(house.socket(ann).of(&["left"]).len(), 1);
    assert_eq!(
        house.room.kick("bo", None, house.now).unwrap_err().status(),
        404
    );
    let bo = house.enter("bo");
    assert!(house.is_open(bo));
    for id in ["bo", "anon1"] {
        house.room.kick(id, Some(60_000), house.now).unwrap();
    }
    house.carry_out();
    assert_eq!(house.socket(stranger).closed, Some(Close::Kicked));
    house.crash();
    let bo = house.enter("bo");
    assert_eq!(house.socket(bo).closed, Some(Close::Kicked));
    let other = Identity {
        id: "anon2".into(),
        ..nameless
    };
    let stranger = house.join(&other, &Position::Tail(0));
    assert_eq!(house.socket(stranger).closed, Some(Close::Kicked));
    let post = Frame::parse_post(br#"{"text":"x"}"#).unwrap().0;
    assert_eq!(
        house
            .room
            .post(&member("bo"), &post, house.now)
            .unwrap_err()
            .status(),
        403
    );
    house.now += 60_000;
    let bo = house.enter("bo");
    assert!(house.is_open(bo));
}

#[test]
fn a_room_that_is_closed_tells_everybody() {
    let mut house = House::new();
    let ann = house.enter("ann");
    let watcher = house.watch(&Position::Latest);
    house.room.close(house.now).unwrap();
    house.carry_out();
    assert_eq!(
        house.socket(ann).last("bye")["reason"],
        Close::RoomClosed.reason()
    );
    for conn in [ann, watcher] {
        assert_eq!(house.socket(conn).closed, Some(Close::RoomClosed));
    }
    assert!(
        house
            .socket(watcher)
            .events
            .starts_with("event: bye\ndata: {\"type\":\"bye\"")
    );
}

#[test]
fn a_client_that_fell_silent_is_given_up() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    let quiet = house.enter("quiet");
    house.settle();
    let start = house.now;
    let due = house.room.next_alarm(house.now).unwrap().unwrap();
    assert_eq!(due - house.now, 600_000);
    house.now = due;
    house.text(bo, "still here");
    // Ann and Bo used to ping; whoever never does is left to the network.
    house
        .room
        .on_alarm(&[(ann, start), (bo, start)], house.now)
        .unwrap();
    house.carry_out();
    house.settle();
    assert_eq!(house.socket(ann).closed, Some(Close::Silent));
    assert!(house.is_open(bo) && house.is_open(quiet));
    assert_eq!(house.socket(bo).last("left")["member"]["id"], "ann");
    house.room.on_alarm(&[(ann, start)], house.now).unwrap();
}

#[test]
fn those_who_wait_for_an_answer_are_known_and_sent_back() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    house.settle();
    house.send(ann, "nonsense");
    assert_eq!(house.room.unanswered(), [ann]);
    // Where something was to be written it may have been, for all that anybody knows.
    house.send(ann, &message(1));
    assert_eq!(house.room.unanswered(), [ann, bo]);
    house.settle();
    assert!(house.room.unanswered().is_empty());
    house.room.on_fault(ann, house.now).unwrap();
    house.carry_out();
    house.settle();
    assert_eq!(house.socket(ann).closed, Some(Close::Fault));
    assert!(house.socket(ann).last("bye")["retry_ms"].is_number());
    assert_eq!(house.socket(bo).last("left")["member"]["id"], "ann");
}
