//! Content negotiation: which of several representations a client wants.
//!
//! Source: [RFC 9110, 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1).

/// Chooses one of `offered` media types, in our order of preference, by the
/// `Accept` header; `None` where none of them is acceptable.
///
/// No header accepts everything. Of equally welcome types the first offered wins.
#[must_use]
pub fn choose(accept: Option<&str>, offered: &[&'static str]) -> Option<&'static str> {
    let accept = accept.unwrap_or("*/*");
    let mut best = None;
    for media_type in offered {
        let quality = quality(accept, media_type);
        if quality > 0.0 && best.is_none_or(|(_, most)| quality > most) {
            best = Some((*media_type, quality));
        }
    }
    best.map(|(media_type, _)| media_type)
}

/// As [`choose`], where a client that accepts anything has not asked for any of them:
/// only ranges that name a type count.
#[must_use]
pub fn choose_named(accept: Option<&str>, offered: &[&'static str]) -> Option<&'static str> {
    let ranges = accept.unwrap_or_default().split(',');
    let named = ranges.filter(|range| !range.trim_start().starts_with("*/*"));
    let named: Vec<&str> = named.collect();
    choose(Some(&named.join(",")), offered)
}

/// The quality of a media type by its most specific range; 0 where there is none.
fn quality(accept: &str, media_type: &str) -> f64 {
    let kind = media_type.split('/').next().unwrap_or_default();
    let mut most = (0, 0.0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let specificity = if name.eq_ignore_ascii_case(media_type) {
            3
        } else if name
            .strip_suffix("/*")
            .is_some_and(|of| of.eq_ignore_ascii_case(kind))
        {
            2
        } else if name == "*/*" {
            1
        } else {
            continue;
        };
        let weight = parts
            .find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")))
            .map(|q| q.strip_suffix('.').unwrap_or(q))
            .map_or(1.0, |q| serde_json::from_str(q).unwrap_or(0.0));
        if specificity > most.0 {
            most = (specificity, weight);
        }
    }
    most.1
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERED: [&str; 2] = ["text/event-stream", "application/json"];

    #[test]
    fn what_clients_send() {
        for (accept, chosen) in [
            (None, Some("text/event-stream")),
            (Some("*/*"), Some("text/event-stream")),
            (Some("text/event-stream"), Some("text/event-stream")),
            (Some("application/json"), Some("application/json")),
            (
                Some("application/json, text/plain, */*"),
                Some("text/event-stream"),
            ),
            (
                Some("application/json, */*;q=0.1"),
                Some("application/json"),
            ),
            (Some("application/*"), Some("application/json")),
            (
                Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
                Some("text/event-stream"),
            ),
            (
                Some("TEXT/EVENT-STREAM;q=0.5, application/json;q=0.4"),
                Some("text/event-stream"),
            ),
            (Some("text/event-stream;q=0, */*"), Some("application/json")),
            (Some("text/html"), None),
            (Some(""), None),
            (Some("*/*;q=0"), None),
            (Some("application/json;q=x"), None),
            // The digits behind the point may be none: RFC 9110, 12.4.2.
            (Some("application/json;q=1."), Some("application/json")),
            (Some("application/json;q=0."), None),
        ] {
            assert_eq!(choose(accept, &OFFERED), chosen, "{accept:?}");
        }
    }

    #[test]
    fn anything_is_nothing_in_particular() {
        for (accept, chosen) in [
            (None, None),
            (Some("*/*"), None),
            (Some("text/html, */*;q=0.8"), None),
            (Some("application/json, */*"), Some("application/json")),
            (Some("text/event-stream"), Some("text/event-stream")),
        ] {
            assert_eq!(choose_named(accept, &OFFERED), chosen, "{accept:?}");
        }
    }
}
