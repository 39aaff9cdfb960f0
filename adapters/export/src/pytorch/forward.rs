//! The statements of `forward`.

mod expression;
mod split;
mod statement;

use std::collections::BTreeMap;

use smash_core::graph::Op;

use super::modules::Modules;
use super::regions::{Group, Item};
use crate::program::Program;
use expression::Expression;
use split::Split;
use statement::{assignment, fits};

/// Calls within each other in one statement.
const DEPTH: usize = 3;

/// The names of a group's arguments.
pub(super) fn arguments(group: &Group) -> Vec<String> {
    match group.inputs.len() {
        1 => vec!["x".to_owned()],
        n => (1..=n).map(|i| format!("x{i}")).collect(),
    }
}

/// The lines of a group's computation, the last statement of which returns its result.
pub(super) fn body(program: &Program, modules: &Modules, group: &Group) -> Vec<String> {
    let mut left = BTreeMap::from([(group.output, 1)]);
    for read in group.items.iter().flat_map(|item| operands(program, item)) {
        *left.entry(*read).or_insert(0) += 1;
    }
    let mut forward = Forward { program, modules, group, left, lines: Vec::new(), values: BTreeMap::new() };
    for (&input, name) in group.inputs.iter().zip(arguments(group)) {
        forward.values.insert(input, Expression::name(&name, forward.left_of(input)));
    }
    (0..group.items.len()).for_each(|at| forward.item(at));
    let result = forward.values.get(&group.output).map_or("", |value| &value.text);
    let lines = assignment("return ", result);
    forward.lines.extend(lines);
    forward.lines
}

/// The layers that an item reads.
fn operands<'a>(program: &'a Program, item: &'a Item) -> &'a [usize] {
    match item {
        Item::Layer(layer) => &program.layers[*layer].reads,
        Item::Group(inner) => &inner.inputs,
    }
}

/// A `forward` under construction.
struct Forward<'a> {
    program: &'a Program,
    modules: &'a Modules,
    group: &'a Group,
    lines: Vec<String>,
    /// What stands for the result of a layer: a variable, or an expression that is not assigned yet.
    values: BTreeMap<usize, Expression>,
    /// How often a result is still to be read.
    left: BTreeMap<usize, usize>,
}

impl Forward<'_> {
    fn left_of(&self, layer: usize) -> usize {
        self.left.get(&layer).copied().unwrap_or(0)
    }

    fn item(&mut self, at: usize) {
        let group = self.group;
        let item = &group.items[at];
        let output = item.output();
        if self.values.contains_key(&output) {
            return;
        }
        if let Some(split) = Split::of(self.program, group, output) {
            return self.split(&split);
        }
        let reads = operands(self.program, item);
        let mut expression = self.expression(item);
        // The longest operand of a line that is too wide gets a name.
        while !fits(&expression.text)
            && let Some(longest) = self.longest(reads)
        {
            self.assign(longest, "h");
            expression = self.expression(item);
        }
        self.read(reads);
        self.values.insert(output, expression);
        if !self.is_inlined(at, output) {
            let hint = if let Item::Group(inner) = item { self.modules.group(inner).0 } else { "h" };
            self.assign(output, hint);
        }
    }

    fn expression(&self, item: &Item) -> Expression {
        let operands: Vec<&Expression> =
            operands(self.program, item).iter().filter_map(|read| self.values.get(read)).collect();
        match item {
            Item::Layer(i) => {
                Expression::of(&self.program.layers[*i], self.modules.layer(*i), &operands, self.program)
            }
            Item::Group(inner) => Expression::call(self.modules.group(inner).0, &operands),
        }
    }

    /// The longest operand that is no variable.
    fn longest(&self, reads: &[usize]) -> Option<usize> {
        let long = |read: &&usize| self.values.get(*read).is_some_and(|value| !value.is_name());
        reads.iter().filter(long).max_by_key(|read| self.values[*read].text.len()).copied()
    }

    fn read(&mut self, reads: &[usize]) {
        for read in reads {
            if let Some(left) = self.left.get_mut(read) {
                *left -= 1;
            }
        }
    }

    /// Whether the result of an item stands in the statement of the next one.
    fn is_inlined(&self, at: usize, output: usize) -> bool {
        let value = &self.values[&output];
        let Some(next) = self.group.items.get(at + 1) else { return true };
        let reads = operands(self.program, next).contains(&output);
        let once = match Split::of(self.program, self.group, next.output()) {
            Some(split) => split.source == output && split.parts.len() == self.left_of(output),
            None => self.left_of(output) == 1,
        };
        let op = |item: &Item, op: &Op| matches!(item, Item::Layer(i) if self.program.layers[*i].op == *op);
        // Sums that go into a concatenation are what was computed there so far: they keep their variables.
        let is_sum = op(&self.group.items[at], &Op::Add) && op(next, &Op::Concat);
        reads && once && !is_sum && value.depth() < DEPTH
    }

    /// Gives an expression a variable: that on whose value it continues, where nothing else needs it any
    /// more, or a new one.
    fn assign(&mut self, layer: usize, hint: &str) {
        let value = self.values[&layer].clone();
        let name = match &value.continues {
            Some(name) if !self.is_needed(name, layer) => name.clone(),
            _ => self.fresh(hint, layer),
        };
        self.lines.extend(assignment(&format!("{name} = "), &value.text));
        self.values.insert(layer, Expression::name(&name, self.left_of(layer)));
    }

    /// A variable that is not in use.
    fn fresh(&self, hint: &str, layer: usize) -> String {
        let mut names = (1..).map(|n| if n == 1 { hint.to_owned() } else { format!("{hint}{n}") });
        names.find(|name| !self.is_needed(name, layer)).unwrap_or_default()
    }

    /// True if a value that is still to be read, but for this layer's, is computed from a variable.
    fn is_needed(&self, name: &str, but: usize) -> bool {
        self.values
            .iter()
            .any(|(layer, value)| *layer != but && self.left_of(*layer) > 0 && value.uses.contains(name))
    }

    fn split(&mut self, split: &Split) {
        let Some(source) = self.values.get(&split.source).cloned() else { return };
        self.read(&vec![split.source; split.parts.len()]);
        let base = if source.is_name() { &source.text } else { source.main() };
        let mut names = Vec::new();
        for &part in &split.parts {
            let name = self.fresh(&format!("{base}_{}", names.len()), part);
            self.values.insert(part, Expression::name(&name, self.left_of(part)));
            names.push(name);
        }
        let text = format!("{}.split({}, dim=1)", source.atom(), split.sizes());
        self.lines.extend(assignment(&format!("{} = ", names.join(", ")), &text));
    }
}
