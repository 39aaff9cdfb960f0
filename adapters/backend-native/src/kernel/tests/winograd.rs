//! Winograd tiles: when rows are computed so, and what that costs in rounding.

use super::super::plan::{Pass, PreparedCache};
use super::super::{Activation, ConvShape, Isa, Primitives, Segment, SegmentMut, Tiling};
use super::cases::{Numbers, plane};
use super::reference;

/// Which passes an engine computes in tiles.
fn in_tiles(isa: Isa, shape: &ConvShape) -> [bool; 3] {
    let cache = PreparedCache::default();
    let pass = |pass| cache.get(isa, pass, Tiling::Auto, shape).plan.winograd.is_some();
    [pass(Pass::Forward), pass(Pass::InputGradient), pass(Pass::WeightGradient)]
}

#[test]
fn large_kernels_of_batches_are_computed_in_tiles() {
    for isa in Isa::available() {
        let shape = |batch, channels, kernel, dilation| {
            plane(batch, (channels, channels, 1), (16, 16), kernel, dilation)
        };
        for (kernel, dilation) in [((3, 3), 1), ((5, 3), 1), ((7, 7), 1), ((3, 5), 2)] {
            assert_eq!(
                in_tiles(isa, &shape(50, 32, kernel, dilation)),
                [true; 3],
                "{} {kernel:?}",
                isa.name()
            );
        }
        let direct = [
            shape(1, 32, (3, 3), 1),
            shape(50, 32, (1, 3), 1),
            shape(50, 4, (3, 3), 1),
            ConvShape { stride: [1, 2, 2], ..shape(50, 32, (3, 3), 1) },
        ];
        for shape in direct {
            assert_eq!(in_tiles(isa, &shape), [false; 3], "{shape:?}");
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
fn errors(isa: Isa, tiling: Tiling, shape: &ConvShape) -> [f64; 2] {
    let primitives = Primitives::new(isa, tiling);
    let mut numbers = Numbers(7);
    let input = numbers.numbers(shape.batch * shape.c_in * shape.input.iter().product::<usize>());
    let weight = numbers.numbers(shape.weight_len());
    let expected = reference::forward(shape, &input, Activation::None, &weight);
    let mut output = vec![0.0; expected.len()];
    let (sample_stride, channels) = (expected.len() / shape.batch, shape.c_out);
    let result = SegmentMut { data: &mut output, offset: 0, sample_stride, channels, accumulate: false };
    let read = whole(&input, shape.batch, shape.c_in);
    primitives.forward(shape, &[read], Activation::None, &weight, &mut [result]);

    let gradient = numbers.numbers(expected.len());
    let weights = reference::weight_gradient(shape, &input, Activation::None, &gradient);
    let mut found = vec![0.0; weights.len()];
    let given = whole(&gradient, shape.batch, shape.c_out);
    primitives.weight_gradient(shape, &[read], Activation::None, &[given], &mut found, false);
    [root_mean_square(&output, &expected), root_mean_square(&found, &weights)]
}

#[test]
fn tiles_round_about_as_well() {
    for isa in Isa::available() {
        for kernel in [(3, 3), (7, 3)] {
            let shape = |batch| plane(batch, (64, 64, 1), (16, 16), kernel, 1);
            // A batch that is smaller by a sample is computed directly.
            assert_eq!((in_tiles(isa, &shape(8)), in_tiles(isa, &shape(7))), ([true; 3], [false; 3]));
            let (tiles, direct) =
                (errors(isa, Tiling::Auto, &shape(8)), errors(isa, Tiling::Direct, &shape(8)));
            println!("{} {kernel:?}: forward, weights {tiles:?} against {direct:?}", isa.name());
            // Over positions the direct way is so exact because every lane has a sum of its own.
            for ((tiles, direct), most) in tiles.into_iter().zip(direct).zip([2.5, 5.0]) {
                assert!(tiles < most * direct, "{} {kernel:?}: {tiles:e} against {direct:e}", isa.name());
            }
        }
    }
}
