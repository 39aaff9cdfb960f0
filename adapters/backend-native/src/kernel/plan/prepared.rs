//! Plans and layouts that have been worked out before: a network runs the same few shapes over and over.

use super::super::micro::dispatch::kernels;
use super::super::micro::tile::Lists;
use super::super::simd::isa::Level;
use super::blocks::{Block, blocks};
use super::geometry::Plan;
use super::layout::Layout;
use super::shape::ConvShape;
use super::winograd::Over;
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
pub(crate) struct Prepared {
    /// The geometry.
    pub plan: Plan,
    /// The cut into units of work.
    pub layout: Layout,
    /// Result channels of a group as register blocks.
    pub blocks: Vec<Block>,
    /// How pairs are cut into lists, where rows are computed in tiles.
    pub lists: Lists,
    /// Per (input channel, tap): distance from a result channel's first weight. Terms lie one after another.
    pub weight_offsets: Vec<u32>,
}

type Key = (Level, Pass, ConvShape);

/// Forget everything when this many are kept; a search meets many shapes once.
const MOST: usize = 1024;

static KEPT: Mutex<Option<HashMap<Key, Arc<Prepared>>>> = Mutex::new(None);

/// The plan and layout of a pass. Checks the shape.
pub(crate) fn prepared(level: Level, pass: Pass, shape: &ConvShape) -> Arc<Prepared> {
    let key = (level, pass, shape.clone());
    let kept = |mut lock: std::sync::MutexGuard<Option<HashMap<Key, Arc<Prepared>>>>| {
        lock.get_or_insert_default().get(&key).cloned()
    };
    if let Some(found) = kept(KEPT.lock().unwrap_or_else(PoisonError::into_inner)) {
        return found;
    }
    shape.check();
    let kernels = kernels(level);
    let plan = match pass {
        Pass::InputGradient => Plan::input_gradient(shape, kernels.lanes).tiled(kernels.lanes, Over::Pairs),
        Pass::Forward => Plan::forward(shape, kernels.lanes).tiled(kernels.lanes, Over::Pairs),
        Pass::WeightGradient => Plan::forward(shape, kernels.lanes).tiled(kernels.lanes, Over::Positions),
    };
    let layout = match pass {
        Pass::WeightGradient => super::super::run::weights::layout(kernels, &plan),
        Pass::Forward | Pass::InputGradient => super::super::run::correlate::layout(kernels, &plan),
    };
    let weight_offset = |pair: usize| match &plan.tiles {
        Some(_) => pair,
        None => pair / plan.taps.len() * plan.weight_pitch.1 + pair % plan.taps.len(),
    };
    let weight_offsets = (0..plan.pairs()).map(|pair| weight_offset(pair) as u32).collect();
    let made = Arc::new(Prepared {
        blocks: blocks(plan.writes, kernels.tile_vectors),
        lists: plan.tiles.as_ref().map_or(Lists::NONE, |tiles| Lists::new(tiles, plan.reads)),
        plan,
        layout,
        weight_offsets,
    });
    let mut lock = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let map = lock.get_or_insert_default();
    if map.len() >= MOST {
        map.clear();
    }
    map.insert(key, Arc::clone(&made));
    made
}
