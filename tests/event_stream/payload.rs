//! What publishers send: the ordinary, and everything that could break a line.

use proptest::prelude::*;
use serde_json::Value;
use tidings::data::Data;
use tidings::limit::EVENT_BYTES;
use tidings::log::Entry;
use tidings::stream::publish::RESERVED_TYPES;

/// Texts that have broken encoders. The end-to-end tests send the same.
pub(crate) fn texts() -> Vec<String> {
    serde_json::from_str(include_str!("fixtures/texts.json")).unwrap()
}

/// Any text, most of it made of what the format gives a meaning to.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(texts()),
        proptest::sample::select(vec![
            "\r",
            "\n",
            "\r\n",
            "\0",
            ":",
            " ",
            "\u{feff}",
            "\u{2028}",
            "\u{85}",
            "\u{1f980}",
            "a",
        ])
        .prop_map(str::to_owned),
        ".{0,5}",
    ];
    prop_oneof![
        20 => proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()),
        5 => any::<String>(),
        1 => proptest::sample::select(vec!["x", "\r", "\n", "é", "\0"])
            .prop_map(|text| text.repeat(EVENT_BYTES / text.len())),
    ]
}

/// Any JSON, as compact as it is kept.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text()
            .prop_filter("escaped it may not fit", |text| text.len() < 10_000)
            .prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(".{0,4}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    value.prop_map(|value| value.to_string())
}

/// A type that may be published; `progress` apart, whose data is not free.
fn kind() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("message".to_owned()),
        "[A-Za-z0-9._-]{1,64}".prop_filter("not free", |kind| {
            kind != "progress" && !RESERVED_TYPES.contains(&kind.as_str())
        }),
    ]
}

/// An event that may be published.
pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    let data = prop_oneof![text().prop_map(Data::Text), json().prop_map(Data::Json)];
    (kind(), data).prop_map(|(kind, data)| Entry {
        kind,
        data,
        key: None,
        is_final: false,
    })
}

/// What a reader gets of a payload: the standard knows one line end only.
pub(crate) fn as_read(data: &Data) -> String {
    data.as_str().replace("\r\n", "\n").replace('\r', "\n")
}
