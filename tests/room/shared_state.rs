//! Shared state: versions, compare-and-set, and what a newcomer sees.

use crate::house::{House, member};
use tidings::stream::Position;

#[test]
fn two_buyers_one_lot_exactly_one_wins() {
    let mut house = House::new();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    let buy = r#"{"type":"set","id":"buy","key":"lot","value":{"sold":true},"if_version":0}"#;
    house.send(ann, buy);
    house.send(bo, buy);
    house.settle();
    assert_eq!(
        house.socket(ann).last("ack").to_string(),
        serde_json::json!({"type":"ack","id":"buy","key":"lot","version":1}).to_string()
    );
    let refused = house.socket(bo).last("error");
    assert_eq!(
        (&refused["code"], &refused["id"]),
        (&"conflict".into(), &"buy".into())
    );
    assert_eq!(
        (&refused["version"], &refused["value"]["sold"]),
        (&1.into(), &true.into())
    );
    for conn in [ann, bo] {
        let states = house.socket(conn).of(&["state"]);
        assert_eq!(states.len(), 1);
        assert_eq!(states[0]["from"]["id"], "ann");
    }
    // The answer was lost: the winner asks again and has still won.
    house.crash();
    let (ann, bo) = (house.enter("ann"), house.enter("bo"));
    house.say(ann, buy);
    house.say(bo, buy);
    assert_eq!(house.socket(ann).last("ack")["version"], 1);
    assert_eq!(house.socket(bo).last("error")["code"], "conflict");
    assert!(house.socket(ann).of(&["state"]).is_empty());
    assert_eq!(
        house.socket(ann).last("welcome")["state"]["lot"]["version"],
        1
    );
}

#[test]
fn a_newcomer_sees_what_is_durable() {
    let mut house = House::new();
    let ann = house.enter("ann");
    house.say(ann, r#"{"type":"set","id":"1","key":"a","value":1}"#);
    house.say(ann, r#"{"type":"set","id":"2","key":"b","value":2}"#);
    house.say(ann, r#"{"type":"set","id":"3","key":"a","value":null}"#);
    assert_eq!(
        house.socket(ann).last("state")["value"],
        serde_json::Value::Null
    );
    house.send(ann, r#"{"type":"set","id":"4","key":"b","value":3}"#);
    let bo = house.join(&member("bo"), &Position::Latest);
    let state = house.socket(bo).last("welcome")["state"].clone();
    assert_eq!(state.to_string(), r#"{"b":{"value":3,"version":2}}"#);
    house.crash();
    let cy = house.enter("cy");
    assert_eq!(house.socket(cy).last("welcome")["state"], state);
}
