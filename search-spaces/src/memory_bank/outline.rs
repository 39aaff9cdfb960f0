//! The share of a block's limits that an architecture uses, for `smash describe`.

use smash_core::space::{Figure, PartOutline};

use super::choices::Block;
use super::settings::Settings;

/// The figures of block `b`, which must be valid.
pub(super) fn of_block(settings: &Settings, b: usize, block: &Block) -> PartOutline {
    let limits = settings.limits(b, block.bank, 1.0);
    let channels = block.bank * settings.unit;
    let reads: usize = block.ops.iter().map(|op| op.reads.len()).sum();
    let unlimited = |name: &'static str, value| Figure { name: name.into(), value, limit: None };
    let limited = |name: &'static str, value, limit| Figure { name: name.into(), value, limit: Some(limit) };
    let figures = vec![
        unlimited("bank channels", channels),
        limited("banks", block.banks(limits.initial), limits.banks),
        // The budget, in the whole slices that reads are counted in.
        limited("read channels", reads * channels, limits.slices * settings.unit * settings.compression),
        unlimited("ops", block.ops.len()),
        unlimited("k×k convs", block.ops.iter().flat_map(|op| &op.convs).flatten().count()),
    ];
    PartOutline { part: format!("block{b}"), figures }
}
