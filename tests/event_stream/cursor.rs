//! What comes back as a cursor may be anything; it is honoured, or there is a gap.

use crate::object::{Object, position};
use crate::reader::{Buffer, Reader};
use proptest::prelude::*;
use tidings::cursor::After;
use tidings::stream::Position;

/// How many events there are.
const HEAD: u64 = 12;
/// The oldest that is retained.
const OLDEST: u64 = 3;

fn object() -> Object {
    let mut object = Object::retaining(HEAD - OLDEST + 1);
    for n in 1..=HEAD {
        object.publish_text(&n.to_string());
    }
    object
}

/// Fails unless `asked` is answered with everything after it, or with a gap and
/// everything that there is.
fn assert_honoured_or_gap(object: &mut Object, asked: &str) {
    let position = position(asked, Some(asked));
    let Position::After(after) = &position else {
        panic!("{asked:?} is no position: {position:?}");
    };
    let response = object.respond(&position).unwrap();
    let mut reader = Reader::new(Buffer::Emptied);
    reader.feed(response.as_bytes());
    let begin = match after {
        After::Start => OLDEST,
        After::Cursor(cursor)
            if object.cursor(cursor.seq) == cursor.to_string()
                && (OLDEST - 1..=HEAD).contains(&cursor.seq) =>
        {
            cursor.seq + 1
        }
        After::Cursor(_) | After::Malformed(_) => {
            let gap = reader.events.remove(0);
            assert_eq!((gap.kind.as_str(), gap.id), ("gap", None), "{asked:?}");
            let told: serde_json::Value = serde_json::from_str(&gap.data).unwrap();
            assert_eq!(told["oldest"], object.cursor(OLDEST), "{asked:?}");
            assert_eq!(told["head"], object.cursor(HEAD), "{asked:?}");
            assert!(told["requested"].as_str().unwrap().chars().count() <= 64);
            OLDEST
        }
    };
    let expected: Vec<String> = (begin..=HEAD).map(|seq| object.cursor(seq)).collect();
    let ids: Vec<String> = reader
        .events
        .into_iter()
        .map(|event| event.id.unwrap())
        .collect();
    assert_eq!(ids, expected, "{asked:?}");
}

#[test]
fn every_place_in_the_stream_and_every_place_outside() {
    let mut object = object();
    let epoch = object.cursor(0);
    let epoch = epoch.strip_suffix(".0").unwrap().to_owned();
    for seq in 0..=HEAD + 3 {
        assert_honoured_or_gap(&mut object, &format!("{epoch}.{seq}"));
        assert_honoured_or_gap(&mut object, &format!("{epoch}.{seq:016}"));
        assert_honoured_or_gap(&mut object, &format!("other.{seq}"));
    }
    for asked in [
        "start",
        "Start",
        " start",
        ".",
        "..",
        "0",
        "null",
        "undefined",
        "NaN",
        "-1",
        "' OR 1=1 --",
        "%00",
        "\u{0}",
        "\r\nid: 1",
        "\u{feff}",
        "e\u{301}",
    ] {
        assert_honoured_or_gap(&mut object, asked);
    }
    for seq in [
        "9999999999999999",
        "99999999999999999",
        "18446744073709551615",
        "18446744073709551616",
        "-1",
        "+1",
        "1e3",
        "0x1",
        "1.0",
        "1 ",
        " 1",
        "\u{661}",
    ] {
        assert_honoured_or_gap(&mut object, &format!("{epoch}.{seq}"));
    }
    assert_honoured_or_gap(&mut object, &"9".repeat(1_000_000));
    assert_honoured_or_gap(&mut object, &format!("{epoch}.1, {epoch}.2"));
}

#[test]
fn an_empty_header_is_none() {
    assert_eq!(position("", None), Position::Latest);
    assert_eq!(position("", Some("start")), Position::After(After::Start));
}

#[test]
fn a_cursor_into_an_empty_stream_is_a_gap_and_the_reader_waits() {
    for asked in ["old.1", "junk", "old.0"] {
        let mut object = Object::new();
        let response = object.respond(&position(asked, None)).unwrap();
        let mut reader = Reader::new(Buffer::Emptied);
        reader.feed(response.as_bytes());
        assert_eq!(reader.events.len(), 1);
        let data = format!("{{\"requested\":\"{asked}\",\"oldest\":null,\"head\":null}}");
        assert_eq!(reader.events[0].data, data);
        reader.feed(object.publish_text("first").as_bytes());
        assert_eq!(reader.events[1].id, Some(object.cursor(1)));
    }
}

proptest! {
    /// As a header comes: bytes that may be read as UTF-8 or as Latin-1.
    #[test]
    fn any_bytes_are_honoured_or_a_gap(bytes in proptest::collection::vec(any::<u8>(), 1..100)) {
        let mut object = object();
        assert_honoured_or_gap(&mut object, &String::from_utf8_lossy(&bytes));
        let latin_1: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        assert_honoured_or_gap(&mut object, &latin_1);
    }

    #[test]
    fn any_text_is_honoured_or_a_gap(text in "\\PC{1,80}") {
        assert_honoured_or_gap(&mut object(), &text);
    }

    /// A cursor of this stream with one thing about it changed.
    #[test]
    fn almost_a_cursor_is_honoured_or_a_gap(
        seq in 0..HEAD + 5,
        at in any::<proptest::sample::Index>(),
        inserted in "[0-9a-zA-Z.+ \\-\u{0}\u{feff}]{0,3}",
        removed in 0_usize..3,
    ) {
        let mut object = object();
        let mut cursor = object.cursor(seq);
        let from = at.index(cursor.len() + 1);
        let to = (from + removed).min(cursor.len());
        cursor.replace_range(from..to, &inserted);
        assert_honoured_or_gap(&mut object, &cursor);
    }
}
