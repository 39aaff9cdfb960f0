//! Drawing a subset of which the size is drawn, one item after the other.

use smash_core::decision::Decide;
use smash_core::error::Result;

/// A uniform subset of some items, of a size with a distribution of its own, as far as it is decided.
pub(super) struct Subset {
    /// The sizes that the rest may add, each with its weight given what is decided.
    sizes: Vec<(usize, f64)>,
    /// Number of items that are not decided yet.
    left: usize,
}

impl Subset {
    /// A subset of `items` items: the sizes that it may have, with their weights.
    pub(super) fn new(items: usize, sizes: impl Iterator<Item = (usize, f64)>) -> Self {
        Self { sizes: sizes.filter(|(size, _)| *size <= items).collect(), left: items }
    }

    /// Decides whether the next item is in it.
    pub(super) fn next(&mut self, decide: &mut dyn Decide, name: &str) -> Result<bool> {
        // Of a subset of k of the items that are left, the next one is in k of left.
        let left = self.left as f64;
        let share = move |size: usize| size as f64 / left;
        let taken = self.ask(decide, name, &|size| [1.0 - share(size), share(size)])?;
        for (size, weight) in &mut self.sizes {
            *weight *= if taken { share(*size) } else { 1.0 - share(*size) };
        }
        self.decided(taken);
        Ok(taken)
    }

    /// Decides whether any of the items that are left is in it. They are alike: it is taken to be the next.
    pub(super) fn any(&mut self, decide: &mut dyn Decide, name: &str) -> Result<bool> {
        let taken = self.ask(decide, name, &|size| if size > 0 { [0.0, 1.0] } else { [1.0, 0.0] })?;
        self.decided(taken);
        Ok(taken)
    }

    fn ask(&self, decide: &mut dyn Decide, name: &str, shares: &dyn Fn(usize) -> [f64; 2]) -> Result<bool> {
        let can = |taken: usize| self.sizes.iter().any(|&(size, _)| shares(size)[taken] > 0.0);
        let weigh = |taken: usize| self.sizes.iter().map(|&(size, w)| w * shares(size)[taken]).sum::<f64>();
        let weights = [weigh(0), weigh(1)];
        // Weights that are too small for a float say nothing.
        let weights = (weights[0] + weights[1] > 0.0).then_some(&weights[..]);
        Ok(match (can(0), can(1)) {
            (true, true) => *decide.choose_weighted(name, &[false, true], weights)?,
            (_, taken) => taken,
        })
    }

    /// Takes the item, or leaves it: sizes that are impossible then are gone.
    fn decided(&mut self, taken: bool) {
        self.left -= 1;
        let left = self.left;
        for (size, _) in &mut self.sizes {
            // Sizes that were 0 are to go.
            *size = if taken { size.wrapping_sub(1) } else { *size };
        }
        self.sizes.retain(|(size, _)| *size <= left);
    }
}
