//! Mean and standard deviation of many values, in one pass.

/// Below this ratio of variance to squared mean, the difference of two large sums loses its digits.
const CANCELS: f64 = 1e-4;

/// Sums of values as they are, and of their distances from the first one, whose variance keeps its digits
/// where the values are large and close together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
    first: f64,
    shifted: [f64; 2],
}

impl Moments {
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        self.add_times(value, 1.0);
    }

    /// Adds a value that occurs several times.
    pub fn add_times(&mut self, value: f64, times: f64) {
        if self.count == 0.0 {
            self.first = value;
        }
        let off = value - self.first;
        self.count += times;
        self.sum += times * value;
        self.squares += times * value * value;
        self.shifted[0] += times * off;
        self.shifted[1] += times * off * off;
    }

    /// The mean; 0 of no values.
    pub fn mean(&self) -> f64 {
        self.sum / self.count.max(1.0)
    }

    /// The standard deviation, of all values rather than of a sample.
    pub fn deviation(&self) -> f64 {
        let (count, mean) = (self.count.max(1.0), self.mean());
        let variance = self.squares / count - mean * mean;
        if variance.is_finite() && variance > CANCELS * mean * mean {
            return variance.sqrt();
        }
        let off = self.shifted[0] / count;
        (self.shifted[1] / count - off * off).max(0.0).sqrt()
    }

    /// The standard deviation to divide float32 values by: 1 for a constant channel, whose values differ by
    /// no more than the rounding of float32 or too little to divide by.
    pub fn scale(&self) -> f64 {
        let deviation = self.deviation();
        let rounding = f64::from(f32::EPSILON) * self.mean().abs();
        let constant = deviation <= rounding || deviation < f64::from(f32::MIN_POSITIVE);
        if constant { 1.0 } else { deviation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        values.iter().for_each(|&value| moments.add(value));
        moments
    }

    #[test]
    fn small_and_large_values_keep_their_deviation() {
        for (low, high) in [
            (0.0, 1e-8),
            (-1e-20, 1e-20),
            (0.0, 1e-37),
            (1e8, 1e8 + 64.0),
            (1e12, 1e12 + 1e6),
            (-3e5, -3e5 + 0.25),
            (0.0, 3e38),
        ] {
            let moments = of(&[low, high, low, high]);
            let expected = (high - low) / 2.0;
            assert!((moments.deviation() / expected - 1.0).abs() < 1e-6, "{low} {high}: {moments:?}");
            assert!((moments.scale() - moments.deviation()).abs() <= 0.0, "{low} {high}: {moments:?}");
        }
        let times = |value: f64, count| (0..count).map(move |_| value);
        let one = of(&times(0.25, 3).chain(times(0.75, 5)).collect::<Vec<_>>());
        let mut other = Moments::default();
        other.add_times(0.25, 3.0);
        other.add_times(0.75, 5.0);
        assert!((one.mean() - other.mean()).abs() < 1e-15 && (one.scale() - other.scale()).abs() < 1e-15);
    }

    #[test]
    fn what_only_rounding_tells_apart_is_constant() {
        let next = |value: f32| f64::from(value.next_up());
        for values in [
            vec![],
            vec![0.0; 4],
            vec![0.1; 1000],
            vec![1e30; 7],
            vec![f64::from(0.1f32), next(0.1), f64::from(0.1f32), next(0.1)],
            vec![1e6, next(1e6), next(1e6)],
            vec![0.0, 1e-45],
        ] {
            assert!((of(&values).scale() - 1.0).abs() <= 0.0, "{values:?}");
        }
    }
}
