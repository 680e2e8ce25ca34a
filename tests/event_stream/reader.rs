//! A reader of event streams, written from the standard's text and nothing else.
//!
//! Source: [WHATWG HTML, 9.2.5 and 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
//! It shares no code with the crate, takes one byte after the other, and can
//! therefore be cut anywhere: what it has then is what a browser would have.

/// An event as it was dispatched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its type.
    pub(crate) kind: String,
    /// Its data.
    pub(crate) data: String,
    /// The `id` that stood in this very event.
    pub(crate) id: Option<String>,
}

/// What the buffer of the last event ID holds when a response begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Buffer {
    /// What the response before left in it, as in the browsers.
    Kept,
    /// Nothing, as the standard has it to the letter. A blank line before the first
    /// `id` then makes the reader forget its place, so a server must not send one.
    Emptied,
}

/// A reader, from its first connection to its last.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    /// What was dispatched, on all connections.
    pub(crate) events: Vec<Event>,
    /// What would be sent as `Last-Event-ID`; empty for no header.
    pub(crate) last_event_id: String,
    /// The reconnection time, in milliseconds.
    pub(crate) retry: Option<u64>,
    buffer: Buffer,
    response: Response,
}

/// What is forgotten when a connection ends.
#[derive(Debug, Clone, Default)]
struct Response {
    line: Vec<u8>,
    lines: usize,
    after_cr: bool,
    kind: String,
    data: String,
    id: String,
    own_id: Option<String>,
}

impl Reader {
    pub(crate) fn new(buffer: Buffer) -> Self {
        Self {
            events: Vec::new(),
            last_event_id: String::new(),
            retry: None,
            buffer,
            response: Response::default(),
        }
    }

