//! The layers from which the families are built.

use smash_core::Result;
use smash_core::graph::{Builder, ConvSpec, Graph, Init, Op, Parameter, PoolKind, PoolSpec, ValueId};
use smash_core::task::Task;

/// A graph under construction whose layers are numbered in order.
pub(super) struct Layers {
    b: Builder,
    rank: usize,
    layers: usize,
}

impl Layers {
    /// An empty network for a task, and its input.
    pub(super) fn new(task: &Task) -> (Self, ValueId) {
        let mut b = Builder::new();
        let x = b.input("x", true, &task.dims());
        (Self { b, rank: task.rank(), layers: 0 }, x)
    }

    pub(super) fn channels(&self, x: ValueId) -> usize {
        self.b.shape(x).channels()
    }

    fn own(&self, name: &str, dims: &[usize], init: Init) -> Parameter {
        Parameter::own(format!("model.layer{}.{name}", self.layers), dims, init)
    }

    /// Convolution to `out` channels with "same" padding and this stride.
    pub(super) fn conv(&mut self, x: ValueId, out: usize, kernel: usize, stride: usize) -> Result<ValueId> {
        self.layers += 1;
        let mut dims = vec![out, self.channels(x)];
        dims.resize(2 + self.rank, kernel);
        let weight = self.b.parameter(self.own("weight", &dims, Init::Orthogonal))?;
        let same = ConvSpec::same(&vec![kernel; self.rank], &vec![1; self.rank], 1);
        self.b.conv(x, weight, ConvSpec { stride: vec![stride; self.rank], ..same })
    }

    /// Batch norm.
    pub(super) fn norm(&mut self, x: ValueId) -> Result<ValueId> {
        self.layers += 1;
        let channels = self.channels(x);
        let vector = |part: &str, value: f32| self.own(part, &[channels], Init::Constant { value });
        let statistics = [
            vector("gamma", 1.0),
            vector("beta", 0.0),
            vector("mean", 0.0).buffer(),
            vector("var", 1.0).buffer(),
        ];
        self.b.batch_norm(x, statistics)
    }

    pub(super) fn relu(&mut self, x: ValueId) -> Result<ValueId> {
        self.b.relu(x)
    }

    /// Batch norm, then ReLU.
    pub(super) fn norm_relu(&mut self, x: ValueId) -> Result<ValueId> {
        let x = self.norm(x)?;
        self.relu(x)
    }

    pub(super) fn add(&mut self, a: ValueId, b: ValueId) -> Result<ValueId> {
        self.b.add(a, b)
    }

    pub(super) fn concat(&mut self, values: &[ValueId]) -> Result<ValueId> {
        self.b.concat(values)
    }

    /// Elementwise mean of values of equal shape.
    pub(super) fn mean(&mut self, values: &[ValueId]) -> Result<ValueId> {
        let mut sum = values[0];
        for &value in &values[1..] {
            sum = self.b.add(sum, value)?;
        }
        self.b.op(Op::Scale { factor: 1.0 / values.len() as f32 }, &[sum])
    }

    /// Pooling that halves every extent above 1.
    pub(super) fn halve(&mut self, x: ValueId, kind: PoolKind) -> Result<ValueId> {
        let window: Vec<usize> = self.b.shape(x).extents().iter().map(|&extent| extent.min(2)).collect();
        self.b.pool(x, kind, PoolSpec { window, ..PoolSpec::default() })
    }

    /// Global average pooling and the classifier.
    pub(super) fn finish(mut self, x: ValueId, classes: usize) -> Result<Graph> {
        self.layers += 1;
        let x = self.b.global_average_pool(x)?;
        let channels = self.channels(x);
        let bound = (1.0 / (channels as f64).sqrt()) as f32;
        let weight = self.b.parameter(self.own("weight", &[classes, channels], Init::Uniform { bound }))?;
        let bias = self.b.parameter(self.own("bias", &[classes], Init::Constant { value: 0.0 }))?;
        let logits = self.b.linear(x, weight, bias)?;
        Ok(self.b.finish([("logits", logits)]))
    }
}
