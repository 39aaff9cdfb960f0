//! Blocks of known networks, written without memory banks.

use smash_core::graph::{Builder, ConvSpec, Graph, Init, Op, Parameter, ValueId};
use smash_search_spaces::memory_bank::blocks::Form;

use super::UNIT;

/// Blocks written directly, one layer after the other.
pub(crate) struct Direct<'a> {
    pub(crate) b: Builder,
    form: &'a Form,
    layers: usize,
}

impl<'a> Direct<'a> {
    pub(crate) fn new(form: &'a Form, extents: &[usize]) -> (Self, ValueId) {
        let mut b = Builder::new();
        let x = b.input("x", true, &[&[form.inputs * form.bank * UNIT][..], extents].concat());
        (Self { b, form, layers: 0 }, x)
    }

    fn weight(&mut self, name: &str, dims: &[usize]) -> ValueId {
        let name = format!("layer{}.{name}", self.layers);
        self.b.parameter(Parameter::own(name, dims, Init::Orthogonal)).unwrap()
    }

    fn norm_relu(&mut self, x: ValueId, name: &str) -> ValueId {
        let vector = |part: &str, value| {
            let name = format!("layer{}.{name}.{part}", self.layers);
            Parameter::own(name, &[self.b.shape(x).channels()], Init::Constant { value })
        };
        let (gamma, beta) = (vector("gamma", 1.0), vector("beta", 0.0));
        let (mean, var) = (vector("mean", 0.0).buffer(), vector("var", 1.0).buffer());
        let x = self.b.batch_norm(x, [gamma, beta, mean, var]).unwrap();
        self.b.relu(x).unwrap()
    }

    /// BN, ReLU, 1×1 convolution, then BN, ReLU and the convolutions with ReLU between them.
    pub(crate) fn layer(&mut self, x: ValueId, out: usize) -> ValueId {
        self.layers += 1;
        let (rank, channels) = (self.b.shape(x).extents().len(), self.b.shape(x).channels());
        let h = self.norm_relu(x, "first");
        let w = self.weight("pointwise", &[&[out, channels][..], &vec![1; rank]].concat());
        let h = self.b.conv(h, w, ConvSpec::default()).unwrap();
        let mut h = self.norm_relu(h, "second");
        let form = self.form;
        for (j, conv) in form.convs.iter().flatten().enumerate() {
            if j > 0 {
                h = self.b.relu(h).unwrap();
            }
            let w = self.weight(&format!("conv{j}"), &[&[out, out / conv.groups][..], &conv.kernel].concat());
            h = self.b.conv(h, w, ConvSpec::same(&conv.kernel, &conv.dilation, conv.groups)).unwrap();
        }
        h
    }

    fn join(&mut self, terms: &[ValueId], mean: bool) -> ValueId {
        // The other way round than in the table.
        let sum = terms.iter().rev().copied().reduce(|a, c| self.b.add(a, c).unwrap()).unwrap();
        let factor = 1.0 / terms.len() as f32;
        if mean { self.b.op(Op::Scale { factor }, &[sum]).unwrap() } else { sum }
    }

    /// What the last join of f_`columns`(z) joins.
    fn fractal(&mut self, z: ValueId, columns: usize, mean: bool) -> Vec<ValueId> {
        let out = self.form.bank * UNIT;
        let shallow = self.layer(z, out);
        let mut terms = Vec::new();
        if columns > 1 {
            let middle = self.fractal(z, columns - 1, mean);
            let middle = self.join(&middle, mean);
            terms = self.fractal(middle, columns - 1, mean);
        }
        terms.push(shallow);
        terms
    }
}

/// A FractalNet block with sums or means as joins; only what the last join gives is an output.
pub(crate) fn direct_fractal(form: &Form, extents: &[usize], columns: usize, mean: bool) -> Graph {
    let (mut d, x) = Direct::new(form, extents);
    let terms = d.fractal(x, columns, mean);
    let y = d.join(&terms, mean);
    d.b.finish([("y", y)])
}
