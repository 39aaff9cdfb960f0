//! Graphs as JSON. They cross to a plugin in every training step and consist mostly of shapes and ranges,
//! which are written as arrays: half the text of objects with keys. Both forms are read.

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Graph, Shape};
use crate::json;

impl Graph {
    /// The graph as JSON; `serde` deserialises it.
    pub fn to_json(&self) -> String {
        // Serialising derived data structures into memory cannot fail.
        json::text(self).unwrap_or_default()
    }
}

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.batched, &self.dims).serialize(serializer)
    }
}

/// True for a padding that is none.
pub(super) fn is_zero(padding: &[usize]) -> bool {
    padding.iter().all(|&p| p == 0)
}

/// Reads a padding; zeros are read as none, so that a graph has one form.
pub(super) fn padding<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<usize>, D::Error> {
    let padding = Vec::deserialize(deserializer)?;
    Ok(if is_zero(&padding) { Vec::new() } else { padding })
}

/// Writes each range as `[start, end]`.
pub(super) fn pairs<S: Serializer>(ranges: &[Range<usize>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ranges.iter().map(|range| [range.start, range.end]))
}

#[cfg(test)]
mod tests {
    use crate::graph::{Builder, Init, Op, Parameter};

    use super::*;

    /// The form of older files and plugins, with objects instead of arrays.
    const NAMED: &str = r#"{"nodes": [
        {"op": {"op": "input", "name": "x"}, "inputs": [], "shape": {"batched": false, "dims": [4, 6]}},
        {"op": {"op": "slice", "ranges": [{"start": 1, "end": 3}, {"start": 0, "end": 2}]}, "inputs": [0],
            "shape": {"batched": false, "dims": [2, 2]}},
        {"op": {"op": "parameter", "index": 0}, "inputs": [], "shape": {"batched": false, "dims": [2, 2]}},
        {"op": {"op": "add"}, "inputs": [1, 2], "shape": {"batched": false, "dims": [2, 2]}}
    ], "parameters": [{"name": "w", "stored": [1000, 4], "slice": [{"start": 98, "end": 100}, {"start": 1, "end": 3}],
        "source": "shared", "role": "weight", "init": "orthogonal"}], "outputs": [["y", 3]]}"#;

    #[test]
    fn shapes_and_ranges_are_lists_and_are_read_as_objects_too() {
        let mut b = Builder::new();
        let x = b.input("x", false, &[4, 6]);
        let x = b.op(Op::Slice { ranges: vec![1..3, 0..2] }, &[x]).unwrap();
        let w = Parameter::shared("w", &[1000, 4], vec![98..100, 1..3], Init::Orthogonal);
        let w = b.parameter(w).unwrap();
        let y = b.op(Op::Add, &[x, w]).unwrap();
        let graph = b.finish([("y", y)]);
        let text = graph.to_json();
        assert!(text.contains(r#""ranges":[[1,3],[0,2]]},"inputs":[0],"shape":[false,[2,2]]}"#), "{text}");
        assert!(text.contains(r#""stored":[1000,4],"slice":[[98,100],[1,3]],"#), "{text}");
        assert_eq!(text, serde_json::to_string(&graph).unwrap());
        for text in [&text, NAMED] {
            assert_eq!(serde_json::from_str::<Graph>(text).unwrap(), graph);
        }
    }
}
