//! How much of a life is large.

/// What a life may hold of large data, in bytes: something that is larger than a row.
const MOST: usize = 64 * 1024;

/// One life of so many has no bound, for a past of several pages and frames. Copying large
/// data would take most of the time of a search otherwise, and find nothing more.
const BOUNDLESS: usize = 8;

/// What is left of large data.
pub(crate) struct Bulk(usize);

impl Bulk {
    /// For the life that these bytes are.
    pub(crate) const fn of(data: &[u8]) -> Self {
        Self(if data.len().is_multiple_of(BOUNDLESS) {
            usize::MAX
        } else {
            MOST
        })
    }

    /// How many bytes a size stands for: the greatest for `large`, as long as there is
    /// some left.
    pub(crate) const fn bytes(&mut self, size: u8, large: usize) -> usize {
        if size == u8::MAX
            && let Some(left) = self.0.checked_sub(large)
        {
            self.0 = left;
            large
        } else {
            size as usize
        }
    }
}
