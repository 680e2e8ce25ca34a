//! What an object has cost, counted while it happens.
//!
//! It is stored in a row that is written anyway, so that counting costs nothing; what
//! happened since the last one is lost when the object sleeps.

use crate::answer::Answer;
use crate::figures::Figures;
use std::cell::Cell;
use worker::State;

/// The command that asks for the figures.
pub(super) const STATS: &str = "stats";

/// The figures of one object.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Up to when it was brought into memory; `None` where that is not known yet.
    before: Cell<Option<Figures>>,
    since: Cell<Figures>,
}

impl Tally {
    /// Begins to count in an object that has just been brought into memory.
    pub(super) fn woken() -> Self {
        let tally = Self::default();
        tally.count(|figures| &mut figures.wakes, 1);
        tally
    }

    pub(super) fn request(&self) {
        self.count(|figures| &mut figures.requests, 1);
    }

    pub(super) fn message(&self) {
        self.count(|figures| &mut figures.messages, 1);
    }

    pub(super) fn delivered(&self, frames: u64) {
        self.count(|figures| &mut figures.deliveries, frames);
    }

    pub(super) fn wrote(&self, rows: u64) {
        self.count(|figures| &mut figures.rows_written, rows);
    }

    /// The answer to [`STATS`].
    pub(super) fn answer(&self, state: &State, awake_since: u64) -> Answer {
        let bytes = state.storage().sql().database_size();
        let bytes = u64::try_from(bytes).unwrap_or(0);
        Answer::json(200, &self.total().to_json(bytes, awake_since))
    }

    fn count(&self, which: fn(&mut Figures) -> &mut u64, more: u64) {
        let mut figures = self.since.get();
        let number = which(&mut figures);
        *number = number.saturating_add(more);
        self.since.set(figures);
    }

    /// Whether it is still to be told what was stored.
    pub(super) fn is_new(&self) -> bool {
        self.before.get().is_none()
    }

    /// Tells it what was stored.
    pub(super) fn resume(&self, stored: &str) {
        self.before.set(Some(Figures::from_text(stored)));
    }

    /// Everything so far.
    pub(super) fn total(&self) -> Figures {
        self.before
            .get()
            .unwrap_or_default()
            .plus(&self.since.get())
    }

    /// What is to be stored in a row that is being written.
    pub(super) fn to_store(&self) -> String {
        let this_row = Figures {
            rows_written: 1,
            ..Figures::default()
        };
        self.total().plus(&this_row).to_text()
    }
}
