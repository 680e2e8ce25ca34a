//! A stream's own figures, sent to the object that adds them up.

use super::stats_object;
use super::stream_owner::Owner;
use super::{clock, promise};
use crate::error::Result;
use crate::stats::Report;
use std::rc::Rc;
use std::time::Duration;
use worker::Delay;

/// How long a report waits at the least, in milliseconds: a socket that is being
/// closed still counts in the same turn.
const SETTLE_MS: u64 = 50;

impl Owner {
    /// Reports the stream's figures, once for everything that happens in the next
    /// seconds.
    pub(super) fn report_soon(self: &Rc<Self>) {
        let Some(ms) = self.report_ms else {
            return;
        };
        if self.reporting.replace(true) {
            return;
        }
        // The first report after a while is made at once, so that the timer does not
        // keep an object awake for the sake of one event; then one an interval.
        let due = self.reported_at.get().saturating_add(ms);
        let pause = due.saturating_sub(clock::now()).max(SETTLE_MS);
        let owner = Rc::clone(self);
        promise::in_background(
            &self.state,
            Box::pin(async move {
                Delay::from(Duration::from_millis(pause)).await;
                owner.reporting.set(false);
                owner.reported_at.set(clock::now());
                if let Err(error) = owner.report().await {
                    worker::console_warn!("the figures were not reported: {error}");
                }
            }),
        );
    }

    async fn report(&self) -> Result<()> {
        // The figures' own stream would report for ever that it reports.
        let name = self.state.id().name();
        let Some(name) = name.filter(|name| name != crate::stats::STREAM) else {
            return Ok(());
        };
        let (exists, events) = self.with(|stream| Ok((stream.exists(), stream.head())))?;
        let readers = self.state.get_websockets().len();
        let report = Report {
            name,
            readers: u64::try_from(readers).unwrap_or(u64::MAX),
            events,
            exists,
        };
        stats_object::report(&self.env, &report).await
    }
}
