//! An architecture as named decisions: the flat form of the space.
//!
//! A block is its bank size and, for each op, whether there is one more, which banks it reads and writes (a
//! decision a bank), its width and its convolutions. What a rule leaves no choice about is not asked. The
//! distribution is that of [sampling](super::sample), except that there is no budget drawn beforehand: ops
//! end as often as they would for a budget that is only known to suffice so far.

use serde_json::Value;
use smash_core::decision::{self, Decide};
use smash_core::error::Result;

use super::choices::{Axes, Block, Choices, Conv, Operation};
use super::draw::{COUNT_WEIGHTS, width_weights, write_counts};
use super::sample::MIN_BUDGET;
use super::settings::{BLOCKS, Limits, Settings};
use super::subset::Subset;

/// The choices that the answers give.
pub(super) fn choices(settings: &Settings, rank: usize, decide: &mut dyn Decide) -> Result<Choices> {
    let blocks = (0..BLOCKS).map(|b| block(settings, rank, decide, b));
    Ok(Choices { blocks: blocks.collect::<Result<_>>()? })
}

/// The value of a decision in choices.
pub(super) fn value_of(choices: &Value, name: &str) -> Option<Value> {
    let (parent, last) = name.rsplit_once('.')?;
    match last {
        "present" => Some(decision::lookup(choices, parent).is_some().into()),
        "mask" => {
            let convs = decision::lookup(choices, &format!("{parent}.convs"))?;
            let digits = convs.as_array()?.iter().map(|conv| if conv.is_null() { "0" } else { "1" });
            Some(digits.collect::<String>().into())
        }
        // Whether the bank of this number is one of those that are read or written.
        _ if parent.ends_with(".reads") || parent.ends_with(".writes") => {
            let bank: u64 = last.parse().ok()?;
            Some(decision::lookup(choices, parent)?.as_array()?.contains(&bank.into()).into())
        }
        _ => decision::lookup(choices, name),
    }
}

fn block(settings: &Settings, rank: usize, decide: &mut dyn Decide, b: usize) -> Result<Block> {
    let at = format!("blocks.{b}");
    let bank = *decide.choose(&format!("{at}.bank"), &settings.bank_sizes(b))?;
    let limits = settings.limits(b, bank, 1.0);
    let (mut filled, mut used, mut ops) = (limits.initial, 0, Vec::new());
    while limits.slices - used >= limits.min_slices {
        let op = format!("{at}.ops.{}", ops.len());
        let more =
            suffices(&limits, used + limits.min_slices) / suffices(&limits, used).max(f64::MIN_POSITIVE);
        if !decide.coin(&format!("{op}.present"), more.min(1.0))? {
            break;
        }
        let op = operation(settings, rank, decide, &op, &limits, filled, used)?;
        used += limits.slices_of(op.reads.len());
        filled += op.writes.iter().filter(|&&bank| bank >= filled).count();
        ops.push(op);
    }
    Ok(Block { bank, ops })
}

/// The probability that a budget suffices for so many slices.
fn suffices(limits: &Limits, slices: usize) -> f64 {
    let share = slices as f64 / limits.slices as f64;
    ((1.0 - share) / (1.0 - MIN_BUDGET)).clamp(0.0, 1.0)
}

fn operation(
    settings: &Settings,
    rank: usize,
    decide: &mut dyn Decide,
    at: &str,
    limits: &Limits,
    filled: usize,
    used: usize,
) -> Result<Operation> {
    let reads = reads(decide, at, limits, filled, used)?;
    let widths = limits.bank..=settings.max_units() / limits.bank * limits.bank;
    let weights = width_weights(settings, limits, reads.len());
    let width = decide.integer_weighted(&format!("{at}.width"), widths, limits.bank, Some(&weights))?;
    let writes = writes(decide, at, limits, filled, width)?;
    let masks: Vec<String> =
        settings.masks().iter().map(|(mask, _)| mask.map(|on| if on { "1" } else { "0" }).concat()).collect();
    let weights: Vec<f64> = settings.masks().iter().map(|(_, weight)| *weight).collect();
    let mask = decide.choose_weighted(&format!("{at}.mask"), &masks, Some(&weights))?;
    let mut convs = [const { None }; 4];
    for (j, conv) in convs.iter_mut().enumerate().filter(|(j, _)| mask.as_bytes().get(*j) == Some(&b'1')) {
        *conv = Some(convolution(settings, rank, decide, &format!("{at}.convs.{j}"))?);
    }
    Ok(Operation { convs, reads, width, writes })
}

fn reads(
    decide: &mut dyn Decide,
    at: &str,
    limits: &Limits,
    filled: usize,
    used: usize,
) -> Result<Vec<usize>> {
    let (step, most) = (limits.step, limits.max_reads(used));
    let counts = filled / step;
    // The number of banks is drawn first, and limited then.
    let weight = |count: usize| {
        if count < most { 1.0 } else { (counts + 1 - count / step) as f64 }
    };
    let counts = (1..=counts).map(|i| i * step).filter(|&count| count <= most);
    let mut subset = Subset::new(filled, counts.map(|count| (count, weight(count))));
    let mut reads = Vec::new();
    for bank in 0..filled {
        if subset.next(decide, &format!("{at}.reads.{bank}"))? {
            reads.push(bank);
        }
    }
    Ok(reads)
}

fn writes(
    decide: &mut dyn Decide,
    at: &str,
    limits: &Limits,
    filled: usize,
    width: usize,
) -> Result<Vec<usize>> {
    let (fewest, most) = write_counts(limits, filled, width);
    let fresh = fewest.min(limits.banks - filled);
    let counts = (fewest..=most.min(filled + fresh)).map(|count| (count, COUNT_WEIGHTS[count - fewest]));
    let mut subset = Subset::new(filled + fresh, counts);
    let mut writes = Vec::new();
    for bank in 0..filled {
        if subset.next(decide, &format!("{at}.writes.{bank}"))? {
            writes.push(bank);
        }
    }
    // Empty banks are filled in their order.
    for bank in filled..filled + fresh {
        if !subset.any(decide, &format!("{at}.writes.{bank}"))? {
            break;
        }
        writes.push(bank);
    }
    Ok(writes)
}

fn convolution(settings: &Settings, rank: usize, decide: &mut dyn Decide, at: &str) -> Result<Conv> {
    let most = settings.kernels(1.0).last().copied().unwrap_or(3);
    let mut kernel = Axes::new();
    for axis in 0..rank {
        kernel.push(decide.integer_weighted(&format!("{at}.kernel.{axis}"), 3..=most, 2, None)?);
    }
    let mut dilation = Axes::new();
    for (axis, kernel) in kernel.iter().enumerate() {
        let name = format!("{at}.dilation.{axis}");
        dilation.push(decide.integer(&name, 1..=settings.max_dilation_of(*kernel))?);
    }
    let groups = *decide.choose(&format!("{at}.groups"), &settings.groups())?;
    Ok(Conv { dilation, groups, kernel })
}
