//! What the server knows about progress: `percent`, `rate`, `eta_seconds`.
//!
//! A producer says how much is done; how fast that goes is measured here, once
//! for all readers and by one clock. A reader that comes late gets the same
//! figures as one that has watched from the start.

use crate::data::{Data, Members};
use crate::error::{Error, Result};
use crate::stream::config::Config;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The type of event that is understood here.
pub const PROGRESS: &str = "progress";

/// How far back the rate looks, in milliseconds: what happened this long ago
/// counts for 37 %. Long enough to smooth over a stutter, short enough that the
/// time left is believed.
const SMOOTHING_MS: f64 = 5_000.0;

/// The members that the server adds; a producer's own are replaced.
const ADDED: [&str; 3] = ["percent", "rate", "eta_seconds"];

/// A `progress` event's data, with every other member as it was sent.
#[derive(Debug)]
struct Progress<'a> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
    done: f64,
    total: Option<f64>,
    says_total: bool,
    says_unit: bool,
}

/// Checks the data of a `progress` event: `{"done": number >= 0, "total"?: number > 0 or null}`.
pub fn check(data: &Data) -> Result<()> {
    Progress::parse(data).map(|_| ())
}

/// How fast a stream's `done` grows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Meter {
    last: Option<Sample>,
    /// Units per second, smoothed; `None` until there are two samples.
    rate: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Sample {
    done: f64,
    at: u64,
}

impl Meter {
    /// Goes on from the last `progress` event in the log, after the memory was lost.
    #[must_use]
    pub fn resume(data: &Data, at: u64) -> Self {
        #[derive(Deserialize)]
        struct Last {
            done: f64,
            rate: Option<f64>,
        }
        serde_json::from_str::<Last>(data.as_str()).map_or_else(
            |_| Self::default(),
            |Last { done, rate }| Self {
                last: Some(Sample { done, at }),
                rate,
            },
        )
    }

    /// Takes the data of the next `progress` event and returns it with what can
    /// be said of it. Data that [`check`] refuses is an error.
    pub fn enrich(&mut self, data: &Data, config: &Config, at: u64) -> Result<Data> {
        let mut progress = Progress::parse(data)?;
        if !progress.says_total {
            progress.total = config.total;
        }
        self.sample(progress.done, at);
        Ok(Data::Json(progress.with_figures(self.rate, config)?))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "differences of milliseconds are far below 2^52"
    )]
    fn sample(&mut self, done: f64, at: u64) {
        let Some(last) = self.last else {
            self.last = Some(Sample { done, at });
            return;
        };
        if done < last.done {
            // It began again; what was measured is about something else.
            *self = Self {
                last: Some(Sample { done, at }),
                rate: None,
            };
            return;
        }
        let elapsed = at.saturating_sub(last.at) as f64;
        if elapsed <= 0.0 {
            // The clock stands still within a turn: measure from the same start later.
            return;
        }
        let now = (done - last.done) * 1_000.0 / elapsed;
        let weight = 1.0 - (-elapsed / SMOOTHING_MS).exp();
        self.rate = Some(match self.rate {
            // Not `mul_add`: WebAssembly has none, and in software it is long and slow.
            Some(rate) => rate + (now - rate) * weight,
            None => now,
        });
        self.last = Some(Sample { done, at });
    }
}

impl<'a> Progress<'a> {
    fn parse(data: &'a Data) -> Result<Self> {
        let refused = || {
            Error::bad_request(
                "A progress event's data is {\"done\": a number of at least 0, \"total\": a number above 0 or null}.",
            )
        };
        let Data::Json(json) = data else {
            return Err(refused());
        };
        let Members(members) = serde_json::from_str(json).map_err(|_| refused())?;
        let mut progress = Self {
            members: Vec::with_capacity(members.len()),
            done: f64::NAN,
            total: None,
            says_total: false,
            says_unit: false,
        };
        for (name, value) in members {
            match name.as_ref() {
                "done" => progress.done = number(value).ok_or_else(refused)?,
                "total" => {
                    progress.says_total = true;
                    progress.total = match value.get() {
                        "null" => None,
                        _ => Some(number(value).filter(|n| *n > 0.0).ok_or_else(refused)?),
                    };
                }
                "unit" => progress.says_unit = true,
                added if ADDED.contains(&added) => continue,
                _ => {}
            }
            progress.members.push((name, value));
        }
        // NaN where there was no `done` at all.
        if progress.done >= 0.0 {
            Ok(progress)
        } else {
            Err(refused())
        }
    }

