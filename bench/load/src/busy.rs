//! Loads that send: in a closed loop, or on a schedule.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use crate::counted::{self, Bill};
use crate::crowd::Crowd;
use crate::options::{Kind, Options};
use crate::order::Faults;
use crate::reader::Requester;
use crate::schedule::{self, Phase};
use crate::tally::Tally;
use crate::usage;

/// After the joins: what they have set in motion has come to rest.
const SETTLE: Duration = Duration::from_millis(500);

/// Between a warm-up at another rate and what is measured.
const CALM: Duration = Duration::from_secs(3);

/// How long the last messages may take.
const DRAIN: Duration = Duration::from_secs(10);

/// A client that was busier than this was perhaps what was measured.
const CLIENT_BOUND: f64 = 0.95;

/// What came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    receivers: usize,
    /// What a sender waits for in a closed loop.
    moves_on: &'static str,
    seconds: f64,
    /// In all, warm-up included; so are `delivered` and the faults.
    sent: u64,
    delivered: u64,
    messages_per_second: f64,
    deliveries_per_second: f64,
    latency_ms: Latency,
    cpu_us_per_delivery: f64,
    /// Shares of one core.
    server_cpu: f64,
    client_cpu: f64,
    /// Whether the client, rather than the server, may be what was measured.
    client_bound: bool,
    #[serde(flatten)]
    bill: Option<Bill>,
    #[serde(flatten)]
    faults: Faults,
    failures: Vec<String>,
}

/// From when a message was due until a receiver had it.
#[derive(Debug, Serialize)]
struct Latency {
    p50: f64,
    p90: f64,
    p99: f64,
    max: f64,
}

/// What has been used and delivered at one moment.
struct Moment {
    at: Instant,
    server_ms: u64,
    client_ms: u64,
    delivered: u64,
}

impl Moment {
    fn now(options: &Options, tally: &Tally) -> Result<Self> {
        Ok(Self {
            server_ms: usage::of(options.pid)?.cpu_ms,
            client_ms: usage::of(std::process::id())?.cpu_ms,
            at: Instant::now(),
            delivered: tally.delivered.get(),
        })
    }
}

/// Connects everybody, sends, measures, and waits for the last message.
pub(crate) async fn run(options: &Options) -> Result<Report> {
    let tally = Rc::new(Tally::new(options.senders)?);
    let mut crowd = Crowd::default();
    match options.kind {
        Kind::RoomsClosed | Kind::RoomsOpen => crowd.join(options, &tally, options.members).await?,
        _ => crowd.subscribe(options, &tally, options.readers).await?,
    };
    sleep(SETTLE).await;

    let begin = Instant::now();
    let end = begin + Duration::from_secs_f64(options.warmup + options.seconds);
    let phases = vec![
        Phase {
            rate: options.warmup_rate.unwrap_or(options.rate),
            end: begin + Duration::from_secs_f64(options.warmup).saturating_sub(CALM),
        },
        Phase {
            rate: options.rate,
            end,
        },
    ];
    match options.kind {
        Kind::RoomsClosed => crowd
            .members
            .iter()
            .for_each(|member| member.say(options.window, Instant::now())),
        Kind::RoomsOpen => {
            let mut due = schedule::start(begin, phases);
            let senders: Vec<_> = crowd
                .members
                .iter()
                .take(options.senders)
                .cloned()
                .collect();
            spawn_local(async move {
                for sender in senders.iter().cycle() {
                    let Some(due) = due.recv().await else { return };
                    sender.say(1, due);
                }
            });
        }
        Kind::StreamsClosed => {
            for sender in 0..options.senders {
                publish(options, &tally, sender, None);
            }
        }
        _ => {
            let mut due = schedule::start(begin, phases);
            let counted = Rc::clone(&tally);
            let publishers: Vec<_> = (0..options.senders)
                .map(|sender| {
                    let (ticks, due) = unbounded_channel();
                    publish(options, &tally, sender, Some(due));
                    ticks
                })
                .collect();
            spawn_local(async move {
                for publisher in publishers.iter().cycle() {
                    let Some(due) = due.recv().await else { return };
                    counted.waiting.set(counted.waiting.get() + 1);
                    // One that has failed has said so.
                    let _ = publisher.send(due);
                }
            });
        }
    }
    let broken = timeout(
        Duration::from_secs_f64(options.warmup),
        tally.failed.notified(),
    )
    .await
    .is_ok();
    // Not earlier: something must have been said for there to be figures.
    let before = counted::ask(options).await?;
    let sent_before: u64 = tally.sent().iter().sum();
    let from = Moment::now(options, &tally)?;
    tally.measure_from(from.at);
    if !broken {
        let _ = timeout(
            end.saturating_duration_since(Instant::now()),
            tally.failed.notified(),
        )
        .await;
    }
    let to = Moment::now(options, &tally)?;
    tally.measure_until(to.at);
    tally.running.set(false);
    drain(&tally, &crowd).await;
    let after = counted::ask(options).await?;
    let mut report = report(options, &tally, &crowd, &from, &to)?;
    let sent: u64 = tally.sent().iter().sum();
    report.bill = counted::bill(&before, &after, sent.saturating_sub(sent_before));
    Ok(report)
}

