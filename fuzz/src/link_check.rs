//! Lists of URLs, and a job that works through one.

use crate::refused;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tidings::job::link_check::{LinkCheck, SLICE, URL_CHARS, URLS};
use tidings::job::run::{Begun, Next};
use tidings::job::{Job, Method, World};
use tidings::log::Entry;
use tidings::name::Name;
use tidings::stream::command::Command;
use tidings::stream::config::Config;

/// Longer lists are read, but not worked through.
const WORKED: u64 = 20;

/// Servers that answer at once, in one way or another.
struct Servers;

impl World for Servers {
    async fn status(&self, method: Method, url: &str, _: u32) -> Result<u16, String> {
        match (url.len() % 5, method) {
            (0, Method::Head) => Ok(405),
            (1, _) => Ok(404),
            (2, _) => Err(format!("no answer from {url}")),
            _ => Ok(200),
        }
    }
}

/// Checks the body of a request.
pub fn check(data: &[u8]) {
    let job = match LinkCheck::begin(data) {
        Ok(job) => job,
        Err(error) => {
            assert_eq!(
                Begun::from_body(LinkCheck::KIND, data).err(),
                Some(error.clone())
            );
            return refused::check(&error, &[400, 413]);
        }
    };
    let progress = job.progress();
    let total = progress.total.expect("a list is as long as it is");
    assert!(progress.done == 0 && (1..=URLS as u64).contains(&total));
    let json = serde_json::to_string(&job).expect("a job is JSON");
    let again: LinkCheck = serde_json::from_str(&json).expect("it reads");
    assert_eq!(again, job);
    let stored: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let urls = stored["left"].as_array().expect("there is a list");
    assert_eq!(urls.len() as u64, total);
    let body = String::from_utf8_lossy(data);
    for url in urls {
        let url = url.as_str().expect("it is a text");
        assert!(url.chars().count() <= URL_CHARS && body.contains(url));
        let lower = url.to_ascii_lowercase();
        assert!(lower.starts_with("http://") || lower.starts_with("https://"));
        assert!(!url.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"'));
    }
    // As long in the storage as it was in the body, but for commas and quotes.
    assert!(json.len() <= data.len() + urls.len() * 3 + 64);
    if total <= WORKED {
        work(data, total);
    }
}

/// All that the job says, as its stream takes it.
fn work(data: &[u8], total: u64) {
    let begun = Begun::from_body(LinkCheck::KIND, data).expect("it has begun");
    assert!(begun.retain_events() > total);
    let name = Name::parse("a").expect("it is a name");
    let answer = begun.answer(&name);
    assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok_and(|v| v["urls"] == total));
    let mut run = begun.run(LinkCheck::KIND, "id", &name).expect("it runs");
    let mut said: Vec<Entry> = Vec::new();
    for _ in 0..=total + 2 {
        // Each step is taken out of the storage again.
        let stored = run.to_json().expect("a run is JSON");
        run = tidings::job::run::Run::from_json(&stored).expect("it reads");
        assert_eq!(run.to_json().as_ref(), Ok(&stored));
        let Command::Publish { events, .. } = run.report() else {
            panic!("a run publishes");
        };
        said.extend(
            events
                .into_iter()
                .map(|event| Entry::try_from(event).expect("it reads")),
        );
        if ready(run.advance(false, &Servers)).expect("it goes on") == Next::End {
            break;
        }
    }
    let results = said.iter().filter(|entry| entry.kind == "result").count();
    assert_eq!(results as u64, total);
    let last = said.last().expect("something is said");
    assert_eq!((last.kind.as_str(), last.is_final), ("succeeded", true));
    assert!(
        last.data
            .member("checked")
            .is_some_and(|checked| checked == total.to_string())
    );
    assert_eq!(said.len() as u64, total + 2 + total.div_ceil(SLICE as u64));
    crate::publish::publish(&said, &Config::default());
}

/// What a future that waits for nothing comes to.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}
