//! How long what is said waits for more to be said.

use crate::house::House;
use tidings::room::seat::Conn;

fn a_hundred(house: &mut House) -> Vec<Conn> {
    let conns = (0..100).map(|n| house.enter(&format!("m{n}"))).collect();
    house.pass(5_000);
    conns
}

/// The waits of a message every so many milliseconds in a room of a hundred.
fn waits(every_ms: u64) -> Vec<u64> {
    let mut house = House::unlimited();
    let conns = a_hundred(&mut house);
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

#[test]
fn a_burst_that_takes_several_turns_is_one_frame_for_everybody() {
    let mut house = House::unlimited();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    house.settle();
    house.forget(bo);
    for turn in 0..8 {
        for n in 0..20 {
            house.send(
                ann,
                &format!(r#"{{"type":"message","id":"{turn}-{n}","text":"x"}}"#),
            );
        }
        house.on_timer();
    }
    assert!(house.socket(bo).texts.is_empty(), "more may come");
    house.on_timer();
    assert_eq!(house.socket(bo).texts.len(), 1);
    assert_eq!(house.socket(bo).of(&["message"]).len(), 160);
}

#[test]
fn a_clock_that_steps_back_holds_nothing_in_a_busy_room() {
    let mut house = House::unlimited();
    let conns = a_hundred(&mut house);
    for n in 0..400 {
        house.text(conns[0], &format!("t{n}"));
        house.pass(1);
    }
    house.pass(20);
    house.forget(conns[1]);
    house.send(conns[0], r#"{"type":"message","id":"last","text":"x"}"#);
    assert_eq!(house.room.next_timer(house.now), Some(10), "it is busy");
    house.now -= 3_600_000;
    house.pass(10);
    assert_eq!(house.socket(conns[1]).of(&["message"]).len(), 1);
}
