//! The encoding of an architecture for a HyperNet: a plane, and the place of each generated weight.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The geometry that all encodings of a space share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaneSpec {
    /// Channels of the plane: the length of the code in each cell.
    pub channels: usize,
    /// Rows of the plane; row `a` stands for output channels `[a·cell.outputs, (a+1)·cell.outputs)`.
    pub rows: usize,
    /// The block of weights that one cell encodes.
    pub cell: Cell,
}

/// The block of the generated weight matrix that one cell of the plane encodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Output channels of the block (N in the paper).
    pub outputs: usize,
    /// Input channels of the block (N·D in the paper).
    pub inputs: usize,
}

/// The encoding of one architecture for a HyperNet.
///
/// The HyperNet turns the plane `[channels, rows, columns]` into a matrix W of `columns·cell.inputs` rows
/// (input channels) by `rows·cell.outputs` columns (output channels); each slice of W is one generated
/// parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Columns of the plane.
    pub columns: usize,
    /// The plane, `[channels, rows, columns]` row-major.
    pub plane: Vec<f32>,
    /// The place of each generated parameter in W.
    pub slices: Vec<GeneratedSlice>,
}

/// A generated parameter whose columns of the plane overlap no other's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaneBlock {
    /// Name of the parameter.
    pub parameter: String,
    /// Channels of the plane that are set at the parameter: its one-hot code.
    pub marks: Vec<usize>,
    /// Columns of the plane that it covers.
    pub inputs: usize,
    /// Rows of the plane that it covers, from the first.
    pub outputs: usize,
}

impl PlaneBlock {
    /// A block of a plane.
    pub fn new(parameter: impl Into<String>, marks: Vec<usize>, inputs: usize, outputs: usize) -> Self {
        Self { parameter: parameter.into(), marks, inputs, outputs }
    }
}

impl Description {
    /// Places parameters side by side: the marks of each are set to 1 over its block, everything else is −1.
    ///
    /// # Errors
    /// When a block has a mark or a row that the plane does not have, or none at all.
    pub fn side_by_side(spec: PlaneSpec, parts: impl IntoIterator<Item = PlaneBlock>) -> Result<Self> {
        let parts: Vec<PlaneBlock> = parts.into_iter().collect();
        parts.iter().try_for_each(|part| part.check(spec))?;
        let columns = parts.iter().map(|part| part.inputs).sum();
        let mut plane = vec![-1.0; spec.channels * spec.rows * columns];
        let (mut slices, mut first) = (Vec::new(), 0);
        for part in parts {
            for (channel, row) in part.marks.iter().flat_map(|&c| (0..part.outputs).map(move |row| (c, row)))
            {
                let start = (channel * spec.rows + row) * columns + first;
                plane[start..start + part.inputs].fill(1.0);
            }
            let rows = first * spec.cell.inputs..(first + part.inputs) * spec.cell.inputs;
            let columns = 0..part.outputs * spec.cell.outputs;
            slices.push(GeneratedSlice { parameter: part.parameter, rows, columns });
            first += part.inputs;
        }
        Ok(Self { columns, plane, slices })
    }
}

impl PlaneBlock {
    fn check(&self, spec: PlaneSpec) -> Result<()> {
        let wrong = |what: String| {
            Err(Error::conformance(format!("the block of the parameter {:?} {what}", self.parameter)))
        };
        if let Some(mark) = self.marks.iter().find(|mark| **mark >= spec.channels) {
            return wrong(format!(
                "has the mark {mark}, but the plane has the channels 0 to {}",
                spec.channels - 1
            ));
        }
        if !(1..=spec.rows).contains(&self.outputs) || self.inputs == 0 {
            let (outputs, inputs) = (self.outputs, self.inputs);
            return wrong(format!(
                "has {outputs} rows and {inputs} columns: expected 1 to {} rows and a column or more",
                spec.rows
            ));
        }
        Ok(())
    }
}

/// The slice of the generated matrix W that is one parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedSlice {
    /// Name of a parameter whose source is `Generated`; its shape is `[columns.len(), rows.len(), 1, …]`.
    pub parameter: String,
    /// Rows of W: the parameter's input channels.
    pub rows: Range<usize>,
    /// Columns of W: the parameter's output channels.
    pub columns: Range<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_the_plane_does_not_hold_is_named() {
        let spec = PlaneSpec { channels: 3, rows: 2, cell: Cell { outputs: 4, inputs: 4 } };
        let said = |marks: &[usize], inputs, outputs| {
            let part = PlaneBlock::new("layer1", marks.to_vec(), inputs, outputs);
            Description::side_by_side(spec, [part]).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(said(&[0, 2], 5, 2), Ok(()));
        let error = said(&[0, 3], 5, 2).unwrap_err();
        assert!(
            error.contains("\"layer1\" has the mark 3, but the plane has the channels 0 to 2"),
            "{error}"
        );
        let error = said(&[0], 5, 3).unwrap_err();
        assert!(error.contains("\"layer1\" has 3 rows and 5 columns: expected 1 to 2 rows"), "{error}");
        assert!(said(&[0], 0, 1).is_err() && said(&[0], 1, 0).is_err());
    }
}
