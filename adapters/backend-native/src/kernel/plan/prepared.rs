//! Passes that have been prepared before: a network runs the same few shapes over and over.

use super::super::micro::{Lists, MicroKernels, micro_kernels};
use super::super::simd::Isa;
use super::blocks::{Block, blocks};
use super::budget;
use super::correlation::Plan;
use super::layout::Layout;
use super::shape::ConvShape;
use super::tiling::{Reduction, Tiling, tiled};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Which of the three passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pass {
    Forward,
    InputGradient,
    WeightGradient,
}

/// What does not depend on the numbers.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The micro-kernels.
    pub kernels: &'static MicroKernels,
    /// Channels and geometry.
    pub plan: Plan,
    /// The cut into units of work.
    pub layout: Layout,
    /// Result channels of a group, cut for the register tiles.
    pub blocks: Vec<Block>,
    /// How the reduction is cut into lists, for Winograd tiles.
    pub lists: Lists,
    /// Per (input channel, tap): distance from a result channel's first weight. Terms lie one after another.
    pub weight_offsets: Vec<u32>,
}

impl Prepared {
    fn new(kernels: &'static MicroKernels, pass: Pass, tiling: Tiling, shape: &ConvShape) -> Prepared {
        let (plan, reduction) = match pass {
            Pass::Forward => (Plan::forward(shape), Reduction::Pairs),
            Pass::InputGradient => (Plan::input_gradient(shape), Reduction::Pairs),
            Pass::WeightGradient => (Plan::forward(shape), Reduction::Positions),
        };
        let plan = tiled(plan, kernels.lanes, reduction, tiling);
        let layout = match reduction {
            Reduction::Pairs => Layout::of_results(kernels, &plan),
            Reduction::Positions => budget::layout(kernels, &plan),
        };
        let weight_offset = |pair: usize| match &plan.winograd {
            Some(_) => pair,
            None => pair / plan.sum.taps.len() * plan.weight_pitch.source + pair % plan.sum.taps.len(),
        };
        let weight_offsets = (0..plan.pairs()).map(|pair| weight_offset(pair) as u32).collect();
        Prepared {
            kernels,
            blocks: blocks(plan.writes, kernels.tile_vectors),
            lists: plan.winograd.as_ref().map_or(Lists::NONE, |winograd| winograd.reduction()),
            plan,
            layout,
            weight_offsets,
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    isa: Isa,
    pass: Pass,
    tiling: Tiling,
    shape: ConvShape,
}

/// Forget everything when this many are kept; a search meets many shapes once.
const MOST: usize = 1024;

/// The passes that an engine has prepared.
#[derive(Debug, Default)]
pub(crate) struct PreparedCache(Mutex<HashMap<Key, Arc<Prepared>>>);

impl PreparedCache {
    /// A prepared pass, now or from before. Panics unless the shape is one that the kernels can run.
    pub(crate) fn get(&self, isa: Isa, pass: Pass, tiling: Tiling, shape: &ConvShape) -> Arc<Prepared> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Key { isa, pass, tiling, shape: shape.clone() };
        if let Some(found) = kept().get(&key) {
            return Arc::clone(found);
        }
        shape.check();
        let made = Arc::new(Prepared::new(micro_kernels(isa), pass, tiling, shape));
        let mut map = kept();
        if map.len() >= MOST {
            map.clear();
        }
        map.insert(key, Arc::clone(&made));
        made
    }
}
