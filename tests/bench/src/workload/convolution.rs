//! Single convolutions, forward and backward, at the shapes of the default settings.

use smash_core::Result;
use smash_core::backend::{Backend, Feed, Fetch, Mode, Optimizer, StepGroup};
use smash_core::graph::{Builder, ConvSpec, Graph, Init, Parameter};
use smash_core::random::Seed;
use smash_core::tensor::Tensor;
use smash_core::train::{initialize, weights};

use super::Workload;

/// A convolution of a batch, forward and backward.
pub struct Convolution {
    name: &'static str,
    batch: usize,
    graph: Graph,
}

impl Convolution {
    fn new(
        name: &'static str,
        batch: usize,
        (inputs, outputs, groups): (usize, usize, usize),
        extents: &[usize],
        kernel: usize,
    ) -> Result<Self> {
        let mut b = Builder::new();
        let x = b.input("x", true, &[&[inputs][..], extents].concat());
        let mut dims = vec![outputs, inputs / groups];
        dims.resize(2 + extents.len(), kernel);
        let weight = b.parameter(Parameter::own(format!("bench.{name}"), &dims, Init::Orthogonal))?;
        let spec = ConvSpec::same(&vec![kernel; extents.len()], &vec![1; extents.len()], groups);
        let y = b.conv(x, weight, spec)?;
        Ok(Self { name, batch, graph: b.finish([("y", y)]) })
    }

    fn tensor(&self, name: &str) -> Tensor {
        let shape = match name {
            "y" => self.graph.output("y").map(|y| self.graph.shape(y)),
            _ => self.graph.inputs().next().map(|(_, shape)| shape),
        };
        let mut dims = vec![self.batch];
        dims.extend(shape.iter().flat_map(|shape| &shape.dims));
        Tensor::full(&dims, 0.5)
    }
}

/// The shapes where most of the time is spent, and those that are hard.
///
/// # Errors
/// Never: the shapes fit.
pub fn convolutions() -> Result<Vec<Convolution>> {
    Ok(vec![
        Convolution::new("conv_3x3_24_24_at_32", 50, (24, 24, 1), &[32, 32], 3)?,
        Convolution::new("conv_3x3_64_64_at_32", 50, (64, 64, 1), &[32, 32], 3)?,
        Convolution::new("conv_3x3_64_64_at_8", 50, (64, 64, 1), &[8, 8], 3)?,
        Convolution::new("conv_7x7_32_32_at_16", 50, (32, 32, 1), &[16, 16], 7)?,
        Convolution::new("conv_3x3_64_64_8_groups_at_16", 50, (64, 64, 8), &[16, 16], 3)?,
        Convolution::new("conv_3x3_depthwise_64_at_16", 50, (64, 64, 64), &[16, 16], 3)?,
        Convolution::new("conv_1x1_96_24_at_32", 50, (96, 24, 1), &[32, 32], 1)?,
        Convolution::new("conv_1x1_128_64_at_16", 50, (128, 64, 1), &[16, 16], 1)?,
        Convolution::new("conv_3x3x3_8_8_at_16", 16, (8, 8, 1), &[16, 16, 16], 3)?,
        Convolution::new("conv_hypernet_200_10", 1, (200, 10, 1), &[8, 130], 3)?,
    ])
}

impl Workload for Convolution {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn items(&self) -> usize {
        1
    }

    fn flops(&self) -> f64 {
        2.0 * 3.0 * self.graph.count().macs as f64 * self.batch as f64
    }

    fn run(&self, _item: usize, backend: &mut dyn Backend) -> Result<()> {
        initialize(backend, &self.graph, Seed::new(0))?;
        let plan = backend.compile(&self.graph)?;
        let (x, y) = (self.tensor("x"), self.tensor("y"));
        backend.run(plan, Mode::Train, &[("x", Feed::Host(&x))], &[("y", Fetch::Device("bench.y"))])?;
        backend.backward(plan, &[("y", Feed::Host(&y))], &[("x", Fetch::Device("bench.dx"))])?;
        let none = Optimizer::Sgd { lr: 0.0, momentum: 0.0, nesterov: false, weight_decay: 0.0 };
        backend.step(&[StepGroup { parameters: weights(&self.graph), optimizer: none }], None)?;
        Ok(())
    }
}
