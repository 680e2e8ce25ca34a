//! How soon after its start a server answers.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;
use tokio::time::sleep;

use crate::crowd::Crowd;
use crate::options::Options;
use crate::tally::Tally;
use crate::usage;

/// What came of it, in ms.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// From the start of the server's process until a member had its first message back,
    /// or a reader its first event; to 10 ms.
    since_start_ms: u64,
    /// From the first connection on.
    since_connect_ms: f64,
}

/// Sends one message, or publishes one event, and waits until it comes back.
pub(crate) async fn run(options: &Options) -> Result<Report> {
    let tally = Rc::new(Tally::new(1)?);
    let mut crowd = Crowd::default();
    let begin = Instant::now();
    if options.members > 0 {
        crowd.join(options, &tally, 1).await?;
        crowd
            .members
            .iter()
            .for_each(|member| member.say(1, Instant::now()));
    } else {
        crowd.subscribe(options, &tally, 1).await?;
        let mut text = String::new();
        tally.next(0, Instant::now()).write_text(&mut text);
        let mut publisher = crate::reader::Requester::open(options.port).await?;
        publisher
            .publish(options.dialect, &options.dialect.body(&text))
            .await?;
    }
    while !crowd.has_all(1) {
        sleep(Duration::from_millis(1)).await;
    }
    Ok(Report {
        since_connect_ms: begin.elapsed().as_secs_f64() * 1_000.0,
        since_start_ms: usage::age_ms(options.pid)?,
    })
}