/// Publishes as one sender: whenever an event is due, or one after the other.
fn publish(
    options: &Options,
    tally: &Rc<Tally>,
    sender: usize,
    due: Option<UnboundedReceiver<Instant>>,
) {
    let (port, dialect, tally) = (options.port, options.dialect, Rc::clone(tally));
    spawn_local(async move {
        if let Err(error) = publish_all(port, dialect, &tally, sender, due).await {
            tally.on_failure(&error.context("a publisher failed"));
        }
    });
}

async fn publish_all(
    port: u16,
    dialect: crate::dialect::Dialect,
    tally: &Tally,
    sender: usize,
    mut due: Option<UnboundedReceiver<Instant>>,
) -> Result<()> {
    let mut requester = Requester::open(port).await?;
    let mut text = String::new();
    loop {
        let at = match &mut due {
            Some(due) => match due.recv().await {
                Some(at) => {
                    tally.waiting.set(tally.waiting.get() - 1);
                    at
                }
                None => return Ok(()),
            },
            None if tally.running.get() => Instant::now(),
            None => return Ok(()),
        };
        text.clear();
        tally.next(sender, at).write_text(&mut text);
        requester.publish(dialect, &dialect.body(&text)).await?;
    }
}

/// Waits until all that was due is sent and has arrived, or does not come any more.
async fn drain(tally: &Tally, crowd: &Crowd) {
    let begin = Instant::now();
    // In a closed loop what was acknowledged just now may have been followed by another.
    sleep(Duration::from_millis(100)).await;
    while begin.elapsed() < DRAIN
        && tally.failures().is_empty()
        && (tally.waiting.get() > 0 || !crowd.has_all(tally.sent().iter().sum()))
    {
        sleep(Duration::from_millis(20)).await;
    }
    if tally.waiting.get() > 0 && tally.failures().is_empty() {
        // Their latencies are not among the others, and would be the worst.
        tally.on_failure(&anyhow!(
            "{} messages were due and never sent",
            tally.waiting.get()
        ));
    }
    // A repetition would come after.
    sleep(Duration::from_millis(200)).await;
}

#[expect(clippy::cast_precision_loss, reason = "counts of seconds")]
fn report(
    options: &Options,
    tally: &Tally,
    crowd: &Crowd,
    from: &Moment,
    to: &Moment,
) -> Result<Report> {
    let seconds = (to.at - from.at).as_secs_f64();
    let deliveries = (to.delivered - from.delivered) as f64;
    let failures = tally.failures();
    if deliveries == 0.0 {
        bail!(
            "nothing was delivered; {}",
            failures
                .first()
                .map_or("nothing broke, either", |failure| failure)
        );
    }
    let server_ms = (to.server_ms - from.server_ms) as f64;
    let client_cpu = (to.client_ms - from.client_ms) as f64 / 1_000.0 / seconds;
    let sent = tally.sent();
    Ok(Report {
        receivers: crowd.len(),
        moves_on: match options.kind {
            Kind::RoomsClosed if options.dialect.acknowledges() => "acknowledgement",
            Kind::RoomsClosed => "own message's echo",
            Kind::StreamsClosed => "answer",
            _ => "schedule",
        },
        seconds,
        sent: sent.iter().sum(),
        delivered: tally.delivered.get(),
        messages_per_second: deliveries / crowd.len() as f64 / seconds,
        deliveries_per_second: deliveries / seconds,
        latency_ms: Latency {
            p50: tally.percentile(50.0),
            p90: tally.percentile(90.0),
            p99: tally.percentile(99.0),
            max: tally.percentile(100.0),
        },
        cpu_us_per_delivery: server_ms * 1_000.0 / deliveries,
        server_cpu: server_ms / 1_000.0 / seconds,
        client_cpu,
        client_bound: client_cpu >= CLIENT_BOUND,
        bill: None,
        faults: crowd.faults(&sent),
        failures: failures.into_iter().take(3).collect(),
    })
}
