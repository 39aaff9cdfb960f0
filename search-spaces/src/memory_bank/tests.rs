//! Tests of the space.

mod budget;
mod canonical;
mod config;
mod conversion;
mod flat;
mod mutation;
mod networks;
mod reference;
mod rejects;
mod reported;
mod sampling;
mod statistics;
mod table;

use smash_core::architecture::Architecture;
use smash_core::random::Seed;
use smash_core::space::SearchSpace;
use smash_core::task::Task;

use super::*;

fn task(channels: usize, extents: &[usize]) -> Task {
    Task { channels, extents: extents.to_vec(), classes: 10 }
}

fn images() -> Task {
    task(3, &[32, 32])
}

fn preset(preset: Preset) -> MemoryBankConfig {
    MemoryBankConfig { preset: Some(preset), ..Default::default() }
}

/// The configuration of section 2.4: the defaults of the authors' command line.
fn reference() -> MemoryBankConfig {
    MemoryBankConfig { width: Some(4), depth: Some(12), ops: Some(Ops::Single), ..preset(Preset::SmashV2) }
}

/// The same in the mode `reference`, with the defects of the authors' code.
fn authors(ops: Ops) -> MemoryBankConfig {
    MemoryBankConfig { mode: Some(Mode::Reference), ops: Some(ops), ..reference() }
}

/// Small spaces that together exercise every rule.
fn spaces() -> Vec<MemoryBank> {
    let small = |unit, max_width, compression, ops, bank_size, bottleneck_rule| MemoryBankConfig {
        unit: Some(unit),
        max_width: Some(max_width),
        compression: Some(compression),
        width: Some(3),
        depth: Some(4),
        ops: Some(ops),
        bank_size: Some(bank_size),
        bottleneck_rule: Some(bottleneck_rule),
        max_kernel: Some(7),
        max_dilation: Some(3),
        ..Default::default()
    };
    use {BankSize as S, BottleneckRule as B};
    [
        MemoryBankConfig::default(),
        small(4, 16, 2, Ops::Variable, S::Any, B::Floor),
        small(4, 20, 3, Ops::Big, S::Any, B::Floor),
        small(6, 24, 3, Ops::Single, S::One, B::Constant),
    ]
    .iter()
    .map(|config| config.build(&images()).unwrap())
    .collect()
}

fn draw(space: &MemoryBank, seed: u64, progress: f64) -> Architecture {
    space.sample(&mut Seed::new(seed).random(), progress).unwrap()
}
