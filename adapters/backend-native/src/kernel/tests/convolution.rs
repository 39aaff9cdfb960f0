//! The three passes: every instruction set and tiling, whole tensors and segments, storing and accumulating.

use super::super::{Activation, ConvShape, Isa, Primitives, Segment, SegmentMut, Tiling};
use super::cases::{Numbers, affordable, grid, plane, random, tilings};
use super::guarded::{Edge, Guarded};
use super::reference;

/// A batch cut into segments, in buffers of exactly the size they need, at the edge of memory.
pub(super) struct Banks {
    buffers: Vec<Guarded>,
    /// (buffer, offset, stride, channels)
    parts: Vec<(usize, usize, usize, usize)>,
    plane: usize,
    batch: usize,
}

impl Banks {
    /// Cuts `tensor` (`[batch, channels, plane]`) at random into up to three segments.
    pub(super) fn new(
        numbers: &mut Numbers,
        tensor: &[f32],
        (batch, channels, plane): (usize, usize, usize),
        edge: Edge,
    ) -> Banks {
        let (mut buffers, mut parts, mut from) = (Vec::new(), Vec::new(), 0);
        while from < channels {
            let left = channels - from;
            let count = if parts.len() == 2 { left } else { 1 + numbers.below(left) };
            let offset = numbers.below(4);
            let stride = count * plane + numbers.below(4);
            let len = offset + (batch - 1) * stride + count * plane;
            let mut buffer = vec![f32::NAN; len];
            for n in 0..batch {
                let source = (n * channels + from) * plane;
                buffer[offset + n * stride..][..count * plane]
                    .copy_from_slice(&tensor[source..][..count * plane]);
            }
            parts.push((buffers.len(), offset, stride, count));
            buffers.push(Guarded::new(&buffer, edge));
            from += count;
        }
        Banks { buffers, parts, plane, batch }
    }

    pub(super) fn read(&self) -> Vec<Segment<'_>> {
        self.parts
            .iter()
            .map(|&(buffer, offset, sample_stride, channels)| Segment {
                data: &self.buffers[buffer],
                offset,
                sample_stride,
                channels,
            })
            .collect()
    }

    pub(super) fn write(&mut self, accumulate: bool) -> Vec<SegmentMut<'_>> {
        self.buffers
            .iter_mut()
            .zip(&self.parts)
            .map(|(data, &(_, offset, sample_stride, channels))| SegmentMut {
                data,
                offset,
                sample_stride,
                channels,
                accumulate,
            })
            .collect()
    }

    /// The tensor back; checks that nothing between the samples was touched.
    pub(super) fn tensor(&self) -> Vec<f32> {
        let mut tensor = Vec::new();
        for n in 0..self.batch {
            for &(buffer, offset, stride, channels) in &self.parts {
                tensor
                    .extend_from_slice(&self.buffers[buffer][offset + n * stride..][..channels * self.plane]);
            }
        }
        for (buffer, &(_, offset, stride, channels)) in self.buffers.iter().zip(&self.parts) {
            for (i, x) in buffer.iter().enumerate() {
                let inside = i >= offset && (i - offset) % stride.max(1) < channels * self.plane;
                assert!(inside || x.is_nan(), "wrote outside of the segment");
            }
        }
        tensor
    }
}

/// Every instruction set in every way to compute a pass with that many result channels a group.
pub(super) fn ways(writes: usize) -> impl Iterator<Item = (Isa, Tiling)> {
    Isa::available().flat_map(move |isa| tilings(writes).into_iter().map(move |tiling| (isa, tiling)))
}

pub(super) fn close(
    (isa, tiling): (Isa, Tiling),
    what: &str,
    shape: &ConvShape,
    found: &[f32],
    expected: &[f64],
) {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
    for (i, (&x, &y)) in found.iter().zip(expected).enumerate() {
        assert!(
            (f64::from(x) - y).abs() <= 8e-6 * scale,
            "{what} at {}, {tiling:?}: {x} instead of {y} at {i} for {shape:?}",
            isa.name()
        );
    }
}

