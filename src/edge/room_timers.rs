//! When the object of a room does something by itself: its timer, while something is under
//! way, and its alarm, for which it may sleep.

use super::room_owner::Owner;
use super::{bindings, clock, promise};
use crate::error::Result;
use crate::room::seat::Conn;
use std::rc::Rc;
use wasm_bindgen::JsCast;

impl Owner {
    pub(super) async fn on_alarm(self: &Rc<Self>) -> Result<()> {
        self.tally.request();
        self.alarm.forget();
        let now = clock::now();
        self.with(|_| Ok(()))?;
        let pinged = self.sockets.pinged(&self.state);
        self.with(|room| room.on_alarm(&pinged, now))?;
        if self.with(|room| room.is_spent(now))? {
            self.forget(now).await
        } else {
            self.let_go_of_absent();
            self.arm().await
        }
    }

    /// The timer went off.
    pub(super) fn timer(self: &Rc<Self>) {
        self.pending.take();
        let now = clock::now();
        let outcome = self.with(|room| {
            room.on_timer(now)?;
            Ok(room.is_flushed())
        });
        match outcome {
            Ok(true) if !self.alarm.is_known() => self.arm_soon(),
            Ok(_) => {}
            // Those who waited have been told.
            Err(error) => worker::console_error!("a room could not be written: {error}"),
        }
    }

    /// Sets the timer to when the room wants to be called, or clears it.
    pub(super) fn set_timer(&self) {
        let now = clock::now();
        let wait = self
            .room
            .borrow()
            .as_ref()
            .and_then(|room| room.next_timer(now));
        let mut pending = self.pending.borrow_mut();
        let at = wait.map(|wait| now.saturating_add(wait));
        // One that goes off too early does no harm.
        let is_set = pending.as_ref().zip(at).is_some_and(|(p, at)| p.0 <= at);
        if is_set {
            return;
        }
        // One that nothing waits for keeps the object from sleeping, which is billed.
        if let Some((_, id)) = pending.take() {
            bindings::clear_timeout(&id);
        }
        if let Some((at, wait)) = at.zip(wait) {
            #[expect(clippy::cast_precision_loss, reason = "seconds in milliseconds")]
            let id = bindings::set_timeout(self.on_timer.as_ref().unchecked_ref(), wait as f64);
            *pending = Some((at, id));
        }
    }

    /// As [`Owner::arm_soon`], for the sake of a connection that has just come in.
    pub(super) fn arm_for(self: &Rc<Self>, conn: Conn) {
        let now = clock::now();
        let due = self.with(|room| Ok(room.next_alarm_of(conn, now)));
        // Every connection is looked at otherwise.
        if due.is_ok_and(|due| self.alarm.covers(due)) {
            return;
        }
        self.arm_soon();
    }

    /// As [`Owner::arm`], where nobody waits for it.
    pub(super) fn arm_soon(self: &Rc<Self>) {
        let now = clock::now();
        let deadline = self.with(|room| room.next_alarm(now));
        let is_set = |deadline| self.alarm.is_set_for(deadline);
        if deadline.is_ok_and(|deadline| deadline.is_none_or(is_set)) {
            return;
        }
        let owner = Rc::clone(self);
        let work = async move {
            if let Err(error) = owner.arm().await {
                worker::console_error!("the alarm could not be set: {error}");
            }
        };
        promise::in_background(&self.state, Box::pin(work));
    }

    /// Sees to it that the alarm goes off when time brings something to do.
    pub(super) async fn arm(self: &Rc<Self>) -> Result<()> {
        let now = clock::now();
        match self.with(|room| room.next_alarm(now))? {
            Some(deadline) => {
                let is_set = self.alarm.set_for(deadline, &self.state.storage()).await?;
                self.tally.wrote(u64::from(is_set));
                Ok(())
            }
            None => Ok(()),
        }
    }
}
