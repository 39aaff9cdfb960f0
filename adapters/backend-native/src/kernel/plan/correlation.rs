//! The plan of a correlation, whichever pass it is: which channels it reads and writes, and its geometry.

use super::geometry::{Axis, AxisExtent, Geometry};
use super::shape::ConvShape;
use super::winograd::{PlaneResidency, Winograd};

/// Distances between weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WeightPitch {
    /// Between result channels.
    pub result: usize,
    /// Between source channels of a group. Taps are neighbours.
    pub source: usize,
}

/// A correlation to compute.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Number of samples.
    pub batch: usize,
    /// Number of groups.
    pub groups: usize,
    /// Source channels per group.
    pub reads: usize,
    /// Result channels per group.
    pub writes: usize,
    /// Distances in the weights.
    pub weight_pitch: WeightPitch,
    /// The correlation as it is defined, which is also how what it reads lies in its windows.
    pub read: Geometry,
    /// The correlation as it is summed: of Winograd's planes with their terms, or as it is defined.
    pub sum: Geometry,
    /// How rows are computed in Winograd tiles, if they are.
    pub winograd: Option<Winograd>,
}

impl Plan {
    /// The forward pass, and the weight gradient, which reads the input in the same way.
    pub(crate) fn forward(shape: &ConvShape) -> Plan {
        let shape = flatten(shape);
        let output = shape.output();
        let axes = std::array::from_fn(|a| {
            Axis::new(AxisExtent {
                source: shape.input[a],
                results: output[a],
                stride: shape.stride[a],
                source_dilation: 1,
                low: shape.padding[a] as isize,
                reads: (0..shape.kernel[a]).map(|tap| tap * shape.dilation[a]).collect(),
            })
        });
        let (reads, writes) = (shape.c_in / shape.groups, shape.c_out / shape.groups);
        let taps = shape.kernel.iter().product::<usize>();
        let weight_pitch = WeightPitch { result: reads * taps, source: taps };
        Plan::direct(&shape, reads, writes, weight_pitch, Geometry::new(axes))
    }

    /// The input gradient: the output gradient, with zeros between for a stride, correlated with the flipped
    /// kernel. Taps are numbered as in the weights.
    pub(crate) fn input_gradient(shape: &ConvShape) -> Plan {
        let shape = flatten(shape);
        let output = shape.output();
        let axes = std::array::from_fn(|a| {
            let reach = (shape.kernel[a] - 1) * shape.dilation[a];
            Axis::new(AxisExtent {
                source: output[a],
                results: shape.input[a],
                stride: 1,
                source_dilation: shape.stride[a],
                low: reach as isize - shape.padding[a] as isize,
                reads: (0..shape.kernel[a]).map(|tap| reach - tap * shape.dilation[a]).collect(),
            })
        });
        let (reads, writes) = (shape.c_out / shape.groups, shape.c_in / shape.groups);
        let taps = shape.kernel.iter().product::<usize>();
        let weight_pitch = WeightPitch { result: taps, source: writes * taps };
        Plan::direct(&shape, reads, writes, weight_pitch, Geometry::new(axes))
    }

    fn direct(
        shape: &ConvShape,
        reads: usize,
        writes: usize,
        weight_pitch: WeightPitch,
        geometry: Geometry,
    ) -> Plan {
        Plan {
            batch: shape.batch,
            groups: shape.groups,
            reads,
            writes,
            weight_pitch,
            read: geometry.clone(),
            sum: geometry,
            winograd: None,
        }
    }

    /// The same correlation, computed directly in that geometry.
    pub(crate) fn in_geometry(self, geometry: Geometry) -> Plan {
        Plan { read: geometry.clone(), sum: geometry, winograd: None, ..self }
    }

    /// The same correlation in Winograd tiles, if it can be computed so.
    pub(crate) fn in_winograd_tiles(&self, residency: PlaneResidency) -> Option<Plan> {
        let winograd = Winograd::new(&self.read, self.reads, residency)?;
        Some(Plan { sum: winograd.geometry(&self.read), winograd: Some(winograd), ..self.clone() })
    }

    /// (Input channel, tap) pairs that one result sums over; (input channel, term) pairs of a Winograd tile.
    pub(crate) fn pairs(&self) -> usize {
        self.reads * self.sum.taps.len()
    }

    /// Weights of a group.
    pub(crate) fn group_weights(&self) -> usize {
        self.writes * self.reads * self.read.taps.len()
    }

    /// Multiply-accumulates of the whole correlation, as it is defined.
    pub(crate) fn macs(&self) -> usize {
        self.batch * self.groups * self.writes * self.reads * self.read.macs()
    }
}

/// A 1×1×1 convolution without stride and padding does not care where rows end: one long row.
fn flatten(shape: &ConvShape) -> ConvShape {
    let mut shape = shape.clone();
    if shape.kernel == [1; 3] && shape.stride == [1; 3] && shape.padding == [0; 3] {
        shape.input = [1, 1, shape.input.iter().product()];
    }
    shape
}
