//! Rows in tiles: when they are computed so, and what that costs in rounding.

use super::super::prepared::{Pass, prepared};
use super::super::{Activation, ConvShape, Level, Segment, SegmentMut, forward};
use super::cases::{Numbers, plane};
use super::reference;

fn in_tiles(level: Level, shape: &ConvShape) -> [bool; 3] {
    let pass = |pass| prepared(level, pass, shape).plan.tiles.is_some();
    [pass(Pass::Forward), pass(Pass::InputGradient), pass(Pass::WeightGradient)]
}

#[test]
fn large_kernels_of_batches_are_computed_in_tiles() {
    for level in Level::available() {
        let shape = |batch, channels, kernel, dilation| {
            plane(batch, (channels, channels, 1), (16, 16), kernel, dilation)
        };
        for (kernel, dilation) in [((3, 3), 1), ((5, 3), 1), ((7, 7), 1), ((3, 5), 2)] {
            assert_eq!(
                in_tiles(level, &shape(50, 32, kernel, dilation)),
                [true; 3],
                "{} {kernel:?}",
                level.name()
            );
        }
        let direct = [
            shape(1, 32, (3, 3), 1),
            shape(50, 32, (1, 3), 1),
            shape(50, 4, (3, 3), 1),
            ConvShape { stride: [1, 2, 2], ..shape(50, 32, (3, 3), 1) },
        ];
        for shape in direct {
            assert_eq!(in_tiles(level, &shape), [false; 3], "{shape:?}");
        }
    }
}

/// Root of the mean square of the forward pass's errors.
fn error(level: Level, shape: &ConvShape) -> f64 {
    let mut numbers = Numbers(7);
    let size: usize = shape.input.iter().product();
    let input = numbers.numbers(shape.batch * shape.c_in * size);
    let weight = numbers.numbers(shape.weight_len());
    let expected = reference::forward(shape, &input, Activation::None, &weight);
    let mut output = vec![0.0; expected.len()];
    let segment = Segment { data: &input, offset: 0, sample_stride: shape.c_in * size, channels: shape.c_in };
    let sample_stride = expected.len() / shape.batch;
    let channels = shape.c_out;
    let result = SegmentMut { data: &mut output, offset: 0, sample_stride, channels, accumulate: false };
    forward(level, shape, &[segment], Activation::None, &weight, &mut [result]);
    let squares = output.iter().zip(&expected).map(|(&found, exact)| (f64::from(found) - exact).powi(2));
    (squares.sum::<f64>() / expected.len() as f64).sqrt()
}

/// Two batches that differ by a sample, of which only the larger one is computed in tiles.
#[test]
fn tiles_round_about_as_well() {
    for level in Level::available() {
        for kernel in [(3, 3), (7, 3)] {
            let shape = |batch| plane(batch, (64, 64, 1), (8, 16), kernel, 1);
            assert_eq!((in_tiles(level, &shape(8))[0], in_tiles(level, &shape(7))[0]), (true, false));
            let (tiles, direct) = (error(level, &shape(8)), error(level, &shape(7)));
            assert!(tiles < 2.5 * direct, "{}: {tiles:e} against {direct:e}", level.name());
        }
    }
}
