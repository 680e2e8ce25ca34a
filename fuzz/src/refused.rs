//! What a refusal may be.

use serde_json::Value;
use tidings::error::Error;

/// The longest problem document: an error repeats no input that could be long.
const PROBLEM_BYTES: usize = 1_024;

/// Checks that an error is one of those that bad input may get, and how it looks.
pub(crate) fn check(error: &Error, statuses: &[u16]) {
    let status = error.status();
    assert!(statuses.contains(&status), "{status}: {error}");
    let json = error.to_json();
    assert!(json.len() <= PROBLEM_BYTES, "{json}");
    assert!(!json.contains('\n'), "{json}");
    let problem: Value = serde_json::from_str(&json).expect("a problem is JSON");
    assert_eq!(problem["status"], u64::from(status));
    for member in ["type", "title", "detail"] {
        assert!(
            problem[member]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
    }
    assert_eq!(error.allow().is_some(), status == 405);
}
