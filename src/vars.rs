//! How the operator's vars are read.

/// A number of seconds, 0 for off, as milliseconds. What is absent or no such
/// number is the default: a typing error must not stop the service.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be finite and not negative; a cast of a float saturates"
)]
#[must_use]
pub fn seconds(var: Option<&str>, default_ms: u64) -> Option<u64> {
    // Not `str::parse`, which brings 16 KB of tables along.
    let seconds: Option<f64> = var.and_then(|text| serde_json::from_str(text.trim()).ok());
    let ms = seconds
        .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
        .map_or(default_ms, |seconds| (seconds * 1_000.0) as u64);
    (ms > 0).then_some(ms)
}

/// A whole number, 0 mostly for off. What is absent or no such number is the default.
#[must_use]
pub fn count(var: Option<&str>, default: u32) -> u32 {
    var.and_then(|text| text.trim().parse().ok())
        .unwrap_or(default)
}

/// A bound that the operator sets; 0 for none but our own, which it cannot exceed.
#[must_use]
pub fn most(number: u32, ours: u64) -> u64 {
    if number == 0 {
        ours
    } else {
        ours.min(u64::from(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_milliseconds_and_0_is_off() {
        for (var, ms) in [
            (None, Some(7)),
            (Some("x"), Some(7)),
            (Some("-1"), Some(7)),
            (Some("inf"), Some(7)),
            (Some("0"), None),
            (Some(" 0.5 "), Some(500)),
            (Some("60"), Some(60_000)),
        ] {
            assert_eq!(seconds(var, 7), ms, "{var:?}");
        }
    }

    #[test]
    fn a_count_is_a_whole_number() {
        for (var, number) in [
            (None, 7),
            (Some(""), 7),
            (Some("-1"), 7),
            (Some("1.5"), 7),
            (Some("0"), 0),
            (Some(" 12 "), 12),
        ] {
            assert_eq!(count(var, 7), number, "{var:?}");
        }
    }
}
