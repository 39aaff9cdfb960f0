//! Interleaved timing of several engines.

use smash_core::Result;

use crate::worker::Worker;

/// The cost of a workload on one engine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Time in milliseconds.
    pub ms: f64,
    /// Peak memory of the process beyond its start, in mebibytes.
    pub mib: f64,
}

/// Measures the cost of a workload of `items` items on each engine.
///
/// Each item is run once as a warm-up, then `rounds` times on all engines in turn, so that other load on the
/// machine affects all of them alike. The time is the sum over the items of the median over the rounds.
///
/// # Errors
/// When an engine fails.
pub fn measure(workers: &mut [Worker], items: usize, rounds: usize) -> Result<Vec<Cost>> {
    let mut costs = vec![Cost::default(); workers.len()];
    for item in 0..items {
        for worker in workers.iter_mut() {
            worker.run(item)?;
        }
        let mut times = vec![Vec::with_capacity(rounds); workers.len()];
        for round in 0..rounds {
            for turn in 0..workers.len() {
                let i = (turn + round) % workers.len();
                times[i].push(workers[i].run(item)?);
            }
        }
        for (cost, times) in costs.iter_mut().zip(&mut times) {
            cost.ms += median(times);
        }
    }
    for (cost, worker) in costs.iter_mut().zip(workers) {
        cost.mib = worker.peak()?;
    }
    Ok(costs)
}

/// The median; 0 for no values.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_few() {
        assert_eq!(median(&mut []), 0.0);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
    }
}
