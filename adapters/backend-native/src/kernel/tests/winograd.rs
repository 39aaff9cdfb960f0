//! Rows in tiles: when they are computed so, and what that costs in rounding.

use super::super::plan::prepared::{Pass, prepared};
use super::super::{Activation, ConvShape, Level, Segment, SegmentMut, forward, weight_gradient};
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

fn root_mean_square(found: &[f32], exact: &[f64]) -> f64 {
    let squares = found.iter().zip(exact).map(|(&found, exact)| (f64::from(found) - exact).powi(2));
    (squares.sum::<f64>() / exact.len() as f64).sqrt()
}

fn whole(data: &[f32], batch: usize, channels: usize) -> Segment<'_> {
    Segment { data, offset: 0, sample_stride: data.len() / batch, channels }
}

/// Root of the mean square of the errors of the forward pass and of the weight gradient.
fn errors(level: Level, shape: &ConvShape) -> [f64; 2] {
    let mut numbers = Numbers(7);
    let input = numbers.numbers(shape.batch * shape.c_in * shape.input.iter().product::<usize>());
    let weight = numbers.numbers(shape.weight_len());
    let expected = reference::forward(shape, &input, Activation::None, &weight);
    let mut output = vec![0.0; expected.len()];
    let (sample_stride, channels) = (expected.len() / shape.batch, shape.c_out);
    let result = SegmentMut { data: &mut output, offset: 0, sample_stride, channels, accumulate: false };
    let read = whole(&input, shape.batch, shape.c_in);
    forward(level, shape, &[read], Activation::None, &weight, &mut [result]);

    let gradient = numbers.numbers(expected.len());
    let weights = reference::weight_gradient(shape, &input, Activation::None, &gradient);
    let mut found = vec![0.0; weights.len()];
    let given = whole(&gradient, shape.batch, shape.c_out);
    weight_gradient(level, shape, &[read], Activation::None, &[given], &mut found, false);
    [root_mean_square(&output, &expected), root_mean_square(&found, &weights)]
}

/// Two batches that differ by a sample, of which only the larger one is computed in tiles.
#[test]
fn tiles_round_about_as_well() {
    for level in Level::available() {
        for kernel in [(3, 3), (7, 3)] {
            let shape = |batch| plane(batch, (64, 64, 1), (16, 16), kernel, 1);
            assert_eq!((in_tiles(level, &shape(8)), in_tiles(level, &shape(7))), ([true; 3], [false; 3]));
            let (tiles, direct) = (errors(level, &shape(8)), errors(level, &shape(7)));
            println!("{} {kernel:?}: forward, weights {tiles:?} against {direct:?}", level.name());
            // Over positions the direct way is so exact because every lane has a sum of its own.
            for ((tiles, direct), most) in tiles.into_iter().zip(direct).zip([2.5, 5.0]) {
                assert!(tiles < most * direct, "{} {kernel:?}: {tiles:e} against {direct:e}", level.name());
            }
        }
    }
}
