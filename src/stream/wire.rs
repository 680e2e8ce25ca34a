//! How events look on a connection: as an event stream, or as JSON frames.
//!
//! A frame is encoded once and sent to every reader that speaks its wire.

use crate::cursor::Epoch;
use crate::error::{Error, Result};
use crate::frames::in_frames;
use crate::log::Record;
use crate::sse::event;
use crate::stream::{Chunk, EventView};
use serde::{Deserialize, Serialize};

/// What a reader speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// `text/event-stream`, forwarded by the Worker.
    EventStream,
    /// WebSocket text frames: one event as a JSON object, several as an array.
    Json,
}

impl Wire {
    /// A chunk as frames, one for an event stream; none where there is nothing to say.
    pub fn chunk(self, epoch: &Epoch, chunk: &Chunk) -> Result<Vec<String>> {
        match self {
            Self::EventStream => {
                let mut out = String::new();
                if let Some(gap) = &chunk.gap {
                    event::write_gap(&mut out, gap);
                }
                for record in &chunk.records {
                    event::write_record(&mut out, epoch, record);
                }
                Ok(one_frame(out))
            }
            Self::Json => {
                let gap = chunk.gap.as_ref().map(|gap| control("gap", gap));
                json_frames(gap.transpose()?, epoch, &chunk.records)
            }
        }
    }

    /// Live events as frames, one for an event stream; none where there are no events.
    pub fn records(self, epoch: &Epoch, records: &[Record]) -> Result<Vec<String>> {
        match self {
            Self::EventStream => {
                let mut out = String::new();
                for record in records {
                    event::write_record(&mut out, epoch, record);
                }
                Ok(one_frame(out))
            }
            Self::Json => json_frames(None, epoch, records),
        }
    }

    /// The last frame of a stream that was deleted.
    pub fn deleted(self) -> Result<String> {
        #[derive(Serialize)]
        struct Nothing {}
        match self {
            Self::EventStream => Ok(event::deleted()),
            Self::Json => control("deleted", &Nothing {}),
        }
    }
}

/// An event that is no place in the log, and so has no cursor.
fn control<T: Serialize>(kind: &str, data: &T) -> Result<String> {
    #[derive(Serialize)]
    struct Control<'a, T> {
        #[serde(rename = "type")]
        kind: &'a str,
        data: &'a T,
    }
    to_json(&Control { kind, data })
}

fn one_frame(text: String) -> Vec<String> {
    Some(text)
        .filter(|text| !text.is_empty())
        .into_iter()
        .collect()
}

fn json_frames(first: Option<String>, epoch: &Epoch, records: &[Record]) -> Result<Vec<String>> {
    let mut events: Vec<String> = Vec::with_capacity(records.len().saturating_add(1));
    events.extend(first);
    for record in records {
        events.push(to_json(&EventView::new(epoch, record.clone())?)?);
    }
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    Ok(in_frames(&events).collect())
}

fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| Error::Internal(format!("an event did not serialise: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Data;
    use crate::log::Gap;
    use crate::stream::Then;

    fn record(seq: u64, data: Data, is_final: bool) -> Record {
        Record {
            seq,
            at: 5,
            kind: "message".into(),
            data,
            key: Some("not shown".into()),
            is_final,
        }
    }

    #[test]
    fn one_event_is_an_object_and_several_are_an_array() {
        let epoch = Epoch::from_random(0);
        let one = record(1, Data::Text("a\n\"b\"".into()), false);
        let two = record(2, Data::Json("[1]".into()), true);
        let json = |records: &[Record]| Wire::Json.records(&epoch, records).unwrap().concat();
        let first = r#"{"cursor":"0000000000.1","type":"message","data":"a\n\"b\"","at":5}"#;
        let second = r#"{"cursor":"0000000000.2","type":"message","data":[1],"at":5,"final":true}"#;
        assert_eq!(json(&[]), "");
        assert_eq!(json(std::slice::from_ref(&one)), first);
        assert_eq!(json(&[one, two]), format!("[{first},{second}]"));
    }

    #[test]
    fn a_gap_comes_first_on_either_wire() {
        let epoch = Epoch::from_random(0);
        let chunk = Chunk {
            gap: Some(Gap {
                requested: "x".into(),
                oldest: None,
                head: None,
                from: 1,
            }),
            records: vec![record(1, Data::Json("1".into()), false)],
            then: Then::Live,
        };
        let gap = r#"{"requested":"x","oldest":null,"head":null}"#;
        assert_eq!(
            Wire::EventStream.chunk(&epoch, &chunk).unwrap().concat(),
            format!("event: gap\ndata: {gap}\n\ndata: 1\nid: 0000000000.1\n\n")
        );
        assert_eq!(
            Wire::Json.chunk(&epoch, &chunk).unwrap().concat(),
            format!(
                r#"[{{"type":"gap","data":{gap}}},{{"cursor":"0000000000.1","type":"message","data":1,"at":5}}]"#
            )
        );
    }

    #[test]
    fn no_frame_of_json_is_without_bound() {
        let epoch = Epoch::from_random(0);
        let large = || Data::Text("x".repeat(60_000));
        let records: Vec<Record> = (1..=20).map(|seq| record(seq, large(), false)).collect();
        let frames = Wire::Json.records(&epoch, &records).unwrap();
        assert_eq!(frames.len(), 5);
        let mut seqs = Vec::new();
        for frame in frames {
            assert!(frame.len() < 300_000);
            let events: Vec<serde_json::Value> = serde_json::from_str(&frame).unwrap();
            seqs.extend(events.iter().map(|event| event["cursor"].to_string()));
        }
        let whole = (1..=20).map(|seq| format!("\"{}\"", epoch.at(seq)));
        assert!(seqs.into_iter().eq(whole));
        assert_eq!(
            Wire::EventStream.records(&epoch, &records).unwrap().len(),
            1
        );
    }

    #[test]
    fn deleted() {
        assert_eq!(
            Wire::Json.deleted().unwrap(),
            r#"{"type":"deleted","data":{}}"#
        );
    }
}
