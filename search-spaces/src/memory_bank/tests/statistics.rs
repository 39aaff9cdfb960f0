//! The sampling distribution agrees with the reference statistics of section 2.4.

use super::*;

const SAMPLES: u64 = 2000;

/// Sums over the ops of one block of one sample, with the number of things they are means over.
type Ratio = (f64, f64);

/// Fails unless the ratio of sums is within four standard errors of `expected`, which has as large an error itself
/// and was printed with `digits` decimals. Samples are the independent units: the ops of one are not.
fn agrees(name: &str, expected: f64, digits: i32, data: &[Ratio]) -> Result<(), String> {
    let n = data.len() as f64;
    let (sum, count) = data.iter().fold((0.0, 0.0), |(a, c), (x, y)| (a + x, c + y));
    let (mean, per_sample) = (sum / count, count / n);
    let variance = data.iter().map(|(x, y)| ((x - mean * y) / per_sample).powi(2)).sum::<f64>() / (n - 1.0);
    let error = (2.0 * variance / n).sqrt();
    let allowed = 4.0 * error + 0.5 * 10f64.powi(-digits);
    let ok = (mean - expected).abs() <= allowed;
    if ok { Ok(()) } else { Err(format!("{name}: {mean} ± {error}, expected {expected}")) }
}

fn compare(progress: f64, table: &[(&str, [f64; 3], [i32; 3])]) {
    let space = reference().build(&images()).unwrap();
    let samples: Vec<Choices> = (0..SAMPLES)
        .map(|i| {
            let mut random = Seed::new(42).split("statistics").at(i).random();
            space.choices(&space.sample(&mut random, progress).unwrap()).unwrap()
        })
        .collect();
    let mut wrong = Vec::new();
    for (name, means, digits) in table {
        for b in 0..BLOCKS {
            let data: Vec<Ratio> = samples.iter().map(|c| measure(name, &space, b, &c.blocks[b])).collect();
            wrong.extend(agrees(&format!("{name}, block {b}"), means[b], digits[b], &data).err());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn measure(name: &str, space: &MemoryBank, b: usize, block: &Block) -> Ratio {
    let ops = block.ops.len() as f64;
    let total = |f: &dyn Fn(&Operation) -> usize| block.ops.iter().map(f).sum::<usize>() as f64;
    let limits = space.settings().limits(b, block.bank, 1.0);
    match name {
        "ops" => (ops, 1.0),
        "slices" => (total(&|op| limits.slices_of(op.reads.len())), 1.0),
        "bank" => (block.bank as f64, 1.0),
        "banks" => {
            let last = block.ops.iter().flat_map(|op| &op.writes).max().map_or(0, |bank| bank + 1);
            (last.max(limits.initial) as f64, 1.0)
        }
        "reads" => (total(&|op| op.reads.len()), ops),
        "writes" => (total(&|op| op.writes.len()), ops),
        "width" => (total(&|op| op.width), ops),
        other => panic!("{other}"),
    }
}

#[test]
fn at_the_start_of_training() {
    compare(
        0.0,
        &[
            ("ops", [5.36, 7.76, 12.4], [2, 2, 1]),
            ("slices", [19.8, 39.4, 78.3], [1, 1, 1]),
            ("bank", [3.92, 4.12, 4.48], [2, 2, 2]),
            ("banks", [7.54, 8.56, 9.90], [2, 2, 2]),
            ("reads", [3.08, 3.78, 4.40], [2, 2, 2]),
            ("writes", [2.53, 2.31, 2.25], [2, 2, 2]),
            ("width", [5.84, 5.79, 5.90], [2, 2, 2]),
        ],
    );
}

#[test]
fn after_annealing_and_in_search() {
    compare(
        1.0,
        &[
            ("ops", [7.66, 11.5, 17.8], [2, 1, 1]),
            ("slices", [32.8, 65.5, 126.3], [1, 1, 1]),
            ("bank", [4.00, 4.13, 4.47], [2, 2, 2]),
            ("banks", [8.26, 9.31, 10.2], [2, 2, 1]),
            ("reads", [3.47, 4.23, 4.79], [2, 2, 2]),
            ("writes", [2.49, 2.34, 2.23], [2, 2, 2]),
            ("width", [5.86, 5.74, 5.89], [2, 2, 2]),
        ],
    );
}
