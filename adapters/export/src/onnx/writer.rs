//! Nodes and initializers of a model.

use std::collections::BTreeSet;

use smash_core::graph::Op;

use super::operators::{int, operator};
use super::proto::{
    Attribute, Dimension, FLOAT, Graph, INT64, Node, Tensor, TensorShape, TensorType, Type, ValueInfo,
};
use crate::program::{Layer, Program, unique};
use crate::{Network, Result};

/// Name of the first extent of input and output.
const BATCH: &str = "batch";

/// A graph under construction.
pub(super) struct Writer {
    nodes: Vec<Node>,
    initializers: Vec<Tensor>,
    /// Names of values and nodes so far.
    taken: BTreeSet<String>,
    /// For each layer the name of its result.
    results: Vec<String>,
    input: String,
    output: String,
}

impl Writer {
    /// A writer of a program with this name for its output.
    pub(super) fn new(program: &Program, output: &str) -> Self {
        let mut taken = BTreeSet::from([output.to_owned()]);
        let input = match &program.layers[0].op {
            Op::Input { name } => unique(name.clone(), &mut taken),
            _ => unique("x".to_owned(), &mut taken),
        };
        let (nodes, initializers) = (Vec::new(), Vec::new());
        Self { nodes, initializers, taken, results: Vec::new(), input, output: output.to_owned() }
    }

    /// The graph of the whole program.
    pub(super) fn graph(mut self, program: &Program, network: &Network<'_>, logits: bool) -> Result<Graph> {
        let first = self.normalised(program, network);
        self.results.push(first);
        let last = program.layers.len() - 1;
        for (i, layer) in program.layers.iter().enumerate().skip(1) {
            let result = if i == last && logits { self.output.clone() } else { self.name(&layer.path) };
            self.layer(layer, &program.layers[layer.reads[0]].dims, result)?;
        }
        let input = value(&self.input, program.input());
        let output = value(&self.output, &[program.classes()]);
        let result = self.results[last].clone();
        if !logits {
            let output = self.output.clone();
            self.node("Softmax", "softmax", vec![result], output, vec![int("axis", 1)]);
        } else if last == 0 {
            let output = self.output.clone();
            self.node("Identity", "identity", vec![result], output, Vec::new());
        }
        let name = if network.card.name.is_empty() { "network" } else { &network.card.name };
        Ok(Graph {
            node: self.nodes,
            name: name.to_owned(),
            initializer: self.initializers,
            input: vec![input],
            output: vec![output],
        })
    }

    /// `(x − mean) / std`; the name of the result.
    fn normalised(&mut self, program: &Program, network: &Network<'_>) -> String {
        let (mut x, card) = (self.input.clone(), &network.card);
        if card.normalises() {
            for (op, part, values) in [("Sub", "mean", &card.mean), ("Div", "std", &card.std)] {
                let name = self.name(&format!("normalise.{part}"));
                let operand = self.floats(&name, &per_channel(program.input()), values);
                let result = self.name(&format!("normalise.{}", op.to_lowercase()));
                self.node(op, &result, vec![x, operand], result.clone(), Vec::new());
                x = result;
            }
        }
        x
    }

    /// The nodes of a layer, whose operand has the extents `read`.
    fn layer(&mut self, layer: &Layer, read: &[usize], result: String) -> Result<()> {
        let operator = operator(layer, read)?;
        let mut inputs: Vec<String> = layer.reads.iter().map(|&read| self.results[read].clone()).collect();
        for constant in &layer.constants {
            let dims = match layer.op {
                Op::Bias | Op::Gain => per_channel(&layer.dims),
                _ => constant.value.shape().to_vec(),
            };
            let name = self.name(&constant.name);
            inputs.push(self.floats(&name, &dims, constant.value.data()));
        }
        if matches!(layer.op, Op::Bias | Op::Gain)
            && let [_, vector] = &mut inputs[..]
            && layer.constants.is_empty()
            && layer.rank() > 0
        {
            *vector = self.unsqueezed(layer, vector.clone());
        }
        for (part, number) in operator.numbers {
            let name = self.name(&format!("{}.{part}", layer.path));
            inputs.push(self.floats(&name, &[], &[number]));
        }
        for (part, list) in operator.lists {
            let name = self.name(&format!("{}.{part}", layer.path));
            let raw_data = list.iter().flat_map(|v| v.to_le_bytes()).collect();
            inputs.push(self.initializer(name, vec![list.len() as i64], INT64, raw_data));
        }
        if layer.op == Op::GlobalAveragePool && read.len() > 1 {
            let pooled = self.name(&format!("{}.pooled", layer.path));
            self.node(operator.name, &pooled, inputs, pooled.clone(), operator.attributes);
            self.node("Flatten", &layer.path, vec![pooled], result.clone(), vec![int("axis", 1)]);
        } else {
            self.node(operator.name, &layer.path, inputs, result.clone(), operator.attributes);
        }
        self.results.push(result);
        Ok(())
    }

    /// A vector over channels `[n, c]` as `[n, c, 1, …]`, which meets the channels of a layer's value.
    fn unsqueezed(&mut self, layer: &Layer, vector: String) -> String {
        let axes = self.name(&format!("{}.axes", layer.path));
        let list: Vec<i64> = (2..2 + layer.rank() as i64).collect();
        let raw_data = list.iter().flat_map(|v| v.to_le_bytes()).collect();
        let axes = self.initializer(axes, vec![list.len() as i64], INT64, raw_data);
        let result = self.name(&format!("{}.per_channel", layer.path));
        self.node("Unsqueeze", &result, vec![vector, axes], result.clone(), Vec::new());
        result
    }

    fn name(&mut self, name: &str) -> String {
        unique(name.to_owned(), &mut self.taken)
    }

    fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) -> String {
        let dims = dims.iter().map(|&d| d as i64).collect();
        let raw_data = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.initializer(name.to_owned(), dims, FLOAT, raw_data)
    }

    fn initializer(&mut self, name: String, dims: Vec<i64>, data_type: i32, raw_data: Vec<u8>) -> String {
        self.initializers.push(Tensor { dims, data_type, name: name.clone(), raw_data });
        name
    }

    fn node(&mut self, op: &str, name: &str, input: Vec<String>, output: String, attribute: Vec<Attribute>) {
        let (name, op_type) = (name.to_owned(), op.to_owned());
        self.nodes.push(Node { input, output: vec![output], name, op_type, attribute });
    }
}

/// The extents of a vector over channels that fits a value with these extents: `[c, 1, …]`.
fn per_channel(dims: &[usize]) -> Vec<usize> {
    dims.iter().enumerate().map(|(axis, &extent)| if axis == 0 { extent } else { 1 }).collect()
}

/// A value `[batch, dims…]`.
fn value(name: &str, dims: &[usize]) -> ValueInfo {
    let batch = Dimension { dim_param: Some(BATCH.into()), ..Dimension::default() };
    let extent = |&d: &usize| Dimension { dim_value: Some(d as i64), ..Dimension::default() };
    let dim = std::iter::once(batch).chain(dims.iter().map(extent)).collect();
    let tensor = TensorType { elem_type: FLOAT, shape: Some(TensorShape { dim }) };
    ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor_type: Some(tensor) }) }
}
