//! What is billed: rows written and deleted.

use crate::house::House;

#[test]
fn a_message_is_one_row_when_idle_and_a_fraction_when_busy() {
    let mut house = House::unlimited().configured(r#"{"retain_events":300}"#);
    let ann = house.enter("ann");
    let rows = |house: &House| house.room.storage().rows_written;
    let before = rows(&house);
    for n in 0..1_000 {
        house.say(
            ann,
            &format!(r#"{{"type":"message","id":"i{n}","text":"hello {n}"}}"#),
        );
        house.pass(1_000);
    }
    let idle = rows(&house) - before;
    println!("{idle} rows for 1,000 messages one by one");
    assert!(idle <= 1_100, "{idle} rows for 1,000 messages one by one");
    let before = rows(&house);
    for n in 0..1_000 {
        house.send(
            ann,
            &format!(r#"{{"type":"message","id":"b{n}","text":"hello {n}"}}"#),
        );
        if n % 10 == 9 {
            house.settle();
        }
    }
    let busy = rows(&house) - before;
    println!("{busy} rows for 1,000 messages ten at a time");
    assert!(busy <= 150, "{busy} rows for 1,000 messages ten at a time");
}

#[test]
fn what_is_for_the_moment_costs_no_row() {
    let mut house = House::unlimited();
    let (ann, _bo) = (house.enter("ann"), house.enter("bo"));
    for frame in [
        r#"{"type":"typing","on":true}"#,
        r#"{"type":"presence","data":1}"#,
        r#"{"type":"signal","data":1}"#,
        "nonsense",
    ] {
        house.say(ann, frame);
    }
    house.leave(ann);
    house.settle();
    assert_eq!(house.room.storage().rows_written, 0);
}
