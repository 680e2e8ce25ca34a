//! What a server says that its objects have counted.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use crate::options::Options;
use crate::reader::Requester;

/// WebSocket messages that Cloudflare bills as one request.
const MESSAGES_PER_REQUEST: f64 = 20.0;

/// What Cloudflare bills of a message, apart from time.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Bill {
    /// Rows written; a deleted one is one too.
    rows_per_message: f64,
    /// Requests to the object, twenty WebSocket messages being one.
    requests_per_message: f64,
}

/// Asks for the figures of all objects, with when they were `asked`: the question may have
/// woken who was asleep.
pub(crate) async fn ask(options: &Options) -> Result<Vec<Value>> {
    let mut requester = Requester::open(options.port).await?;
    let mut figures = Vec::new();
    for path in &options.figures {
        let asked = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let answer = requester.get(path).await?;
        let mut counted: Value =
            serde_json::from_slice(&answer).context("figures that are no JSON")?;
        if let Some(counted) = counted.as_object_mut() {
            counted.insert("asked".to_owned(), asked.into());
        }
        figures.push(counted);
    }
    Ok(figures)
}

/// What `sent` messages took between two answers; nothing of a server that does not count.
#[expect(clippy::cast_precision_loss, reason = "counts of seconds")]
pub(crate) fn bill(before: &[Value], after: &[Value], sent: u64) -> Option<Bill> {
    if after.is_empty() || sent == 0 {
        return None;
    }
    let counted = |name: &str| {
        let sum = |of: &[Value]| -> f64 { of.iter().filter_map(|of| of[name].as_f64()).sum() };
        sum(after) - sum(before)
    };
    // Both times each object was asked, and the second question counts itself.
    let questions = after.len() as f64;
    let requests = counted("requests") - questions + counted("messages") / MESSAGES_PER_REQUEST;
    Some(Bill {
        rows_per_message: counted("rows_written") / sent as f64,
        requests_per_message: requests / sent as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bill_is_what_came_between_without_the_questions() {
        let before = [json!({"requests": 3, "messages": 0, "rows_written": 4})];
        let after = [json!({"requests": 14, "messages": 200, "rows_written": 9})];
        let bill = bill(&before, &after, 100).unwrap();
        assert!((bill.rows_per_message - 0.05).abs() < 1e-9);
        assert!((bill.requests_per_message - 0.2).abs() < 1e-9);
    }

    #[test]
    fn who_does_not_count_has_no_bill() {
        assert_eq!(bill(&[], &[], 100), None);
    }
}
