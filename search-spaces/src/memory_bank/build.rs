//! Building the network of an architecture (sections 3 and 7).
//!
//! The one-shot and the stand-alone network share one construction. The one-shot network takes slices of
//! shared tensors of maximum size (weight sharing) and generated 1×1 convolutions; the stand-alone network
//! owns exactly what it uses and normalises inside every op.

use std::ops::Range;

use smash_core::Result;
use smash_core::graph::{Builder, ConvSpec, Graph, Init, Parameter, ValueId};
use smash_core::space::WeightScheme;
use smash_core::task::Task;

use super::choices::{Block, Choices, Conv, Operation};
use super::mode::Norm;
use super::settings::{BLOCKS, Settings};

/// Name of the generated 1×1 convolution of op `i` of block `b`.
pub(super) fn generated_name(b: usize, i: usize) -> String {
    format!("shared.block{b}.op{i}.conv1x1")
}

/// Builds the network of valid choices.
pub(super) fn build(
    settings: &Settings,
    task: &Task,
    choices: &Choices,
    scheme: WeightScheme,
) -> Result<Graph> {
    Construction { b: Builder::new(), settings, task, scheme }.run(choices)
}

/// Builds the network of a single valid block: input `x` with `channels` channels, output `y`.
pub(super) fn build_block(
    settings: &Settings,
    task: &Task,
    channels: usize,
    block: &Block,
    scheme: WeightScheme,
) -> Result<Graph> {
    let mut construction = Construction { b: Builder::new(), settings, task, scheme };
    let x = construction.b.input("x", true, &[&[channels][..], &task.extents].concat());
    let y = construction.block(x, 0, block)?;
    Ok(construction.b.finish([("y", y)]))
}

struct Construction<'a> {
    b: Builder,
    settings: &'a Settings,
    task: &'a Task,
    scheme: WeightScheme,
}

fn leading(dims: &[usize]) -> Vec<Range<usize>> {
    dims.iter().map(|&d| 0..d).collect()
}

