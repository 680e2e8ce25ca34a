//! Erasing what a member said leaves nothing of it.

use crate::house::{House, after, member, moderator};
use tidings::cursor::After;

/// Slice after slice, until it is done.
fn erase(house: &mut House, id: &str) -> u64 {
    let (mut from, mut sum) = (0, 0);
    loop {
        let erased = house.room.erase(id, from, house.now).unwrap();
        house.carry_out();
        sum += erased.messages;
        match erased.next {
            Some(next) => from = next,
            None => return sum,
        }
    }
}

/// Everything that is stored.
fn stored(house: &House) -> String {
    format!("{:?}", house.room.storage())
}

#[test]
fn nothing_is_left_and_everybody_is_told() {
    let mut house = House::unlimited();
    let ann = house.enter("ann");
    let mo = house.join(&moderator("mo"), &after("start"));
    house.text(ann, "hers-1");
    house.text(mo, "his");
    house.say(
        ann,
        r#"{"type":"edit","id":"hers-e","target":"0000000000.1","text":"hers-2"}"#,
    );
    house.say(
        mo,
        r#"{"type":"edit","id":"e","target":"0000000000.1","text":"hers-3"}"#,
    );
    house.say(
        ann,
        r#"{"type":"react","id":"hers-r","target":"0000000000.2","emoji":"❤"}"#,
    );
    house.say(
        mo,
        r#"{"type":"react","id":"r","target":"0000000000.2","emoji":"👍"}"#,
    );
    house.say(ann, r#"{"type":"message","id":"hers-4","data":"hers-5"}"#);
    house.say(
        ann,
        r#"{"type":"delete","id":"hers-6","target":"0000000000.7"}"#,
    );
    house.say(
        ann,
        r#"{"type":"message","id":"hers-7","text":"hers-8","reply_to":"0000000000.2"}"#,
    );
    house.forget(mo);
    assert_eq!(erase(&mut house, "ann"), 2);
    let told = house.socket(mo).of(&["deleted"]);
    let told: Vec<_> = told
        .iter()
        .map(|d| {
            (
                d["target"].as_str().unwrap(),
                d["from"]["id"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("0000000000.1", "server"), ("0000000000.9", "server")]
    );
    for gone in ["hers", "ANN", "❤"] {
        assert!(!stored(&house).contains(gone), "{gone}");
    }
    assert!(stored(&house).contains("👍") && stored(&house).contains("his"));
    // Again, nothing changes.
    let before = stored(&house);
    assert_eq!(erase(&mut house, "ann"), 0);
    assert_eq!(
        stored(&house).split("rows_written").next(),
        before.split("rows_written").next()
    );
    // Whoever comes late gets frames that can be read.
    let cy = house.join(&member("cy"), &after("start"));
    house.settle();
    let things = house
        .socket(cy)
        .of(&["message", "edited", "reaction", "deleted"]);
    assert_eq!(things.len(), 11);
    assert_eq!(
        things[0]["from"],
        serde_json::json!({"id": "ann", "name": ""})
    );
    assert_eq!(things[0]["deleted"], true);
    assert_eq!(things[1]["reactions"], serde_json::json!({"👍": ["mo"]}));
    assert_eq!(
        (&things[4]["emoji"], &things[4]["op"]),
        (&"".into(), &"remove".into())
    );
    // It bans nobody.
    house.text(ann, "again");
    assert_eq!(house.socket(ann).last("message")["text"], "again");
}

#[test]
fn a_long_log_is_done_in_slices_and_a_crash_in_the_middle_costs_nothing() {
    let mut house = House::unlimited();
    let ann = house.enter("ann");
    let bo = house.enter("bo");
    for n in 0..3_000 {
        if n % 20 == 0 {
            house.pass(20);
        }
        for (who, name) in [(ann, "hers"), (bo, "his")] {
            house.send(
                who,
                &format!(r#"{{"type":"message","id":"{name}-{n}","text":"{name} {n}"}}"#),
            );
        }
    }
    house.on_timer();
    let first = house.room.erase("ann", 0, house.now).unwrap();
    assert!(
        first.next.is_some() && (1_000..3_000).contains(&first.messages),
        "{first:?}"
    );
    house.crash();
    assert_eq!(first.messages + erase(&mut house, "ann"), 3_000);
    assert!(!stored(&house).contains("hers"));
    let (page, _) = house.room.export("r", &After::Start, house.now).unwrap();
    assert!(page.contains("his 1") && !page.contains("hers"));
}

#[test]
fn also_of_what_has_expired_the_edits_of_others_are_erased() {
    let mut house = House::unlimited().configured(r#"{"retain_events":5}"#);
    let ann = house.enter("ann");
    let mo = house.join(&moderator("mo"), &after("start"));
    house.say(ann, r#"{"type":"message","id":"m","text":"secret"}"#);
    for n in 0..3 {
        house.text(mo, &format!("filler {n}"));
    }
    house.say(
        mo,
        r#"{"type":"edit","id":"e","target":"0000000000.1","text":"secret [moderated]"}"#,
    );
    for n in 3..5 {
        house.text(mo, &format!("filler {n}"));
    }
    erase(&mut house, "ann");
    assert!(!stored(&house).contains("secret"));
}

#[test]
fn what_was_edited_where_the_newest_is_ahead_of_the_clock_is_gone_when_it_is_deleted() {
    let mut house = House::unlimited();
    let ann = house.enter("ann");
    house.text(ann, "plain");
    for n in 0..200 {
        house.text(ann, &format!("filler {n}"));
    }
    house.now -= 3_600_000;
    house.say(
        ann,
        r#"{"type":"edit","id":"e","target":"0000000000.1","text":"secret"}"#,
    );
    house.say(ann, r#"{"type":"delete","id":"d","target":"0000000000.1"}"#);
    assert!(!stored(&house).contains("secret"));
}

#[test]
fn nobody_of_that_name_and_no_room() {
    let mut house = House::new();
    assert_eq!(house.room.erase("ann", 0, 0).unwrap_err().status(), 404);
    let ann = house.enter("ann");
    house.text(ann, "x");
    assert_eq!(erase(&mut house, "bo"), 0);
    assert_eq!(erase(&mut house, ""), 0);
}
