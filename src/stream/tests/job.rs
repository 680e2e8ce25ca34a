//! What becomes of a stream that a job has claimed.

use super::*;

#[test]
fn a_claimed_stream_cannot_be_claimed_again() {
    let mut stream = stream();
    stream.claim("digest".into(), 0).unwrap();
    for mut stream in [reopened(&stream), stream] {
        assert_eq!(stream.claim("digest".into(), 1).unwrap_err().status(), 409);
        published(&mut stream, "{\"final\":true}", 2);
        assert_eq!(stream.claim("digest".into(), 3).unwrap_err().status(), 409);
    }
}

#[test]
fn a_job_that_dies_fails() {
    let mut stream = stream();
    stream.claim("digest".into(), 1_000).unwrap();
    assert_eq!(stream.next_deadline(1_000).unwrap(), Some(31_000));
    published(
        &mut stream,
        "{\"type\":\"progress\",\"data\":{\"done\":1}}",
        20_000,
    );
    // Others may write to the stream; only progress is a sign of the job's life.
    published(&mut stream, "{\"data\":\"hello\"}", 40_000);
    let mut stream = reopened(&stream);
    assert_eq!(stream.next_deadline(40_000).unwrap(), Some(50_000));
    stream.on_time(49_999).unwrap();
    assert!(stream.commit().unwrap().records.is_empty());
    stream.on_time(50_000).unwrap();
    stream.on_time(50_000).unwrap();
    let flush = stream.commit().unwrap();
    assert_eq!((flush.records.len(), flush.ended), (1, true));
    assert_eq!(flush.records[0].kind, "failed");
    stream.on_time(90_000).unwrap();
    assert!(stream.commit().unwrap().records.is_empty());
}

#[test]
fn a_job_lives_whose_progress_is_not_retained() {
    let mut stream = stream();
    let brief = Config::parse(br#"{"retain_seconds":2}"#).unwrap();
    stream.configure(brief, 0).unwrap();
    stream.claim("digest".into(), 0).unwrap();
    for at in [10_000, 20_000, 30_000, 40_000] {
        published(&mut stream, r#"{"type":"progress","data":{"done":1}}"#, at);
        // As the alarm has it, which is set for when the progress expires.
        for later in [2_001, 9_000] {
            stream.on_time(at + later).unwrap();
            assert!(stream.commit().unwrap().records.is_empty(), "at {at}");
            stream = reopened(&stream);
        }
    }
    assert_eq!(stream.next_deadline(50_000).unwrap(), Some(70_000));
    stream.on_time(70_000).unwrap();
    assert!(stream.commit().unwrap().ended);
}

#[test]
fn a_job_that_dies_fails_however_much_others_publish() {
    let mut stream = stream();
    let few = Config::parse(br#"{"retain_events":10}"#).unwrap();
    stream.configure(few, 0).unwrap();
    stream.claim("digest".into(), 0).unwrap();
    let progress = r#"{"type":"progress","data":{"done":7,"total":1000}}"#;
    published(&mut stream, progress, 5_000);
    for at in 6..30 {
        published(
            &mut stream,
            &"{\"data\":{\"done\":1}}\n".repeat(100),
            at * 1_000,
        );
        stream = reopened(&stream);
    }
    assert_eq!(stream.next_deadline(30_000).unwrap(), Some(35_000));
    // Nor is anything else taken for the progress that was.
    published(&mut stream, progress, 30_000);
    let chunk = stream
        .subscribe(&Position::Latest, 30_000)
        .unwrap()
        .unwrap();
    assert!(!chunk.records.last().unwrap().data.as_str().contains("rate"));
}
