//! The object that owns a stream, without the platform: what it would send.
//!
//! It puts responses together as the Worker does: the preamble, then a chunk after
//! the other until the reader is live or the stream has ended.

use crate::disk::Disk;
use tidings::cursor::Epoch;
use tidings::log::Entry;
use tidings::sse::event;
use tidings::stream::config::Config;
use tidings::stream::{Chunk, Position, Stream, Then, Wire, publish};

/// An object and its stream.
#[derive(Debug)]
pub(crate) struct Object {
    disk: Disk,
    stream: Stream<Disk>,
    /// Unix time in milliseconds; it passes when a test says so.
    pub(crate) now: u64,
}

impl Object {
    pub(crate) fn new() -> Self {
        Self::on(Disk::default(), 1_700_000_000_000)
    }

    /// An object that keeps so many events, for a day.
    pub(crate) fn retaining(events: u64) -> Self {
        let mut object = Self::new();
        let config = format!("{{\"retain_events\":{events}}}");
        let config = Config::parse(config.as_bytes()).unwrap();
        object.stream.configure(config, 0).unwrap();
        object
    }

    fn on(disk: Disk, now: u64) -> Self {
        // The epoch is only taken where there is none yet.
        let stream = Stream::open(disk.clone(), Epoch::from_random(0x5eed)).unwrap();
        Self { disk, stream, now }
    }

    /// Another object on a copy of what is durable, as after a crash.
    pub(crate) fn survivor(&self) -> Self {
        Self::on(self.disk.survivor(), self.now)
    }

    /// Loses what is not durable.
    pub(crate) fn crash(&mut self) {
        *self = self.survivor();
    }

    /// The cursor of an event.
    pub(crate) fn cursor(&self, seq: u64) -> String {
        self.stream.epoch().at(seq).to_string()
    }

    /// Takes events without making them durable.
    pub(crate) fn take(&mut self, entries: Vec<Entry>) {
        self.stream.publish(entries, self.now).unwrap();
    }

    /// Publishes events; the frame that every live reader gets.
    pub(crate) fn publish(&mut self, entries: Vec<Entry>) -> String {
        self.take(entries);
        self.now += 1;
        let flush = self.stream.commit().unwrap();
        let mut frame = String::new();
        for record in &flush.records {
            event::write_record(&mut frame, self.stream.epoch(), record);
        }
        frame
    }

    /// Publishes an event a line.
    pub(crate) fn publish_lines(&mut self, ndjson: &str) -> String {
        let entries = publish::parse(Some("application/x-ndjson"), ndjson.as_bytes()).unwrap();
        self.publish(entries)
    }

    /// Publishes a plain text.
    pub(crate) fn publish_text(&mut self, text: &str) -> String {
        self.publish(publish::parse(Some("text/plain"), text.as_bytes()).unwrap())
    }

    /// The first chunk of a response, with the preamble; `None` for a 204.
    pub(crate) fn subscribe(&mut self, position: &Position) -> Option<(String, Then)> {
        let chunk = self.stream.subscribe(position, self.now).unwrap()?;
        let mut text = event::preamble();
        self.show(&mut text, &chunk);
        Some((text, chunk.then))
    }

    /// The next chunk of a response.
    pub(crate) fn resume(&mut self, from: u64) -> (String, Then) {
        let chunk = self.stream.resume(from, self.now).unwrap();
        let mut text = String::new();
        self.show(&mut text, &chunk);
        (text, chunk.then)
    }

    /// A response up to where it waits for new events, or ends; `None` for a 204.
    pub(crate) fn respond(&mut self, position: &Position) -> Option<String> {
        let (mut text, mut then) = self.subscribe(position)?;
        while let Then::More(from) = then {
            let (more, next) = self.resume(from);
            text.push_str(&more);
            then = next;
        }
        Some(text)
    }

    fn show(&self, text: &mut String, chunk: &Chunk) {
        let frame = Wire::EventStream.chunk(self.stream.epoch(), chunk);
        text.push_str(&frame.unwrap());
    }
}

/// Where a request begins to read: `Last-Event-ID` (empty for no such header),
/// else the cursor in the query.
pub(crate) fn position(last_event_id: &str, after: Option<&str>) -> Position {
    let header = Some(last_event_id).filter(|id| !id.is_empty());
    Position::from_request(header, |name| after.filter(|_| name == "after")).unwrap()
}
