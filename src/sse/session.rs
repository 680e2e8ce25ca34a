//! The life of one event-stream response: heartbeat, rotation, the token that it was
//! opened with, and the slow reader.
//!
//! The response is held by the stateless Worker, which gets encoded frames from
//! the object over a WebSocket and forwards them. This machine decides when to
//! write a heartbeat, when the response has lived long enough, and when a reader
//! is too slow; the shell around it owns the sockets and the timer.

use crate::limit::{AUTH_LEAD_MS, CONFLATED_BACKLOG_BYTES, READER_BACKLOG_BYTES};
use crate::vars::seconds;

/// A heartbeat after so much silence, unless the operator says otherwise, in
/// milliseconds. The WHATWG standard's own advice is "every 15 seconds or so".
pub const DEFAULT_HEARTBEAT_MS: u64 = 15_000;

/// The greatest age of a response unless the operator says otherwise, in
/// milliseconds: 15 minutes. A response is one invocation of the Worker, whose
/// CPU time is bounded, and a deploy can only replace what ends.
pub const DEFAULT_MAX_AGE_MS: u64 = 15 * 60 * 1_000;

/// A response lives at least this share of the greatest age; where in between is
/// random, so that readers that came together do not come back together.
const LEAST_AGE: f64 = 0.8;

/// What the operator may set; `None` is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// After how much silence a heartbeat is written, in milliseconds.
    pub heartbeat_ms: Option<u64>,
    /// The greatest age of a response, in milliseconds.
    pub max_age_ms: Option<u64>,
}

impl Settings {
    /// Reads the vars `SSE_HEARTBEAT_SECONDS` and `SSE_MAX_AGE_SECONDS`: a number
    /// of seconds, 0 for off. What is absent or no such number has its default.
    #[must_use]
    pub fn from_vars(heartbeat: Option<&str>, max_age: Option<&str>) -> Self {
        Self {
            heartbeat_ms: seconds(heartbeat, DEFAULT_HEARTBEAT_MS),
            max_age_ms: seconds(max_age, DEFAULT_MAX_AGE_MS),
        }
    }
}

/// What a response was opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pass {
    /// When the token runs out, in milliseconds of Unix time; `None` where there was none.
    pub until: Option<u64>,
    /// Whether it was a ticket, with which nobody comes back.
    pub is_ticket: bool,
}

/// What to do with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Forward it.
    Forward,
    /// Forward it, and ask for nothing more until the reader has room: on a
    /// conflated stream what comes after is the newest of each key.
    ForwardAndHold,
    /// Drop it and end the response: the reader is too slow. It has the cursor of
    /// the last event it got and comes back for the rest.
    EndSlow,
}

/// What is due when the timer fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    Nothing,
    /// Write a heartbeat.
    Heartbeat,
    /// End the response: it is old enough.
    EndOld,
    /// Say that the token is about to run out, or that the ticket has, and end the
    /// response. `EventSource` cannot be told otherwise: to a 401 after a reconnect it
    /// gives up without a word to its page.
    EndExpiring,
}

/// One response.
#[derive(Debug)]
pub struct Session {
    heartbeat_ms: Option<u64>,
    ends_at: Option<u64>,
    /// How old it may become: a clock that steps back does not let it live for longer.
    age_ms: u64,
    expiring_at: Option<u64>,
    pass: Pass,
    last_sent: u64,
    /// Whether a reader that is behind may skip what is stale.
    conflated: bool,
    /// Whether the object has been asked to hold back.
    holding: bool,
}

impl Session {
    /// Begins at `now` (milliseconds); `random` is in 0..1.
    #[must_use]
    pub fn new(settings: Settings, pass: Pass, now: u64, random: f64) -> Self {
        // Of a token that runs out soon, half of what is left is used: whoever comes
        // back with it meanwhile is not sent away again at once.
        let expiring_at = pass.until.map(|until| {
            let left = until.saturating_sub(now);
            until.saturating_sub(AUTH_LEAD_MS.min(left / 2))
        });
        let age_ms = settings.max_age_ms.map(|max| spread(max, random));
        Self {
            heartbeat_ms: settings.heartbeat_ms,
            ends_at: age_ms.map(|age| now.saturating_add(age)),
            age_ms: age_ms.unwrap_or(u64::MAX),
            expiring_at,
            pass,
            last_sent: now,
            conflated: false,
            holding: false,
        }
    }

    /// From now on a reader that is behind is spared what is stale.
    pub const fn set_conflated(&mut self) {
        self.conflated = true;
    }

