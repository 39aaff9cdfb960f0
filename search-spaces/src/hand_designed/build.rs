//! Building the networks of the families.

use smash_core::Result;
use smash_core::graph::{Graph, PoolKind, ValueId};
use smash_core::task::Task;

use super::choices::{Choices, Family};
use super::config::HandDesignedConfig;
use super::layers::Layers;

/// Number of stages, each at half the resolution of the one before.
const STAGES: usize = 3;
/// Channels of a WRN's stem.
const WRN_STEM: usize = 16;

/// Builds the network of valid choices.
pub(super) fn build(config: &HandDesignedConfig, task: &Task, choices: &Choices) -> Result<Graph> {
    let (mut layers, x) = Layers::new(task);
    let stem = match choices.family {
        Family::Resnet | Family::Fractalnet => choices.width,
        Family::Wrn => WRN_STEM,
        Family::Densenet => 2 * choices.width,
    };
    let x = layers.conv(x, stem, 3, config.stem_stride)?;
    let x = match choices.family {
        Family::Resnet => resnet(&mut layers, x, choices)?,
        Family::Wrn => wrn(&mut layers, x, choices)?,
        Family::Densenet => densenet(&mut layers, x, choices)?,
        Family::Fractalnet => fractalnet(&mut layers, x, choices)?,
    };
    layers.finish(x, task.classes)
}

/// ResNet: batch norm and ReLU after each convolution and after each sum.
fn resnet(l: &mut Layers, x: ValueId, choices: &Choices) -> Result<ValueId> {
    let mut x = l.norm_relu(x)?;
    for (out, stride) in units(choices) {
        let h = l.conv(x, out, 3, stride)?;
        let h = l.norm_relu(h)?;
        let h = l.conv(h, out, 3, 1)?;
        let h = l.norm(h)?;
        if l.channels(x) != out || stride > 1 {
            x = l.conv(x, out, 1, stride)?;
            x = l.norm(x)?;
        }
        x = l.add(x, h)?;
        x = l.relu(x)?;
    }
    Ok(x)
}

/// Wide ResNet (pre-activation): batch norm and ReLU before each convolution; a projection shares them.
fn wrn(l: &mut Layers, mut x: ValueId, choices: &Choices) -> Result<ValueId> {
    for (out, stride) in units(choices) {
        let active = l.norm_relu(x)?;
        let h = l.conv(active, out, 3, stride)?;
        let h = l.norm_relu(h)?;
        let h = l.conv(h, out, 3, 1)?;
        if l.channels(x) != out || stride > 1 {
            x = l.conv(active, out, 1, stride)?;
        }
        x = l.add(x, h)?;
    }
    l.norm_relu(x)
}

/// Channels and stride of each residual unit.
fn units(choices: &Choices) -> impl Iterator<Item = (usize, usize)> {
    let Choices { depth, width, .. } = *choices;
    (0..STAGES * depth).map(move |i| {
        let stage = i / depth;
        (width << stage, if stage > 0 && i % depth == 0 { 2 } else { 1 })
    })
}

fn densenet(l: &mut Layers, mut x: ValueId, choices: &Choices) -> Result<ValueId> {
    let growth = choices.width;
    for stage in 0..STAGES {
        for _ in 0..choices.depth {
            let h = l.norm_relu(x)?;
            let h = l.conv(h, 4 * growth, 1, 1)?;
            let h = l.norm_relu(h)?;
            let h = l.conv(h, growth, 3, 1)?;
            x = l.concat(&[x, h])?;
        }
        x = l.norm_relu(x)?;
        if stage + 1 < STAGES {
            let half = l.channels(x).div_ceil(2);
            x = l.conv(x, half, 1, 1)?;
            x = l.halve(x, PoolKind::Average)?;
        }
    }
    Ok(x)
}

/// FractalNet: convolution, batch norm, ReLU; joins are means. The deepest column of each block is built
/// first.
fn fractalnet(l: &mut Layers, x: ValueId, choices: &Choices) -> Result<ValueId> {
    let mut x = l.norm_relu(x)?;
    for stage in 0..STAGES {
        let columns = fractal(l, x, choices.depth, choices.width << stage)?;
        x = l.mean(&columns)?;
        if stage + 1 < STAGES {
            x = l.halve(x, PoolKind::Max)?;
        }
    }
    Ok(x)
}

/// The operands of the last join of f_`columns`(x): f₁ is a convolution, f₍C+1₎ = (f_C ∘ f_C) ⊕ f₁.
fn fractal(l: &mut Layers, x: ValueId, columns: usize, out: usize) -> Result<Vec<ValueId>> {
    let mut ends = Vec::new();
    if columns > 1 {
        let half = fractal(l, x, columns - 1, out)?;
        let half = if let [one] = half[..] { one } else { l.mean(&half)? };
        ends = fractal(l, half, columns - 1, out)?;
    }
    let shallow = l.conv(x, out, 3, 1)?;
    ends.push(l.norm_relu(shallow)?);
    Ok(ends)
}
