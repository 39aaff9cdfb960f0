//! Graphs as text and as DOT.

use std::fmt::{self, Write as _};

use super::json::is_zero;
use super::{Graph, Node, Op, Source};

impl Graph {
    fn label(&self, node: &Node) -> String {
        match &node.op {
            Op::Input { name } => format!("input {name}"),
            Op::Parameter { index } => {
                let p = &self.parameters[*index];
                let source = match p.source {
                    Source::Generated => "generated",
                    Source::Shared => "shared",
                    Source::Own => "own",
                };
                format!("{source} {}", p.name)
            }
            Op::Conv { stride, dilation, groups, .. } => {
                let kernel = &self.shape(node.inputs[1]).dims[2..];
                let mut text = format!("conv {}", joined(kernel));
                if stride.iter().any(|&s| s != 1) {
                    let _ = write!(text, " stride {}", joined(stride));
                }
                if dilation.iter().any(|&d| d != 1) {
                    let _ = write!(text, " dilation {}", joined(dilation));
                }
                if *groups != 1 {
                    let _ = write!(text, " groups {groups}");
                }
                text
            }
            Op::Pool { window, stride, padding, .. } => {
                let mut text = format!("{} {}", node.op.name(), joined(window));
                if stride != window {
                    let _ = write!(text, " stride {}", joined(stride));
                }
                if !is_zero(padding) {
                    let _ = write!(text, " padding {}", joined(padding));
                }
                text
            }
            op => op.name().to_owned(),
        }
    }

    /// The graph in the DOT language of Graphviz, without parameters.
    pub fn dot(&self) -> String {
        let mut out = String::from("digraph network {\n  node [shape=box, fontname=\"sans-serif\"];\n");
        for (i, node) in self.nodes.iter().enumerate() {
            if matches!(node.op, Op::Parameter { .. }) {
                continue;
            }
            let _ = writeln!(out, "  n{i} [label=\"{}\\n{}\"];", self.label(node), joined(&node.shape.dims));
            for input in &node.inputs {
                if !matches!(self.node(*input).op, Op::Parameter { .. }) {
                    let _ = writeln!(out, "  n{} -> n{i};", input.0);
                }
            }
        }
        for (name, id) in &self.outputs {
            let _ = writeln!(out, "  \"{name}\" [shape=plaintext];\n  n{} -> \"{name}\";", id.0);
        }
        out.push_str("}\n");
        out
    }
}

fn joined(dims: &[usize]) -> String {
    dims.iter().map(ToString::to_string).collect::<Vec<_>>().join("×")
}

/// One line per op: `%7 = conv 3×3 groups 2 (%4, %6) : batch×[16, 32, 32]`.
impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, node) in self.nodes.iter().enumerate() {
            let inputs: Vec<String> = node.inputs.iter().map(|id| format!("%{}", id.0)).collect();
            let arguments =
                if inputs.is_empty() { String::new() } else { format!(" ({})", inputs.join(", ")) };
            writeln!(f, "%{i} = {}{arguments} : {}", self.label(node), node.shape)?;
        }
        for (name, id) in &self.outputs {
            writeln!(f, "{name} = %{}", id.0)?;
        }
        Ok(())
    }
}
