use super::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A world where every answer is known, and all are there at once.
#[derive(Default)]
struct Known {
    answers: BTreeMap<(&'static str, &'static str), Result<u16, String>>,
    asked: RefCell<Vec<String>>,
}

impl World for Known {
    async fn status(&self, method: Method, url: &str, timeout_ms: u32) -> Result<u16, String> {
        assert_eq!(timeout_ms, TIMEOUT_MS);
        let method = method.as_str();
        self.asked.borrow_mut().push(format!("{method} {url}"));
        let known = self.answers.iter().find(|(key, _)| **key == (method, url));
        known.map_or(Ok(200), |(_, answer)| answer.clone())
    }
}

fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing here waits"),
    }
}

fn begin(body: &str) -> Result<LinkCheck> {
    LinkCheck::begin(body.as_bytes())
}

fn refused(body: &str) -> (u16, String) {
    let error = begin(body).unwrap_err();
    (error.status(), error.to_string())
}

#[test]
fn one_url_a_line() {
    let list =
        "\u{feff}http://a.example/1\r\n\r\n  HTTPS://b.example?q  \n\nhttp://ä.example/\u{1f600}";
    let job = begin(list).unwrap();
    assert_eq!(
        job.left,
        [
            "http://a.example/1",
            "HTTPS://b.example?q",
            "http://ä.example/\u{1f600}"
        ]
    );
    assert_eq!(job.progress().total, Some(3));
}

#[test]
fn a_bad_line_is_named() {
    for bad in [
        "ftp://a.example/",
        "a.example",
        "http:/a.example",
        "http://",
        "http:///a",
        "http://?q",
        "http://:80/",
        "javascript:alert(1)//http://",
        "http://a.example/\u{0}",
        "http://a.example/\u{a0}b",
        "http://a.example/\"",
        "http://a.example\\b",
    ] {
        let (status, text) = refused(&format!("http://good.example/\n\n{bad}"));
        assert_eq!(status, 400, "{bad}");
        assert!(text.starts_with("In line 3: "), "{bad}: {text}");
    }
    let url = |chars: usize| format!("http://{}", "ä".repeat(chars - 7));
    assert!(begin(&url(URL_CHARS)).is_ok());
    assert!(refused(&url(URL_CHARS + 1)).1.contains("2048"));
}

#[test]
fn a_list_has_one_to_a_thousand_urls() {
    for empty in ["", "\n \r\n\t", "\u{feff}"] {
        assert_eq!(refused(empty).0, 400);
    }
    assert!(begin(&"http://a.example/\n".repeat(URLS)).is_ok());
    assert_eq!(refused(&"http://a.example/\n".repeat(URLS + 1)).0, 413);
    assert_eq!(LinkCheck::begin(b"http://\xff").unwrap_err().status(), 400);
}

#[test]
fn what_is_stored_is_hardly_longer_than_the_body() {
    let url = format!("http://a.example/{}\n", "\u{1f600}'`<>{}%&".repeat(70));
    let body = url.repeat(URLS.min(crate::limit::BATCH_BYTES / url.len()));
    let stored = serde_json::to_string(&begin(&body).unwrap()).unwrap();
    assert!(stored.len() < body.len() + 3 * URLS, "{}", stored.len());
}

#[test]
fn a_slice_at_a_time_head_first() {
    let mut world = Known::default();
    let answers = [
        (("HEAD", "http://0"), Ok(405)),
        (("GET", "http://0"), Ok(204)),
        (("HEAD", "http://1"), Ok(501)),
        (("GET", "http://1"), Err("Network connection lost.".into())),
        (("HEAD", "http://2"), Ok(404)),
        (("HEAD", "http://3"), Err("x".repeat(1_000))),
        (("HEAD", "http://4"), Ok(304)),
    ];
    world.answers.extend(answers);
    let urls: Vec<String> = (0..8).map(|n| format!("http://{n}")).collect();
    let mut job = begin(&urls.join("\n")).unwrap();

    let step = now(job.step(&world)).unwrap();
    let shown: Vec<&str> = step.reports.iter().map(|r| r.data.as_str()).collect();
    let long = format!(
        r#"{{"url":"http://3","ok":false,"error":"{}"}}"#,
        "x".repeat(200)
    );
    assert_eq!(
        shown,
        [
            r#"{"url":"http://0","ok":true,"status":204}"#,
            r#"{"url":"http://1","ok":false,"error":"Network connection lost."}"#,
            r#"{"url":"http://2","ok":false,"status":404}"#,
            &long,
            r#"{"url":"http://4","ok":false,"status":304}"#,
            r#"{"url":"http://5","ok":true,"status":200}"#,
        ]
    );
    assert_eq!(step.then, super::super::Then::Wait(0));
    assert_eq!(job.progress().done, 6);
    assert_eq!(
        world.asked.borrow().len(),
        8,
        "6 and 2 that do not know HEAD"
    );

    let step = now(job.step(&world)).unwrap();
    assert_eq!(
        (step.reports.len(), step.then),
        (2, super::super::Then::Done)
    );
    assert_eq!(
        serde_json::to_string(&job.summary()).unwrap(),
        r#"{"checked":8,"ok":4,"broken":4}"#
    );
}
