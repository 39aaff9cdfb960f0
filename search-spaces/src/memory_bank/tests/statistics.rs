//! The sampling distribution agrees with the reference statistics of section 2.4.
//!
//! The stated figures are sample statistics: every comparison allows for their sampling error and ours, and
//! for the decimals printed. The independent units are samples, not the ops of one.

use super::reported::reported;
use super::*;

/// Sums over the ops of one block of one sample: numerator and denominator of a ratio estimate.
type Ratio = (f64, f64);

/// Tolerance in standard errors: a correct sampler exceeds it once in 15 000 comparisons.
const ERRORS: f64 = 4.0;
/// Maximum number of our values beyond the extreme of an equally large sample of the same distribution. Each
/// further one is half as likely: a correct sampler exceeds this once in 4096 comparisons.
const BEYOND: usize = 12;

struct Samples {
    space: MemoryBank,
    choices: Vec<Choices>,
}

fn sample(config: &MemoryBankConfig, progress: f64, count: u64) -> Samples {
    let space = config.build(&images()).unwrap();
    let draw = |i| {
        let mut random = Seed::new(42).split("statistics").at(i).random();
        space.choices(&space.sample(&mut random, progress).unwrap()).unwrap()
    };
    Samples { choices: (0..count).map(draw).collect(), space }
}

impl Samples {
    fn of_block(&self, b: usize, name: &str) -> Vec<Ratio> {
        self.choices.iter().map(|c| measure(name, self.space.settings(), b, &c.blocks[b])).collect()
    }

    /// Millions of parameters and billions of multiply-accumulates, by the authors' count.
    fn reported(&self) -> [Vec<f64>; 2] {
        let all: Vec<_> = self.choices.iter().map(|c| reported(self.space.settings(), c)).collect();
        [
            all.iter().map(|r| r.params as f64 / 1e6).collect(),
            all.iter().map(|r| r.macs as f64 / 1e9).collect(),
        ]
    }
}

fn measure(name: &str, settings: &Settings, b: usize, block: &Block) -> Ratio {
    let ops = block.ops.len() as f64;
    let total = |f: &dyn Fn(&Operation) -> usize| block.ops.iter().map(f).sum::<usize>() as f64;
    let limits = settings.limits(b, block.bank, 1.0);
    match name {
        "ops" => (ops, 1.0),
        "slices" => (total(&|op| limits.slices_of(op.reads.len())), 1.0),
        "bank" => (block.bank as f64, 1.0),
        "banks" => (block.banks(limits.initial) as f64, 1.0),
        "reads" => (total(&|op| op.reads.len()), ops),
        "channels" => (total(&|op| op.reads.len() * block.bank * settings.unit), ops),
        "writes" => (total(&|op| op.writes.len()), ops),
        "width" => (total(&|op| op.width), ops),
        other => panic!("{other}"),
    }
}

/// Compares a ratio with a stated mean of equally many samples, printed with `digits` decimals.
fn mean(name: &str, stated: f64, digits: i32, data: &[Ratio]) {
    let n = data.len() as f64;
    let (sum, count) = data.iter().fold((0.0, 0.0), |(a, c), (x, y)| (a + x, c + y));
    let (mean, per_sample) = (sum / count, count / n);
    let variance = data.iter().map(|(x, y)| ((x - mean * y) / per_sample).powi(2)).sum::<f64>() / (n - 1.0);
    let error = (2.0 * variance / n).sqrt();
    let allowed = ERRORS * error + 0.5 * 10f64.powi(-digits);
    println!("{name}: {mean:.3} ± {error:.3}, stated {stated}");
    assert!((mean - stated).abs() <= allowed, "{name}: {mean} ± {error}, stated {stated}");
}

fn ratios(values: &[f64]) -> Vec<Ratio> {
    values.iter().map(|v| (*v, 1.0)).collect()
}

/// Compares with the stated maximum of equally many samples. Extremes are the least certain figures: only a
/// few of our values may lie beyond, and our maximum must come within 15 % or one of it.
fn largest(name: &str, stated: f64, values: &[f64]) {
    let (found, beyond) = beyond(name, stated, values, 1.0);
    assert!(
        beyond <= BEYOND && found >= stated - (0.15 * stated).max(1.0),
        "{name}: {found}, stated {stated}"
    );
}

