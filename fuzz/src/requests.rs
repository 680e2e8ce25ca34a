//! What the headers and the query of a request ask for.

use crate::{lines, refused, text};
use tidings::accept;
use tidings::access::{address, carrier, subprotocol};
use tidings::content_type::media_type;
use tidings::cursor::After;
use tidings::limit::{MEMBER_KEY_CHARS, NAME_DISPLAY_CHARS, PAGE_EVENTS, WAIT_SECONDS};
use tidings::name::Name;
use tidings::query::{Query, with_parameter};
use tidings::room::anonymous::{Anonymous, presentable};
use tidings::room::seat::Role;
use tidings::stream::{PageRequest, Position};

const FORMS: [&str; 2] = ["text/event-stream", "application/json"];

/// Checks an input of lines: the query, `Last-Event-ID`, and whatever other headers say.
pub fn check(data: &[u8]) {
    let text = text(data);
    let [query, last_event_id, header] = lines(&text);
    let url = format!(
        "https://h.example/v1/streams/a?{}",
        query.unwrap_or_default()
    );
    let query = Query::of_url(&url);
    position(last_event_id, &query);
    pages(&query);
    somebody(&query);
    headers(header, query.get("token"));
    for value in [last_event_id, header].into_iter().flatten() {
        let added = with_parameter("https://h/", "after", value);
        assert!(added.is_ascii() && !added.contains(char::is_whitespace));
        assert_eq!(Query::of_url(&added).get("after"), Some(value));
    }
}

fn position(last_event_id: Option<&str>, query: &Query<'_>) {
    let cursor = last_event_id
        .or(query.get("last_event_id"))
        .or(query.get("after"));
    let tail = query.get("tail").map(str::parse::<u64>);
    match Position::from_request(last_event_id, |name| query.get(name)) {
        Ok(Position::After(after)) => assert_eq!(Some(after), cursor.map(After::parse)),
        Ok(Position::Tail(count)) => assert_eq!((cursor, tail), (None, Some(Ok(count)))),
        Ok(Position::Latest) => assert_eq!((cursor, tail), (None, None)),
        Err(error) => {
            assert!(
                tail.is_some_and(|tail| tail.is_err()),
                "a cursor is no error"
            );
            refused::check(&error, &[400]);
        }
    }
}

fn pages(query: &Query<'_>) {
    match PageRequest::from_query(|name| query.get(name)) {
        Ok(page) => {
            assert!((1..=PAGE_EVENTS).contains(&page.limit));
            assert!(page.wait_ms <= WAIT_SECONDS * 1_000);
            assert_eq!(
                page.after,
                query.get("after").map_or(After::Start, After::parse)
            );
        }
        Err(error) => refused::check(&error, &[400]),
    }
    match tidings::room::PageRequest::from_query(|name| query.get(name)) {
        Ok(page) => {
            assert!((1..=PAGE_EVENTS).contains(&page.limit));
            assert!(page.after.is_none() || page.before.is_none());
        }
        Err(error) => refused::check(&error, &[400]),
    }
}

/// Somebody without a token who wants to come in.
fn somebody(query: &Query<'_>) {
    let room = Name::parse("lobby").expect("it is a name");
    match Anonymous::from_query(|name| query.get(name)) {
        Ok(anonymous) => {
            is_shown(&anonymous.name);
            assert_eq!(presentable(&anonymous.name).as_ref(), Some(&anonymous.name));
            if let Some(key) = &anonymous.key {
                assert!(key.is_ascii() && key.len() <= MEMBER_KEY_CHARS);
            }
            assert_eq!(anonymous.secret(&room).is_some(), anonymous.key.is_some());
            let digest = anonymous.secret(&room).map(|_| [7; 32]);
            let digest = digest.as_ref().map(<[u8; 32]>::as_slice);
            let who = anonymous.identity(Role::Member, digest, 7, "203.0.113.7");
            assert!(who.id.is_ascii() && who.trace.is_some() == digest.is_none());
        }
        Err(error) => refused::check(&error, &[400, 413]),
    }
    if let Some(shown) = query.get("name").and_then(presentable) {
        is_shown(&shown);
    }
}

fn is_shown(name: &str) {
    assert!((1..=NAME_DISPLAY_CHARS).contains(&name.chars().count()));
    assert!(!name.chars().any(char::is_control));
}

/// One header, as each that is read.
fn headers(header: Option<&str>, parameter: Option<&str>) {
    for chosen in [
        accept::choose(header, &FORMS),
        accept::choose_named(header, &FORMS),
    ] {
        assert!(chosen.is_none_or(|chosen| FORMS.contains(&chosen)));
    }
    match media_type(header, "text/plain") {
        Ok(media_type) => {
            assert!(!media_type.contains(';') && media_type.trim() == media_type);
            assert_eq!(media_type, media_type.to_ascii_lowercase());
        }
        Err(error) => refused::check(&error, &[415]),
    }
    match subprotocol::choose(header) {
        Ok(answered) => assert_eq!(answered.is_some(), header.is_some()),
        Err(error) => refused::check(&error, &[400]),
    }
    if let Some(token) = carrier::find(header, None, None) {
        assert!(header.is_some_and(|header| header.contains(token)));
        // A wrong token is never made up for by another one.
        assert_eq!(
            carrier::find(header, Some("other"), Some("bearer.other")),
            Some(token)
        );
    } else {
        assert_eq!(carrier::find(header, parameter, None), parameter);
    }
    if let Some(token) = carrier::find(None, None, header) {
        assert!(!token.contains(','));
    }
    if let Some(client) = address::counted(header) {
        assert!(!client.is_empty() && client.is_ascii());
        assert!(!client.starts_with("127.") && !client.contains(char::is_whitespace));
    }
}