/// All three passes of one shape, with every operand at an edge of its memory.
fn check(shape: &ConvShape, numbers: &mut Numbers, edge: Edge) {
    let input_plane: usize = shape.input.iter().product();
    let output_plane: usize = shape.output().iter().product();
    let input_dims = (shape.batch, shape.c_in, input_plane);
    let output_dims = (shape.batch, shape.c_out, output_plane);
    let input = numbers.numbers(shape.batch * shape.c_in * input_plane);
    let weight = numbers.numbers(shape.weight_len());
    let gradient = numbers.numbers(shape.batch * shape.c_out * output_plane);
    let activation = [Activation::None, Activation::Leaky(0.0), Activation::Leaky(0.02)][numbers.below(3)];
    let accumulate = numbers.below(2) == 1;
    let before = |numbers: &mut Numbers, len: usize| -> Vec<f32> {
        if accumulate { numbers.numbers(len) } else { vec![f32::NAN; len] }
    };
    let plus = |mut expected: Vec<f64>, start: &[f32]| {
        if accumulate {
            for (x, &y) in expected.iter_mut().zip(start) {
                *x += f64::from(y);
            }
        }
        expected
    };
    let output_start = before(numbers, gradient.len());
    let input_start = before(numbers, input.len());
    let weight_start = before(numbers, weight.len());
    let expected = (
        plus(reference::forward(shape, &input, activation, &weight), &output_start),
        plus(reference::input_gradient(shape, &gradient, &weight, activation, &input), &input_start),
        plus(reference::weight_gradient(shape, &input, activation, &gradient), &weight_start),
    );
    let input_banks = Banks::new(numbers, &input, input_dims, edge);
    let gradient_banks = Banks::new(numbers, &gradient, output_dims, edge);
    let weight = Guarded::new(&weight, edge);
    for (isa, tiling) in ways(shape.c_out / shape.groups) {
        let primitives = Primitives::new(isa, tiling);
        let mut output = Banks::new(numbers, &output_start, output_dims, edge);
        primitives.forward(shape, &input_banks.read(), activation, &weight, &mut output.write(accumulate));
        close((isa, tiling), "forward", shape, &output.tensor(), &expected.0);

        let mut grad_weight = Guarded::new(&weight_start, edge);
        primitives.weight_gradient(
            shape,
            &input_banks.read(),
            activation,
            &gradient_banks.read(),
            &mut grad_weight,
            accumulate,
        );
        close((isa, tiling), "weight gradient", shape, &grad_weight, &expected.2);
    }
    for (isa, tiling) in ways(shape.c_in / shape.groups) {
        let mut grad_input = Banks::new(numbers, &input_start, input_dims, edge);
        Primitives::new(isa, tiling).input_gradient(
            shape,
            &gradient_banks.read(),
            &weight,
            activation,
            &input_banks.read(),
            &mut grad_input.write(accumulate),
        );
        close((isa, tiling), "input gradient", shape, &grad_input.tensor(), &expected.1);
    }
}

#[test]
fn the_grid_matches_the_definition() {
    let mut numbers = Numbers(1);
    for shape in grid() {
        // Each time with different segments, activations and accumulation.
        Edge::BOTH.into_iter().for_each(|edge| check(&shape, &mut numbers, edge));
    }
}

#[test]
fn random_shapes_match_the_definition() {
    let mut numbers = Numbers(2);
    let count = if cfg!(miri) { 8 } else { 300 };
    for i in 0..count {
        let shape = std::iter::repeat_with(|| random(&mut numbers)).find(affordable).unwrap();
        check(&shape, &mut numbers, Edge::BOTH[i % 2]);
    }
}

/// Not-a-number and infinity in one sample must stay there: the lanes between rows and samples do not count.
#[test]
fn what_is_not_finite_stays_in_its_sample() {
    let shape = plane(if cfg!(miri) { 3 } else { 7 }, (3, 5, 1), (4, 4), (3, 3), 1);
    let mut numbers = Numbers(3);
    let (per_input, per_output) = (3 * 16, 5 * 16);
    let mut input = numbers.numbers(shape.batch * per_input);
    let mut gradient = numbers.numbers(shape.batch * per_output);
    let weight = numbers.numbers(shape.weight_len());
    input[2 * per_input..3 * per_input].fill(f32::NAN);
    gradient[2 * per_output..3 * per_output].fill(f32::INFINITY);
    let segment = |data, channels| Segment { data, offset: 0, sample_stride: channels * 16, channels };
    for (isa, tiling) in ways(5) {
        let primitives = Primitives::new(isa, tiling);
        let mut output = vec![0.0; gradient.len()];
        primitives.forward(
            &shape,
            &[segment(&input, 3)],
            Activation::None,
            &weight,
            &mut [SegmentMut {
                data: &mut output,
                offset: 0,
                sample_stride: per_output,
                channels: 5,
                accumulate: false,
            }],
        );
        for (sample, output) in output.chunks(per_output).enumerate() {
            assert_eq!(sample != 2, output.iter().all(|x| x.is_finite()));
        }
        let mut grad_input = vec![0.0; input.len()];
        primitives.input_gradient(
            &shape,
            &[segment(&gradient, 5)],
            &weight,
            Activation::None,
            &[],
            &mut [SegmentMut {
                data: &mut grad_input,
                offset: 0,
                sample_stride: per_input,
                channels: 3,
                accumulate: false,
            }],
        );
        for (sample, gradient) in grad_input.chunks(per_input).enumerate() {
            assert_eq!(sample != 2, gradient.iter().all(|x| x.is_finite()));
        }
    }
}

