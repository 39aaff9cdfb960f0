//! The same bytes at any number of threads.

use super::super::{
    Activation, ConvShape, Level, Segment, SegmentMut, forward, input_gradient, matmul, weight_gradient,
};
use super::cases::{Numbers, plane};

/// All passes of a shape, one result after the other, as bits.
fn all(level: Level, shape: &ConvShape) -> Vec<u32> {
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
    forward(
        level,
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
    input_gradient(
        level,
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
    weight_gradient(level, shape, &inputs, activation, &gradients, &mut grad_weight, true);
    let (m, n, k) = (100, 90, 110);
    let (a, b) = (numbers.numbers(m * k), numbers.numbers(k * n));
    let mut c = vec![0.0; m * n];
    matmul(level, m, n, k, &a, (k, 1), &b, (n, 1), &mut c, false);
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
    for level in Level::available() {
        for shape in &shapes {
            let results: Vec<Vec<u32>> = (1..=3)
                .map(|threads| {
                    rayon::ThreadPoolBuilder::new()
                        .num_threads(threads)
                        .build()
                        .unwrap()
                        .install(|| all(level, shape))
                })
                .collect();
            assert!(results[0] == results[1], "{} {shape:?}", level.name());
            assert!(results[0] == results[2], "{} {shape:?}", level.name());
        }
    }
}