    fn with_figures(&self, rate: Option<f64>, config: &Config) -> Result<String> {
        let mut out = String::from("{");
        for (name, value) in &self.members {
            push(&mut out, name, value.get())?;
        }
        if !self.says_total
            && let Some(total) = self.total
        {
            push(&mut out, "total", &json_number(total))?;
        }
        if !self.says_unit
            && let Some(unit) = &config.unit
        {
            let unit = serde_json::to_string(unit).map_err(unexpected)?;
            push(&mut out, "unit", &unit)?;
        }
        if let Some(total) = self.total {
            let percent = round((self.done / total * 100.0).clamp(0.0, 100.0), 2);
            push(&mut out, "percent", &json_number(percent))?;
        }
        if let Some(rate) = rate {
            push(&mut out, "rate", &json_number(round(rate, 3)))?;
            let left = self.total.map(|total| (total - self.done).max(0.0) / rate);
            // Infinite where nothing moves: then it is not known.
            if let Some(left) = left.filter(|left| left.is_finite()) {
                push(&mut out, "eta_seconds", &json_number(round(left, 1)))?;
            }
        }
        out.push('}');
        Ok(out)
    }
}

fn push(out: &mut String, name: &str, value: &str) -> Result<()> {
    if out.len() > 1 {
        out.push(',');
    }
    out.push_str(&serde_json::to_string(name).map_err(unexpected)?);
    out.push(':');
    out.push_str(value);
    Ok(())
}

/// A finite number of at least 0.
fn number(value: &RawValue) -> Option<f64> {
    let number: f64 = serde_json::from_str(value.get()).ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    let rounded = (value * scale).round() / scale;
    // Too large to be scaled is too large to have digits after the point.
    if rounded.is_finite() { rounded } else { value }
}

