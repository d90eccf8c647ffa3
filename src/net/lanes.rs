//! Which look-ups of a batch are still under way.

/// Look-ups that are done side by side.
pub(super) const LANES: usize = 64;

/// A list of lanes, each at most once.
#[derive(Clone, Copy)]
pub(super) struct Lanes {
    lanes: [u8; LANES],
    len: usize,
}

impl Lanes {
    pub(super) fn new() -> Self {
        Self {
            lanes: [0; LANES],
            len: 0,
        }
    }

    /// Appends a lane if `wanted`, without a branch: in a batch of mixed look-ups no processor could predict it.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "there are 64 lanes")]
    pub(super) fn push_if(&mut self, lane: usize, wanted: bool) {
        self.lanes[self.len % LANES] = (lane % LANES) as u8;
        self.len += usize::from(wanted);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The lanes in the order in which they were appended.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.lanes
            .iter()
            .take(self.len)
            .map(|&lane| usize::from(lane) % LANES)
    }
}
