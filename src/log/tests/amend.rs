//! Changing what was said, and finding it backwards.

use super::*;

#[test]
fn a_changed_event_reads_changed_by_everybody_and_keeps_its_place() {
    let mut log = open(MemoryStorage::default(), KEEP);
    for n in 0..100 {
        log.push(keyed(&n.to_string()), n).unwrap();
    }
    log.commit().unwrap();
    let said = Data::Json("\"anew\"".into());
    for seq in [1, 64, 65, 100] {
        let record = log.get(seq, 100).unwrap().unwrap();
        log.amend(record, said.clone(), 100).unwrap();
        // Also before it is written.
        assert_eq!(log.get(seq, 100).unwrap().unwrap().data, said);
    }
    log.commit().unwrap();
    let mut again = reopened(&log);
    for log in [&mut log, &mut again] {
        for seq in 1..=100 {
            let record = log.get(seq, 100).unwrap().unwrap();
            let changed = [1, 64, 65, 100].contains(&seq);
            assert_eq!(record.data == said, changed, "{seq}");
            assert_eq!((record.seq, record.at), (seq, seq - 1));
            assert_eq!(log.find_key(&(seq - 1).to_string()).unwrap(), Some(seq));
        }
        assert!(log.get(0, 100).unwrap().is_none());
        assert!(log.get(101, 100).unwrap().is_none());
    }
}

#[test]
fn a_change_that_would_not_fit_where_the_event_is_kept_is_refused() {
    let mut log = open(MemoryStorage::default(), KEEP);
    for n in 0..64 {
        log.push(keyed(&n.to_string()), 0).unwrap();
    }
    log.commit().unwrap();
    let large = Data::Text("x".repeat(64 * 1024));
    let mut refused = 0;
    for seq in 1..=64 {
        let record = log.get(seq, 0).unwrap().unwrap();
        match log.amend(record, large.clone(), 0) {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error.status(), 413);
                refused += 1;
            }
        }
    }
    assert!((1..64).contains(&refused));
    log.commit().unwrap();
    assert!(log.storage().newest().unwrap().unwrap().body.len() < 2_000_000);
    assert_eq!(log.get(1, 0).unwrap().unwrap().data, large);
}

#[test]
fn the_last_of_one_type_are_found_backwards_page_by_page() {
    let mut log = open(
        MemoryStorage::default(),
        Retention {
            events: 150,
            ms: DAY,
        },
    );
    for n in 1..=200_u64 {
        let kind = if n % 3 == 0 { "message" } else { "other" };
        log.push(entry(kind, &n.to_string()), 0).unwrap();
        log.commit().unwrap();
    }
    let limit = PageLimit {
        events: 20,
        bytes: 10_000,
    };
    let (mut before, mut found) = (u64::MAX, Vec::new());
    loop {
        let page = log.read_back("message", before, limit, 0).unwrap();
        if page.records.is_empty() {
            break;
        }
        let mut seqs: Vec<u64> = page.records.iter().map(|record| record.seq).collect();
        assert_eq!(seqs.first(), Some(&page.next));
        seqs.extend(found);
        found = seqs;
        before = page.next;
    }
    let all: Vec<u64> = (51..=200).filter(|n| n % 3 == 0).collect();
    assert_eq!(found, all);
    // An end that is not of that type, within a segment: it is the end all the same.
    let all = PageLimit {
        events: 100,
        bytes: 100_000,
    };
    let page = log.read_back("message", u64::MAX, all, 0).unwrap();
    assert_eq!(page.next, 51);
    let fewer = Retention {
        events: 149,
        ms: DAY,
    };
    log.set_retention(fewer, 0).unwrap();
    let page = log.read_back("message", u64::MAX, all, 0).unwrap();
    assert_eq!(
        (page.records.first().map(|r| r.seq), page.next),
        (Some(54), 52)
    );
    let one = PageLimit {
        events: 20,
        bytes: 1,
    };
    let page = log.read_back("message", 100, one, 0).unwrap();
    assert_eq!((page.records.len(), page.next), (1, 99));
}
