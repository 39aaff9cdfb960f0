//! Labelled examples in memory: what most loaders give.

use smash_core::Result;
use smash_core::dataset::{Augmentation, Dataset, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;

/// Mean and standard deviation of a channel.
pub(crate) type Statistics = [f32; 2];

/// What a file says, channel planes example after example; bytes stay bytes until they are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    /// 0 to 255, for 0 to 1.
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

/// Which training examples validate.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Validation {
    /// The last ones of the files, as in the paper.
    Last(f64),
    /// Some of each class, drawn from the job's seed. Without test examples as many are drawn for the test.
    Drawn(f64),
}

/// A dataset that is held in memory, with each channel normalised to mean 0 and deviation 1 when it is read.
#[derive(Clone, Debug)]
pub struct Examples {
    task: Task,
    labels: Vec<u16>,
    values: Values,
    /// How many train or validate; those behind them test.
    train: usize,
    statistics: Vec<Statistics>,
    /// The normalised value of each byte in each channel; empty for floats.
    bytes: Vec<[f32; 256]>,
    validation: Validation,
    augmentation: Augmentation,
}

impl Examples {
    /// Puts examples together. There are as many values as labels and task say, which is for the loader to see to.
    /// Without `statistics` they are those of the examples that train or validate.
    pub(crate) fn new(
        task: Task,
        (labels, values): (Vec<u16>, Values),
        train: usize,
        statistics: Option<Vec<Statistics>>,
        validation: Validation,
        augmentation: Augmentation,
    ) -> Self {
        let statistics = statistics.unwrap_or_else(|| values.statistics(&task, train));
        let bytes = match values {
            Values::Bytes(_) => statistics.iter().map(table).collect(),
            Values::Floats(_) => Vec::new(),
        };
        Self { task, labels, values, train, statistics, bytes, validation, augmentation }
    }
}

/// The normalised value of each byte.
pub(crate) fn table([mean, deviation]: &Statistics) -> [f32; 256] {
    std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / deviation)
}

impl Values {
    /// Mean and deviation of each channel over the first `examples`. A channel that never changes has deviation 1.
    fn statistics(&self, task: &Task, examples: usize) -> Vec<Statistics> {
        let plane = task.extents.iter().product::<usize>();
        let channel = |channel: usize| {
            let planes = (0..examples).map(|e| (e * task.channels + channel) * plane..).map(|r| r.start);
            match self {
                Self::Bytes(bytes) => {
                    let mut times = [0; 256];
                    planes.for_each(|at| count(&bytes[at..at + plane], &mut times));
                    of_bytes(&times)
                }
                Self::Floats(floats) => {
                    let values = planes.flat_map(|at| &floats[at..at + plane]);
                    statistics(values.map(|value| (f64::from(*value), 1.0)))
                }
            }
        };
        (0..task.channels).map(channel).collect()
    }
}

/// Counts how often each byte occurs.
pub(crate) fn count(bytes: &[u8], times: &mut [u64; 256]) {
    bytes.iter().for_each(|&byte| times[usize::from(byte)] += 1);
}

/// Mean and deviation of bytes, 0 to 255 for 0 to 1, that occur so often.
pub(crate) fn of_bytes(times: &[u64; 256]) -> Statistics {
    statistics(times.iter().enumerate().map(|(byte, times)| (byte as f64 / 255.0, *times as f64)))
}

/// Mean and deviation of values that occur so often. Of one that never changes the deviation is 1.
fn statistics(values: impl Iterator<Item = (f64, f64)>) -> Statistics {
    let [mut count, mut sum, mut squares] = [0.0; 3];
    for (value, times) in values {
        count += times;
        sum += times * value;
        squares += times * value * value;
    }
    let mean = sum / f64::max(count, 1.0);
    let deviation = (squares / f64::max(count, 1.0) - mean * mean).max(0.0).sqrt();
    [mean as f32, if deviation as f32 > 1e-6 { deviation as f32 } else { 1.0 }]
}

impl Dataset for Examples {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn label(&self, index: usize) -> usize {
        usize::from(self.labels[index])
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        let example = self.task.example_len();
        let plane = example / self.task.channels;
        let range = index * example..(index + 1) * example;
        let planes = out.chunks_exact_mut(plane);
        match &self.values {
            Values::Bytes(bytes) => {
                for ((out, from), table) in planes.zip(bytes[range].chunks_exact(plane)).zip(&self.bytes) {
                    out.iter_mut().zip(from).for_each(|(value, &byte)| *value = table[usize::from(byte)]);
                }
            }
            Values::Floats(floats) => {
                let statistics = self.statistics.iter();
                for ((out, from), [mean, deviation]) in
                    planes.zip(floats[range].chunks_exact(plane)).zip(statistics)
                {
                    out.iter_mut().zip(from).for_each(|(value, from)| *value = (from - mean) / deviation);
                }
            }
        }
        Ok(())
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        let test = self.train..self.len();
        Ok(match self.validation {
            Validation::Last(share) => Splits::last(0..self.train, share, test),
            Validation::Drawn(share) => {
                let drawn = if test.is_empty() { share } else { 0.0 };
                let mut splits = Splits::stratified(0..self.train, |i| self.label(i), share, drawn, seed);
                splits.test.extend(test);
                splits
            }
        })
    }

    fn augmentation(&self) -> Augmentation {
        self.augmentation
    }
}

#[cfg(test)]
impl Examples {
    pub(crate) fn statistics_of_training(&self) -> Vec<Statistics> {
        self.values.statistics(&self.task, self.train)
    }

    pub(crate) fn same_examples(&self, other: &Self) -> bool {
        (&self.labels, &self.values, self.train) == (&other.labels, &other.values, other.train)
    }
}
