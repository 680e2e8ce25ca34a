//! Several futures at once.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Runs all of them at the same time; what they return, in their order.
///
/// For a few: whenever one of them is woken, all that are not ready are polled.
pub async fn together<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Running<F>> = futures
        .into_iter()
        .map(|future| Running::Pending(Box::pin(future)))
        .collect();
    poll_fn(|context| {
        let mut all_ready = true;
        for slot in &mut running {
            if let Running::Pending(future) = slot {
                match future.as_mut().poll(context) {
                    Poll::Ready(output) => *slot = Running::Ready(output),
                    Poll::Pending => all_ready = false,
                }
            }
        }
        if all_ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    let outputs = running.into_iter().filter_map(|slot| match slot {
        Running::Ready(output) => Some(output),
        Running::Pending(_) => None,
    });
    outputs.collect()
}

enum Running<F: Future> {
    Pending(Pin<Box<F>>),
    Ready(F::Output),
}
