//! Expressions of PyTorch for layers.

use std::collections::BTreeSet;
use std::ops::Range;

use smash_core::graph::{Op, PoolKind};

use super::super::text::{number, per_axis};
use crate::program::{Layer, Program};

/// How tightly an expression binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Sum,
    Product,
    Atom,
}

/// A Python expression.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) text: String,
    /// The variables in it.
    pub(super) uses: BTreeSet<String>,
    /// The variable whose value it continues: a result may take its name.
    pub(super) continues: Option<String>,
    binding: Binding,
}

impl Expression {
    /// A variable that is read that often.
    pub(super) fn name(name: &str, readers: usize) -> Self {
        Self {
            text: name.to_owned(),
            uses: BTreeSet::from([name.to_owned()]),
            continues: (readers == 1).then(|| name.to_owned()),
            binding: Binding::Atom,
        }
    }

    /// The call of a module.
    pub(super) fn call(module: &str, operands: &[&Self]) -> Self {
        Self::atom_of(format!("self.{module}({})", list(operands)), operands)
    }

    /// A layer; `attribute` is the name of its parameters.
    pub(super) fn of(layer: &Layer, attribute: &str, operands: &[&Self], program: &Program) -> Self {
        let [x, ..] = operands else { return Self::atom_of(String::new(), operands) };
        let before = &program.layers[layer.reads[0]].dims;
        let atom = |text| Self::atom_of(text, operands);
        match &layer.op {
            Op::Conv { .. } | Op::Linear | Op::BatchNorm { .. } => Self::call(attribute, operands),
            Op::LeakyRelu { slope } if *slope == 0.0 => atom(format!("F.relu({})", x.text)),
            Op::LeakyRelu { slope } => atom(format!("F.leaky_relu({}, {})", x.text, number(*slope))),
            Op::Tanh => atom(format!("torch.tanh({})", x.text)),
            Op::Sigmoid => atom(format!("torch.sigmoid({})", x.text)),
            Op::Clamp { low: 0.0, high: 6.0 } => atom(format!("F.relu6({})", x.text)),
            Op::Clamp { low, high } => {
                atom(format!("F.hardtanh({}, {}, {})", x.text, number(*low), number(*high)))
            }
            Op::HardSigmoid => atom(format!("F.hardsigmoid({})", x.text)),
            Op::HardSwish => atom(format!("F.hardswish({})", x.text)),
            Op::Add => Self::joined(" + ", Binding::Sum, operands),
            Op::Mul => Self::joined(" * ", Binding::Product, operands),
            Op::Scale { factor } => x.then(" * ", Binding::Product, &number(*factor), operands),
            Op::Bias => x.then(" + ", Binding::Sum, &vector(layer, attribute, operands), operands),
            Op::Gain => x.then(" * ", Binding::Product, &vector(layer, attribute, operands), operands),
            Op::Concat => {
                let all = atom(format!("torch.cat([{}], dim=1)", list(operands)));
                Self { continues: x.accumulated(), ..all }
            }
            Op::Slice { ranges } => atom(format!("{}[:, {}]", x.atom(), slices(ranges, before))),
            Op::Reshape { dims } if dims.len() == 1 && !before.is_empty() => {
                atom(format!("{}.flatten(1)", x.atom()))
            }
            Op::Reshape { dims } => {
                let dims: String = dims.iter().map(|d| format!(", {d}")).collect();
                atom(format!("{}.reshape(-1{dims})", x.atom()))
            }
            Op::Permute { axes } => {
                let axes: String = axes.iter().map(|axis| format!(", {}", axis + 1)).collect();
                atom(format!("{}.permute(0{axes})", x.atom()))
            }
            Op::Pool { kind, window, stride, padding } => {
                let is_max = *kind == PoolKind::Max;
                let name = if is_max { "max" } else { "avg" };
                let stride =
                    if stride == window { String::new() } else { format!(", stride={}", per_axis(stride)) };
                let padding = match padding.iter().any(|&p| p > 0) {
                    false => String::new(),
                    true if is_max => format!(", padding={}", per_axis(padding)),
                    true => format!(", padding={}, count_include_pad=False", per_axis(padding)),
                };
                let window = per_axis(window);
                atom(format!("F.{name}_pool{}d({}, {window}{stride}{padding})", layer.rank(), x.text))
            }
            Op::GlobalAveragePool if before.len() == 1 => (*x).clone(),
            Op::GlobalAveragePool => {
                let axes: Vec<String> = (2..=before.len()).map(|axis| axis.to_string()).collect();
                let axes = if let [one] = &axes[..] { one.clone() } else { format!("({})", axes.join(", ")) };
                atom(format!("{}.mean(dim={axes})", x.atom()))
            }
            Op::LogSoftmax => atom(format!("F.log_softmax({}, dim=1)", x.text)),
            Op::Input { .. } | Op::Parameter { .. } | Op::Normalize | Op::NegativeLogLikelihood => {
                (*x).clone()
            }
        }
    }