/// An infinite corner counts for the taps that read it and for no other, although the long row has it between
/// rows.
#[test]
fn lanes_between_rows_do_not_enter_the_weight_gradient() {
    let shape = plane(3, (1, 1, 1), (5, 5), (3, 3), 1);
    let mut numbers = Numbers(4);
    let mut input = numbers.numbers(3 * 25);
    for sample in input.chunks_mut(25) {
        sample[24] = f32::INFINITY; // never read by the top left tap
        sample[4] = f32::NAN; // never read by the bottom left tap
    }
    let gradient = numbers.numbers(3 * 25);
    for (isa, tiling) in ways(1) {
        let segment = |data| Segment { data, offset: 0, sample_stride: 25, channels: 1 };
        let mut sums = vec![0.0; 9];
        Primitives::new(isa, tiling).weight_gradient(
            &shape,
            &[segment(&input)],
            Activation::None,
            &[segment(&gradient)],
            &mut sums,
            false,
        );
        // Tap (2, 0) reads rows 1.., columns ..4 : neither row 0 nor column 4.
        assert!(sums[6].is_finite(), "{}, {tiling:?}: {sums:?}", isa.name());
        assert!(!sums[4].is_finite());
    }
}

/// Scratch buffers are kept, and their gaps are taken to be zero where the same window was copied before.
#[test]
fn what_earlier_calls_left_behind_does_not_matter() {
    let shapes = [
        plane(3, (2, 3, 1), (3, 3), (3, 3), 1),
        plane(3, (4, 5, 1), (6, 6), (3, 3), 1),
        plane(8, (6, 4, 2), (4, 4), (3, 3), 1),
        plane(3, (9, 5, 1), (6, 6), (3, 3), 2),
    ];
    let mut numbers = Numbers(7);
    let (rounds, shapes) = if cfg!(miri) { (1, &shapes[..1]) } else { (2, &shapes[..]) };
    // Windows are those of an engine, so the same ones must serve all rounds.
    let engines = |shape: &ConvShape| -> Vec<((Isa, Tiling), Primitives)> {
        let engine = |(isa, tiling)| ((isa, tiling), Primitives::new(isa, tiling));
        ways(shape.c_out / shape.groups).map(engine).collect()
    };
    let engines: Vec<_> = shapes.iter().map(|shape| (shape, engines(shape))).collect();
    for _ in 0..rounds {
        for (shape, engines) in &engines {
            let plane: usize = shape.input.iter().product();
            let input = numbers.numbers(shape.batch * shape.c_in * plane);
            let weight = numbers.numbers(shape.weight_len());
            let gradient = numbers.numbers(shape.batch * shape.c_out * plane);
            let segment =
                |data, channels| Segment { data, offset: 0, sample_stride: channels * plane, channels };
            let gradients = [segment(&gradient, shape.c_out)];
            let none = Activation::None;
            let outputs = reference::forward(shape, &input, none, &weight);
            let weights = reference::weight_gradient(shape, &input, none, &gradient);
            // First with an input that spoils whatever it is copied to.
            let spoilt = vec![f32::NAN; input.len()];
            let inputs = [&spoilt, &input].map(|input| [segment(input, shape.c_in)]);
            for (way, primitives) in engines {
                let mut output = vec![0.0; gradient.len()];
                for input in &inputs {
                    let output_segment = SegmentMut {
                        data: &mut output,
                        offset: 0,
                        sample_stride: shape.c_out * plane,
                        channels: shape.c_out,
                        accumulate: false,
                    };
                    primitives.forward(shape, input, none, &weight, &mut [output_segment]);
                }
                close(*way, "forward", shape, &output, &outputs);
                let mut sums = vec![0.0; weight.len()];
                for input in &inputs {
                    primitives.weight_gradient(shape, input, none, &gradients, &mut sums, false);
                }
                close(*way, "weight gradient", shape, &sums, &weights);
            }
        }
    }
}

#[test]
fn an_empty_batch_is_nothing() {
    let (read, write) = (
        |channels| Segment { data: &[], offset: 0, sample_stride: 0, channels },
        |channels| SegmentMut { data: &mut [], offset: 0, sample_stride: 0, channels, accumulate: false },
    );
    for shape in [plane(0, (2, 3, 1), (5, 5), (3, 3), 1), plane(0, (2, 3, 1), (8, 8), (1, 1), 1)] {
        let mut sums = vec![1.0; shape.weight_len()];
        for (isa, tiling) in ways(3) {
            let (primitives, none) = (Primitives::new(isa, tiling), Activation::None);
            primitives.forward(&shape, &[read(2)], none, &sums, &mut [write(3)]);
            primitives.input_gradient(&shape, &[read(3)], &sums, none, &[], &mut [write(2)]);
            primitives.weight_gradient(&shape, &[read(2)], none, &[read(3)], &mut sums, false);
            assert!(sums.iter().all(|&x| x == 0.0));
        }
    }
}
