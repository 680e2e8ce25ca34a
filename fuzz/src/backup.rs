//! Lines of a backup: read, restored, exported and restored again.

use crate::disk::Disk;
use crate::{NOW, json, publish, refused, text};
use tidings::access::grants::Realm;
use tidings::backup::{Ask, Page};
use tidings::cursor::{After, Cursor, Epoch};
use tidings::error::Error;
use tidings::limit::{BACKUP_KEY_CHARS, IMPORT_AHEAD_MS};
use tidings::log::MemoryStorage;
use tidings::room::config::Settings;
use tidings::room::seat::{Conn, Identity, Role};
use tidings::room::{Output, Payload, Room};
use tidings::stream::{Flush, Position, Stream};

/// By which another log is known than by 1: nothing that stands in an input by chance.
const OTHER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Checks a text as a page of a backup of either kind, and as what an object is asked.
pub fn check(data: &[u8]) {
    let text = text(data);
    if let Some(ask) = Ask::parse(&text) {
        assert_eq!(Ask::parse(&ask.to_string()), Some(ask));
    }
    if let Some(page) = page(Realm::Streams, &text) {
        of_stream(&page);
    }
    if let Some(page) = page(Realm::Rooms, &text) {
        of_room(&page);
    }
}

fn is_refused(error: &Error) {
    refused::check(error, &[400, 409, 413]);
}

fn page(realm: Realm, text: &str) -> Option<Page> {
    let page = match Page::read(realm, text, NOW) {
        Ok(page) => page,
        Err(error) => {
            refused::check(&error, &[400, 413]);
            return None;
        }
    };
    assert!(page.description.is_some() || !page.records.is_empty());
    assert_eq!(page.epoch.is_some(), !page.records.is_empty());
    let first = page.records.first().map_or(0, |record| record.seq);
    assert!(
        page.records
            .iter()
            .map(|record| record.seq)
            .eq(first..first + page.records.len() as u64)
    );
    assert!(page.records.is_sorted_by_key(|record| record.at));
    for record in &page.records {
        assert!(record.at <= NOW + IMPORT_AHEAD_MS);
        assert!(
            record
                .key
                .as_ref()
                .is_none_or(|key| key.chars().count() <= BACKUP_KEY_CHARS)
        );
    }
    Some(page)
}

/// All lines of an export, and how many pages they came in.
fn exported(mut next: impl FnMut(&After) -> (String, Option<Cursor>)) -> String {
    let mut all = String::new();
    let mut after = After::Start;
    for _ in 0..100 {
        let (page, more) = next(&after);
        all.push_str(&page);
        match more {
            Some(cursor) => after = After::Cursor(cursor),
            None => return all,
        }
    }
    panic!("an export has no end");
}

/// An export of the other log, as it were one of the first.
fn as_of_first(export: &str) -> String {
    let [other, first] = [OTHER, 1].map(|random| Epoch::from_random(random).as_str().to_owned());
    export.replace(&other, &first)
}

fn stream(disk: &Disk, random: u64) -> Stream<Disk> {
    Stream::open(disk.clone(), Epoch::from_random(random)).expect("it opens")
}

fn of_stream(page: &Page) {
    let disk = Disk::default();
    let mut restored = stream(&disk, 1);
    let Flush { records, .. } = match restored.import(page.clone(), NOW) {
        Ok((receipt, flush)) => {
            assert_eq!(
                (receipt.accepted, receipt.duplicates),
                (page.records.len(), 0)
            );
            flush
        }
        Err(error) => {
            is_refused(&error);
            assert!(!stream(&disk, 2).exists(), "nothing of it is kept");
            return;
        }
    };
    assert!(records.len() <= page.records.len());
    publish::shows(restored.epoch(), &records);
    let mut restored = stream(&disk, 2);
    let (again, _) = restored.import(page.clone(), NOW).expect("it is known");
    assert_eq!((again.accepted, again.duplicates), (0, page.records.len()));
    let backup = exported(|after| restored.export("s", after, NOW).expect("it is exported"));
    let lines = Page::read(Realm::Streams, &backup, NOW).expect("it is a backup");
    let copy = Disk::default();
    let mut other = stream(&copy, OTHER);
    other.import(lines, NOW).expect("it is restored");
    let second = exported(|after| other.export("s", after, NOW).expect("it is exported"));
    assert_eq!(as_of_first(&second), backup);
    let _ = restored
        .subscribe(&Position::Latest, NOW)
        .expect("it reads");
}

fn room(storage: MemoryStorage, random: u64) -> Room<MemoryStorage> {
    Room::open(
        storage,
        Epoch::from_random(random),
        Settings::default(),
        vec![],
    )
    .expect("it opens")
}

fn of_room(page: &Page) {
    let mut restored = room(MemoryStorage::default(), 1);
    match restored.import(page.clone(), NOW) {
        Ok(receipt) => {
            assert_eq!(
                (receipt.accepted, receipt.duplicates),
                (page.records.len(), 0)
            );
        }
        Err(error) => {
            is_refused(&error);
            assert!(
                !room(restored.storage().clone(), 2).exists(),
                "nothing of it is kept"
            );
            return;
        }
    }
    let mut restored = room(restored.storage().clone(), 2);
    let again = restored.import(page.clone(), NOW).expect("it is known");
    assert_eq!((again.accepted, again.duplicates), (0, page.records.len()));
    // Whoever comes in is told all of it.
    let who = Identity {
        id: "ann".to_owned(),
        name: "Ann".to_owned(),
        role: Role::Member,
        trace: None,
        until: None,
    };
    restored
        .join(Conn(1), &who, &Position::After(After::Start), NOW)
        .expect("it lets in");
    for output in restored.take_outputs() {
        if let Output::Send {
            payload: Payload::Text(frame),
            ..
        } = output
        {
            json::tree(&frame);
        }
    }
    restored.on_close(Conn(1), NOW);
    let backup = exported(|after| restored.export("r", after, NOW).expect("it is exported"));
    let lines = Page::read(Realm::Rooms, &backup, NOW).expect("it is a backup");
    let mut other = room(MemoryStorage::default(), OTHER);
    other.import(lines, NOW).expect("it is restored");
    let second = exported(|after| other.export("r", after, NOW).expect("it is exported"));
    assert_eq!(as_of_first(&second), backup);
}
