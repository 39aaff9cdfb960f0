//! The attributes of modules, and the state that they have.

use std::collections::{BTreeMap, BTreeSet};

use smash_core::graph::{Op, PoolKind};
use smash_core::tensor::Tensor;

use super::regions::{Group, Item};
use super::text::{attribute, class, number, per_axis};
use crate::program::{Layer, Program};
use crate::{Error, Result};

/// Names that a generated file has already.
const NAMES: [&str; 6] = ["F", "Network", "Path", "json", "nn", "torch"];
/// PyTorch's defaults of batch norm.
const EPSILON: f32 = 1e-5;
const MOMENTUM: f32 = 0.1;

/// Names of everything in a network.
pub(super) struct Modules {
    /// Of layers with parameters: the attribute of the module they stand in, and their prefix in the state.
    layers: BTreeMap<usize, (String, String)>,
    /// Of groups, by their path: the attribute and the class.
    groups: BTreeMap<String, (String, String)>,
    classes: BTreeSet<String>,
}

impl Modules {
    /// Names everything.
    pub(super) fn new(program: &Program, root: &Group) -> Result<Self> {
        let classes = NAMES.map(str::to_owned).into();
        let mut modules = Self { layers: BTreeMap::new(), groups: BTreeMap::new(), classes };
        modules.name(program, root, "");
        for layer in &program.layers {
            check_rank(layer)?;
            check_volume(layer, program)?;
        }
        Ok(modules)
    }

    fn name(&mut self, program: &Program, group: &Group, state: &str) {
        let mut taken = BTreeSet::new();
        for item in &group.items {
            match item {
                Item::Layer(i) if program.layers[*i].constants.is_empty() => {}
                Item::Layer(i) => {
                    let name = attribute(inside(&program.layers[*i].path, &group.path), &mut taken);
                    self.layers.insert(*i, (name.clone(), format!("{state}{name}")));
                }
                Item::Group(inner) => {
                    let name = attribute(inside(&inner.path, &group.path), &mut taken);
                    let class = class(&inner.path, &mut self.classes);
                    self.groups.insert(inner.path.clone(), (name.clone(), class));
                    self.name(program, inner, &format!("{state}{name}."));
                }
            }
        }
    }

    /// The attribute of a layer with parameters.
    pub(super) fn layer(&self, layer: usize) -> &str {
        self.layers.get(&layer).map_or("", |(name, _)| name)
    }

    /// The attribute and the class of a group.
    pub(super) fn group(&self, group: &Group) -> (&str, &str) {
        self.groups.get(&group.path).map_or(("", "Network"), |(name, class)| (name, class))
    }

    /// The state of the whole network.
    pub(super) fn state<'a>(&'a self, program: &'a Program) -> BTreeMap<String, &'a Tensor> {
        let mut state = BTreeMap::new();
        for (&i, (_, prefix)) in &self.layers {
            let layer = &program.layers[i];
            for (part, constant) in parts(&layer.op).iter().zip(&layer.constants) {
                state.insert(format!("{prefix}{part}"), &constant.value);
            }
        }
        state
    }
}

/// Names of a module's state, in the order of a layer's constants.
fn parts(op: &Op) -> &'static [&'static str] {
    match op {
        Op::BatchNorm { .. } => &[".weight", ".bias", ".running_mean", ".running_var"],
        Op::Bias | Op::Gain => &[""],
        _ => &[".weight", ".bias"],
    }
}

/// The rest of a path inside a group.
fn inside<'a>(path: &'a str, group: &str) -> &'a str {
    path.strip_prefix(group).map_or(path, |rest| rest.trim_start_matches('.'))
}

/// PyTorch has windows and batch norms of up to three axes.
fn check_rank(layer: &Layer) -> Result<()> {
    if matches!(layer.op, Op::BatchNorm { .. } | Op::Pool { .. }) && layer.rank() > 3 {
        return Err(Error::Op {
            node: layer.node,
            op: layer.op.name(),
            problem: format!("expected at most 3 spatial extents, found {:?}", &layer.dims[1..]),
        });
    }
    Ok(())
}

/// PyTorch's `avg_pool3d` has no windows that are larger than the value, padded or not.
fn check_volume(layer: &Layer, program: &Program) -> Result<()> {
    let Op::Pool { kind: PoolKind::Average, window, .. } = &layer.op else { return Ok(()) };
    let extents = &program.layers[layer.reads[0]].dims[1..];
    if window.len() < 3 || window.iter().zip(extents).all(|(w, e)| w <= e) {
        return Ok(());
    }
    Err(Error::Op {
        node: layer.node,
        op: layer.op.name(),
        problem: format!("expected extents of at least {window:?}, as PyTorch has it, found {extents:?}"),
    })
}

/// What makes the module of a layer with parameters.
pub(super) fn constructor(layer: &Layer) -> String {
    let shape = layer.constants[0].value.shape();
    match &layer.op {
        Op::Conv { stride, padding, dilation, groups } => {
            let kernel = per_axis(&shape[2..]);
            let mut out =
                format!("nn.Conv{}d({}, {}, kernel_size={kernel}", layer.rank(), shape[1] * groups, shape[0]);
            for (name, values, default) in
                [("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)]
            {
                if values.iter().any(|&v| v != default) {
                    out += &format!(", {name}={}", per_axis(values));
                }
            }
            if *groups != 1 {
                out += &format!(", groups={groups}");
            }
            out + if layer.constants.len() > 1 { ")" } else { ", bias=False)" }
        }
        Op::Linear => format!("nn.Linear({}, {})", shape[1], shape[0]),
        Op::BatchNorm { epsilon, momentum } => {
            let mut out = format!("nn.BatchNorm{}d({}", layer.rank().max(1), shape[0]);
            for (name, value, default) in [("eps", *epsilon, EPSILON), ("momentum", *momentum, MOMENTUM)] {
                if value.to_bits() != default.to_bits() {
                    out += &format!(", {name}={}", number(value));
                }
            }
            out + ")"
        }
        _ => format!("nn.Parameter(torch.zeros({}))", shape[0]),
    }
}
