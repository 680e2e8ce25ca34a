//! Loads that only connect: what joining takes, and what those cost who are just there.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::counted;
use crate::crowd::Crowd;
use crate::options::Options;
use crate::reader::Requester;
use crate::tally::Tally;
use crate::usage;

/// Until memory is looked at: what the joins needed only for a moment is given back.
const SETTLE: Duration = Duration::from_secs(2);

/// Local workerd puts an object to sleep after 10 s, and a second for its timers.
const FALL_ASLEEP: Duration = Duration::from_secs(11);

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    members: usize,
    readers: usize,
    joins_per_second: Option<f64>,
    cpu_us_per_join: Option<f64>,
    /// The same of as many more, when what is called often is compiled.
    further_joins_per_second: Option<f64>,
    cpu_us_per_further_join: Option<f64>,
    subscriptions_per_second: Option<f64>,
    cpu_us_per_subscription: Option<f64>,
    further_subscriptions_per_second: Option<f64>,
    cpu_us_per_further_subscription: Option<f64>,
    /// Resident memory of the server that came with each, in kB: what only the first of
    /// many brings is shared among them.
    kb_per_connection: f64,
    /// The same of as many more.
    kb_per_further_connection: Option<f64>,
    #[serde(flatten)]
    quiet: Option<Quiet>,
    failures: Vec<String>,
}

/// What happened while nothing happened.
#[derive(Debug, Serialize)]
struct Quiet {
    idle_seconds: f64,
    idle_cpu_ms: u64,
    /// The server's own figures of its objects before and after, if it has any, and
    /// when they were `asked` for: the question may have woken who was asleep.
    figures: Vec<[Value; 2]>,
}

/// How many come in a second, and what of the server's CPU time each takes, in µs.
#[derive(Debug, Clone, Copy)]
struct Coming {
    per_second: f64,
    cpu_us: f64,
}

impl Coming {
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    fn of(options: &Options, count: usize, per_second: f64, cpu_before: u64) -> Result<Self> {
        let used = usage::of(options.pid)?.cpu_ms.saturating_sub(cpu_before);
        let cpu_us = used as f64 * 1_000.0 / count as f64;
        Ok(Self { per_second, cpu_us })
    }
}

/// Members come in, if there are to be any.
async fn join(crowd: &mut Crowd, options: &Options, tally: &Rc<Tally>) -> Result<Option<Coming>> {
    if options.members == 0 {
        return Ok(None);
    }
    let before = usage::of(options.pid)?.cpu_ms;
    let per_second = crowd.join(options, tally, options.members).await?;
    Coming::of(options, options.members, per_second, before).map(Some)
}

/// Readers come, if there are to be any.
async fn subscribe(
    crowd: &mut Crowd,
    options: &Options,
    tally: &Rc<Tally>,
) -> Result<Option<Coming>> {
    if options.readers == 0 {
        return Ok(None);
    }
    let before = usage::of(options.pid)?.cpu_ms;
    let per_second = crowd.subscribe(options, tally, options.readers).await?;
    Coming::of(options, options.readers, per_second, before).map(Some)
}

/// Connects everybody, and watches for `options.seconds`.
#[expect(clippy::cast_precision_loss, reason = "thousands")]
pub(crate) async fn run(options: &Options) -> Result<Report> {
    let tally = Rc::new(Tally::new(options.senders)?);
    let mut crowd = Crowd::default();
    let mut report = Report {
        members: options.members,
        readers: options.readers,
        ..Report::default()
    };
    // The room, the stream and all that is compiled late are there before anything is
    // measured.
    let mut first = Crowd::default();
    let before_all = usage::of(options.pid)?;
    if options.members > 0 {
        first.join(options, &tally, 1).await?;
        first
            .members
            .iter()
            .for_each(|member| member.say(1, Instant::now()));
    }
    if options.readers > 0 {
        first.subscribe(options, &tally, 1).await?;
        let mut publisher = Requester::open(options.port).await?;
        publisher
            .publish(options.dialect, &options.dialect.body("hello"))
            .await?;
    }
    sleep(Duration::from_millis(500)).await;
    let before = usage::of(options.pid).unwrap_or(before_all);
    if let Some(coming) = join(&mut crowd, options, &tally).await? {
        report.joins_per_second = Some(coming.per_second);
        report.cpu_us_per_join = Some(coming.cpu_us);
    }
    if let Some(coming) = subscribe(&mut crowd, options, &tally).await? {
        report.subscriptions_per_second = Some(coming.per_second);
        report.cpu_us_per_subscription = Some(coming.cpu_us);
    }
    sleep(SETTLE).await;
    let grown = usage::of(options.pid)?.rss_kb.saturating_sub(before.rss_kb);
    report.kb_per_connection = grown as f64 / crowd.len().max(1) as f64;
    if options.seconds > 0.0 {
        report.quiet = Some(watch(options, &tally).await?);
    } else {
        let before = usage::of(options.pid)?;
        let mut further = Crowd::default();
        if let Some(coming) = join(&mut further, options, &tally).await? {
            report.further_joins_per_second = Some(coming.per_second);
            report.cpu_us_per_further_join = Some(coming.cpu_us);
        }
        if let Some(coming) = subscribe(&mut further, options, &tally).await? {
            report.further_subscriptions_per_second = Some(coming.per_second);
            report.cpu_us_per_further_subscription = Some(coming.cpu_us);
        }
        sleep(SETTLE).await;
        let grown = usage::of(options.pid)?.rss_kb.saturating_sub(before.rss_kb);
        report.kb_per_further_connection = Some(grown as f64 / further.len().max(1) as f64);
    }
    report.failures = tally.failures().into_iter().take(3).collect();
    Ok(report)
}

/// Lets the objects fall asleep, and looks what is used from then on.
async fn watch(options: &Options, tally: &Tally) -> Result<Quiet> {
    let before = counted::ask(options).await?;
    sleep(FALL_ASLEEP).await;
    let (cpu, begin) = (usage::of(options.pid)?.cpu_ms, Instant::now());
    let _ = timeout(
        Duration::from_secs_f64(options.seconds),
        tally.failed.notified(),
    )
    .await;
    let (cpu, idle_seconds) = (
        usage::of(options.pid)?.cpu_ms - cpu,
        begin.elapsed().as_secs_f64(),
    );
    let after = counted::ask(options).await?;
    let figures = before
        .into_iter()
        .zip(after)
        .map(|(before, after)| [before, after])
        .collect();
    Ok(Quiet {
        idle_seconds,
        idle_cpu_ms: cpu,
        figures,
    })
}
