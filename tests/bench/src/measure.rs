//! Timing by turns.

use std::time::Instant;

use smash_core::Result;

use crate::{Engine, Workload};

/// Milliseconds of a workload on each engine.
///
/// Each part is run once to warm up, then `rounds` times on all engines by turns, so that whatever else the machine does
/// meets all of them alike. The result is the sum over the parts of the median over the rounds.
///
/// # Errors
/// When an engine fails.
pub fn measure(workload: &dyn Workload, engines: &mut [Engine], rounds: usize) -> Result<Vec<f64>> {
    let mut totals = vec![0.0; engines.len()];
    for part in 0..workload.parts() {
        for engine in engines.iter_mut() {
            workload.run(part, &mut *engine.backend)?;
        }
        let mut times = vec![Vec::with_capacity(rounds); engines.len()];
        for round in 0..rounds {
            for turn in 0..engines.len() {
                let i = (turn + round) % engines.len();
                let clock = Instant::now();
                workload.run(part, &mut *engines[i].backend)?;
                times[i].push(clock.elapsed().as_secs_f64() * 1e3);
            }
        }
        for (total, times) in totals.iter_mut().zip(&mut times) {
            *total += median(times);
        }
    }
    Ok(totals)
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
