//! The rules of the space.

use std::fmt::Display;

use smash_core::error::Problem;

use super::choices::{Block, Choices, Conv, Operation};
use super::draw::write_counts;
use super::settings::{BLOCKS, Limits, Settings};

type Checked = Result<(), Problem>;

/// Checks every rule; the pointer leads to the first choice that violates one.
pub(super) fn check(settings: &Settings, rank: usize, choices: &Choices) -> Checked {
    if choices.blocks.len() != BLOCKS {
        return Err(found("/blocks", format_args!("{BLOCKS} blocks"), choices.blocks.len()));
    }
    choices.blocks.iter().enumerate().try_for_each(|(b, block)| {
        check_block(settings, rank, b, block).map_err(|p| p.under(&format!("/blocks/{b}")))
    })
}

fn found(pointer: &str, expected: impl Display, found: impl Display) -> Problem {
    Problem::new(pointer, format!("expected {expected}, found {found}"))
}

fn check_block(settings: &Settings, rank: usize, b: usize, block: &Block) -> Checked {
    let sizes = settings.bank_sizes(b);
    if !sizes.contains(&block.bank) {
        return Err(found("/bank", format_args!("one of {sizes:?} units"), block.bank));
    }
    check_ops(settings, rank, &settings.limits(b, block.bank, 1.0), block)
}

/// Checks a single block with an input of `channels` channels, without the limits on budget and number of
/// banks.
pub(super) fn check_alone(settings: &Settings, rank: usize, channels: usize, block: &Block) -> Checked {
    let most = settings.max_units().min(channels / settings.unit);
    if block.bank == 0 || block.bank > most {
        return Err(found("/bank", format_args!("1 to {most} units"), block.bank));
    }
    let initial = channels / (block.bank * settings.unit);
    check_ops(settings, rank, &Limits::unlimited(block.bank, initial), block)
}

fn check_ops(settings: &Settings, rank: usize, limits: &Limits, block: &Block) -> Checked {
    let (mut filled, mut used) = (limits.initial, 0);
    for (i, op) in block.ops.iter().enumerate() {
        let at = |p: Problem| p.under(&format!("/ops/{i}"));
        check_reads(settings, limits, op, filled, used).map_err(at)?;
        check_writes(settings, limits, op, filled).map_err(at)?;
        check_convs(settings, rank, op).map_err(at)?;
        used += limits.slices_of(op.reads.len());
        filled += op.writes.iter().filter(|&&bank| bank >= filled).count();
    }
    Ok(())
}

fn ascending(banks: &[usize]) -> bool {
    banks.windows(2).all(|pair| pair[0] < pair[1])
}

fn check_reads(settings: &Settings, limits: &Limits, op: &Operation, filled: usize, used: usize) -> Checked {
    let reads = &op.reads;
    if reads.is_empty() || !ascending(reads) {
        return Err(found("/reads", "at least one bank, ascending", format_args!("{reads:?}")));
    }
    if let Some(empty) = reads.iter().find(|&&bank| bank >= filled) {
        return Err(found("/reads", format_args!("banks that hold something, 0 to {}", filled - 1), empty));
    }
    if !reads.len().is_multiple_of(limits.step) {
        let expected = format!(
            "a multiple of {} banks (banks × {} units fill whole slices of {} units)",
            limits.step, limits.bank, settings.compression
        );
        return Err(found("/reads", expected, reads.len()));
    }
    let left = limits.slices - used;
    if limits.slices_of(reads.len()) > left {
        let expected = format!("at most the {left} slices left of the block's {}", limits.slices);
        return Err(found("/reads", expected, limits.slices_of(reads.len())));
    }
    Ok(())
}

fn check_writes(settings: &Settings, limits: &Limits, op: &Operation, filled: usize) -> Checked {
    let most = settings.max_units();
    if op.width == 0 || op.width > most || !op.width.is_multiple_of(limits.bank) {
        let expected = format!("a multiple of the bank's {} units, at most {most}", limits.bank);
        return Err(found("/width", expected, op.width));
    }
    let writes = &op.writes;
    if !ascending(writes) {
        return Err(found("/writes", "ascending banks", format_args!("{writes:?}")));
    }
    let (fewest, most) = write_counts(limits, filled, op.width);
    if !(fewest..=most).contains(&writes.len()) {
        let expected = format!("{fewest} to {most} banks (fewer would leave output channels unused)");
        return Err(found("/writes", expected, writes.len()));
    }
    let fresh = &writes[writes.partition_point(|&bank| bank < filled)..];
    if let Some((i, bank)) = fresh.iter().enumerate().find(|&(i, &bank)| bank != filled + i) {
        return Err(found("/writes", format_args!("the first empty bank {}", filled + i), bank));
    }
    let room = fewest.min(limits.banks - filled);
    if fresh.len() > room {
        let expected = format!("at most {room} new banks (the block has room for {})", limits.banks);
        return Err(found("/writes", expected, fresh.len()));
    }
    Ok(())
}

fn check_convs(settings: &Settings, rank: usize, op: &Operation) -> Checked {
    let mask = op.mask();
    if !settings.masks().iter().any(|(allowed, _)| *allowed == mask) {
        let digits = mask.map(|on| if on { "1" } else { "0" }).concat();
        let allowed: Vec<String> =
            settings.masks().iter().map(|(m, _)| m.map(|on| if on { "1" } else { "0" }).concat()).collect();
        return Err(found("/convs", format_args!("convolutions {}", allowed.join(" or ")), digits));
    }
    op.convs.iter().enumerate().try_for_each(|(j, conv)| match conv {
        Some(conv) => check_conv(settings, rank, conv).map_err(|p| p.under(&format!("/convs/{j}"))),
        None => Ok(()),
    })
}

fn check_conv(settings: &Settings, rank: usize, conv: &Conv) -> Checked {
    for (pointer, list) in [("/kernel", &conv.kernel), ("/dilation", &conv.dilation)] {
        if list.len() != rank {
            return Err(found(pointer, format_args!("one entry for each of {rank} axes"), list.len()));
        }
    }
    let sizes = settings.kernels(1.0);
    for (axis, (kernel, dilation)) in conv.kernel.iter().zip(&conv.dilation).enumerate() {
        if !sizes.contains(kernel) {
            return Err(found(&format!("/kernel/{axis}"), format_args!("one of {sizes:?}"), kernel));
        }
        let most = settings.max_dilation_of(*kernel);
        if !(1..=most).contains(dilation) {
            let expected = format!("1 to {most} for a kernel of {kernel}");
            return Err(found(&format!("/dilation/{axis}"), expected, dilation));
        }
    }
    let groups = settings.groups();
    if !groups.contains(&conv.groups) {
        return Err(found("/groups", format_args!("one of {groups:?}"), conv.groups));
    }
    Ok(())
}
