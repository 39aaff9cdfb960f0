//! The encoding of an architecture as the HyperNet's plane (section 4).

use std::ops::Range;

use smash_core::space::{Description, GeneratedSlice, WeightScheme};

use super::build::generated_name;
use super::choices::{Choices, Operation};
use super::layout::Layout;
use super::rules::BottleneckRule;
use super::settings::{Limits, Settings};

/// Value of a cell in a channel that applies.
const SET: f32 = 1.0;
/// Value of all other cells.
const BACKGROUND: f32 = -1.0;

/// Describes valid choices.
pub(super) fn describe(settings: &Settings, layout: &Layout, choices: &Choices) -> Description {
    let limits = choices.blocks.iter().enumerate().map(|(b, block)| settings.limits(b, block.bank, 1.0));
    let limits: Vec<Limits> = limits.collect();
    let taken: usize = choices
        .blocks
        .iter()
        .zip(&limits)
        .flat_map(|(b, l)| b.ops.iter().map(|op| l.slices_of(op.reads.len())))
        .sum();
    let rows = settings.generated_columns() / settings.unit;
    // One extra column beyond the last op, as in the authors' code: background that no parameter uses.
    let columns = taken + 1;
    let plane = Plane { data: vec![BACKGROUND; layout.channels * rows * columns], rows, columns };
    let mut encoder = Encoder { settings, layout, plane };
    let mut slices = Vec::new();
    let (mut column, mut offset) = (0, 0);
    for (b, (block, limits)) in choices.blocks.iter().zip(&limits).enumerate() {
        for (i, op) in block.ops.iter().enumerate() {
            let read = op.reads.len() * block.bank * settings.unit;
            slices.push(GeneratedSlice {
                parameter: generated_name(b, i),
                rows: offset..offset + read,
                columns: 0..settings.bottleneck(WeightScheme::OneShot, read, op.width),
            });
            encoder.op(b, op, limits, column);
            column += limits.slices_of(op.reads.len());
            offset += read;
        }
    }
    Description { columns, plane: encoder.plane.data, slices }
}

struct Plane {
    data: Vec<f32>,
    rows: usize,
    columns: usize,
}

impl Plane {
    /// Sets a range of cells of a channel, as far as the rows exist.
    fn set(&mut self, channel: usize, rows: usize, columns: Range<usize>, value: f32) {
        for row in 0..rows.min(self.rows) {
            let start = (channel * self.rows + row) * self.columns;
            self.data[start + columns.start..start + columns.end.min(self.columns)].fill(value);
        }
    }
}

struct Encoder<'a> {
    settings: &'a Settings,
    layout: &'a Layout,
    plane: Plane,
}

impl Encoder<'_> {
    fn op(&mut self, b: usize, op: &Operation, limits: &Limits, first: usize) {
        let (layout, compression) = (self.layout, self.settings.compression);
        let switches = self.settings.switches;
        let mut all = first..first + limits.slices_of(op.reads.len());
        // Only the rows of the op's width are encoded.
        let rows = match self.settings.bottleneck_rule {
            BottleneckRule::Floor => op.width,
            BottleneckRule::Constant => self.settings.bottleneck * op.width,
        };
        for (i, bank) in op.reads.iter().enumerate() {
            // A column that several banks share encodes all of them, so the end is a ceiling.
            let start = first + i * limits.bank / compression;
            let units = (i + 1) * limits.bank;
            let length = if switches.remainder_columns {
                units / compression + units % compression
            } else {
                units.div_ceil(compression)
            };
            self.plane.set(layout.read.start + bank, rows, start..first + length, SET);
            all.end = all.end.max(first + length);
        }
        let mut write = |field: &Range<usize>, index: usize, value: f32| {
            if !field.is_empty() {
                self.plane.set(field.start + index, rows, all.clone(), value);
            }
        };
        for bank in &op.writes {
            write(&layout.write, *bank, SET);
        }
        write(&layout.block, b, SET);
        write(&layout.width, op.width - 1, SET);
        let sizes = self.settings.groups();
        // The whole mask is written before any groups, since in the mode `reference` they share a channel.
        for j in (0..4).filter(|&j| op.convs[j].is_some()) {
            write(&layout.mask, j, if switches.mask_as_background { BACKGROUND } else { SET });
        }
        for (j, conv) in op.convs.iter().enumerate() {
            // A missing convolution leaves all its fields at the background.
            let Some(conv) = conv else { continue };
            for (axis, (kernel, dilation)) in conv.kernel.iter().zip(&conv.dilation).enumerate() {
                write(&layout.dilation[j][axis], dilation - 1, SET);
                write(&layout.kernel[j][axis], kernel / 2 - 1, SET);
            }
            write(&layout.groups[j], sizes.iter().position(|g| *g == conv.groups).unwrap_or(0), SET);
        }
    }
}