/// As JavaScript writes it: 50 and not 50.0.
fn json_number(value: f64) -> String {
    let text = serde_json::to_string(&value).unwrap_or_default();
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "used as `map_err(unexpected)`"
)]
fn unexpected(error: serde_json::Error) -> Error {
    Error::Internal(format!("progress did not serialise: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn data(json: &str) -> Data {
        Data::Json(json.to_owned())
    }

    fn enriched(meter: &mut Meter, json: &str, at: u64) -> Value {
        let data = meter.enrich(&data(json), &Config::default(), at).unwrap();
        serde_json::from_str(data.as_str()).unwrap()
    }

    #[test]
    fn figures_are_added_and_the_rest_is_kept_as_sent() {
        let mut meter = Meter::default();
        let first = meter
            .enrich(
                &data(r#"{"done":0,"total":200,"n":1.10,"percent":99}"#),
                &Config::default(),
                1_000,
            )
            .unwrap();
        assert_eq!(
            first.as_str(),
            r#"{"done":0,"total":200,"n":1.10,"percent":0}"#
        );
        assert_eq!(
            enriched(&mut meter, r#"{"done":50,"total":200}"#, 2_000),
            json!({"done":50,"total":200,"percent":25,"rate":50,"eta_seconds":3})
        );
    }

    #[test]
    fn without_a_total_there_is_a_rate_and_nothing_else() {
        let mut meter = Meter::default();
        enriched(&mut meter, r#"{"done":0,"total":null}"#, 0);
        assert_eq!(
            enriched(&mut meter, r#"{"done":10}"#, 500),
            json!({"done":10,"rate":20})
        );
    }

    #[test]
    fn the_configuration_fills_in_total_and_unit() {
        let config = Config {
            total: Some(4.0),
            unit: Some("rows".into()),
            ..Config::default()
        };
        let mut meter = Meter::default();
        let out = meter.enrich(&data(r#"{"done":1}"#), &config, 0).unwrap();
        assert_eq!(
            out.as_str(),
            r#"{"done":1,"total":4,"unit":"rows","percent":25}"#
        );
        let out = meter
            .enrich(&data(r#"{"done":2,"total":null,"unit":"x"}"#), &config, 0)
            .unwrap();
        assert_eq!(out.as_str(), r#"{"done":2,"total":null,"unit":"x"}"#);
    }

    #[test]
    fn a_stall_lowers_the_rate_and_a_restart_forgets_it() {
        let mut meter = Meter::default();
        enriched(&mut meter, r#"{"done":0}"#, 0);
        enriched(&mut meter, r#"{"done":100}"#, 1_000);
        let stalled = enriched(&mut meter, r#"{"done":100}"#, 11_000);
        assert!(stalled["rate"].as_f64().unwrap() < 20.0, "{stalled}");
        assert_eq!(
            enriched(&mut meter, r#"{"done":5}"#, 12_000),
            json!({"done":5})
        );
    }

    #[test]
    fn a_clock_that_stands_still_or_steps_back_divides_by_nothing() {
        let mut meter = Meter::default();
        enriched(&mut meter, r#"{"done":0,"total":10}"#, 5_000);
        assert_eq!(
            enriched(&mut meter, r#"{"done":5,"total":10}"#, 5_000),
            json!({"done":5,"total":10,"percent":50})
        );
        assert_eq!(
            enriched(&mut meter, r#"{"done":6,"total":10}"#, 4_000)["rate"],
            Value::Null
        );
        assert_eq!(
            enriched(&mut meter, r#"{"done":10,"total":10}"#, 6_000)["rate"],
            json!(10)
        );
    }

    #[test]
    fn resuming_from_the_log_changes_nothing() {
        let mut meter = Meter::default();
        enriched(&mut meter, r#"{"done":0,"total":10}"#, 0);
        let logged = meter
            .enrich(&data(r#"{"done":4,"total":10}"#), &Config::default(), 2_000)
            .unwrap();
        assert_eq!(Meter::resume(&logged, 2_000), meter);
    }

    #[test]
    fn bad_numbers_are_refused() {
        for bad in [
            "{}",
            "null",
            "1",
            "[]",
            "\"x\"",
            r#"{"done":-1}"#,
            r#"{"done":"1"}"#,
            r#"{"done":1e999}"#,
            r#"{"done":null}"#,
            r#"{"done":1,"total":0}"#,
            r#"{"done":1,"total":-5}"#,
            r#"{"done":1,"total":"9"}"#,
            r#"{"total":9}"#,
        ] {
            assert_eq!(check(&data(bad)).unwrap_err().status(), 400, "{bad}");
        }
        assert!(check(&Data::Text(r#"{"done":1}"#.into())).is_err());
    }

    proptest! {
        #[test]
        fn figures_are_always_numbers_in_range(
            samples in proptest::collection::vec((0.0..1e300_f64, any::<u32>()), 1..20),
            total in 1e-300..1e300_f64,
        ) {
            let mut meter = Meter::default();
            for (done, at) in samples {
                let out = enriched(
                    &mut meter,
                    &format!(r#"{{"done":{done:e},"total":{total:e}}}"#),
                    u64::from(at),
                );
                let percent = out["percent"].as_f64().unwrap();
                prop_assert!((0.0..=100.0).contains(&percent));
                for name in ["rate", "eta_seconds"] {
                    if let Some(value) = out.get(name) {
                        prop_assert!(value.as_f64().unwrap() >= 0.0, "{out}");
                    }
                }
            }
        }
    }
}
