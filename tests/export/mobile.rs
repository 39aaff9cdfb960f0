//! A network of inverted residual blocks, as authors of spaces write them.

use smash_core::graph::{Builder, ConvSpec, Graph, Init, Op, Parameter, PoolKind, PoolSpec, ValueId};

/// A network from `[3, extents…]` to four classes: hard and soft activations, squeeze and excite, and padded
/// pooling of both kinds.
pub(crate) fn mobile(extents: &[usize]) -> Graph {
    let mut net = Mobile { b: Builder::new(), rank: extents.len() };
    let x = net.b.input("x", true, &[&[3], extents].concat());
    let h = net.conv(x, "stem.conv", 8, 3, 1);
    let h = net.norm(h, "stem.norm");
    let h = net.b.hard_swish(h).unwrap();
    let h = net.block(h, "block0", 16, Builder::relu6);
    let pooled = |kind, stride| (kind, PoolSpec { stride: vec![stride; extents.len()], ..net.same() });
    let (halves, keeps) = (pooled(PoolKind::Max, 2), pooled(PoolKind::Average, 1));
    let h = net.b.pool(h, halves.0, halves.1).unwrap();
    let h = net.block(h, "block1", 12, Builder::hard_swish);
    let mean = net.b.pool(h, keeps.0, keeps.1).unwrap();
    let h = net.b.add(h, mean).unwrap();
    let h = net.b.silu(h).unwrap();
    let y = net.b.head(h, own("head.weight", &[4, 8]), own("head.bias", &[4])).unwrap();
    net.b.finish([("logits", y)])
}

struct Mobile {
    b: Builder,
    rank: usize,
}

fn own(name: &str, dims: &[usize]) -> Parameter {
    let init = if dims.len() > 1 { Init::Orthogonal } else { Init::Constant { value: 0.0 } };
    Parameter::own(format!("model.{name}"), dims, init)
}

impl Mobile {
    fn same(&self) -> PoolSpec {
        PoolSpec::same(&vec![3; self.rank])
    }

    fn conv(&mut self, x: ValueId, name: &str, outputs: usize, kernel: usize, groups: usize) -> ValueId {
        let mut dims = vec![outputs, self.b.shape(x).channels() / groups];
        dims.resize(2 + self.rank, kernel);
        let spec = ConvSpec::same(&dims[2..], &vec![1; self.rank], groups);
        self.b.conv_by(x, own(&format!("{name}.weight"), &dims), spec).unwrap()
    }

    fn norm(&mut self, x: ValueId, name: &str) -> ValueId {
        let part = |part: &str, value| Parameter {
            init: Init::Constant { value },
            ..own(&format!("{name}.{part}"), &[self.b.shape(x).channels()])
        };
        let statistics =
            [part("gamma", 1.0), part("beta", 0.0), part("mean", 0.0).buffer(), part("var", 1.0).buffer()];
        self.b.batch_norm(x, statistics).unwrap()
    }

    /// Expansion, a convolution per channel, squeeze and excite, projection, and the input added.
    fn block(
        &mut self,
        x: ValueId,
        name: &str,
        wide: usize,
        activation: fn(&mut Builder, ValueId) -> smash_core::Result<ValueId>,
    ) -> ValueId {
        let h = self.conv(x, &format!("{name}.expand"), wide, 1, 1);
        let h = self.norm(h, &format!("{name}.norm0"));
        let h = activation(&mut self.b, h).unwrap();
        let h = self.conv(h, &format!("{name}.depthwise"), wide, 3, wide);
        let h = self.norm(h, &format!("{name}.norm1"));
        let h = activation(&mut self.b, h).unwrap();
        let [reduce, expand] = [("reduce", [4, wide]), ("excite", [wide, 4])].map(|(part, dims)| {
            let part = |of: &str, dims| own(&format!("{name}.gate.{part}.{of}"), dims);
            [part("weight", &dims[..]), part("bias", &dims[..1])]
        });
        let h = self.b.squeeze_excite(h, reduce, expand, Op::HardSigmoid).unwrap();
        let h = self.conv(h, &format!("{name}.project"), 8, 1, 1);
        self.b.add(x, h).unwrap()
    }
}
