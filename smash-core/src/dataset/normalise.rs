//! Normalisation of examples, channel by channel.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Dataset, Moments};
use crate::error::{Error, Problem, Result};

/// Batch size for computing statistics.
const CHUNK: usize = 64;

/// Normalisation: the mean of each channel is subtracted from its values, which are then divided by its
/// standard deviation. Without given statistics, those of the training split are used: validation and test
/// examples stay unseen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Normalise {
    /// Mean of each channel, or one for all; together with `std`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mean: Vec<f64>,
    /// Standard deviation of each channel, or one for all, above 0; together with `mean`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub std: Vec<f64>,
}

impl Normalise {
    /// Checks that the statistics are absent, or given once or for each channel.
    ///
    /// # Errors
    /// At the field that is wrong.
    pub fn check(&self, channels: usize) -> Result<(), Problem> {
        for (name, numbers, other) in [("mean", &self.mean, &self.std), ("std", &self.std, &self.mean)] {
            let fits = [1, channels].contains(&numbers.len()) || (numbers.is_empty() && other.is_empty());
            if !fits {
                let found = numbers.len();
                let expected =
                    if channels == 1 { "1 number".into() } else { format!("1 or {channels} numbers") };
                let message = format!("expected {expected}, or neither mean nor std, found {found}");
                return Err(Problem::new(format!("/{name}"), message));
            }
            let wrong =
                |number: &f64| !(*number as f32).is_finite() || (name == "std" && *number as f32 <= 0.0);
            if let Some(at) = numbers.iter().position(wrong) {
                let expected = if name == "std" { "a number above 0" } else { "a finite number" };
                let message = format!("expected {expected}, found {}", numbers[at]);
                return Err(Problem::new(format!("/{name}/{at}"), message));
            }
        }
        Ok(())
    }

    /// The same with statistics for each channel: the given ones, or else those of the training split.
    pub(super) fn with_statistics(&self, dataset: &dyn Dataset, train: &[usize]) -> Result<Self> {
        let channels = dataset.task().channels;
        self.check(channels).map_err(|problem| Error::Data(format!("normalise{problem}")))?;
        if self.mean.is_empty() {
            return Self::statistics(dataset, train);
        }
        let each = |numbers: &[f64]| numbers.iter().copied().cycle().take(channels).collect();
        Ok(Self { mean: each(&self.mean), std: each(&self.std) })
    }

    /// Means and standard deviations over some examples; a constant channel is only centred.
    fn statistics(dataset: &dyn Dataset, indices: &[usize]) -> Result<Self> {
        let (channels, length) = (dataset.task().channels, dataset.task().example_len());
        let plane = (length / channels.max(1)).max(1);
        let mut values = vec![0.0; CHUNK * length];
        let mut moments = vec![Moments::default(); channels];
        for chunk in indices.chunks(CHUNK) {
            let values = &mut values[..chunk.len() * length];
            dataset.read_batch(chunk, None, values)?;
            for (i, plane) in values.chunks_exact(plane).enumerate() {
                let moments = &mut moments[i % channels];
                plane.iter().for_each(|&value| moments.add(f64::from(value)));
            }
        }
        let mean = moments.iter().map(Moments::mean).collect();
        let std = moments.iter().map(Moments::scale).collect();
        Ok(Self { mean, std })
    }

    /// Normalises examples, whose channels hold `plane` values each, by the statistics of each channel.
    pub fn apply(&self, plane: usize, values: &mut [f32]) {
        let scales = self.mean.iter().zip(&self.std).cycle();
        for (values, (&mean, &std)) in values.chunks_exact_mut(plane.max(1)).zip(scales) {
            let (mean, std) = (mean as f32, std as f32);
            values.iter_mut().for_each(|value| *value = (*value - mean) / std);
        }
    }
}
