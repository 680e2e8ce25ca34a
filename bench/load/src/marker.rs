//! What every message carries, so that each can be told from all others without parsing.
//!
//! A marker is `~sender.number.micros~`: who sent it, which of the sender's messages it
//! is (from 0, without holes), and when it was due, in µs since the run began. Dialects
//! put it into a text or a JSON string as it is: nothing in it needs an escape, and
//! nothing else that is on the wire has a `~`.

use std::fmt::Write;

/// Begins and ends a marker.
const EDGE: u8 = b'~';

/// What follows the marker: a message of a usual length.
const TEXT: &str = " the quick brown fox jumps over the lazy dog";

/// One message, as it is told from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    /// Who sent it.
    pub(crate) sender: usize,
    /// Which of the sender's messages it is, from 0.
    pub(crate) number: u64,
    /// When it was due, in µs since the run began.
    pub(crate) due: u64,
}

impl Marker {
    /// Appends the marker and the rest of a message's text.
    pub(crate) fn write_text(&self, out: &mut String) {
        // Writing into a String cannot fail.
        let _ = write!(out, "~{}.{}.{}~{TEXT}", self.sender, self.number, self.due);
    }
}

/// Calls `found` for every marker in `bytes`.
pub(crate) fn scan(bytes: &[u8], mut found: impl FnMut(Marker)) {
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(EDGE, rest) {
        rest = rest.get(at + 1..).unwrap_or_default();
        if let Some((marker, length)) = parse(rest) {
            found(marker);
            rest = rest.get(length..).unwrap_or_default();
        }
    }
}

/// Reads a marker from behind its first edge; also how long it is, its last edge included.
fn parse(bytes: &[u8]) -> Option<(Marker, usize)> {
    let mut fields = [0_u64; 3];
    let mut field = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                let value = fields.get_mut(field)?;
                *value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
            }
            b'.' => field += 1,
            &EDGE if field == 2 => {
                let [sender, number, due] = fields;
                return Some((
                    Marker {
                        sender: usize::try_from(sender).ok()?,
                        number,
                        due,
                    },
                    at + 1,
                ));
            }
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<Marker> {
        let mut markers = Vec::new();
        scan(bytes, |marker| markers.push(marker));
        markers
    }

    #[test]
    fn what_is_written_is_found() {
        let marker = Marker {
            sender: 7,
            number: 1_234,
            due: 5_678_901,
        };
        let mut text = String::new();
        marker.write_text(&mut text);
        assert_eq!(all(text.as_bytes()), [marker]);
    }

    #[test]
    fn several_in_one_frame_are_counted_one_by_one() {
        let frame =
            br#"[{"id":"0","text":"~0.1.2~ a"},{"id":"1","text":"~0.2.3~ b"},{"text":"~12.3.4~"}]"#;
        let numbers: Vec<_> = all(frame)
            .iter()
            .map(|marker| (marker.sender, marker.number))
            .collect();
        assert_eq!(numbers, [(0, 1), (0, 2), (12, 3)]);
    }

    #[test]
    fn what_is_no_marker_is_passed_over() {
        assert_eq!(all(b"~ ~1.2~ ~a.b.c~ ~1.2.3"), []);
        assert_eq!(
            all(b"~1.2~1.2.3~"),
            [Marker {
                sender: 1,
                number: 2,
                due: 3
            }]
        );
    }
}
