//! How a stream and a room are configured.

use crate::{NOW, refused};
use serde_json::Value;
use tidings::cursor::Epoch;
use tidings::error::Error;
use tidings::limit::{MAX_MEMBERS, RETAIN_EVENTS, RETAIN_SECONDS, SLOW_MODE_SECONDS, TITLE_CHARS};
use tidings::log::{MemoryStorage, Retention};
use tidings::room;
use tidings::room::object::Object;
use tidings::stream::Stream;
use tidings::stream::config::Config;

/// Checks a body, as the configuration of either.
pub fn check(data: &[u8]) {
    let parsed = (Config::parse(data), room::config::Config::parse(data));
    match parsed.0 {
        Ok(config) => of_stream(&config),
        Err(error) => is_refused(&error),
    }
    match parsed.1 {
        Ok(config) => of_room(&config),
        Err(error) => is_refused(&error),
    }
}

fn is_refused(error: &Error) {
    refused::check(error, &[400]);
}

fn is_kept(retention: Retention) {
    assert!((1..=RETAIN_EVENTS).contains(&retention.events));
    assert!((1_000..=RETAIN_SECONDS * 1_000).contains(&retention.ms));
}

fn is_short(text: Option<&String>) {
    assert!(text.is_none_or(|text| text.chars().count() <= TITLE_CHARS));
}

fn of_stream(config: &Config) {
    is_kept(config.retention());
    for text in [&config.title, &config.unit, &config.conflate] {
        is_short(text.as_ref());
    }
    assert!(
        config
            .total
            .is_none_or(|total| total.is_finite() && total > 0.0)
    );
    let json = serde_json::to_string(config).expect("a configuration is JSON");
    let again = Config::parse(json.as_bytes()).expect("it reads the same");
    // What serde_json reads may be the number next to the one that was written.
    let is_near = |(one, other): (f64, f64)| (one - other).abs() <= f64::EPSILON * other;
    assert_eq!(again.total.is_some(), config.total.is_some());
    assert!(again.total.zip(config.total).is_none_or(is_near));
    let total = config.total;
    assert_eq!(&Config { total, ..again }, config);
    // Stored, and shown after the memory was lost.
    let epoch = Epoch::from_random(1);
    let mut stream = Stream::open(MemoryStorage::default(), epoch).expect("it opens");
    assert!(
        stream
            .configure(config.clone(), 0)
            .expect("it is configured")
    );
    assert!(
        !stream
            .configure(config.clone(), 0)
            .expect("it is configured")
    );
    let shown = stream.snapshot(NOW).expect("it is shown");
    assert_eq!(shown.config, config.clone().with_defaults());
}

fn of_room(config: &room::config::Config) {
    is_kept(config.retention());
    is_short(config.title.as_ref());
    assert!(config.slow_mode_ms() <= SLOW_MODE_SECONDS * 1_000);
    assert!(
        config
            .max_members
            .is_none_or(|most| (1..=MAX_MEMBERS).contains(&most))
    );
    let json = serde_json::to_string(config).expect("a configuration is JSON");
    let again = room::config::Config::parse(json.as_bytes());
    assert_eq!(&again.expect("it reads the same"), config);
    let shown = config.describe(Object::new()).end();
    let shown: Value = serde_json::from_str(&shown).expect("it is JSON");
    assert_eq!(shown["title"].as_str(), config.title.as_deref());
    assert_eq!(shown["read_only"], config.read_only);
}
