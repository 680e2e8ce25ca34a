//! The operator's vars, and what is made of them: heartbeats, rotation, rates.

use crate::{NOW, lines, text};
use serde_json::Value;
use tidings::journal::Level;
use tidings::limit::{AUTH_LEAD_MS, MAX_MEMBERS};
use tidings::room::config::{Config, Settings};
use tidings::sse::session::{self, Due, Session};
use tidings::vars::{count, most, seconds};

/// Checks an input of lines, each a var.
pub fn check(data: &[u8]) {
    let text = text(data);
    let vars: [Option<&str>; 5] = lines(&text);
    for var in vars {
        assert_eq!(
            Level::from_var(Some(Level::from_var(var).as_str())),
            Level::from_var(var)
        );
        let number = count(var, 7);
        assert_eq!(count(Some(&number.to_string()), 8), number);
        assert!(most(number, MAX_MEMBERS) <= MAX_MEMBERS);
        let ms = seconds(var, 7);
        assert!(ms != Some(0), "0 is off");
    }
    let [first, second, third, fourth, fifth] = vars;
    let settings = Settings::from_vars(|name| match name {
        "LIMIT_FRAMES_PER_SECOND" => first,
        "LIMIT_FRAMES_BURST" => second,
        "LIMIT_SIGNALS_PER_SECOND" => third,
        "LIMIT_MEMBERS_PER_ROOM" => fourth,
        _ => fifth,
    });
    assert!((1..=MAX_MEMBERS).contains(&settings.max_members));
    let limits: Value =
        serde_json::from_str(&settings.limits(&Config::default())).expect("limits are JSON");
    assert!(limits.is_object());
    life(session::Settings::from_vars(first, second), third);
}

/// A response that is opened under these settings, with a token that runs out.
fn life(settings: session::Settings, until: Option<&str>) {
    let pass = session::Pass {
        until: seconds(until, 0).map(|ms| NOW.saturating_add(ms)),
        is_ticket: false,
    };
    let until = pass.until;
    let mut session = Session::new(settings, pass, NOW, 0.5);
    let mut now = NOW;
    for _ in 0..4 {
        let Some(wait) = session.next_timer(now) else {
            let never = (settings.heartbeat_ms, settings.max_age_ms, until);
            assert_eq!(never, (None, None, None));
            return;
        };
        if let Some(every) = settings.heartbeat_ms {
            assert!(wait <= every);
        }
        now = now.saturating_add(wait);
        if now == u64::MAX {
            // As good as never.
            return;
        }
        match session.on_timer(0, now) {
            Due::Nothing => panic!("the timer fired for nothing"),
            Due::Heartbeat => assert!(settings.heartbeat_ms.is_some()),
            Due::EndOld => {
                let age = now.saturating_sub(NOW);
                assert!(settings.max_age_ms.is_some_and(|most| age <= most));
                return;
            }
            Due::EndExpiring => {
                let until = until.expect("there is a token");
                assert!(now <= until && until.saturating_sub(now) <= AUTH_LEAD_MS);
                return;
            }
        }
    }
}
