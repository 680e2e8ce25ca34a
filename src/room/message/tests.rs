use super::*;
use crate::room::seat::Role;

fn ann() -> Identity {
    Identity {
        id: "a\"1".into(),
        name: "Ann".into(),
        role: Role::Member,
        trace: None,
        until: None,
    }
}

fn said(text: Option<&str>, data: Option<&str>) -> Said {
    Said {
        text: text.map(Into::into),
        data: data.map(Into::into),
    }
}

fn after(data: &str, change: impl FnOnce(&Message<'_>) -> String) -> String {
    let data = Data::Json(data.into());
    change(&Message::of(&data).unwrap())
}

#[test]
fn a_message_goes_from_the_log_to_the_wire_as_it_is() {
    let reply_to: Cursor = "e.4".parse().unwrap();
    let payload = new(
        &ann(),
        Some("m1"),
        &said(Some("hé\n"), Some("[1.10]")),
        Some(&reply_to),
    );
    let record = Record {
        seq: 5,
        at: 17,
        kind: MESSAGE.into(),
        data: Data::Json(payload),
        key: None,
        is_final: false,
    };
    assert_eq!(
        frame(&Epoch::from_random(0), &record),
        r#"{"type":"message","cursor":"0000000000.5","at":17,"id":"m1","from":{"id":"a\"1","name":"Ann"},"text":"hé\n","data":[1.10],"reply_to":"e.4"}"#
    );
}

#[test]
fn an_edit_changes_what_it_names_and_a_deletion_leaves_nothing() {
    let first = new(&ann(), Some("m"), &said(Some("one"), Some("1")), None);
    let second = after(&first, |m| m.edited(&said(Some("two"), None), 9));
    assert_eq!(
        second,
        r#"{"id":"m","from":{"id":"a\"1","name":"Ann"},"data":1,"text":"two","edited_at":9}"#
    );
    let third = after(&second, |m| m.edited(&said(None, Some("3")), 10));
    assert!(third.ends_with(r#""text":"two","data":3,"edited_at":10}"#));
    let data = Data::Json(third);
    let gone = Message::of(&data).unwrap().deleted();
    assert_eq!(
        gone,
        r#"{"id":"m","from":{"id":"a\"1","name":"Ann"},"deleted":true}"#
    );
    let data = Data::Json(gone);
    let message = Message::of(&data).unwrap();
    assert!(message.is_deleted() && message.is_by("a\"1") && !message.is_by("Ann"));
}

#[test]
fn a_reaction_counts_once_and_the_last_takes_the_list_along() {
    let react = |data: &str, emoji: &str, by: &str, add| {
        let data = Data::Json(data.into());
        Message::of(&data).unwrap().reacted(emoji, by, add)
    };
    let plain = new(&ann(), Some("m"), &said(Some("x"), None), None);
    let one = react(&plain, "👍", "b", true).unwrap().unwrap();
    assert!(one.ends_with(r#","reactions":{"👍":["b"]}}"#), "{one}");
    assert_eq!(react(&one, "👍", "b", true), Ok(None));
    assert_eq!(react(&one, "👍", "c", false), Ok(None));
    assert_eq!(react(&one, "x", "b", false), Ok(None));
    let two = react(&one, "👍", "c\"", true).unwrap().unwrap();
    let three = react(&two, "\"", "b", true).unwrap().unwrap();
    assert!(
        three.ends_with(r#""reactions":{"👍":["b","c\""],"\"":["b"]}}"#),
        "{three}"
    );
    let two = react(&three, "👍", "b", false).unwrap().unwrap();
    let one = react(&two, "👍", "c\"", false).unwrap().unwrap();
    assert_eq!(react(&one, "\"", "b", false), Ok(Some(plain)));
}

#[test]
fn reactions_are_bounded() {
    let mut payload = new(&ann(), Some("m"), &said(Some("x"), None), None);
    let refused = (0..2_000).find_map(|n| {
        let data = Data::Json(payload.clone());
        match Message::of(&data)
            .unwrap()
            .reacted("👍", &format!("member-{n}"), true)
        {
            Ok(Some(more)) => {
                payload = more;
                None
            }
            Ok(None) => panic!("nothing changed"),
            Err(refusal) => Some((n, refusal.code())),
        }
    });
    let (n, code) = refused.unwrap();
    assert!((500..1_000).contains(&n));
    assert_eq!(code, "too_long");
    // Taking one away is always possible.
    let data = Data::Json(payload);
    assert!(
        Message::of(&data)
            .unwrap()
            .reacted("👍", "member-1", false)
            .unwrap()
            .is_some()
    );
}
