//! The alarm of a Durable Object: set as seldom as can be.

use super::clock;
use crate::error::Result;
use std::cell::Cell;
use std::time::Duration;
use worker::Storage;

/// When the alarm goes off, as far as this instance of the object knows.
#[derive(Debug, Default)]
pub(super) struct Alarm(Cell<Option<u64>>);

impl Alarm {
    /// It went off, or was deleted.
    pub(super) fn forget(&self) {
        self.0.set(None);
    }

    /// Whether it is known to go off at all. Then what is said later brings nothing that
    /// is due earlier, and need not be looked for.
    pub(super) fn is_known(&self) -> bool {
        self.0.get().is_some()
    }

    /// Whether it is known to go off at `deadline` or earlier.
    pub(super) fn is_set_for(&self, deadline: u64) -> bool {
        self.0.get().is_some_and(|at| at <= deadline)
    }

    /// Whether it need not be set for something new that is due at `deadline`, if ever.
    pub(super) fn covers(&self, deadline: Option<u64>) -> bool {
        self.is_known() && deadline.is_none_or(|deadline| self.is_set_for(deadline))
    }

    /// Sees to it that it goes off at `deadline` (milliseconds of Unix time) or
    /// earlier; whether it had to be set. That is a row written, so one that is early
    /// enough is left alone.
    pub(super) async fn set_for(&self, deadline: u64, storage: &Storage) -> Result<bool> {
        if self.0.get().is_none() {
            let known = storage.get_alarm().await?;
            // Another may have set it meanwhile.
            if self.0.get().is_none() {
                self.0.set(known.and_then(|at| u64::try_from(at).ok()));
            }
        }
        if self.is_set_for(deadline) {
            return Ok(false);
        }
        self.0.set(Some(deadline));
        let delay = deadline.saturating_sub(clock::now());
        let set = storage.set_alarm(Duration::from_millis(delay)).await;
        if set.is_err() {
            // Whoever needs it next tries again.
            self.forget();
        }
        set?;
        Ok(true)
    }
}
