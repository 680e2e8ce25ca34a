//! What objects are told by the Worker, tell each other, and have stored: it is our
//! own, but of an older version perhaps, or damaged. Nothing of it stops an object.

use crate::{json, text};
use tidings::figures::Figures;
use tidings::log::{MemoryStorage, Record, Storage};
use tidings::room::state::State;
use tidings::stats::Report;
use tidings::stream::EventsView;
use tidings::{job, room, stream};

/// Checks a text as each of them.
pub fn check(data: &[u8]) {
    let text = text(data);
    if let Ok(command) = stream::command::Command::from_json(&text) {
        let json = command.to_json().expect("a command is JSON");
        assert_eq!(stream::command::Command::from_json(&json), Ok(command));
    }
    if let Ok(command) = room::command::Command::from_json(&text) {
        let json = command.to_json().expect("a command is JSON");
        assert_eq!(room::command::Command::from_json(&json), Ok(command));
    }
    if let Ok(run) = job::run::Run::from_json(&text) {
        let json = run.to_json().expect("a run is JSON");
        let again = job::run::Run::from_json(&json).and_then(|run| run.to_json());
        assert_eq!(again, Ok(json));
    }
    if let Ok(record) = Record::from_line(7, &text) {
        let line = record.to_line().expect("a record is a line");
        assert!(!line.contains('\n'));
        assert_eq!(Record::from_line(7, &line), Ok(record));
    }
    if let Ok(report) = Report::from_json(&text) {
        let json = serde_json::to_string(&report).expect("a report is JSON");
        assert_eq!(Report::from_json(&json), Ok(report));
    }
    let _ = EventsView::waits_at(&text);
    let figures = Figures::from_text(&text);
    assert_eq!(Figures::from_text(&figures.to_text()), figures);
    shared(&text);
}

/// As a row of a room's shared state.
fn shared(row: &str) {
    let mut storage = MemoryStorage::default();
    storage.set_meta("state:k", row).expect("it is kept");
    let Ok(mut state) = State::open(&storage) else {
        return;
    };
    let json = state.to_json();
    json::tree(&json);
    let before = state
        .set("ann", "1", "k", Some("1"), None)
        .expect("it is set");
    let after = state
        .set("ann", "2", "k", None, None)
        .expect("it is removed");
    assert!(after.version >= before.version, "a version only grows");
    state.commit(&mut storage).expect("it is written");
    let again = State::open(&storage).expect("it reads");
    assert!(again.is_empty());
    assert_eq!(again.floor(), state.floor());
}
