//! A dataset of labelled examples in memory: what most loaders return.

use smash_core::Result;
use smash_core::dataset::{Augmentation, Dataset, Normalise, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;

/// Normalisation statistics of a channel: mean and standard deviation.
pub(crate) type Statistics = [f32; 2];

/// The values of a file, as channel planes, example after example; bytes stay bytes until they are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    /// Bytes 0 to 255, which stand for 0 to 1.
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

/// How the validation split is chosen from the training examples.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Validation {
    /// The last examples of the files, as in the paper.
    Last(f64),
    /// A share of each class, drawn from the job's seed (stratified). Without test examples a test split of
    /// the same size is drawn too.
    Drawn(f64),
    /// So many examples after those that train, which the files themselves set apart. Without test examples a
    /// share of each class that trains is drawn to test.
    Given(usize, f64),
}

/// A dataset in memory, with each channel normalised to mean 0 and standard deviation 1.
#[derive(Clone, Debug)]
pub struct Examples {
    task: Task,
    labels: Vec<u16>,
    values: Values,
    /// Number of examples that train or validate; those after them test.
    train: usize,
    statistics: Vec<Statistics>,
    /// Lookup table: the normalised value of each byte in each channel; empty for floats.
    bytes: Vec<[f32; 256]>,
    /// How the examples are to be normalised when they are not yet; bytes are then read as 0 to 1.
    normalise: Option<Normalise>,
    validation: Validation,
    augmentation: Augmentation,
    class_names: Option<Vec<String>>,
    notes: Vec<String>,
}

impl Examples {
    /// Makes a dataset. The loader guarantees as many values as labels and task say. Without `statistics`
    /// those of the training split are used, or [configured ones](Self::normalised).
    pub(crate) fn new(
        task: Task,
        (labels, values): (Vec<u16>, Values),
        train: usize,
        statistics: Option<Vec<Statistics>>,
        validation: Validation,
        augmentation: Augmentation,
    ) -> Self {
        let normalise = statistics.is_none().then(Normalise::default);
        let statistics = statistics.unwrap_or_else(|| vec![[0.0, 1.0]; task.channels]);
        let bytes = match values {
            Values::Bytes(_) => statistics.iter().map(table).collect(),
            Values::Floats(_) => Vec::new(),
        };
        Self {
            task,
            labels,
            values,
            train,
            statistics,
            bytes,
            normalise,
            validation,
            augmentation,
            class_names: None,
            notes: Vec::new(),
        }
    }

    /// The same with a name for each class.
    pub(crate) fn named(self, names: Option<Vec<String>>) -> Self {
        let class_names = names.filter(|names| names.len() == self.task.classes);
        Self { class_names, ..self }
    }

    /// The same with notes for the user.
    pub(crate) fn noted(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// The same dataset, normalised as a configuration says.
    pub(crate) fn normalised(self, normalise: &Normalise) -> Self {
        Self { normalise: Some(normalise.clone()), ..self }
    }
}

/// The normalised value of each byte.
pub(crate) fn table([mean, deviation]: &Statistics) -> [f32; 256] {
    std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / deviation)
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
            Validation::Given(valid, share) => {
                let (begin, drawn) = (self.train - valid, if test.is_empty() { share } else { 0.0 });
                let mut splits = Splits::stratified(0..begin, |i| self.label(i), 0.0, drawn, seed);
                splits.valid = (begin..self.train).collect();
                splits.test.extend(test);
                splits
            }
        })
    }

    fn class_names(&self) -> Option<&[String]> {
        self.class_names.as_deref()
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn shown_range(&self) -> Option<Vec<[f32; 2]>> {
        // Bytes 0 to 255 are black to white.
        (!self.bytes.is_empty()).then(|| self.bytes.iter().map(|table| [table[0], table[255]]).collect())
    }

    fn augmentation(&self) -> Augmentation {
        self.augmentation
    }

    fn normalise(&self) -> Option<Normalise> {
        self.normalise.clone()
    }
}

#[cfg(test)]
impl Examples {
    pub(crate) fn same_examples(&self, other: &Self) -> bool {
        (&self.labels, &self.values, self.train) == (&other.labels, &other.values, other.train)
    }
}
