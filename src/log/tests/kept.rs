//! What is left once something was deleted, whatever happens to clock and retention.

use super::*;

const FEW: Retention = Retention {
    events: 10,
    ms: DAY,
};

#[test]
fn what_was_deleted_is_not_there_again_when_the_clock_steps_back() {
    let mut log = open(MemoryStorage::default(), KEEP);
    fill(&mut log, 3, DAY);
    assert_eq!(read_all(&mut log, 1, DAY), [1, 2, 3]);
    log.expire(2 * DAY + 1).unwrap();
    for now in [2 * DAY, DAY, 0] {
        assert_eq!(log.oldest(now).unwrap(), 4);
        assert_eq!(log.since(&After::Start, now), Ok(Since::UpToDate));
        assert_eq!(log.next_expiry(now), Ok(None));
    }
}

/// More is retained, by a version that did not remember from where on.
fn retain_all_from_anywhere(log: &Log<MemoryStorage>) -> Log<MemoryStorage> {
    open(log.storage().clone(), KEEP)
}

#[test]
fn what_could_not_be_read_is_not_there_again_when_more_is_retained() {
    for retention in [
        FEW,
        Retention {
            events: 1_000,
            ms: 10,
        },
    ] {
        let mut log = open(MemoryStorage::default(), retention);
        for at in 1..=30 {
            fill(&mut log, 1, at);
        }
        let oldest = log.oldest(30).unwrap();
        assert!((20..=21).contains(&oldest));
        // Not deleted yet: all of it is in one segment.
        assert_eq!(log.storage().segments(), 1);
        log.set_retention(KEEP, 30).unwrap();
        let rows = log.storage().rows_written;
        for mut log in [reopened(&log), log] {
            assert_eq!(log.oldest(30), Ok(oldest));
            log.set_retention(FEW, 30).unwrap();
            assert_eq!(log.oldest(30), Ok(21));
            fill(&mut log, 1, 30);
            assert_eq!(log.oldest(30), Ok(22));
            assert_eq!(
                log.storage().rows_written,
                rows + 1,
                "it is written where it is needed"
            );
        }
    }
}

#[test]
fn a_snapshot_has_nothing_in_the_place_of_what_was_deleted() {
    let mut log = open(MemoryStorage::default(), FEW);
    log.push(keyed("k"), 5).unwrap();
    log.push(entry("other", "1"), 5).unwrap();
    log.commit().unwrap();
    fill(&mut log, 2 * SEGMENT_EVENTS, 5);
    log.push(entry("rare", "2"), 5).unwrap();
    log.commit().unwrap();
    fill(&mut log, 3 * SEGMENT_EVENTS, 5);
    let mut log = retain_all_from_anywhere(&log);
    assert_eq!(log.latest("rare"), Ok(None));
    let snapshot = log.snapshot(5).unwrap();
    assert_eq!(seqs(&snapshot), [2, log.head()]);
}

#[test]
fn what_was_kept_for_its_keys_makes_no_hole_when_more_is_retained() {
    let mut log = open(MemoryStorage::default(), FEW);
    log.push(keyed("k"), 5).unwrap();
    log.commit().unwrap();
    fill(&mut log, 4 * SEGMENT_EVENTS, 5);
    let log = retain_all_from_anywhere(&log);
    // One that deletes again, for which nothing is left to be deleted.
    let mut trimmed = reopened(&log);
    trimmed.expire(5).unwrap();
    for mut log in [reopened(&log), log, trimmed] {
        let mut from = log.oldest(5).unwrap();
        let mut read: Vec<u64> = Vec::new();
        // As a reader goes on: after a hole it is told of a gap.
        while from <= log.head() {
            let seen = After::Cursor(log.epoch().at(from - 1));
            from = match log.since(&seen, 5).unwrap() {
                Since::Gap(gap) => gap.from,
                other => {
                    assert_eq!(other, Since::Replay(from));
                    from
                }
            };
            let page = read_all(&mut log, from, 5);
            let next = page.last().unwrap() + 1;
            assert!(page.iter().copied().eq(from..next), "{page:?}");
            read.extend(page);
            from = next;
        }
        assert!(read.len() >= 10);
        assert_eq!(log.find_key("k"), Ok(Some(1)));
    }
}

#[test]
fn a_hole_up_to_the_head_is_told_as_any_other() {
    let minute = Retention {
        events: 1_000,
        ms: 60_000,
    };
    let mut log = open(MemoryStorage::default(), minute);
    log.push(keyed("k"), 5).unwrap();
    log.commit().unwrap();
    fill(&mut log, 2 * SEGMENT_EVENTS, 5);
    // Everything is deleted but what has the key, and then more is retained than before.
    let now = 5 + 60_001;
    log.expire(now).unwrap();
    let mut log = retain_all_from_anywhere(&log);
    assert_eq!(log.oldest(now), Ok(1));
    let head = log.head();
    let read = read_all(&mut log, 1, now);
    let last = read.last().copied().unwrap();
    assert!(last < head);
    let seen = After::Cursor(log.epoch().at(last));
    let Since::Gap(gap) = log.since(&seen, now).unwrap() else {
        panic!("nothing follows, and nobody would be told");
    };
    assert_eq!(
        (gap.from, gap.oldest),
        (head + 1, Some(log.epoch().at(head + 1)))
    );
    let page = log.read(gap.from, ALL, now).unwrap();
    assert_eq!((page.records.len(), page.next), (0, head + 1));
}

/// The numbers that an export has from the start on, or whether it ended at a hole.
fn export_all(log: &mut Log<MemoryStorage>, now: u64) -> Result<Vec<u64>> {
    let mut seqs = Vec::new();
    let mut next = Some(After::Start);
    while let Some(after) = next {
        let mut lines = String::new();
        let cursor = log.export(&mut lines, &after, now)?;
        let cursors = lines.lines().filter_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["cursor"]
                .as_str()?
                .split('.')
                .nth(1)?
                .parse::<u64>()
                .ok()
        });
        seqs.extend(cursors);
        next = cursor.map(After::Cursor);
    }
    Ok(seqs)
}

#[test]
fn an_export_that_ended_at_a_hole_begins_after_the_last_one() {
    let mut log = open(MemoryStorage::default(), FEW);
    for n in 0..3 {
        log.push(keyed(&format!("k{n}")), 5).unwrap();
        log.commit().unwrap();
        fill(&mut log, 3 * SEGMENT_EVENTS, 5);
    }
    let mut log = retain_all_from_anywhere(&log);
    let head = log.head();
    assert_eq!(log.oldest(5), Ok(1));
    assert!(export_all(&mut log, 5).is_err(), "there are holes");
    let exported = export_all(&mut log, 5).unwrap();
    let first = exported.first().copied().unwrap();
    assert!(
        first > 2 * SEGMENT_EVENTS && first <= head - 9,
        "{first} of {head}"
    );
    assert!(exported.into_iter().eq(first..=head));
}