/// The same for the minimum.
fn smallest(name: &str, stated: f64, values: &[f64]) {
    let (found, beyond) = beyond(name, stated, values, -1.0);
    assert!(
        beyond <= BEYOND && found <= stated + (0.15 * stated).max(1.0),
        "{name}: {found}, stated {stated}"
    );
}

/// The extreme in the direction of `sign`, and the number of values beyond the stated one.
fn beyond(name: &str, stated: f64, values: &[f64], sign: f64) -> (f64, usize) {
    let found = sign * values.iter().map(|v| sign * v).fold(f64::MIN, f64::max);
    println!("{name}: extreme {found:.2}, stated {stated}");
    (found, values.iter().filter(|v| sign * **v > sign * stated).count())
}

/// Compares with stated 5 % and 95 % quantiles: those shares of our values must lie beyond each.
fn tails(name: &str, (low, high): (f64, f64), values: &[f64]) {
    let n = values.len() as f64;
    let share = |beyond: &dyn Fn(f64) -> bool| values.iter().filter(|v| beyond(**v)).count() as f64 / n;
    let allowed = ERRORS * (2.0 * 0.05 * 0.95 / n).sqrt();
    for (end, share) in [(low, share(&|v| v < low)), (high, share(&|v| v > high))] {
        println!("{name}: {share:.3} beyond {end}");
        assert!((share - 0.05).abs() <= allowed, "{name}: {share} beyond {end}, expected 0.05 ± {allowed}");
    }
}

/// No sample exceeds the bounds that follow from the settings and the largest share of the budget.
fn bounds(samples: &Samples, largest: f64) {
    let settings = samples.space.settings();
    for choices in &samples.choices {
        for (b, block) in choices.blocks.iter().enumerate() {
            assert!(settings.bank_sizes(b).contains(&block.bank));
            let [least, most] = [0.3, largest].map(|budget| settings.limits(b, block.bank, budget));
            let used: usize = block.ops.iter().map(|op| most.slices_of(op.reads.len())).sum();
            // A block ends when the rest of its budget is too small for another op.
            assert!(used <= most.slices && used + least.min_slices > least.slices, "block {b}: {used}");
            assert!(block.ops.len() <= most.slices / most.min_slices);
            assert!(block.banks(most.initial) <= most.banks);
        }
    }
}

