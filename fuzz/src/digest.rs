//! Bodies of the digest job, in chunks, under a clock that may do anything.

use crate::NOW;
use arbitrary::{Arbitrary, Unstructured};
use tidings::data::Data;
use tidings::job::digest::Digest;
use tidings::log::Entry;
use tidings::stream::config::Config;
use tidings::stream::progress::PROGRESS;

#[derive(Debug, Arbitrary)]
struct Upload<'a> {
    total: Option<u64>,
    steps: Vec<(i32, &'a [u8])>,
    digest: [u8; 4],
}

/// Checks an upload.
pub fn check(data: &[u8]) {
    let Ok(upload) = Upload::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    let mut digest = Digest::new(upload.total);
    let mut said: Vec<Entry> = Vec::new();
    let (mut bytes, mut lines, mut now) = (0, 0, NOW);
    for (step, chunk) in upload.steps {
        now = now.saturating_add_signed(i64::from(step));
        bytes += chunk.len() as u64;
        lines += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
        digest.on_chunk(chunk);
        if let Some(progress) = digest.poll_progress(now).expect("it is JSON") {
            assert_eq!(number(&progress, "done"), bytes);
            said.push(progress);
        }
        assert_eq!(digest.poll_progress(now), Ok(None), "once is enough");
    }
    for end in [digest.fail("It broke."), digest.cancel()] {
        let end = end.expect("it is JSON");
        assert!(end.len() == 1 && end.iter().all(|entry| entry.is_final));
    }
    let (outcome, last) = digest.succeed(&upload.digest, now).expect("it is JSON");
    assert_eq!((outcome.bytes, outcome.lines), (bytes, lines));
    let hex = upload.digest.map(|byte| format!("{byte:02x}")).concat();
    assert_eq!(outcome.sha256, hex);
    said.extend(last);
    let shown = said
        .iter()
        .rfind(|entry| entry.kind == PROGRESS)
        .expect("there is progress");
    assert_eq!(number(shown, "done"), bytes);
    assert_eq!(said.iter().filter(|entry| entry.is_final).count(), 1);
    crate::publish::publish(&said, &Config::default());
}

fn number(entry: &Entry, member: &str) -> u64 {
    assert!(matches!(entry.data, Data::Json(_)));
    let number = entry.data.member(member).expect("it is there");
    number.parse().expect("it is a number")
}
