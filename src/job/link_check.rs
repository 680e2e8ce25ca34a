//! Which of many URLs still lead somewhere: `POST /v1/jobs/link-check/{name}`.

use super::together::together;
use super::{Job, Method, Progress, Report, Step, World};
use crate::error::{Error, Result};
use crate::route::after_scheme;
use serde::{Deserialize, Serialize};

/// The most URLs in one job.
pub const URLS: usize = 1_000;

/// The longest URL, in characters.
pub const URL_CHARS: usize = 2_048;

/// How many URLs one step requests, all at once: as many connections as a Worker
/// may have open. Each is at most two requests and their redirects, so that a step
/// also stays within the 50 requests of the free plan.
pub const SLICE: usize = 6;

/// How long a server may take to answer a request, in milliseconds. A step is at
/// most two of them, one after the other.
pub const TIMEOUT_MS: u32 = 8_000;

/// How much of an error is reported, in characters.
const ERROR_CHARS: usize = 200;

/// A check of many URLs.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCheck {
    /// What has not been requested yet, in order.
    left: Vec<String>,
    total: u64,
    ok: u64,
}

/// The data of a `result` event.
#[derive(Serialize)]
struct Checked<'a> {
    url: &'a str,
    /// Whether the last answer was a 2xx.
    ok: bool,
    /// The status of the last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct Summary {
    checked: u64,
    ok: u64,
    broken: u64,
}

impl Job for LinkCheck {
    const KIND: &'static str = "link-check";

    /// Reads a list of URLs, one a line.
    fn begin(body: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(body)
            .map_err(|_| Error::bad_request("The body is not valid UTF-8."))?;
        // What some editors put in front of a text.
        let text = text.trim_start_matches('\u{feff}');
        let mut left = Vec::new();
        for (number, line) in (1_usize..).zip(text.lines()) {
            let url = line.trim();
            if url.is_empty() {
                continue;
            }
            if left.len() == URLS {
                return Err(Error::TooLarge {
                    what: "a list of URLs",
                    limit: URLS,
                });
            }
            check_url(url)
                .map_err(|rule| Error::BadRequest(format!("In line {number}: {rule}")))?;
            left.push(url.to_owned());
        }
        if left.is_empty() {
            return Err(Error::bad_request(
                "There is no URL in the body: it is a list of them, one a line.",
            ));
        }
        Ok(Self {
            total: count(left.len()),
            left,
            ok: 0,
        })
    }

    async fn step<W: World>(&mut self, world: &W) -> Result<Step> {
        let urls = self.left.iter().take(SLICE);
        let answers = together(urls.map(|url| status(world, url))).await;
        let mut reports = Vec::with_capacity(answers.len());
        for (url, answer) in self.left.iter().zip(&answers) {
            let ok = matches!(answer, Ok(200..300));
            self.ok = self.ok.saturating_add(u64::from(ok));
            let shorten = |error: &String| error.chars().take(ERROR_CHARS).collect();
            let checked = Checked {
                url,
                ok,
                status: answer.as_ref().ok().copied(),
                error: answer.as_ref().err().map(shorten),
            };
            reports.push(Report::new("result", &checked)?);
        }
        self.left.drain(..answers.len());
        Ok(if self.left.is_empty() {
            Step::done(reports)
        } else {
            Step::go_on(reports)
        })
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.checked(),
            total: Some(self.total),
            unit: "urls",
        }
    }

    fn summary(&self) -> impl Serialize {
        let checked = self.checked();
        Summary {
            checked,
            ok: self.ok,
            broken: checked.saturating_sub(self.ok),
        }
    }

    fn retain_events(&self) -> u64 {
        // A result for each, a progress for each slice, the first and the last:
        // fewer than twice as many, but for the shortest lists.
        self.total.saturating_mul(2).saturating_add(4)
    }
}

impl LinkCheck {
    fn checked(&self) -> u64 {
        self.total.saturating_sub(count(self.left.len()))
    }
}

/// The status that a URL has. A server that does not do `HEAD` is asked again.
async fn status<W: World>(world: &W, url: &str) -> Result<u16, String> {
    match world.status(Method::Head, url, TIMEOUT_MS).await {
        Ok(405 | 501) => world.status(Method::Get, url, TIMEOUT_MS).await,
        answer => answer,
    }
}

/// Refuses what is no URL at sight; what the platform refuses beyond that is a
/// broken link, and reported as one.
fn check_url(url: &str) -> Result<(), String> {
    if url.chars().count() > URL_CHARS {
        return Err(format!("a URL has at most {URL_CHARS} characters."));
    }
    let (scheme, rest) = after_scheme(url).unwrap_or_default();
    let known = ["http", "https"];
    if !known.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err("a URL begins with http:// or https://.".to_owned());
    }
    // What a URL has to escape (RFC 3986, appendix A), as far as it also would be
    // longer in JSON: so the list in the storage is as long as it was in the body.
    let stray = |c: char| c.is_whitespace() || c.is_control() || c == '"' || c == '\\';
    if rest.is_empty() || rest.starts_with(['/', '?', '#', ':']) || rest.contains(stray) {
        return Err("this is not a valid URL.".to_owned());
    }
    Ok(())
}

fn count(urls: usize) -> u64 {
    u64::try_from(urls).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests;
