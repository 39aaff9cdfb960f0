//! Shapes to test with, and a small deterministic source of numbers.

use super::super::{ConvShape, PlaneResidency, Tiling};

/// The most multiply-accumulates of a pass under Miri.
const MIRI_MACS: usize = 600;

/// A linear congruential generator: deterministic and without dependencies.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.next() as usize % end
    }

    /// From -1 to 1.
    pub(super) fn number(&mut self) -> f32 {
        self.next() as f32 / (1u64 << 30) as f32 - 1.0
    }

    pub(super) fn numbers(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.number()).collect()
    }
}

/// A shape of rank 2 with "same" padding.
pub(super) fn plane(
    batch: usize,
    (c_in, c_out, groups): (usize, usize, usize),
    (height, width): (usize, usize),
    kernel: (usize, usize),
    dilation: usize,
) -> ConvShape {
    ConvShape {
        batch,
        groups,
        c_in,
        c_out,
        input: [1, height, width],
        kernel: [1, kernel.0, kernel.1],
        stride: [1, 1, 1],
        dilation: [1, dilation, dilation],
        padding: [0, dilation * (kernel.0 - 1) / 2, dilation * (kernel.1 - 1) / 2],
    }
}

/// The fixed shapes.
pub(super) fn grid() -> Vec<ConvShape> {
    if cfg!(miri) { few() } else { many() }
}

/// One shape for each way of copying the input and of walking over it, as small as can be.
fn few() -> Vec<ConvShape> {
    let strided = ConvShape { stride: [1, 2, 2], ..plane(1, (2, 3, 1), (5, 4), (3, 3), 1) };
    vec![
        plane(1, (1, 5, 1), (3, 9), (3, 1), 1),
        plane(2, (3, 2, 1), (2, 5), (1, 1), 1),
        plane(5, (1, 2, 1), (2, 2), (3, 3), 1),
        plane(1, (3, 3, 3), (3, 4), (1, 3), 2),
        ConvShape { kernel: [1, 1, 1], padding: [0, 0, 0], ..strided.clone() },
        strided,
        ConvShape {
            input: [3, 2, 3],
            kernel: [2, 2, 2],
            padding: [1, 0, 1],
            ..plane(1, (2, 2, 2), (1, 1), (1, 1), 1)
        },
    ]
}