/// The statistics of the default configuration: per block, or for the whole network.
struct Table {
    means: [(&'static str, [f64; 3], [i32; 3]); 8],
    /// Number of ops: standard deviation, minimum and maximum.
    ops: [(f64, f64, f64); 3],
    most_banks: [f64; 3],
    /// Parameters and multiply-accumulates: mean, 5 % and 95 % quantile.
    reported: [(f64, f64, f64); 2],
}

fn compare(progress: f64, largest_budget: f64, table: &Table) {
    let samples = sample(&authors(Ops::Single), progress, 2000);
    bounds(&samples, largest_budget);
    for b in 0..BLOCKS {
        for (name, stated, digits) in &table.means {
            mean(&format!("{name}, block {b}"), stated[b], digits[b], &samples.of_block(b, name));
        }
        let values = |name| samples.of_block(b, name).into_iter().map(|(value, _)| value).collect::<Vec<_>>();
        let (ops, n) = (values("ops"), samples.choices.len() as f64);
        let centre = ops.iter().sum::<f64>() / n;
        let deviation = (ops.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / n).sqrt();
        let (stated, least, most) = table.ops[b];
        println!("deviation of ops, block {b}: {deviation:.3}, stated {stated}");
        assert!((deviation / stated - 1.0).abs() < ERRORS / n.sqrt(), "block {b}: {deviation}, {stated}");
        smallest(&format!("ops, block {b}"), least, &ops);
        largest(&format!("ops, block {b}"), most, &ops);
        largest(&format!("banks, block {b}"), table.most_banks[b], &values("banks"));
    }
    let names = ["parameters (M)", "multiply-accumulates (G)"];
    for ((name, values), (stated, low, high)) in names.iter().zip(samples.reported()).zip(table.reported) {
        mean(name, stated, 3, &ratios(&values));
        tails(name, (low, high), &values);
    }
}

#[test]
fn at_the_start_of_training() {
    compare(
        0.0,
        0.5,
        &Table {
            means: [
                ("ops", [5.36, 7.76, 12.4], [2, 2, 1]),
                ("slices", [19.8, 39.4, 78.3], [1, 1, 1]),
                ("bank", [3.92, 4.12, 4.48], [2, 2, 2]),
                ("banks", [7.54, 8.56, 9.90], [2, 2, 2]),
                ("reads", [3.08, 3.78, 4.40], [2, 2, 2]),
                ("channels", [59.0, 81.0, 101.0], [0, 0, 0]),
                ("writes", [2.53, 2.31, 2.25], [2, 2, 2]),
                ("width", [5.84, 5.79, 5.90], [2, 2, 2]),
            ],
            ops: [(1.41, 2.0, 10.0), (1.66, 4.0, 15.0), (2.59, 5.0, 24.0)],
            most_banks: [23.0, 28.0, 32.0],
            reported: [(0.660, 0.497, 0.840), (0.154, 0.103, 0.218)],
        },
    );
}

#[test]
fn after_annealing_and_in_search() {
    compare(
        1.0,
        1.0,
        &Table {
            means: [
                ("ops", [7.66, 11.5, 17.8], [2, 1, 1]),
                ("slices", [32.8, 65.5, 126.3], [1, 1, 1]),
                ("bank", [4.00, 4.13, 4.47], [2, 2, 2]),
                ("banks", [8.26, 9.31, 10.2], [2, 2, 1]),
                ("reads", [3.47, 4.23, 4.79], [2, 2, 2]),
                ("channels", [68.0, 91.0, 114.0], [0, 0, 0]),
                ("writes", [2.49, 2.34, 2.23], [2, 2, 2]),
                ("width", [5.86, 5.74, 5.89], [2, 2, 2]),
            ],
            ops: [(2.45, 2.0, 17.0), (3.42, 4.0, 23.0), (5.29, 6.0, 35.0)],
            most_banks: [24.0, 28.0, 32.0],
            reported: [(2.13, 1.29, 3.08), (0.558, 0.307, 0.862)],
        },
    );
}

#[test]
fn the_bank_sizes_that_fit_the_compression() {
    let settings = authors(Ops::Single).resolve().unwrap();
    let sizes = [vec![1, 2, 3, 4, 6, 8], vec![1, 2, 3, 4, 5, 6, 8], (1..=8).collect()];
    assert_eq!(std::array::from_fn(|b| settings.bank_sizes(b)), sizes);
}

#[test]
fn as_many_generated_weights_as_stated() {
    // Section 3.4: all weights that the HyperNet generates, used or not, in millions.
    let wide = MemoryBankConfig { width: Some(12), ..authors(Ops::Variable) };
    for (config, stated) in [(authors(Ops::Single), 0.23), (wide, 0.70)] {
        let samples = sample(&config, 1.0, 300);
        let blocks: [Vec<Ratio>; BLOCKS] = std::array::from_fn(|b| samples.of_block(b, "slices"));
        let settings = samples.space.settings();
        let of_a_slice = (settings.unit * settings.compression * settings.max_width) as f64 / 1e6;
        let written = |i: usize| blocks.iter().map(|b| b[i].0).sum::<f64>() * of_a_slice;
        let written: Vec<f64> = (0..samples.choices.len()).map(written).collect();
        mean("generated weights (M)", stated, 2, &ratios(&written));
    }
}

#[test]
fn variable_ops_of_three_widths() {
    for (width, params, most, macs) in [(4, 4.98, 9.2, 1.40), (8, 7.66, 13.6, 2.24), (12, 9.54, 15.7, 2.82)] {
        let config = MemoryBankConfig { width: Some(width), ..authors(Ops::Variable) };
        let samples = sample(&config, 1.0, 300);
        bounds(&samples, 1.0);
        let [found_params, found_macs] = samples.reported();
        mean(&format!("parameters (M), w = {width}"), params, 2, &ratios(&found_params));
        mean(&format!("multiply-accumulates (G), w = {width}"), macs, 2, &ratios(&found_macs));
        largest(&format!("parameters (M), w = {width}"), most, &found_params);
    }
}
