//! A room that was exported and imported is the same room, in another log.

use crate::house::{House, after, member, moderator};
use proptest::prelude::*;
use serde_json::{Value, json};
use tidings::access::grants::Realm;
use tidings::backup::{NDJSON, Page, Receipt};
use tidings::cursor::{After, Epoch};
use tidings::error::Result;
use tidings::log::MemoryStorage;
use tidings::room::Room;
use tidings::room::config::Settings;

fn pages(house: &mut House) -> Vec<String> {
    let mut pages = Vec::new();
    let mut after = After::Start;
    loop {
        let (page, next) = house.room.export("r", &after, house.now).unwrap();
        house.carry_out();
        pages.push(page);
        match next {
            Some(next) => after = After::Cursor(next),
            None => return pages,
        }
    }
}

/// A house with a room of another epoch in it, at the same time.
fn another(house: &House) -> House {
    let mut other = House::unlimited();
    other.now = house.now;
    let storage = MemoryStorage::default();
    let fresh = Epoch::from_random(5);
    other.room = Room::open(storage, fresh, Settings::default(), vec![]).unwrap();
    other
}

fn import(house: &mut House, page: &str) -> Result<Receipt> {
    let page = Page::parse(Realm::Rooms, Some(NDJSON), page, house.now)?;
    let receipt = house.room.import(page, house.now);
    house.carry_out();
    receipt
}

