//! How long what is said waits for more to be said.

use crate::house::House;

/// The waits of a message every so many milliseconds in a room of a hundred.
fn waits(every_ms: u64) -> Vec<u64> {
    let mut house = House::unlimited();
    let conns: Vec<_> = (0..100).map(|n| house.enter(&format!("m{n}"))).collect();
    house.pass(5_000);
    let mut waits = Vec::new();
    for (n, conn) in (0..400).zip(conns.iter().cycle()) {
        house.send(
            *conn,
            &format!(r#"{{"type":"message","id":"{n}","text":"x"}}"#),
        );
        waits.extend(house.room.next_timer(house.now));
        house.pass(every_ms);
    }
    waits
}

#[test]
fn below_ten_thousand_deliveries_a_second_nothing_waits() {
    // 8,300 of the messages; what acknowledges them is for one each.
    assert_eq!(waits(12).into_iter().max(), Some(0));
}

#[test]
fn far_above_it_what_is_said_waits() {
    assert_eq!(waits(2).into_iter().max(), Some(10));
}
