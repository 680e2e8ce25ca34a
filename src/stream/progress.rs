//! What the server knows about progress: `percent`, `rate`, `eta_seconds`.
//!
//! A producer says how much is done; how fast that goes is measured here, once
//! for all readers and by one clock. A reader that comes late gets the same
//! figures as one that has watched from the start.

use crate::data::{Data, Members};
use crate::error::{Error, Result};
use crate::stream::config::Config;
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
    /// What was known before the moment of the last sample: all that comes in one turn has
    /// one time, and only the last of it says how far things were then.
    before: Option<(Sample, Option<f64>)>,
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
        let members = Members::parse(data.as_str()).ok();
        let figure = |name| members.as_ref()?.read(name).ok();
        let last = figure("done").map(|done| Sample { done, at });
        Self {
            last,
            rate: last.and(figure("rate")),
            before: None,
        }
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
        // The clock may step back.
        let at = self.last.map_or(at, |last| last.at.max(at));
        let last = self.last.replace(Sample { done, at });
        let Some(last) = last.filter(|last| last.done <= done) else {
            // It begins, or begins again: what was measured is about something else.
            (self.rate, self.before) = (None, None);
            return;
        };
        if at > last.at {
            self.before = Some((last, self.rate));
        }
        let Some((before, rate)) = self.before else {
            return;
        };
        let elapsed = at.saturating_sub(before.at) as f64;
        let now = (done - before.done) / elapsed * 1_000.0;
        let weight = 1.0 - (-elapsed / SMOOTHING_MS).exp();
        // Not `mul_add`: WebAssembly has none, and in software it is long and slow.
        let rate = rate.map_or(now, |rate| rate + (now - rate) * weight);
        self.rate = Some(rate).filter(|rate| rate.is_finite());
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
            // What is not done is not 100 % done, however near it is. And no -0.
            let most = if self.done < total { 99.99 } else { 100.0 };
            let percent = round(self.done / total * 100.0, 2).min(most) + 0.0;
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
            json!(4)
        );
    }

    #[test]
    fn of_what_comes_at_once_the_last_says_how_far_things_are() {
        let mut meter = Meter::default();
        for done in [0, 250, 500] {
            enriched(&mut meter, &format!("{{\"done\":{done}}}"), 1_000);
        }
        let stalled = enriched(&mut meter, r#"{"done":500}"#, 2_000);
        assert_eq!(stalled, json!({"done":500,"rate":0}));
        // Each of a batch is measured from the end of the last one.
        let mut meter = Meter::default();
        for second in 0..3 {
            for third in 1..4 {
                let done = format!("{{\"done\":{}}}", second * 300 + third * 100);
                let last = enriched(&mut meter, &done, second * 1_000);
                if third == 3 && second > 0 {
                    assert_eq!(last["rate"], json!(300));
                }
            }
        }
        let mut meter = Meter::default();
        enriched(&mut meter, r#"{"done":0}"#, 0);
        enriched(&mut meter, r#"{"done":10}"#, 0);
        assert_eq!(enriched(&mut meter, r#"{"done":2}"#, 9), json!({"done":2}));
    }

    #[test]
    fn what_is_not_done_is_not_100_percent() {
        let percent = |done: &str| {
            let data = format!("{{\"done\":{done},\"total\":100000}}");
            enriched(&mut Meter::default(), &data, 0)["percent"].to_string()
        };
        let of = ["99996", "99999.999", "100000", "100001", "-0", "0"].map(percent);
        assert_eq!(
            of,
            ["99.99", "99.99", "100.0", "100.0", "0.0", "0.0"].map(|n| n.replace(".0", ""))
        );
    }

    #[test]
    fn what_is_too_large_to_be_measured_has_no_rate() {
        let mut meter = Meter::default();
        enriched(&mut meter, r#"{"done":0,"total":1.7e308}"#, 0);
        for (done, at) in [("1.6e308", 1), ("1.65e308", 1_000), ("1.7e308", 2_000)] {
            let figures = enriched(&mut meter, &format!("{{\"done\":{done}}}"), at);
            let rate = figures.get("rate").map(|rate| rate.as_f64().unwrap());
            assert_eq!(rate.is_some(), at > 1, "{figures}");
        }
    }

    #[test]
    fn resuming_from_the_log_changes_nothing() {
        let mut meter = Meter::default();
        enriched(&mut meter, r#"{"done":0,"total":10}"#, 0);
        let logged = meter
            .enrich(&data(r#"{"done":4,"total":10}"#), &Config::default(), 2_000)
            .unwrap();
        let mut resumed = Meter::resume(&logged, 2_000);
        let next = |meter: &mut Meter| enriched(meter, r#"{"done":9,"total":10}"#, 3_000);
        assert_eq!(next(&mut resumed), next(&mut meter));
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
