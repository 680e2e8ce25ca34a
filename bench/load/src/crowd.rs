//! Many who connect at once, so many at a time.

use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::task::spawn_local;

use crate::member::{Member, Part};
use crate::options::{Kind, Options};
use crate::order::Faults;
use crate::reader::Reader;
use crate::tally::Tally;

/// How many are on their way in at the same time.
const AT_ONCE: usize = 50;

/// Everybody who receives.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    /// In the room, the senders first.
    pub(crate) members: Vec<Rc<Member>>,
    /// Of the stream.
    pub(crate) readers: Vec<Rc<Reader>>,
}

impl Crowd {
    /// Lets so many members join; answers how many a second did.
    pub(crate) async fn join(
        &mut self,
        options: &Options,
        tally: &Rc<Tally>,
        count: usize,
    ) -> Result<f64> {
        let begin = Instant::now();
        while self.members.len() < count {
            let first = self.members.len();
            let some: Vec<_> = (first..count.min(first + AT_ONCE))
                .map(|n| {
                    let part = Part {
                        sender: (n < options.senders).then_some(n),
                        closed_loop: options.kind == Kind::RoomsClosed,
                    };
                    spawn_local(Member::join(
                        options.port,
                        options.dialect,
                        Rc::clone(tally),
                        part,
                    ))
                })
                .collect();
            for joining in some {
                self.members
                    .push(joining.await?.context("a member could not join")?);
            }
        }
        Ok(per_second(count, begin))
    }

    /// Lets so many readers subscribe; answers how many a second did.
    pub(crate) async fn subscribe(
        &mut self,
        options: &Options,
        tally: &Rc<Tally>,
        count: usize,
    ) -> Result<f64> {
        let begin = Instant::now();
        while self.readers.len() < count {
            let more = AT_ONCE.min(count - self.readers.len());
            let some: Vec<_> = (0..more)
                .map(|_| {
                    spawn_local(Reader::subscribe(
                        options.port,
                        options.dialect,
                        Rc::clone(tally),
                    ))
                })
                .collect();
            for subscribing in some {
                self.readers
                    .push(subscribing.await?.context("a reader could not subscribe")?);
            }
        }
        Ok(per_second(count, begin))
    }

    /// How many receive each message.
    pub(crate) fn len(&self) -> usize {
        self.members.len() + self.readers.len()
    }

    /// Whether everybody has everything.
    pub(crate) fn has_all(&self, sent: u64) -> bool {
        self.members
            .iter()
            .all(|member| member.order().borrow().received() >= sent)
            && self
                .readers
                .iter()
                .all(|reader| reader.order().borrow().received() >= sent)
    }

    /// What all receivers missed, got twice or got too late.
    pub(crate) fn faults(&self, sent: &[u64]) -> Faults {
        let mut faults = Faults::default();
        for member in &self.members {
            faults.add(member.order().borrow().faults(sent));
        }
        for reader in &self.readers {
            faults.add(reader.order().borrow().faults(sent));
        }
        faults
    }
}

#[expect(clippy::cast_precision_loss, reason = "thousands")]
fn per_second(count: usize, begin: Instant) -> f64 {
    count as f64 / begin.elapsed().as_secs_f64()
}
