//! What the micro-kernels of the forward pass and the input gradient are called with.

use super::super::segment::{Sink, Source, Store};
use super::super::transform::{POINTS, RESULTS};

/// Register tiles of `C` output channels × `N` vectors, each the reduction over all (input channel, tap)
/// pairs; `runs` tiles of neighbouring vectors.
pub(crate) struct Tile {
    /// Base of the padded window.
    pub scratch: *const f32,
    /// `runs · N` starts of vectors, relative to `scratch`.
    pub starts: *const u32,
    /// How many register tiles.
    pub runs: usize,
    /// Per pair, what to add to a start.
    pub offsets: *const u32,
    /// Number of pairs.
    pub pairs: usize,
    /// First weight of the first channel.
    pub weights: *const f32,
    /// Per pair, what to add to a channel's first weight.
    pub weight_offsets: *const u32,
    /// Distance between the weights of neighbouring channels.
    pub weight_pitch: usize,
    /// `runs · N + 1` indices into `stores`: those of vector `v` are `first[v]..first[v + 1]`.
    pub first: *const u32,
    /// Per vector, how many from it on go whole to one sample.
    pub whole: *const u32,
    /// All stores.
    pub stores: *const Store,
    /// Which sample the stack starts with.
    pub sample: usize,
    /// `C` output channels.
    pub sinks: *const Sink,
    /// `C` channels of pre-activations and the slope, or null.
    pub pre: *const Source,
    /// Slope for `pre`.
    pub slope: f32,
    /// What fills the scratch buffer on the way, for [`TileKind::Fill`].
    pub stream: Stream,
    /// How the reduction is cut into lists, for [`TileKind::Winograd`].
    pub lists: Lists,
}

/// How a register tile gets its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TileKind {
    /// As the sums over all pairs.
    Direct,
    /// In the same way, filling the scratch buffer on the way with what it reads elsewhere.
    Fill,
    /// Several rows at once: it reduces each list of pairs, and makes the results with the output transform.
    Winograd,
}

/// How the pairs of a Winograd reduction are cut: into a list for each point, whose sums the output transform
/// takes to the rows of results.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lists {
    /// How many lists.
    pub count: usize,
    /// Where each ends.
    pub ends: [usize; POINTS],
    /// The output transform: what each list is multiplied by in each result.
    pub factors: [[f32; RESULTS]; POINTS],
    /// How much further in a channel's plane the next row lies.
    pub shift: usize,
}

impl Lists {
    /// For register tiles that compute single rows.
    pub(crate) const NONE: Lists =
        Lists { count: 0, ends: [0; POINTS], factors: [[0.0; RESULTS]; POINTS], shift: 0 };
}

/// What register tiles that fill the scratch buffer read instead: per pair, where the numbers of the first
/// vector lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    /// One address per pair.
    pub from: *const *const f32,
    /// How many numbers further the first vector starts.
    pub offset: usize,
    /// Slope of the activation that is applied; 1 for none.
    pub slope: f32,
    /// The same of what will be read next, which is prefetched.
    pub next: *const *const f32,
    /// As `offset`, for `next`.
    pub next_offset: usize,
}

impl Stream {
    /// Nothing, for register tiles that read the scratch buffer.
    pub(crate) const NONE: Stream =
        Stream { from: std::ptr::null(), offset: 0, slope: 1.0, next: std::ptr::null(), next_offset: 0 };
}
