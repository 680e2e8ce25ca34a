//! JSON, as strictly as the standard has it and no more.

use serde_json::Value;
use serde_json::value::RawValue;

/// Any JSON as a tree; `None` where half of a surrogate pair or a number like 1e999 is in
/// it: the grammar allows that and browsers read it, but Rust has nothing to hold it.
pub(crate) fn tree(json: &str) -> Option<Value> {
    match serde_json::from_str(json) {
        Ok(value) => Some(value),
        Err(error) => {
            serde_json::from_str::<&RawValue>(json).expect("it is JSON");
            let known = ["surrogate", "hex escape", "out of range"];
            let error = error.to_string();
            assert!(
                known.iter().any(|known| error.contains(known)),
                "{error}: {json}"
            );
            None
        }
    }
}