    /// The object has been asked for more: whatever was held back comes now.
    pub const fn on_asked(&mut self) {
        self.holding = false;
    }

    /// Handles a frame from the object while `backlog` bytes wait for the reader.
    pub fn on_frame(&mut self, backlog: usize, now: u64) -> Verdict {
        if backlog > READER_BACKLOG_BYTES {
            return Verdict::EndSlow;
        }
        self.last_sent = now;
        if self.conflated && !self.holding && backlog > CONFLATED_BACKLOG_BYTES {
            self.holding = true;
            return Verdict::ForwardAndHold;
        }
        Verdict::Forward
    }

    /// Handles the timer. A reader that has not yet taken what was written needs
    /// no heartbeat: there is something on its way already.
    pub fn on_timer(&mut self, backlog: usize, now: u64) -> Due {
        if self.expiring_at.is_some_and(|at| at <= now) {
            return Due::EndExpiring;
        }
        self.ends_at = self.ends_by(now);
        if self.ends_at.is_some_and(|at| at <= now) {
            return self.farewell();
        }
        self.last_sent = self.last_sent.min(now);
        let silent = now.saturating_sub(self.last_sent);
        if self.heartbeat_ms.is_none_or(|every| silent < every) {
            return Due::Nothing;
        }
        self.last_sent = now;
        if backlog > 0 {
            Due::Nothing
        } else {
            Due::Heartbeat
        }
    }

    /// How the response ends where its reader is to come back.
    #[must_use]
    pub const fn farewell(&self) -> Due {
        if self.pass.is_ticket {
            Due::EndExpiring
        } else {
            Due::EndOld
        }
    }

    /// When what it was opened with has run out, for whoever is told of that at `now`, in
    /// milliseconds of Unix time.
    #[must_use]
    pub fn expires_at(&self, now: u64) -> u64 {
        let until = self.pass.until.unwrap_or(now);
        if self.pass.is_ticket {
            until.min(now)
        } else {
            until
        }
    }

    /// When the timer is to fire next, in milliseconds from `now`; `None` for never.
    #[must_use]
    pub fn next_timer(&self, now: u64) -> Option<u64> {
        let heartbeat = self
            .heartbeat_ms
            .map(|every| self.last_sent.min(now).saturating_add(every));
        let times = [heartbeat, self.ends_by(now), self.expiring_at];
        let at = times.into_iter().flatten().min();
        at.map(|at| at.saturating_sub(now))
    }