/// A room in which everything has happened that can.
fn lively() -> House {
    let mut house = House::unlimited().configured(r#"{"title":"T"}"#);
    let ann = house.enter("ann");
    let mo = house.join(&moderator("mo"), &after("start"));
    house.text(ann, "one");
    house.say(
        ann,
        r#"{"type":"message","id":"2","data":[1.10],"reply_to":"0000000000.1"}"#,
    );
    house.say(
        ann,
        r#"{"type":"edit","id":"e","target":"0000000000.1","text":"uno"}"#,
    );
    house.say(
        mo,
        r#"{"type":"react","id":"r","target":"0000000000.1","emoji":"👍"}"#,
    );
    house.say(mo, r#"{"type":"delete","id":"d","target":"0000000000.2"}"#);
    house.say(
        ann,
        r#"{"type":"set","id":"s","key":"topic","value":"rain"}"#,
    );
    house.say(ann, r#"{"type":"set","id":"t","key":"gone","value":1}"#);
    house.say(ann, r#"{"type":"set","id":"u","key":"gone","value":null}"#);
    house.room.kick("bo", Some(60_000), house.now).unwrap();
    house.carry_out();
    house
}

#[test]
fn a_backup_byte_by_byte() {
    let mut house = lively();
    let at = house.now;
    let until = at + 60_000;
    let backup = [
        r#"{"tidings":"room","version":1,"name":"r","epoch":"0000000000","oldest":"0000000000.1","head":"0000000000.5","removed_version":2,"config":{"title":"T"}}"#.to_owned(),
        r#"{"state":{"key":"topic","value":"rain","version":1}}"#.to_owned(),
        format!(r#"{{"ban":{{"id":"bo","until":{until}}}}}"#),
        format!(r#"{{"cursor":"0000000000.1","type":"message","at":{at},"data":{{"id":"one","from":{{"id":"ann","name":"ANN"}},"text":"uno","edited_at":{at},"reactions":{{"👍":["mo"]}}}},"key":"m3:ann\none"}}"#),
        format!(r#"{{"cursor":"0000000000.2","type":"message","at":{at},"data":{{"id":"2","from":{{"id":"ann","name":"ANN"}},"reply_to":"0000000000.1","deleted":true}},"key":"m3:ann\n2"}}"#),
        format!(r#"{{"cursor":"0000000000.3","type":"edited","at":{at},"data":{{"id":"e","from":{{"id":"ann","name":"ANN"}},"target":"0000000000.1","text":"uno"}},"key":"e3:ann\ne"}}"#),
        format!(r#"{{"cursor":"0000000000.4","type":"reaction","at":{at},"data":{{"id":"r","from":{{"id":"mo","name":"MO"}},"target":"0000000000.1","emoji":"👍","op":"add"}},"key":"r2:mo\nr"}}"#),
        format!(r#"{{"cursor":"0000000000.5","type":"deleted","at":{at},"data":{{"id":"d","from":{{"id":"mo","name":"MO"}},"target":"0000000000.2"}},"key":"d2:mo\nd"}}"#),
        String::new(),
    ]
    .join("\n");
    assert_eq!(pages(&mut house), std::slice::from_ref(&backup));

    let mut other = another(&house);
    // Somebody waits for the room to come back.
    let cy = other.enter("cy");
    assert_eq!(import(&mut other, &backup).unwrap().accepted, 5);
    assert_eq!(
        other.socket(cy).kinds(),
        [
            "welcome", "message", "message", "edited", "reaction", "deleted"
        ]
    );
    let copy = pages(&mut other).concat();
    assert_eq!(copy.replace("5000000000", "0000000000"), backup);
    assert_eq!(import(&mut other, &backup).unwrap().duplicates, 5);
    // A reply leads to the message it answers, whoever sends again is known, what was
    // removed is not set anew with a version that it had, and who was banned stays out.
    let ann = other.join(&member("ann"), &after("start"));
    other.settle();
    assert_eq!(
        other.socket(ann).of(&["message"])[1]["reply_to"],
        "5000000000.1"
    );
    other.text(ann, "one");
    assert_eq!(other.socket(ann).last("ack")["cursor"], "5000000000.1");
    assert_eq!(
        other.socket(ann).last("welcome")["state"]["topic"],
        json!({"value": "rain", "version": 1})
    );
    other.say(
        ann,
        r#"{"type":"set","id":"v","key":"gone","value":2,"if_version":0}"#,
    );
    assert_eq!(other.socket(ann).last("ack")["version"], 3);
    let bo = other.enter("bo");
    assert!(!other.is_open(bo));
}

#[test]
fn what_was_deleted_during_the_export_stays_deleted() {
    let mut house = House::unlimited();
    let ann = house.enter("ann");
    house.text(ann, "secret");
    let first = pages(&mut house).concat();
    house.say(ann, r#"{"type":"delete","id":"d","target":"0000000000.1"}"#);
    let (rest, _) = house
        .room
        .export("r", &After::parse("0000000000.1"), house.now)
        .unwrap();
    let mut other = another(&house);
    import(&mut other, &first).unwrap();
    import(&mut other, &rest).unwrap();
    assert!(!pages(&mut other).concat().contains("\"text\""));
}

#[test]
fn so_does_what_its_edits_said_whenever_it_was_edited_and_deleted() {
    let edit = r#"{"type":"edit","id":"e","target":"0000000000.1","text":"secret-2"}"#;
    let delete = r#"{"type":"delete","id":"d","target":"0000000000.1"}"#;
    // Edited before the first page or after it, deleted before the second or in the restored room.
    for (edited_before, deleted_before) in
        [(true, true), (false, true), (false, false), (true, false)]
    {
        let mut house = House::unlimited();
        let ann = house.enter("ann");
        house.say(ann, r#"{"type":"message","id":"m","text":"secret-1"}"#);
        if edited_before {
            house.say(ann, edit);
        }
        let first = pages(&mut house).concat();
        let next = After::parse(if edited_before {
            "0000000000.2"
        } else {
            "0000000000.1"
        });
        if !edited_before {
            house.say(ann, edit);
        }
        if deleted_before {
            house.say(ann, delete);
        }
        let (rest, _) = house.room.export("r", &next, house.now).unwrap();
        let mut other = another(&house);
        import(&mut other, &first).unwrap();
        if !rest.is_empty() {
            import(&mut other, &rest).unwrap();
        }
        if !deleted_before {
            let ann = other.enter("ann");
            other.say(ann, &delete.replace("0000000000", "5000000000"));
            assert_eq!(other.socket(ann).last("ack")["id"], "d");
        }
        let stored = format!("{:?}", other.room.storage());
        assert!(
            !stored.contains("secret"),
            "{edited_before} {deleted_before}: {stored}"
        );
    }
}

#[test]
fn a_member_is_known_however_their_id_is_written() {
    let mut house = House::unlimited();
    let line = r#"{"cursor":"a.1","type":"message","at":1,"data":{"from":{"id":"zo\u00eb","name":"Z"},"text":"t"}}"#;
    let backup = format!("{{\"tidings\":\"room\",\"version\":1,\"name\":\"r\",\"epoch\":\"a\",\"oldest\":\"a.1\",\"head\":\"a.1\",\"config\":{{\"retain_seconds\":31536000}}}}\n{line}\n").replace("\"at\":1,", &format!("\"at\":{},", house.now));
    import(&mut house, &backup).unwrap();
    let zoe = house.enter("zoë");
    house.say(
        zoe,
        r#"{"type":"edit","id":"e","target":"0000000000.1","text":"mine"}"#,
    );
    assert_eq!(house.socket(zoe).last("ack")["id"], "e");
    assert_eq!(house.room.erase("zoë", 0, house.now).unwrap().messages, 1);
}

#[test]
fn what_is_no_event_of_a_room_is_refused() {
    let house = House::new();
    let first = r#"{"tidings":"room","version":1,"oldest":"a.1","config":{}}"#;
    for line in [
        r#"{"cursor":"a.1","type":"message","at":1,"data":1}"#,
        r#"{"cursor":"a.1","type":"message","at":1,"data":{}}"#,
        r#"{"cursor":"a.1","type":"message","at":1,"text":"x"}"#,
        r#"{"cursor":"a.1","type":"edited","at":1,"data":{"from":{"id":"a","name":"A"}}}"#,
        r#"{"cursor":"a.1","type":"bye","at":1,"data":{"from":{"id":"a","name":"A"}}}"#,
        r#"{"cursor":"a.1","type":"message","at":1,"final":true,"data":{"from":{}}}"#,
        r#"{"state":{"key":"","value":1,"version":1}}"#,
        r#"{"state":{"key":"a","value":null,"version":1}}"#,
        r#"{"state":{"key":"a","value":1,"version":0}}"#,
        r#"{"state":[]}"#,
        r#"{"ban":{"id":5,"until":1}}"#,
    ] {
        let refused = Page::read(Realm::Rooms, &format!("{first}\n{line}"), house.now).unwrap_err();
        assert_eq!(refused.status(), 400, "{line}");
    }
    // The place and the time of an event are the log's to say.
    let mut house = another(&house);
    let forged = r#"{"cursor":"a.1","type":"message","at":1700000000000,"data":{"type":"bye","cursor":"x","at":5,"from":{"id":"a","name":"A"},"text":"t"}}"#;
    import(&mut house, &format!("{first}\n{forged}")).unwrap();
    let ann = house.join(&member("ann"), &after("start"));
    house.settle();
    assert_eq!(
        house.socket(ann).last("message"),
        json!({"type": "message", "cursor": "5000000000.1", "at": 1_700_000_000_000_u64, "from": {"id": "a", "name": "A"}, "text": "t"})
    );
}

fn things(house: &mut House) -> Vec<Value> {
    let conn = house.join(&member("reader"), &after("start"));
    house.settle();
    let mut things = house
        .socket(conn)
        .of(&["message", "edited", "deleted", "reaction"]);
    for thing in &mut things {
        let text = thing.to_string().replace("5000000000.", "0000000000.");
        *thing = serde_json::from_str(&text).unwrap();
    }
    things
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_split_and_any_repetition_restores_the_same(
        steps in proptest::collection::vec((0..6_u8, 1..40_u64, 0..3_usize), 0..150),
        cuts in proptest::collection::vec((1..60_usize, any::<bool>()), 1..10),
    ) {
        let mut house = House::unlimited();
        let conns = ["ann", "bo", "cy"].map(|id| house.join(&moderator(id), &after("start")));
        for (n, (what, target, who)) in steps.into_iter().enumerate() {
            let target = format!("0000000000.{target}");
            let frame = match what {
                0 | 1 => json!({"type": "message", "id": n.to_string(), "text": format!("text {n}")}),
                2 => json!({"type": "message", "id": n.to_string(), "text": "r", "reply_to": target}),
                3 => json!({"type": "edit", "id": n.to_string(), "target": target, "text": format!("edit {n}")}),
                4 => json!({"type": "react", "id": n.to_string(), "target": target, "emoji": "x"}),
                _ => json!({"type": "delete", "id": n.to_string(), "target": target}),
            };
            house.say(conns[who], &frame.to_string());
            house.now += 7;
        }
        house.room.kick("x", Some(60_000), house.now).unwrap();
        let backup = pages(&mut house).concat();
        let head = backup.split_inclusive('\n').take_while(|line| !line.contains("cursor\"")).count();
        let mut lines: Vec<&str> = backup.split_inclusive('\n').collect();
        let mut other = another(&house);
        let mut sent: Vec<String> = Vec::new();
        let mut cuts = cuts.into_iter().cycle();
        let mut least = head;
        while !lines.is_empty() {
            let (count, again) = cuts.next().unwrap();
            let rest = lines.split_off(count.max(least).min(lines.len()));
            least = 1;
            sent.push(lines.concat());
            lines = rest;
            import(&mut other, sent.last().unwrap()).unwrap();
            if again {
                other.crash();
                for page in &sent {
                    prop_assert_eq!(import(&mut other, page).unwrap().accepted, 0);
                }
            }
        }
        prop_assert_eq!(pages(&mut other).concat().replace("5000000000", "0000000000"), backup);
        prop_assert_eq!(things(&mut other), things(&mut house));
    }
}
