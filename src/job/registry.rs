//! Every kind of job that there is.

use super::link_check::LinkCheck;
use super::run::{Begun, Slice};
use super::{Job, World};
use crate::error::{Error, Result};
use serde_json::value::RawValue;

// Add yours here.
jobs![LinkCheck];

/// A name and a state, stored apart from each other, become a [`Job`] again: the
/// one place that knows all types.
macro_rules! jobs {
    ($($job:ty),+ $(,)?) => {
        /// The kinds of job that `POST /v1/jobs/{kind}/{name}` begins.
        pub const KINDS: &[&str] = &[$(<$job>::KIND),+];

        /// Begins a job of this kind.
        pub(super) fn begin(kind: &str, body: &[u8]) -> Result<Begun> {
            match kind {
                $(<$job>::KIND => Begun::new(&<$job>::begin(body)?),)+
                _ => Err(unknown(kind)),
            }
        }

        /// Takes the next step of a job of this kind.
        pub(super) async fn step<W: World>(kind: &str, state: &RawValue, world: &W) -> Result<Slice> {
            match kind {
                $(<$job>::KIND => Slice::step::<$job, W>(state, world).await,)+
                _ => Err(unknown(kind)),
            }
        }

        /// Ends a job of this kind, because somebody asked for it.
        pub(super) fn cancel(kind: &str, state: &RawValue) -> Result<Slice> {
            match kind {
                $(<$job>::KIND => Slice::cancel::<$job>(state),)+
                _ => Err(unknown(kind)),
            }
        }
    };
}
use jobs;

/// A version of the service that knew this kind has been replaced by one that does not.
fn unknown(kind: &str) -> Error {
    Error::Internal(format!("there is no job \"{kind}\""))
}