    /// True for a variable.
    pub(super) fn is_name(&self) -> bool {
        self.uses.contains(&self.text)
    }

    /// How many calls stand within each other.
    pub(super) fn depth(&self) -> usize {
        self.text.matches('(').count()
    }

    /// A name for what the expression computes: that of the module it calls.
    pub(super) fn main(&self) -> &str {
        let call = self.text.strip_prefix("self.").and_then(|rest| rest.split_once('('));
        call.map_or("h", |(module, _)| module)
    }

    /// The expression in parentheses where a method call or an index would bind tighter.
    pub(super) fn atom(&self) -> String {
        self.within(Binding::Atom)
    }

    fn within(&self, outer: Binding) -> String {
        if self.binding < outer { format!("({})", self.text) } else { self.text.clone() }
    }

    fn atom_of(text: String, operands: &[&Self]) -> Self {
        let uses = operands.iter().flat_map(|operand| operand.uses.iter().cloned()).collect();
        let continues = operands.first().and_then(|first| first.continues.clone());
        Self { text, uses, continues, binding: Binding::Atom }
    }

    fn joined(operator: &str, binding: Binding, operands: &[&Self]) -> Self {
        let texts: Vec<String> = operands.iter().map(|operand| operand.within(binding)).collect();
        let continues = operands.first().and_then(|first| first.accumulated());
        Self { continues, binding, ..Self::atom_of(texts.join(operator), operands) }
    }

    /// This and something behind an operator; `operands` are those of both.
    fn then(&self, operator: &str, binding: Binding, behind: &str, operands: &[&Self]) -> Self {
        let text = format!("{}{operator}{behind}", self.within(binding));
        Self { binding, ..Self::atom_of(text, operands) }
    }

    /// The variable that takes a sum or a concatenation which begins with this.
    fn accumulated(&self) -> Option<String> {
        if self.is_name() { Some(self.text.clone()) } else { self.continues.clone() }
    }
}

fn list(operands: &[&Expression]) -> String {
    operands.iter().map(|operand| operand.text.as_str()).collect::<Vec<_>>().join(", ")
}

/// A vector over channels, in the shape that meets a value's channels: the module's own, or an operand.
fn vector(layer: &Layer, attribute: &str, operands: &[&Expression]) -> String {
    match (operands, layer.rank()) {
        ([_, vector], 0) => vector.atom(),
        ([_, vector], rank) => format!("{}[:, :{}]", vector.atom(), ", None".repeat(rank)),
        (_, 0) => format!("self.{attribute}"),
        (_, rank) => format!("self.{attribute}.view(-1{})", ", 1".repeat(rank)),
    }
}

/// Indices of a box, without the axes at the end of which it takes everything.
fn slices(ranges: &[Range<usize>], whole: &[usize]) -> String {
    let is_cut = |(range, &extent): (&Range<usize>, &usize)| *range != (0..extent);
    let kept = ranges.iter().zip(whole).rposition(is_cut).map_or(1, |last| last + 1);
    let one = |(range, &extent): (&Range<usize>, &usize)| {
        if *range == (0..extent) { ":".to_owned() } else { format!("{}:{}", range.start, range.end) }
    };
    ranges.iter().zip(whole).take(kept).map(one).collect::<Vec<_>>().join(", ")
}
