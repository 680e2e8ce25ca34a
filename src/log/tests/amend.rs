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
        log.amend(record, said.clone());
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
fn changes_that_do_not_fit_into_one_row_make_it_several() {
    for newer in [0, 40] {
        let mut log = open(MemoryStorage::default(), KEEP);
        for n in 0..64 {
            let kind = if n < 9 { "early" } else { "m" };
            let key = Some(n.to_string());
            log.push(
                Entry {
                    key,
                    ..entry(kind, "")
                },
                n,
            )
            .unwrap();
        }
        log.commit().unwrap();
        // In the newest segment and in one before it.
        fill(&mut log, newer, 64);
        let large = Data::Text("x".repeat(64 * 1024));
        for seq in 1..=64 {
            let record = log.get(seq, 64).unwrap().unwrap();
            log.amend(record, large.clone());
            if seq % 10 == 0 {
                log.commit().unwrap();
            }
        }
        log.commit().unwrap();
        fill(&mut log, 3, 64);
        let mut from = 1;
        while from <= 64 {
            let segment = log.storage().holding(from).unwrap().unwrap();
            assert_eq!(segment.first, from);
            assert!(segment.body.len() < 1_100_000);
            assert_eq!(segment.keys, segment.last.min(64) - from + 1);
            assert_eq!(segment.last_at, segment.last - 1);
            from = segment.last + 1;
        }
        for mut log in [reopened(&log), log] {
            let all = log.read(1, ALL, 64).unwrap().records;
            assert_eq!(seqs(&all), (1..=64 + newer + 3).collect::<Vec<u64>>());
            assert!(all.iter().take(64).all(|record| record.data == large));
            assert_eq!(seqs(&log.snapshot(64).unwrap()), [9, log.head()]);
            assert_eq!(log.find_key("0"), Ok(Some(1)));
            assert_eq!(log.find_key("63"), Ok(Some(64)));
        }
    }
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