    /// Begins with the next response; what was not dispatched by now never will be.
    pub(crate) fn reconnect(&mut self) {
        self.response = Response::default();
        if self.buffer == Buffer::Kept {
            self.response.id.clone_from(&self.last_event_id);
        }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.on_byte(*byte);
        }
    }

    /// Lines end in CRLF, LF or CR. After a CR the line is complete, and an LF
    /// that follows belongs to it.
    fn on_byte(&mut self, byte: u8) {
        let after_cr = std::mem::replace(&mut self.response.after_cr, byte == b'\r');
        match byte {
            b'\n' if after_cr => {}
            b'\n' | b'\r' => {
                let line = std::mem::take(&mut self.response.line);
                self.on_line(&line);
            }
            _ => self.response.line.push(byte),
        }
    }

    fn on_line(&mut self, line: &[u8]) {
        // "UTF-8 decode" takes one BOM off the beginning, and no other.
        let line = match line.strip_prefix(b"\xef\xbb\xbf") {
            Some(line) if self.response.lines == 0 => line,
            _ => line,
        };
        self.response.lines += 1;
        // No sequence of UTF-8 contains a line end: lines decode one by one.
        let line = String::from_utf8_lossy(line);
        if line.is_empty() {
            self.dispatch();
            return;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        // A comment has an empty name and is ignored like any that is unknown.
        self.on_field(name, value.strip_prefix(' ').unwrap_or(value));
    }

    fn on_field(&mut self, name: &str, value: &str) {
        let response = &mut self.response;
        match name {
            "event" => value.clone_into(&mut response.kind),
            "data" => {
                response.data.push_str(value);
                response.data.push('\n');
            }
            "id" if !value.contains('\0') => {
                value.clone_into(&mut response.id);
                response.own_id = Some(value.to_owned());
            }
            "retry" if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) => {
                self.retry = value.parse().ok();
            }
            _ => {}
        }
    }

    fn dispatch(&mut self) {
        let response = &mut self.response;
        self.last_event_id.clone_from(&response.id);
        let kind = std::mem::take(&mut response.kind);
        let mut data = std::mem::take(&mut response.data);
        let id = response.own_id.take();
        if data.pop().is_none() {
            return;
        }
        self.events.push(Event {
            kind: if kind.is_empty() {
                "message".to_owned()
            } else {
                kind
            },
            data,
            id,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sse_core::{SseDecoder, SseEvent};

    fn read(bytes: &[u8]) -> Reader {
        let mut reader = Reader::new(Buffer::Emptied);
        reader.feed(bytes);
        reader
    }

    fn data(text: &str) -> Vec<String> {
        let events = read(text.as_bytes()).events.into_iter();
        events.map(|event| event.data).collect()
    }

    #[test]
    fn one_bom_is_taken_off_and_a_second_is_a_part_of_the_name() {
        assert_eq!(
            data("\u{feff}data:1\n\n\u{feff}data:2\n\ndata:3\n\n"),
            ["1", "3"]
        );
        assert_eq!(data("\u{feff}\u{feff}data:1\n\ndata:2\n\n"), ["2"]);
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        assert_eq!(
            data("data:1\rdata:2\ndata:3\r\ndata:4\r\rdata:5\n\r\n"),
            ["1\n2\n3\n4", "5"]
        );
    }

    #[test]
    fn comments_and_unknown_fields_are_ignored() {
        assert_eq!(
            data("data:1\n:data:2\n data:3\ndatas:4\nDATA:5\ndata:6\n\n"),
            ["1\n6"]
        );
    }

    #[test]
    fn one_space_is_taken_off() {
        assert_eq!(
            data("data:\tx\rdata: y\ndata:  z\ndata:\ndata\n\n"),
            ["\tx\ny\n z\n\n"]
        );
    }

    #[test]
    fn without_data_or_without_a_blank_line_there_is_no_event() {
        assert_eq!(data("event:x\n\ndata\n\ndata:\n\ndata:x\n"), ["", ""]);
    }

    #[test]
    fn an_id_is_kept_until_another_comes_and_nul_is_none() {
        let reader = read(b"id:1\ndata:1\n\ndata:2\n\nid:a\0b\ndata:3\n\n");
        assert_eq!(reader.last_event_id, "1");
        assert_eq!(read(b"id:1\n\nid\ndata:1\n\n").last_event_id, "");
        assert_eq!(read(b"id:1\ndata:1\n").last_event_id, "");
    }

    #[test]
    fn a_retry_of_anything_but_digits_is_ignored() {
        for bogus in [
            "retry:3x",
            "retry:-1",
            "retry:",
            "retry:1.5",
            "retry:+1",
            "retry:\u{661}",
        ] {
            assert_eq!(
                read(format!("retry:7\n{bogus}\n").as_bytes()).retry,
                Some(7),
                "{bogus}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_replaced() {
        assert_eq!(
            read(b"data:a\xff\xe2\x82\ndata:b\n\n").events[0].data,
            "a\u{fffd}\u{fffd}\nb"
        );
    }

    /// The pieces that parsers trip over, in any order.
    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => Just("\n"), 2 => Just("\r"), 2 => Just("\r\n"), 2 => Just(":"), 2 => Just(" "),
            4 => Just("data"), 2 => Just("event"), 3 => Just("id"), 2 => Just("retry"),
            1 => Just("data: "), 1 => Just("\u{feff}"), 1 => Just("\0"), 1 => Just("\u{2028}"),
            1 => Just("\u{1f980}"), 1 => Just("7"), 1 => Just("x"), 1 => Just("\u{85}"),
        ];
        let bytes = prop_oneof![
            20 => piece.prop_map(|text| text.as_bytes().to_vec()),
            1 => any::<u8>().prop_map(|byte| vec![byte]),
        ];
        proptest::collection::vec(bytes, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn it_agrees_with_an_independent_parser_on_anything(
            bytes in stream(),
            chunk in 1_usize..9,
        ) {
            let mut decoder = SseDecoder::new();
            let mut events = Vec::new();
            for mut chunk in bytes.chunks(chunk) {
                while let Some(event) = decoder.next(&mut chunk) {
                    if let SseEvent::Message(event) = event.unwrap() {
                        events.push((event.event.into_owned(), event.data));
                    }
                }
            }
            let reader = read(&bytes);
            let ours: Vec<_> = reader.events.into_iter().map(|e| (e.kind, e.data)).collect();
            prop_assert_eq!(ours, events);
            prop_assert_eq!(
                reader.last_event_id.as_str(),
                decoder.last_event_id().map_or("", |id| id)
            );
        }
    }
}
