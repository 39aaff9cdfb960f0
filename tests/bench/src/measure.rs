//! Timing by turns.

use smash_core::Result;

use crate::worker::Worker;

/// What a workload costs on one engine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Milliseconds.
    pub ms: f64,
    /// Mebibytes by which its process grew at most.
    pub mib: f64,
}

/// The cost of a workload of so many parts on each engine.
///
/// Each part is run once to warm up, then `rounds` times on all engines by turns, so that whatever else the
/// machine does meets all of them alike. The time is the sum over the parts of the median over the rounds.
///
/// # Errors
/// When an engine fails.
pub fn measure(workers: &mut [Worker], parts: usize, rounds: usize) -> Result<Vec<Cost>> {
    let mut costs = vec![Cost::default(); workers.len()];
    for part in 0..parts {
        for worker in workers.iter_mut() {
            worker.run(part)?;
        }
        let mut times = vec![Vec::with_capacity(rounds); workers.len()];
        for round in 0..rounds {
            for turn in 0..workers.len() {
                let i = (turn + round) % workers.len();
                times[i].push(workers[i].run(part)?);
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

/// The middle of some numbers, or the mean of the two in the middle; 0 for none.
fn median(values: &mut [f64]) -> f64 {
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
