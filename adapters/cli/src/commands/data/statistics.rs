//! Statistics of the training examples' values, for normalisation.

use serde_json::{Value, json};
use smash_core::Result;
use smash_core::dataset::{Data, Moments};

/// Batch size of reading.
const CHUNK: usize = 64;

/// The statistics of one channel: range, mean and standard deviation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChannelStatistics {
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
}

impl ChannelStatistics {
    pub(crate) fn json(self) -> Value {
        json!({"lowest": self.lowest, "highest": self.highest, "mean": self.mean, "std": self.deviation})
    }

    /// Mean and standard deviation after scaling the range to 0 … 1.
    pub(crate) fn scaled(self) -> [f64; 2] {
        let range = self.highest - self.lowest;
        if range > 0.0 { [(self.mean - self.lowest) / range, self.deviation / range] } else { [0.0; 2] }
    }
}

/// The statistics of each channel, as the dataset reads it and after normalisation, as a network sees it.
pub(crate) struct Statistics {
    pub(crate) read: Vec<ChannelStatistics>,
    pub(crate) seen: Vec<ChannelStatistics>,
}

impl Statistics {
    /// Reads all training examples once; `tell` is called with the number read so far.
    pub(crate) fn of(data: &Data, tell: &mut dyn FnMut(usize)) -> Result<Self> {
        let (task, indices) = (data.task(), &data.splits().train);
        let plane = task.extents.iter().product::<usize>().max(1);
        let [mut read, mut seen] = [(); 2].map(|()| vec![Sums::default(); task.channels]);
        let mut values = vec![0.0; CHUNK * task.example_len()];
        for (number, chunk) in indices.chunks(CHUNK).enumerate() {
            let values = &mut values[..chunk.len() * task.example_len()];
            data.dataset().read_batch(chunk, None, values)?;
            add(&mut read, plane, values);
            add(&mut seen, plane, data.batch(chunk, None)?.x.data());
            tell((number * CHUNK + chunk.len()).min(indices.len()));
        }
        let spreads = |sums: Vec<Sums>| sums.into_iter().map(Sums::spread).collect();
        Ok(Self { read: spreads(read), seen: spreads(seen) })
    }
}

#[derive(Clone, Debug)]
struct Sums {
    moments: Moments,
    lowest: f32,
    highest: f32,
}

impl Default for Sums {
    fn default() -> Self {
        Self { moments: Moments::default(), lowest: f32::INFINITY, highest: f32::NEG_INFINITY }
    }
}

impl Sums {
    fn spread(self) -> ChannelStatistics {
        let (mean, deviation) = (self.moments.mean(), self.moments.deviation());
        ChannelStatistics { lowest: self.lowest.into(), highest: self.highest.into(), mean, deviation }
    }
}

/// Adds examples to the sums; every `plane` values are one channel.
fn add(sums: &mut [Sums], plane: usize, values: &[f32]) {
    let channels = sums.len().max(1);
    for (i, plane) in values.chunks_exact(plane).enumerate() {
        let Some(sums) = sums.get_mut(i % channels) else { return };
        for &value in plane {
            sums.moments.add(f64::from(value));
            sums.lowest = sums.lowest.min(value);
            sums.highest = sums.highest.max(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_told_apart() {
        let mut sums = vec![Sums::default(); 2];
        add(&mut sums, 2, &[1.0, 3.0, -5.0, 5.0, 1.0, 3.0, -5.0, 5.0]);
        let spreads: Vec<ChannelStatistics> = sums.into_iter().map(Sums::spread).collect();
        let numbers = |s: ChannelStatistics| [s.lowest, s.highest, s.mean, s.deviation];
        assert_eq!(numbers(spreads[0]), [1.0, 3.0, 2.0, 1.0]);
        assert_eq!(numbers(spreads[1]), [-5.0, 5.0, 0.0, 5.0]);
        assert_eq!(spreads[1].scaled(), [0.5, 0.5]);
        let flat = ChannelStatistics { lowest: 2.0, highest: 2.0, mean: 2.0, deviation: 0.0 };
        assert_eq!(flat.scaled(), [0.0, 0.0]);
    }
}
