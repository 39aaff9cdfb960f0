//! The same bytes at any number of threads.

use super::super::{Activation, ConvShape, Isa, Matrix, Primitives, Product, Segment, SegmentMut, Tiling};
use super::cases::{Numbers, plane};
use super::convolution::ways;

/// All passes of a shape, one result after the other, as bits.
fn all(isa: Isa, tiling: Tiling, shape: &ConvShape) -> Vec<u32> {
    let primitives = Primitives::new(isa, tiling);
    let mut numbers = Numbers(6);
    let input_plane: usize = shape.input.iter().product();
    let output_plane: usize = shape.output().iter().product();
    let input = numbers.numbers(shape.batch * shape.c_in * input_plane);
    let gradient = numbers.numbers(shape.batch * shape.c_out * output_plane);
    let weight = numbers.numbers(shape.weight_len());
    let read = |data, channels, plane| Segment { data, offset: 0, sample_stride: channels * plane, channels };
    let (mut output, mut grad_input) = (gradient.clone(), input.clone());
    let mut grad_weight = weight.clone();
    let activation = Activation::Leaky(0.1);
    let inputs = [read(&input, shape.c_in, input_plane)];
    let gradients = [read(&gradient, shape.c_out, output_plane)];
    primitives.forward(
        shape,
        &inputs,
        activation,
        &weight,
        &mut [SegmentMut {
            data: &mut output,
            offset: 0,
            sample_stride: shape.c_out * output_plane,
            channels: shape.c_out,
            accumulate: true,
        }],
    );
    primitives.input_gradient(
        shape,
        &gradients,
        &weight,
        activation,
        &inputs,
        &mut [SegmentMut {
            data: &mut grad_input,
            offset: 0,
            sample_stride: shape.c_in * input_plane,
            channels: shape.c_in,
            accumulate: true,
        }],
    );
    primitives.weight_gradient(shape, &inputs, activation, &gradients, &mut grad_weight, true);
    let (m, n, k) = (100, 90, 110);
    let (a, b) = (numbers.numbers(m * k), numbers.numbers(k * n));
    let mut c = vec![0.0; m * n];
    let a = Matrix { data: &a, row_stride: k, column_stride: 1 };
    let b = Matrix { data: &b, row_stride: n, column_stride: 1 };
    primitives.matmul(Product { m, n, k, a, b, c: &mut c, accumulate: false });
    [output, grad_input, grad_weight, c].concat().into_iter().map(f32::to_bits).collect()
}

#[test]
#[allow(clippy::unwrap_used)]
fn any_number_of_threads_gives_the_same_bytes() {
    let shapes = [
        plane(23, (16, 24, 1), (8, 8), (3, 3), 1),
        plane(5, (8, 16, 4), (16, 16), (3, 3), 2),
        plane(1, (40, 10, 1), (8, 60), (3, 3), 1),
        plane(3, (30, 20, 1), (16, 16), (1, 1), 1),
    ];
    for shape in &shapes {
        for (isa, tiling) in ways(shape.c_out / shape.groups) {
            let results: Vec<Vec<u32>> = (1..=3)
                .map(|threads| {
                    rayon::ThreadPoolBuilder::new()
                        .num_threads(threads)
                        .build()
                        .unwrap()
                        .install(|| all(isa, tiling, shape))
                })
                .collect();
            assert!(results[0] == results[1], "{} {tiling:?} {shape:?}", isa.name());
            assert!(results[0] == results[2], "{} {tiling:?} {shape:?}", isa.name());
        }
    }
}
