//! How fast the convolution kernels are here: GFLOP/s per shape and pass, and the share of the multiply-add
//! peak that the same run measured. `cargo run --release -p smash-backend-native --example kernel_speed
//! [LEVEL [FILTER]]`
#![allow(dead_code, unused_imports, clippy::print_stdout)]

#[path = "../src"]
mod engine {
    pub(crate) mod kernel;
}

use engine::kernel::{self, Activation, ConvShape, Isa, Primitives, Segment, SegmentMut, Tiling};
use rayon::prelude::*;
use std::time::Instant;

/// The least seconds of several runs.
fn least(mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    let begin = Instant::now();
    let mut runs = 0;
    while runs < 10 || (begin.elapsed().as_secs_f64() < 0.4 && runs < 2000) {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64());
        runs += 1;
    }
    best
}

fn plane(
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

fn shapes() -> Vec<(&'static str, ConvShape)> {
    let k3 = (3, 3);
    let stem = plane(50, (3, 32, 1), (32, 32), (7, 7), 1);
    vec![
        ("3x3 24-24 32x32", plane(50, (24, 24, 1), (32, 32), k3, 1)),
        ("3x3 64-64 32x32", plane(50, (64, 64, 1), (32, 32), k3, 1)),
        ("3x3 24-24 16x16", plane(50, (24, 24, 1), (16, 16), k3, 1)),
        ("3x3 48-48 16x16", plane(50, (48, 48, 1), (16, 16), k3, 1)),
        ("3x3 64-64 8x8", plane(50, (64, 64, 1), (8, 8), k3, 1)),
        ("3x3 24-24 8x8 b100", plane(100, (24, 24, 1), (8, 8), k3, 1)),
        ("3x3 32-32 4x4 b128", plane(128, (32, 32, 1), (4, 4), k3, 1)),
        ("3x3 32-32 2x2 b128", plane(128, (32, 32, 1), (2, 2), k3, 1)),
        ("3x3 10-10 13x13", plane(50, (10, 10, 1), (13, 13), k3, 1)),
        ("3x3 24-24 32x32 d2", plane(50, (24, 24, 1), (32, 32), k3, 2)),
        ("3x3 24-24 16x16 d3", plane(50, (24, 24, 1), (16, 16), k3, 3)),
        ("5x5 16-16 16x16", plane(50, (16, 16, 1), (16, 16), (5, 5), 1)),
        ("3x7 24-24 16x16", plane(50, (24, 24, 1), (16, 16), (3, 7), 1)),
        ("7x7 64-64 32x32", plane(50, (64, 64, 1), (32, 32), (7, 7), 1)),
        ("5x7 48-48 32x32", plane(50, (48, 48, 1), (32, 32), (5, 7), 1)),
        ("7x7 64-48 16x16", plane(50, (64, 48, 1), (16, 16), (7, 7), 1)),
        ("7x7 24-24 8x8", plane(50, (24, 24, 1), (8, 8), (7, 7), 1)),
        ("3x3 24-24 32x32 g4", plane(50, (24, 24, 4), (32, 32), k3, 1)),
        ("3x3 64-64 16x16 g8", plane(50, (64, 64, 8), (16, 16), k3, 1)),
        ("3x3 64-64 8x8 g4", plane(50, (64, 64, 4), (8, 8), k3, 1)),
        ("3x3 64-48 16x16 g4", plane(50, (64, 48, 4), (16, 16), k3, 1)),
        ("3x3 64 depthwise 16x16", plane(50, (64, 64, 64), (16, 16), k3, 1)),
        ("1x1 96-24 32x32", plane(50, (96, 24, 1), (32, 32), (1, 1), 1)),
        ("1x1 48-48 32x32", plane(50, (48, 48, 1), (32, 32), (1, 1), 1)),
        ("1x1 64-64 32x32", plane(50, (64, 64, 1), (32, 32), (1, 1), 1)),
        ("1x1 96-64 32x32", plane(50, (96, 64, 1), (32, 32), (1, 1), 1)),
        ("1x1 192-96 32x32", plane(50, (192, 96, 1), (32, 32), (1, 1), 1)),
        ("1x1 192-112 16x16", plane(50, (192, 112, 1), (16, 16), (1, 1), 1)),
        ("1x1 64-64 16x16", plane(50, (64, 64, 1), (16, 16), (1, 1), 1)),
        ("1x1 128-32 8x8", plane(50, (128, 32, 1), (8, 8), (1, 1), 1)),
        ("1x1 32-16 4x4 b128", plane(128, (32, 16, 1), (4, 4), (1, 1), 1)),
        ("hyper 3x3 200-10 8x130", plane(1, (200, 10, 1), (8, 130), k3, 1)),
        ("hyper 3x3 90-10 4x30", plane(1, (90, 10, 1), (4, 30), k3, 1)),
        ("hyper 3x3 10-90 8x60", plane(1, (10, 90, 1), (8, 60), k3, 1)),
        ("hyper 3x3 128-128 6x80", plane(1, (128, 128, 1), (6, 80), k3, 1)),
        ("stem 7x7 3-32 32x32", stem.clone()),
        ("stem 7x7/2 3-32 32x32", ConvShape { stride: [1, 2, 2], ..stem.clone() }),
        ("stem 7x7 1-16 8x8 b128", plane(128, (1, 16, 1), (8, 8), (7, 7), 1)),
        ("3x3/2 32-64 16x16", ConvShape { stride: [1, 2, 2], ..plane(50, (32, 64, 1), (16, 16), k3, 1) }),
        (
            "3x3x3 8-8 16^3",
            ConvShape {
                input: [16, 16, 16],
                kernel: [3, 3, 3],
                padding: [1, 1, 1],
                c_in: 8,
                c_out: 8,
                batch: 16,
                ..stem.clone()
            },
        ),
        (
            "1d k5 32-32 256",
            ConvShape {
                input: [1, 1, 256],
                kernel: [1, 1, 5],
                padding: [0, 0, 2],
                c_in: 32,
                c_out: 32,
                ..stem
            },
        ),
    ]
}

fn main() {
    // On a thread of the pool, as the executor is.
    match rayon::ThreadPoolBuilder::new().build() {
        Ok(pool) => pool.install(measure),
        Err(error) => println!("no thread pool: {error}"),
    }
}

fn measure() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let isa = arguments.first().and_then(|name| Isa::from_name(name)).unwrap_or(Isa::best());
    let primitives = Primitives::new(isa, Tiling::Auto);
    let filter = arguments.get(1).map_or("", |filter| filter);
    let peak = kernel::peak(isa);
    println!("{} peak {peak:.0} GFLOP/s, {} threads", isa.name(), rayon::current_num_threads());
    println!("{:24}   forward      input grad   weight grad", "");
    for (name, shape) in shapes() {
        if !name.contains(filter) {
            continue;
        }
        let input_plane: usize = shape.input.iter().product();
        let output_plane: usize = shape.output().iter().product();
        let number = |i: usize| (i * 7919 % 1000) as f32 / 500.0 - 1.0;
        let input: Vec<f32> = (0..shape.batch * shape.c_in * input_plane).map(number).collect();
        let weight: Vec<f32> = (0..shape.weight_len()).map(number).collect();
        let mut output = vec![0.0; shape.batch * shape.c_out * output_plane];
        let mut grad_input = vec![0.0; input.len()];
        let mut grad_weight = vec![0.0; weight.len()];
        let read =
            |data, channels, plane| Segment { data, offset: 0, sample_stride: channels * plane, channels };
        let times = [
            least(|| {
                primitives.forward(
                    &shape,
                    &[read(&input, shape.c_in, input_plane)],
                    Activation::Leaky(0.02),
                    &weight,
                    &mut [SegmentMut {
                        data: &mut output,
                        offset: 0,
                        sample_stride: shape.c_out * output_plane,
                        channels: shape.c_out,
                        accumulate: false,
                    }],
                );
            }),
            least(|| {
                primitives.input_gradient(
                    &shape,
                    &[read(&output, shape.c_out, output_plane)],
                    &weight,
                    Activation::None,
                    &[],
                    &mut [SegmentMut {
                        data: &mut grad_input,
                        offset: 0,
                        sample_stride: shape.c_in * input_plane,
                        channels: shape.c_in,
                        accumulate: false,
                    }],
                );
            }),
            least(|| {
                primitives.weight_gradient(
                    &shape,
                    &[read(&input, shape.c_in, input_plane)],
                    Activation::Leaky(0.02),
                    &[read(&output, shape.c_out, output_plane)],
                    &mut grad_weight,
                    false,
                );
            }),
        ];
        let flops = 2.0 * shape.macs() as f64 / 1e9;
        let cells: Vec<String> = times
            .iter()
            .map(|time| {
                let speed = flops / time;
                format!("{speed:5.0} {:3.0} %", 100.0 * speed / peak)
            })
            .collect();
        println!("{name:24} {}", cells.join("   "));
    }
}
