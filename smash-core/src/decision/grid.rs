//! Every architecture of a space, and how many there are.

use super::{Decide, Decision, Draw, record};
use crate::architecture::Architecture;
use crate::error::Result;
use crate::random::{Random, Seed};

/// Draws that an [estimate](size) is made of.
const PROBES: u64 = 1_000;

/// All architectures of a draw, in the order of their decisions.
pub struct Grid<'a> {
    draw: &'a Draw<'a>,
    /// The index of each decision of the next architecture and how many values it has; `None` at the end.
    next: Option<Vec<(usize, usize)>>,
}

impl<'a> Grid<'a> {
    /// All architectures that `draw` can make.
    pub fn new(draw: &'a Draw<'a>) -> Self {
        Self { draw, next: Some(Vec::new()) }
    }
}

impl Iterator for Grid<'_> {
    type Item = Result<Architecture>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut odometer = Odometer { digits: self.next.take()?, at: 0 };
        let drawn = (self.draw)(&mut odometer);
        let mut digits = odometer.digits;
        digits.truncate(odometer.at);
        while let Some((index, count)) = digits.pop() {
            if index + 1 < count {
                digits.push((index + 1, count));
                self.next = Some(digits);
                break;
            }
        }
        Some(drawn)
    }
}

struct Odometer {
    digits: Vec<(usize, usize)>,
    at: usize,
}

impl Decide for Odometer {
    fn decide(&mut self, decision: &Decision<'_>) -> Result<usize> {
        if self.at == self.digits.len() {
            self.digits.push((0, decision.domain.len()));
        }
        self.at += 1;
        Ok(self.digits[self.at - 1].0)
    }
}

/// How many architectures a space has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// The logarithm of their number to base 10.
    pub log10: f64,
    /// Whether they were counted; otherwise it is an estimate.
    pub exact: bool,
}

/// Counts the architectures of a draw, or estimates their number if there are more than `limit`: the mean,
/// over random draws, of the product of the numbers of values of all decisions (Knuth 1975, *Estimating the
/// efficiency of backtrack programs*), which has the right mean and in large spaces a large spread. Two sets
/// of decisions that give one architecture count twice.
///
/// # Errors
/// Those of the draw.
pub fn size(draw: &Draw<'_>, limit: usize, seed: Seed) -> Result<Size> {
    let mut count = 0_usize;
    for drawn in Grid::new(draw).take(limit.saturating_add(1)) {
        drawn?;
        count += 1;
    }
    if count <= limit {
        return Ok(Size { log10: libm::log10(count as f64), exact: true });
    }
    let mut logs = Vec::new();
    for probe in 0..PROBES {
        let (_, made) = record(draw, &mut Uniform(seed.at(probe).random()))?;
        logs.push(made.iter().map(|made| libm::log10(made.domain.len() as f64)).sum::<f64>());
    }
    // Of numbers that no float holds: the largest is taken out of the mean.
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mean = logs.iter().map(|log| libm::pow(10.0, log - largest)).sum::<f64>() / PROBES as f64;
    Ok(Size { log10: largest + libm::log10(mean), exact: false })
}

/// Every value alike, whatever the space's own distribution: the estimate needs it.
struct Uniform(Random);

impl Decide for Uniform {
    fn decide(&mut self, decision: &Decision<'_>) -> Result<usize> {
        Ok(self.0.below(decision.domain.len()))
    }
}
