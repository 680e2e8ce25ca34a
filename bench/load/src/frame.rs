//! WebSocket frames as a client sees and makes them (RFC 6455, section 5).
//!
//! By hand, because nothing may cost more here than on the server: a frame is scanned
//! where it was received, never copied. Extensions are not offered, and no server that
//! is measured splits a message into fragments: one that did would be refused.

use anyhow::{Result, bail};

/// The kinds of frames that matter to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text or bytes: messages.
    Data,
    /// Has to be answered with a pong.
    Ping,
    /// The server ends the connection.
    Close,
    /// Of no consequence.
    Pong,
}

/// A frame's kind, its payload, and what is behind it.
type Next<'a> = (Kind, &'a [u8], &'a [u8]);

/// Takes the first whole frame off `bytes`, if one is there.
pub(crate) fn next(bytes: &[u8]) -> Result<Option<Next<'_>>> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    if first & 0xf0 != 0x80 || second & 0x80 != 0 {
        bail!("a frame in fragments, with an extension or masked");
    }
    let (length, rest) = match second & 0x7f {
        126 => match rest.split_first_chunk::<2>() {
            Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk::<8>() {
            Some((length, rest)) => (u64::from_be_bytes(*length), rest),
            None => return Ok(None),
        },
        length => (u64::from(length), rest),
    };
    let kind = match first & 0x0f {
        1 | 2 => Kind::Data,
        8 => Kind::Close,
        9 => Kind::Ping,
        10 => Kind::Pong,
        other => bail!("a frame with the opcode {other}"),
    };
    Ok(rest
        .split_at_checked(usize::try_from(length)?)
        .map(|(payload, rest)| (kind, payload, rest)))
}

/// Appends a text frame of a client.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    write(out, 1, text.as_bytes());
}

/// Appends the answer to a ping.
pub(crate) fn write_pong(out: &mut Vec<u8>, payload: &[u8]) {
    write(out, 10, payload);
}

fn write(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(0x80 | opcode);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length @ ..=125), _) => out.push(0x80 | length),
        (_, Ok(length)) => {
            out.push(0xfe);
            out.extend(length.to_be_bytes());
        }
        _ => {
            out.push(0xff);
            out.extend((payload.len() as u64).to_be_bytes());
        }
    }
    // The mask guards proxies against hostile pages. There are neither here, and a mask
    // of zeros leaves the payload as it is.
    out.extend([0; 4]);
    out.extend(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_all_lengths_are_taken_off_one_by_one() {
        let mut bytes = b"\x81\x02hi".to_vec();
        bytes.extend([0x81, 126, 1, 0]);
        bytes.extend([b'x'; 256]);
        bytes.extend([0x89, 0]);
        let (kind, payload, rest) = next(&bytes).unwrap().unwrap();
        assert_eq!((kind, payload), (Kind::Data, &b"hi"[..]));
        let (kind, payload, rest) = next(rest).unwrap().unwrap();
        assert_eq!((kind, payload), (Kind::Data, &[b'x'; 256][..]));
        let (kind, payload, rest) = next(rest).unwrap().unwrap();
        assert_eq!((kind, payload, rest), (Kind::Ping, &b""[..], &b""[..]));
    }

    #[test]
    fn half_a_frame_waits_for_the_rest() {
        for half in [
            &b""[..],
            b"\x81",
            b"\x81\x02h",
            b"\x81\x7e\x01",
            b"\x81\x7f\0\0",
        ] {
            assert!(next(half).unwrap().is_none());
        }
    }

    #[test]
    fn fragments_are_refused() {
        assert!(next(b"\x01\x02hi").is_err());
    }

    #[test]
    fn a_frame_is_written_with_a_mask() {
        let mut out = Vec::new();
        write_text(&mut out, "hi");
        assert_eq!(out, b"\x81\x82\0\0\0\0hi");
        let mut long = Vec::new();
        write_text(&mut long, &"x".repeat(200));
        assert_eq!(long[..4], [0x81, 0xfe, 0, 200]);
    }
}
