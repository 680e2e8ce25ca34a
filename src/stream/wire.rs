//! How events look on a connection: as an event stream, or as JSON frames.
//!
//! A frame is encoded once and sent to every reader that speaks its wire.

use crate::cursor::Epoch;
use crate::error::{Error, Result};
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
    /// A chunk as one frame; empty where there is nothing to say.
    pub fn chunk(self, epoch: &Epoch, chunk: &Chunk) -> Result<String> {
        match self {
            Self::EventStream => {
                let mut out = String::new();
                if let Some(gap) = &chunk.gap {
                    event::write_gap(&mut out, gap);
                }
                for record in &chunk.records {
                    event::write_record(&mut out, epoch, record);
                }
                Ok(out)
            }
            Self::Json => {
                let gap = chunk.gap.as_ref().map(|gap| control("gap", gap));
                json_frame(gap.transpose()?, epoch, &chunk.records)
            }
        }
    }

    /// Live events as one frame; empty where there are none.
    pub fn records(self, epoch: &Epoch, records: &[Record]) -> Result<String> {
        match self {
            Self::EventStream => {
                let mut out = String::new();
                for record in records {
                    event::write_record(&mut out, epoch, record);
                }
                Ok(out)
            }
            Self::Json => json_frame(None, epoch, records),
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

fn json_frame(first: Option<String>, epoch: &Epoch, records: &[Record]) -> Result<String> {
    let mut events: Vec<String> = Vec::with_capacity(records.len().saturating_add(1));
    events.extend(first);
    for record in records {
        events.push(to_json(&EventView::new(epoch, record.clone())?)?);
    }
    Ok(match events.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        many => format!("[{}]", many.join(",")),
    })
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
        let json = |records: &[Record]| Wire::Json.records(&epoch, records).unwrap();
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
            Wire::EventStream.chunk(&epoch, &chunk).unwrap(),
            format!("event: gap\ndata: {gap}\n\ndata: 1\nid: 0000000000.1\n\n")
        );
        assert_eq!(
            Wire::Json.chunk(&epoch, &chunk).unwrap(),
            format!(
                r#"[{{"type":"gap","data":{gap}}},{{"cursor":"0000000000.1","type":"message","data":1,"at":5}}]"#
            )
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
