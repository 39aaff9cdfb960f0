//! The layout of the plane: which channels encode which choice (section 4.2).
//!
//! The order of the fields is that of the authors' code, so that its defects
//! ([`Switches`](super::mode::Switches)) are different offsets in this one place.

use std::ops::Range;

use super::rules::Ops;
use super::settings::{BLOCKS, Settings};

/// Channels of each field of the plane. A field with a single possible value has no channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) read: Range<usize>,
    pub(super) write: Range<usize>,
    pub(super) block: Range<usize>,
    pub(super) width: Range<usize>,
    /// Per described convolution and axis, one channel per dilation.
    pub(super) dilation: Vec<Vec<Range<usize>>>,
    /// Per described convolution and axis, one channel per kernel size.
    pub(super) kernel: Vec<Vec<Range<usize>>>,
    pub(super) mask: Range<usize>,
    /// Per described convolution, one channel per number of groups.
    pub(super) groups: Vec<Range<usize>>,
    /// Number of channels of the plane.
    pub(super) channels: usize,
}

impl Layout {
    /// The layout of planes drawn at annealing position `p`, which only matters where the switch
    /// `kernel_layout_drifts` is set.
    pub(super) fn new(settings: &Settings, rank: usize, p: f64) -> Self {
        let convs = if settings.ops == Ops::Single { 1 } else { 4 };
        let mut next = 0;
        let mut field = |len: usize| {
            next += len;
            next - len..next
        };
        let choices = |len: usize| if len > 1 { len } else { 0 };
        let dilations = choices(settings.max_dilation_of(3));
        let all = choices(settings.kernels(1.0).len());
        // The authors' code reserves three kernel sizes wherever there is a choice.
        let drifts = settings.switches.kernel_layout_drifts && all > 0;
        let (kernels, kept) = if drifts { (settings.kernels(p).len(), all.max(3)) } else { (all, all) };
        let groups = choices(settings.groups().len());
        let read = field(settings.max_banks());
        let write = field(settings.max_banks());
        let block = field(BLOCKS);
        let width = field(settings.max_units());
        let mut per_axis = |len| (0..convs).map(|_| (0..rank).map(|_| field(len)).collect()).collect();
        let dilation = per_axis(dilations);
        let kernel = per_axis(kernels);
        let mask = field(if settings.ops == Ops::Variable { 4 } else { 0 });
        let early = usize::from(settings.switches.groups_off_by_one && groups > 0);
        let groups = (0..convs).map(|_| field(groups)).map(|f| f.start - early..f.end - early).collect();
        let channels = next + (kept - kernels) * convs * rank;
        Self { read, write, block, width, dilation, kernel, mask, groups, channels }
    }
}