    fn ends_by(&self, now: u64) -> Option<u64> {
        Some(self.ends_at?.min(now.saturating_add(self.age_ms)))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an age in milliseconds is far below 2^52"
)]
fn spread(max: u64, random: f64) -> u64 {
    let share = LEAST_AGE + (1.0 - LEAST_AGE) * random.clamp(0.0, 1.0);
    (max as f64 * share) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings {
        heartbeat_ms: Some(15_000),
        max_age_ms: Some(900_000),
    };

    fn token(until: u64) -> Pass {
        Pass {
            until: Some(until),
            is_ticket: false,
        }
    }

    /// Runs the timer alone and returns when what was due.
    fn run(session: &mut Session, until: u64) -> Vec<(u64, Due)> {
        let mut now = 0;
        let mut seen = Vec::new();
        while let Some(delay) = session.next_timer(now) {
            now = now.saturating_add(delay);
            if now > until {
                break;
            }
            match session.on_timer(0, now) {
                Due::Nothing => {}
                due @ (Due::EndOld | Due::EndExpiring) => {
                    seen.push((now, due));
                    break;
                }
                due @ Due::Heartbeat => seen.push((now, due)),
            }
        }
        seen
    }

    #[test]
    fn a_heartbeat_after_every_15_s_of_silence() {
        let mut session = Session::new(SETTINGS, Pass::default(), 0, 0.5);
        assert_eq!(
            run(&mut session, 45_000),
            [15_000, 30_000, 45_000].map(|at| (at, Due::Heartbeat))
        );
    }

    #[test]
    fn an_event_puts_the_heartbeat_off_without_touching_the_timer() {
        let mut session = Session::new(SETTINGS, Pass::default(), 0, 0.5);
        assert_eq!(session.on_frame(0, 10_000), Verdict::Forward);
        assert_eq!(session.on_timer(0, 15_000), Due::Nothing);
        assert_eq!(session.next_timer(15_000), Some(10_000));
        assert_eq!(session.on_timer(0, 25_000), Due::Heartbeat);
    }

    #[test]
    fn it_ends_between_80_and_100_percent_of_the_greatest_age() {
        for (random, end) in [
            (0.0, 720_000),
            (0.5, 810_000),
            (1.0, 900_000),
            (7.0, 900_000),
        ] {
            let mut session = Session::new(SETTINGS, Pass::default(), 0, random);
            assert_eq!(
                run(&mut session, u64::MAX).last(),
                Some(&(end, Due::EndOld))
            );
        }
    }

    #[test]
    fn before_its_token_runs_out_it_says_so_and_ends() {
        for (until, end) in [
            (600_000, 570_000),
            (60_000, 30_000),
            (10_000, 5_000),
            (0, 0),
        ] {
            let mut session = Session::new(SETTINGS, token(until), 0, 0.5);
            assert_eq!(
                run(&mut session, u64::MAX).last(),
                Some(&(end, Due::EndExpiring))
            );
        }
        // A token that outlives the response does not matter.
        let mut session = Session::new(SETTINGS, token(u64::MAX), 0, 0.5);
        let end = run(&mut session, u64::MAX).last().copied();
        assert_eq!(end, Some((810_000, Due::EndOld)));
    }

    #[test]
    fn who_came_with_a_ticket_is_told_that_it_is_spent_whenever_the_response_ends() {
        let pass = Pass {
            until: Some(2_000_000),
            is_ticket: true,
        };
        let mut session = Session::new(SETTINGS, pass, 0, 0.5);
        let end = run(&mut session, u64::MAX).last().copied();
        assert_eq!(end, Some((810_000, Due::EndExpiring)));
        assert_eq!(session.expires_at(810_000), 810_000);
        assert_eq!(session.farewell(), Due::EndExpiring);
        let other = Session::new(SETTINGS, token(5_000), 0, 0.5);
        assert_eq!(
            (other.farewell(), other.expires_at(1)),
            (Due::EndOld, 5_000)
        );
    }

    #[test]
    fn a_slow_reader_is_ended_and_a_waiting_one_is_not_written_to() {
        let mut session = Session::new(SETTINGS, Pass::default(), 0, 0.5);
        assert_eq!(session.on_frame(READER_BACKLOG_BYTES, 1), Verdict::Forward);
        assert_eq!(
            session.on_frame(READER_BACKLOG_BYTES + 1, 1),
            Verdict::EndSlow
        );
        assert_eq!(session.on_timer(1, 20_000), Due::Nothing);
        assert_eq!(session.next_timer(20_000), Some(15_000));
    }

    #[test]
    fn on_a_conflated_stream_a_slow_reader_is_spared_instead_of_ended() {
        let mut session = Session::new(SETTINGS, Pass::default(), 0, 0.5);
        let behind = CONFLATED_BACKLOG_BYTES + 1;
        assert_eq!(session.on_frame(behind, 1), Verdict::Forward);
        session.set_conflated();
        assert_eq!(session.on_frame(behind - 1, 1), Verdict::Forward);
        assert_eq!(session.on_frame(behind, 1), Verdict::ForwardAndHold);
        // What was under way already.
        assert_eq!(session.on_frame(behind, 2), Verdict::Forward);
        session.on_asked();
        assert_eq!(session.on_frame(behind, 3), Verdict::ForwardAndHold);
    }

    #[test]
    fn vars_are_seconds_and_0_is_off() {
        let off = Settings {
            heartbeat_ms: None,
            max_age_ms: None,
        };
        assert_eq!(Settings::from_vars(Some("0"), Some("0")), off);
        assert_eq!(Settings::from_vars(None, None), SETTINGS);
        assert_eq!(Settings::from_vars(Some("x"), Some("-1")), SETTINGS);
        assert_eq!(
            Settings::from_vars(Some("0.5"), Some(" 60 ")),
            Settings {
                heartbeat_ms: Some(500),
                max_age_ms: Some(60_000)
            }
        );
        assert_eq!(
            Session::new(off, Pass::default(), 0, 0.0).next_timer(5),
            None
        );
    }

    #[test]
    fn a_clock_that_steps_back_does_nothing_bad() {
        let mut session = Session::new(SETTINGS, Pass::default(), 100_000, 0.5);
        assert_eq!(session.on_timer(0, 50_000), Due::Nothing);
        assert_eq!(session.next_timer(50_000), Some(15_000));
        assert_eq!(session.on_timer(0, 65_000), Due::Heartbeat);
        // Nor does it live for longer than it may.
        let mut session = Session::new(SETTINGS, token(2_000_000), 1_000_000, 1.0);
        let end = run(&mut session, u64::MAX).last().copied();
        assert_eq!(end, Some((915_000, Due::EndOld)));
    }
}
