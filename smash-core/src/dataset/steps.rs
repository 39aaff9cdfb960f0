//! The training batches of each step, prefetched.

use super::{Batch, Batches, Data, Order};
use crate::error::{Error, Result};
use crate::random::Seed;

/// The training batches of an order, prefetched as long as steps are requested in sequence. The batch of a
/// step does not depend on earlier requests.
pub struct Steps {
    data: Data,
    order: Order,
    /// Number of steps: nothing is prefetched beyond.
    end: u64,
    /// The step whose batch the prefetcher yields next.
    next: u64,
    batches: Option<Batches>,
}

impl Steps {
    /// The first `end` steps of an order over the examples of `data`.
    pub fn new(data: &Data, order: Order, end: u64) -> Self {
        Self { data: data.clone(), order, end, next: 0, batches: None }
    }

    /// True if these are the batches of that data, shuffled by that seed.
    pub fn are_of(&self, data: &Data, seed: Seed) -> bool {
        self.data.is(data) && self.order.seed() == seed
    }

    /// The batch of a step.
    ///
    /// # Errors
    /// When the dataset cannot read an example of it; the next call reads it again.
    pub fn at(&mut self, step: u64) -> Result<Batch> {
        let batches = match &mut self.batches {
            Some(batches) if self.next == step && step < self.end => batches,
            other => {
                // Dropping joins the thread that prefetches for other steps, before a new one starts.
                *other = None;
                let mut order = self.order.clone();
                let read = move |data: &Data, step| {
                    let (indices, augment) = order.at(step);
                    data.batch(&indices, Some(augment))
                };
                other.insert(self.data.prefetch(step..self.end.max(step + 1), read))
            }
        };
        self.next = step + 1;
        let none = || Err(Error::State(format!("step {step}: expected a batch, found none")));
        let batch = batches.next().unwrap_or_else(none);
        if batch.is_err() {
            self.batches = None;
        }
        batch
    }
}
