//! As much of HTTP/1.1 as the load needs: heads, and bodies in chunks or of a length.

use anyhow::{Context, Result, bail};

/// An answer's head.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The status code.
    pub(crate) status: u16,
    /// How the body is delimited.
    pub(crate) body: Body,
    /// How many bytes the head took.
    pub(crate) length: usize,
}

/// Where in a body the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// So many bytes are left.
    Sized(usize),
    /// At the line with the next chunk's size.
    ChunkSize,
    /// So many bytes of a chunk are left.
    Chunk(usize),
    /// At the empty line behind a chunk; whether it was the last.
    ChunkEnd(bool),
    /// All that comes, until the connection ends.
    Unbounded,
    /// There is nothing more.
    Done,
}

/// Reads a head when all of it is there.
pub(crate) fn head(bytes: &[u8]) -> Result<Option<Head>> {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
    let mut lines = text.split("\r\n");
    let status: u16 = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .context("no status")?
        .parse()?;
    let mut body = if matches!(status, 101 | 204) {
        Body::Done
    } else {
        Body::Unbounded
    };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            body = Body::Sized(value.parse()?).settled();
        } else if name.eq_ignore_ascii_case("transfer-encoding")
            && value.eq_ignore_ascii_case("chunked")
        {
            body = Body::ChunkSize;
        }
    }
    Ok(Some(Head {
        status,
        body,
        length: end + 4,
    }))
}

impl Body {
    fn settled(self) -> Self {
        if self == Self::Sized(0) {
            Self::Done
        } else {
            self
        }
    }

    /// Goes through what has arrived, hands its content to `content` piece by piece, and
    /// answers how many bytes are dealt with.
    pub(crate) fn take(&mut self, bytes: &[u8], mut content: impl FnMut(&[u8])) -> Result<usize> {
        let mut rest = bytes;
        loop {
            match *self {
                Self::Done => break,
                Self::Unbounded => {
                    content(rest);
                    rest = &[];
                    break;
                }
                Self::Sized(left) | Self::Chunk(left) => {
                    let (piece, behind) = rest.split_at(left.min(rest.len()));
                    content(piece);
                    rest = behind;
                    let left = left - piece.len();
                    *self = match *self {
                        Self::Sized(_) => Self::Sized(left).settled(),
                        _ if left == 0 => Self::ChunkEnd(false),
                        _ => Self::Chunk(left),
                    };
                    if left > 0 {
                        break;
                    }
                }
                Self::ChunkSize => {
                    let Some((line, behind)) = line(rest) else {
                        break;
                    };
                    let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
                    let size = usize::from_str_radix(std::str::from_utf8(size)?.trim(), 16)?;
                    *self = if size == 0 {
                        Self::ChunkEnd(true)
                    } else {
                        Self::Chunk(size)
                    };
                    rest = behind;
                }
                Self::ChunkEnd(last) => {
                    let Some((line, behind)) = line(rest) else {
                        break;
                    };
                    if !line.is_empty() {
                        bail!("no end of line behind a chunk");
                    }
                    *self = if last { Self::Done } else { Self::ChunkSize };
                    rest = behind;
                }
            }
        }
        Ok(bytes.len() - rest.len())
    }
}

fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memmem::find(bytes, b"\r\n")?;
    Some((bytes.get(..end)?, bytes.get(end + 2..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_how_its_body_is_delimited() {
        let head_of = |text: &str| head(text.as_bytes()).unwrap().unwrap();
        let sized = head_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(
            sized,
            Head {
                status: 200,
                body: Body::Sized(5),
                length: 38
            }
        );
        assert_eq!(
            head_of("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").body,
            Body::ChunkSize
        );
        assert_eq!(
            head_of("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").body,
            Body::Done
        );
        assert_eq!(head_of("HTTP/1.1 204 No Content\r\n\r\n").body, Body::Done);
        assert_eq!(head(b"HTTP/1.1 200 OK\r\nContent").unwrap(), None);
    }

    #[test]
    fn chunks_cut_anywhere_give_the_same_content() {
        let wire = b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n";
        for cut in 0..wire.len() {
            let (mut body, mut pending, mut content) = (Body::ChunkSize, Vec::new(), Vec::new());
            for part in [&wire[..cut], &wire[cut..]] {
                pending.extend(part);
                let taken = body.take(&pending, |piece| content.extend(piece)).unwrap();
                pending.drain(..taken);
            }
            assert_eq!(
                (content.as_slice(), body),
                (&b"hello world"[..], Body::Done),
                "cut at {cut}"
            );
        }
    }
}
