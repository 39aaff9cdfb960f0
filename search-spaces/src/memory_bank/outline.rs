//! How much of a block's limits an architecture takes.

use smash_core::space::{Figure, PartOutline};

use super::choices::Block;
use super::settings::Settings;

/// The figures of checked block `b`.
pub(super) fn of_block(settings: &Settings, b: usize, block: &Block) -> PartOutline {
    let limits = settings.limits(b, block.bank, 1.0);
    let channels = block.bank * settings.unit;
    let reads: usize = block.ops.iter().map(|op| op.reads.len()).sum();
    let free = |name: &'static str, value| Figure { name: name.into(), value, limit: None };
    let limited = |name: &'static str, value, limit| Figure { name: name.into(), value, limit: Some(limit) };
    let figures = vec![
        free("bank channels", channels),
        limited("banks", block.banks(limits.initial), limits.banks),
        // The budget, in the whole slices that reads are made of.
        limited("read channels", reads * channels, limits.slices * settings.unit * settings.compression),
        free("ops", block.ops.len()),
        free("k×k convs", block.ops.iter().flat_map(|op| &op.convs).flatten().count()),
    ];
    PartOutline { part: format!("block{b}"), figures }
}
