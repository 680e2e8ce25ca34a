//! The load generator of the benchmark.
//!
//! It runs on one thread, so that it can be pinned to one core and the server to another;
//! what it receives it scans and does not parse, so that the server is what is measured.
//! It prints one JSON object. `node bench/run.mjs` starts it; by hand:
//!
//! ```text
//! load --kind rooms-closed --dialect tidings --port 8787 --pid 4711
//! ```
//!
//! # Layout
//!
//! - [`marker`]: what every message carries; [`order`]: whether all came, once, in order.
//! - [`frame`], [`http`], [`connection`]: the wire, by hand; [`dialect`]: what differs by peer.
//! - [`member`], [`reader`], [`crowd`]: who receives and sends; [`tally`]: what they count.
//! - [`schedule`]: when a message is due; [`usage`]: what the server's processes take.
//! - [`busy`], [`idle`], [`first`]: the kinds of load.

mod busy;
mod connection;
mod counted;
mod crowd;
mod dialect;
mod first;
mod frame;
mod http;
mod idle;
mod marker;
mod member;
mod options;
mod order;
mod reader;
mod schedule;
mod tally;
mod usage;

use std::io::Write;

use anyhow::Result;
use tokio::task::LocalSet;

use crate::options::{Kind, Options};

fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let report = LocalSet::new().block_on(&runtime, load(&options))?;
    let mut out = std::io::stdout();
    writeln!(out, "{report}")?;
    out.flush()?;
    // What is still connected need not say goodbye.
    std::process::exit(0);
}

async fn load(options: &Options) -> Result<String> {
    Ok(match options.kind {
        Kind::Idle => serde_json::to_string(&idle::run(options).await?)?,
        Kind::First => serde_json::to_string(&first::run(options).await?)?,
        _ => serde_json::to_string(&busy::run(options).await?)?,
    })
}