fn many() -> Vec<ConvShape> {
    let mut shapes = vec![
        plane(2, (5, 7, 1), (8, 8), (3, 3), 1),
        plane(33, (3, 9, 1), (4, 4), (3, 3), 1),
        plane(35, (4, 4, 1), (2, 2), (3, 3), 1),
        plane(20, (2, 3, 1), (1, 1), (3, 3), 2),
        plane(3, (8, 8, 4), (16, 16), (3, 3), 2),
        plane(2, (6, 6, 6), (9, 7), (5, 3), 1),
        plane(2, (4, 8, 4), (5, 17), (3, 7), 1),
        plane(1, (20, 10, 1), (4, 70), (3, 3), 1),
        plane(1, (10, 20, 1), (30, 61), (3, 3), 1),
        plane(2, (3, 8, 1), (32, 32), (7, 7), 1),
        plane(3, (17, 13, 1), (32, 32), (1, 1), 1),
        plane(40, (17, 13, 1), (3, 3), (1, 1), 1),
        plane(2, (2, 2, 1), (3, 2), (5, 7), 3),
        plane(1, (1, 1, 1), (33, 1), (3, 1), 1),
        // Large enough for Winograd tiles, some with rows that are left.
        plane(8, (16, 16, 1), (16, 16), (3, 3), 1),
        plane(9, (16, 18, 1), (11, 13), (5, 3), 2),
        plane(17, (32, 32, 2), (8, 8), (7, 5), 1),
        plane(8, (24, 12, 1), (16, 32), (3, 3), 3),
        plane(10, (16, 24, 1), (9, 8), (4, 1), 1),
    ];
    let stem = ConvShape {
        batch: 2,
        groups: 1,
        c_in: 3,
        c_out: 10,
        input: [1, 33, 31],
        kernel: [1, 7, 7],
        stride: [1, 2, 2],
        dilation: [1, 1, 1],
        padding: [0, 3, 3],
    };
    let cube = ConvShape {
        batch: 2,
        groups: 2,
        c_in: 4,
        c_out: 6,
        input: [5, 6, 9],
        kernel: [3, 3, 3],
        stride: [1, 1, 1],
        dilation: [1, 1, 1],
        padding: [1, 1, 1],
    };
    shapes.extend([
        stem.clone(),
        // A 1×1 with stride reads one remainder only.
        ConvShape { kernel: [1, 1, 1], padding: [0, 0, 0], ..stem.clone() },
        // Padding beyond the kernel's reach.
        ConvShape {
            stride: [1, 1, 1],
            kernel: [1, 1, 3],
            padding: [0, 2, 4],
            input: [1, 5, 6],
            ..stem.clone()
        },
        ConvShape { stride: [1, 3, 2], dilation: [1, 2, 3], ..stem },
        cube.clone(),
        ConvShape { stride: [2, 1, 2], dilation: [1, 2, 1], ..cube.clone() },
        // Planes narrower than a vector: with stride, in three dimensions, of one column.
        ConvShape {
            batch: 21,
            stride: [1, 2, 2],
            input: [1, 8, 8],
            kernel: [1, 3, 3],
            padding: [0, 1, 1],
            ..cube.clone()
        },
        ConvShape { batch: 18, input: [3, 4, 4], ..cube.clone() },
        ConvShape { batch: 37, input: [1, 5, 1], kernel: [1, 3, 1], padding: [0, 1, 0], ..cube.clone() },
        // Rank 1.
        ConvShape { input: [1, 1, 50], kernel: [1, 1, 5], padding: [0, 0, 2], ..cube.clone() },
        // No output at all.
        ConvShape { input: [1, 2, 2], kernel: [1, 3, 3], padding: [0, 0, 0], ..cube },
    ]);
    shapes
}

/// The ways to compute a pass with that many result channels a group: all of them, but where Miri interprets
/// every instruction one, which differs from shape to shape.
pub(super) fn tilings(writes: usize) -> Vec<Tiling> {
    let (all, list) = (Tiling::Winograd(PlaneResidency::All), Tiling::Winograd(PlaneResidency::List));
    if !cfg!(miri) {
        return vec![Tiling::Auto, Tiling::Direct, all, list];
    }
    vec![match (writes % 2, writes / 2 % 2) {
        (0, _) => Tiling::Auto,
        (_, 0) => all,
        _ => list,
    }]
}

/// Whether there is time for all passes of a shape: always, except where Miri interprets every instruction.
pub(super) fn affordable(shape: &ConvShape) -> bool {
    let input: usize = shape.input.iter().product();
    !cfg!(miri) || shape.macs().max(shape.batch * input * shape.weight_len()) <= MIRI_MACS
}

/// A random small shape.
pub(super) fn random(numbers: &mut Numbers) -> ConvShape {
    let groups = [1, 1, 1, 2, 3][numbers.below(5)];
    let rank = 1 + numbers.below(3);
    let mut axis = |least: usize, choices: usize, spatial: usize| -> [usize; 3] {
        std::array::from_fn(|a| if a + rank >= 3 { least + numbers.below(choices) } else { spatial })
    };
    let input = axis(1, 20, 1);
    let kernel = axis(1, 5, 1);
    let stride = axis(1, 2, 1);
    let dilation = axis(1, 3, 1);
    let padding = axis(0, 4, 0);
    ConvShape {
        batch: 1 + numbers.below(6),
        groups,
        c_in: groups * (1 + numbers.below(9)),
        c_out: groups * (1 + numbers.below(13)),
        input,
        kernel,
        stride,
        dilation,
        padding,
    }
}
