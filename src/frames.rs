//! Several things as WebSocket frames of JSON.

use crate::room::object::array;

/// How large a frame becomes before the next is begun, in bytes: clients refuse large ones,
/// from 1 MiB on in some libraries.
const FRAME_BYTES: usize = 256 * 1024;

/// Things as frames: one as it is, several as an array; none where there is nothing.
pub(crate) fn in_frames<'a>(things: &'a [&'a str]) -> impl Iterator<Item = String> + 'a {
    let mut rest = things;
    std::iter::from_fn(move || {
        let mut bytes = 0_usize;
        let fitting = rest.iter().take_while(|thing| {
            let first = bytes == 0;
            bytes = bytes.saturating_add(thing.len());
            first || bytes <= FRAME_BYTES
        });
        let (now, later) = rest.split_at_checked(fitting.count())?;
        rest = later;
        match now {
            [] => None,
            [one] => Some((*one).to_owned()),
            several => Some(array(several)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_frame_is_without_bound() {
        let large = "x".repeat(FRAME_BYTES / 2);
        let things = vec![large.as_str(); 5];
        let frames: Vec<usize> = in_frames(&things).map(|frame| frame.len()).collect();
        assert_eq!(frames.len(), 3);
        assert_eq!(in_frames(&[]).count(), 0);
        let huge = "x".repeat(FRAME_BYTES * 2);
        assert_eq!(in_frames(&[huge.as_str(), "y"]).count(), 2);
    }
}
