//! What the command line says.

use anyhow::{Context, Result, bail};

use crate::dialect::Dialect;

/// What is loaded, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Senders in a room say the next thing when the last is acknowledged.
    RoomsClosed,
    /// Senders in a room speak on a schedule.
    RoomsOpen,
    /// Publishers publish the next event when the last is answered.
    StreamsClosed,
    /// Publishers publish on a schedule.
    StreamsOpen,
    /// Members and readers come, and nothing happens.
    Idle,
    /// One message or event, as soon as the server can take it.
    First,
}

/// The whole command line.
#[derive(Debug)]
pub(crate) struct Options {
    /// What is loaded, and how.
    pub(crate) kind: Kind,
    /// How the server is spoken to.
    pub(crate) dialect: Dialect,
    /// Where it listens.
    pub(crate) port: u16,
    /// Its process; usage is of it and its descendants.
    pub(crate) pid: u32,
    /// Members of the room.
    pub(crate) members: usize,
    /// Readers of the stream.
    pub(crate) readers: usize,
    /// Members or publishers who send.
    pub(crate) senders: usize,
    /// Messages of a sender that are under way at once, in a closed loop.
    pub(crate) window: usize,
    /// Messages a second, all senders together, on a schedule.
    pub(crate) rate: f64,
    /// How long is measured.
    pub(crate) seconds: f64,
    /// How long is not measured before that.
    pub(crate) warmup: f64,
    /// Messages a second in that time, but for its last three seconds, on a schedule; as later
    /// where it is not said.
    pub(crate) warmup_rate: Option<f64>,
    /// Where the server tells what it has counted, of each of its objects.
    pub(crate) figures: Vec<String>,
}

impl Options {
    /// Reads `--name value` pairs.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            kind: Kind::RoomsClosed,
            dialect: Dialect::Plain,
            port: 0,
            pid: 0,
            members: 100,
            readers: 100,
            senders: 10,
            window: 8,
            rate: 50.0,
            seconds: 5.0,
            warmup: 1.0,
            warmup_rate: None,
            figures: Vec::new(),
        };
        while let Some(name) = words.next() {
            let value = words
                .next()
                .with_context(|| format!("{name} wants a value"))?;
            match name.as_str() {
                "--kind" => options.kind = kind(&value)?,
                "--dialect" => options.dialect = value.parse()?,
                "--port" => options.port = value.parse()?,
                "--pid" => options.pid = value.parse()?,
                "--members" => options.members = value.parse()?,
                "--readers" => options.readers = value.parse()?,
                "--senders" => options.senders = value.parse()?,
                "--window" => options.window = value.parse()?,
                "--rate" => options.rate = value.parse()?,
                "--seconds" => options.seconds = value.parse()?,
                "--warmup" => options.warmup = value.parse()?,
                "--warmup-rate" => options.warmup_rate = Some(value.parse()?),
                "--figures" => options.figures = value.split(',').map(str::to_owned).collect(),
                other => bail!("no option is called {other}"),
            }
        }
        if options.port == 0 || options.pid == 0 {
            bail!("--port and --pid of the server are needed");
        }
        Ok(options)
    }
}

fn kind(name: &str) -> Result<Kind> {
    Ok(match name {
        "rooms-closed" => Kind::RoomsClosed,
        "rooms-open" => Kind::RoomsOpen,
        "streams-closed" => Kind::StreamsClosed,
        "streams-open" => Kind::StreamsOpen,
        "idle" => Kind::Idle,
        "first" => Kind::First,
        other => bail!("no kind of load is called {other}"),
    })
}