impl Construction<'_> {
    fn run(mut self, choices: &Choices) -> Result<Graph> {
        let inputs = self.settings.inputs();
        let mut x = self.b.input("x", true, &self.task.dims());
        x = self.stem(x, inputs[0])?;
        for (b, block) in choices.blocks.iter().enumerate() {
            x = self.block(x, b, block)?;
            if b + 1 < BLOCKS {
                x = self.transition(x, b, inputs[b + 1])?;
            }
        }
        let logits = self.output(x)?;
        Ok(self.b.finish([("logits", logits)]))
    }

    /// A parameter: in the one-shot network the slice `slice` of `stored`, in the stand-alone network a
    /// tensor of the size of that slice.
    fn parameter(&self, name: &str, stored: &[usize], slice: Vec<Range<usize>>, init: Init) -> Parameter {
        match self.scheme {
            WeightScheme::OneShot => Parameter::shared(format!("shared.{name}"), stored, slice, init),
            WeightScheme::Standalone => {
                let dims: Vec<usize> = slice.iter().map(ExactSizeIterator::len).collect();
                Parameter::own(format!("model.{name}"), &dims, init)
            }
        }
    }

    /// Batch norm with the leading channels of `stored`, then ReLU.
    fn norm_relu(&mut self, x: ValueId, name: &str, stored: usize) -> Result<ValueId> {
        let x = self.norm(x, name, stored)?;
        self.b.relu(x)
    }

    fn norm(&mut self, x: ValueId, name: &str, stored: usize) -> Result<ValueId> {
        let channels = self.b.shape(x).channels();
        let vector = |part: &str, value: f32| {
            self.parameter(
                &format!("{name}.{part}"),
                &[stored],
                leading(&[channels]),
                Init::Constant { value },
            )
        };
        let (gamma, beta) = (vector("gamma", 1.0), vector("beta", 0.0));
        let (mean, variance) = (vector("mean", 0.0).buffer(), vector("var", 1.0).buffer());
        self.b.batch_norm(x, [gamma, beta, mean, variance])
    }

    /// 1×1 convolution to `out` channels; its stored weight takes `stored` input channels.
    fn pointwise(&mut self, x: ValueId, name: &str, stored: usize, out: usize) -> Result<ValueId> {
        let ones = vec![1; self.task.rank()];
        let dims = |c: usize| [&[out, c][..], &ones].concat();
        let slice = leading(&dims(self.b.shape(x).channels()));
        let weight = self.parameter(name, &dims(stored), slice, Init::Orthogonal);
        let weight = self.b.parameter(weight)?;
        self.b.conv(x, weight, ConvSpec::default())
    }

    fn stem(&mut self, x: ValueId, out: usize) -> Result<ValueId> {
        let rank = self.task.rank();
        let stem = self.settings.stem;
        let mut dims = vec![out, self.task.channels];
        dims.resize(2 + rank, stem.kernel);
        let weight = self.parameter("stem.weight", &dims, leading(&dims), Init::Orthogonal);
        let weight = self.b.parameter(weight)?;
        let same = ConvSpec::same(&vec![stem.kernel; rank], &vec![1; rank], 1);
        let x = self.b.conv(x, weight, ConvSpec { stride: vec![stem.stride; rank], ..same })?;
        // In the stand-alone network, the first ops start with batch norm and ReLU.
        if self.scheme == WeightScheme::OneShot { self.b.relu(x) } else { Ok(x) }
    }

    fn transition(&mut self, x: ValueId, b: usize, out: usize) -> Result<ValueId> {
        let stored = self.settings.widths()[b];
        let x = self.norm_relu(x, &format!("transition{b}.norm"), stored)?;
        let x = self.pointwise(x, &format!("transition{b}.weight"), stored, out)?;
        // An extent of 1 cannot be halved further.
        let window: Vec<usize> = self.b.shape(x).extents().iter().map(|&e| e.min(2)).collect();
        self.b.average_pool(x, &window)
    }

    fn output(&mut self, x: ValueId) -> Result<ValueId> {
        let stored = self.settings.widths()[BLOCKS - 1];
        let x = self.norm_relu(x, "output.norm", stored)?;
        let x = self.b.global_average_pool(x)?;
        let (classes, channels) = (self.task.classes, self.b.shape(x).channels());
        let fan_in = if self.scheme == WeightScheme::OneShot { stored } else { channels };
        let init = Init::Uniform { bound: (1.0 / (fan_in as f64).sqrt()) as f32 };
        let weight = self.parameter("output.weight", &[classes, stored], leading(&[classes, channels]), init);
        let zero = Init::Constant { value: 0.0 };
        let bias = self.parameter("output.bias", &[classes], leading(&[classes]), zero);
        let (weight, bias) = (self.b.parameter(weight)?, self.b.parameter(bias)?);
        self.b.linear(x, weight, bias)
    }

    fn block(&mut self, x: ValueId, b: usize, block: &Block) -> Result<ValueId> {
        let bank = block.bank * self.settings.unit;
        // Channels of the input that do not fill a bank are dropped.
        let initial = self.b.shape(x).channels() / bank;
        let mut banks = Vec::new();
        for i in 0..initial {
            banks.push(self.b.channels(x, i * bank..(i + 1) * bank)?);
        }
        for (i, op) in block.ops.iter().enumerate() {
            let reads: Vec<ValueId> = op.reads.iter().map(|&r| banks[r]).collect();
            let read = self.b.concat(&reads)?;
            let out = self.op(read, b, i, op)?;
            let mut slices = Vec::new();
            for s in 0..op.width / block.bank {
                slices.push(self.b.channels(out, s * bank..(s + 1) * bank)?);
            }
            for (j, &target) in op.writes.iter().enumerate() {
                let slice = slices[j % slices.len()];
                if target < banks.len() {
                    banks[target] = self.b.add(banks[target], slice)?;
                } else {
                    banks.push(slice);
                }
            }
        }
        self.b.concat(&banks)
    }

    fn norms_before_convs(&self) -> bool {
        self.scheme == WeightScheme::Standalone && self.settings.norm == Norm::Full
    }

    fn op(&mut self, read: ValueId, b: usize, i: usize, op: &Operation) -> Result<ValueId> {
        let channels = self.b.shape(read).channels();
        let inner = self.settings.bottleneck(self.scheme, channels, op.width);
        let h = match self.scheme {
            WeightScheme::OneShot => {
                let mut dims = vec![inner, channels];
                dims.resize(2 + self.task.rank(), 1);
                let weight = self.b.parameter(Parameter::generated(generated_name(b, i), &dims))?;
                self.b.conv(read, weight, ConvSpec::default())?
            }
            WeightScheme::Standalone => {
                let h = self.norm_relu(read, &format!("block{b}.op{i}.norm0"), channels)?;
                let h = self.pointwise(h, &format!("block{b}.op{i}.conv1x1"), channels, inner)?;
                match self.settings.norm {
                    Norm::Sandwich => self.norm(h, &format!("block{b}.op{i}.norm1"), inner)?,
                    Norm::Full => h,
                }
            }
        };
        // Convolutions 0 and 2 share the rectified h; the others rectify the output of the one before. With a
        // norm before each convolution, every convolution normalises and rectifies its own input.
        let h = if self.norms_before_convs() { h } else { self.b.relu(h)? };
        let first = self.path(h, (b, i), op, [0, 1])?;
        let second = self.path(h, (b, i), op, [2, 3])?;
        match (first, second) {
            (Some(first), Some(second)) => self.b.add(first, second),
            (Some(one), None) | (None, Some(one)) => Ok(one),
            (None, None) => Ok(h),
        }
    }

    /// One of the two parallel paths: up to two convolutions in a row.
    fn path(
        &mut self,
        h: ValueId,
        at: (usize, usize),
        op: &Operation,
        convs: [usize; 2],
    ) -> Result<Option<ValueId>> {
        let mut out = None;
        for j in convs {
            if let Some(conv) = &op.convs[j] {
                let x = match out {
                    _ if self.norms_before_convs() => {
                        let x = out.unwrap_or(h);
                        let channels = self.b.shape(x).channels();
                        self.norm_relu(x, &format!("block{}.op{}.conv{j}.norm", at.0, at.1), channels)?
                    }
                    None => h,
                    Some(previous) => self.b.relu(previous)?,
                };
                out = Some(self.conv(x, at, j, conv, op.width * self.settings.unit)?);
            }
        }
        Ok(out)
    }

    fn conv(
        &mut self,
        x: ValueId,
        (b, i): (usize, usize),
        j: usize,
        conv: &Conv,
        out: usize,
    ) -> Result<ValueId> {
        let settings = self.settings;
        let largest = settings.max_kernel;
        let most_in = if j.is_multiple_of(2) { settings.max_bottleneck() } else { settings.max_width };
        let mut stored = vec![settings.max_width, most_in];
        stored.resize(2 + conv.kernel.len(), largest);
        // Weight slicing (section 3.2): leading channels, centre of the kernel; every group uses the same
        // input channels.
        let mut slice = leading(&[out, self.b.shape(x).channels() / conv.groups]);
        slice.extend(conv.kernel.iter().map(|&k| (largest - k) / 2..(largest + k) / 2));
        let name = match self.scheme {
            WeightScheme::OneShot => format!("block{b}.conv{j}.weight"),
            WeightScheme::Standalone => format!("block{b}.op{i}.conv{j}.weight"),
        };
        let weight = self.parameter(&name, &stored, slice, Init::Orthogonal);
        let weight = self.b.parameter(weight)?;
        self.b.conv(x, weight, ConvSpec::same(&conv.kernel, &conv.dilation, conv.groups))
    }
}
