//! The descriptions of a space and its architectures as JSON, and the limits on what they may claim.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smash_core::space::{Cell, Description, GeneratedSlice, PartOutline, PlaneSpec};
use smash_core::tensor::Tensor;

/// Limit on the bytes of an architecture.
pub(crate) const ARCHITECTURE: usize = 1 << 24;
/// Limit on the values of a plane.
const PLANE: usize = 1 << 26;

/// The answer of the vtable's `info`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpaceInfo {
    pub(crate) id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) plane: Option<PlaneSpec>,
    /// JSON Schema of the choices; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) choices: Option<Value>,
}

/// The JSON answer of the vtable's `describe`, without the plane's values.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DescriptionHead {
    pub(crate) columns: usize,
    pub(crate) slices: Vec<GeneratedSlice>,
}

impl SpaceInfo {
    /// The geometry of the plane: that of a single empty cell where the space has none.
    pub(crate) fn plane(&self) -> PlaneSpec {
        self.plane.unwrap_or(PlaneSpec { channels: 1, rows: 1, cell: Cell { outputs: 1, inputs: 1 } })
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        let PlaneSpec { channels, rows, cell } = self.plane();
        let named = [
            ("channels", channels),
            ("rows", rows),
            ("cell/outputs", cell.outputs),
            ("cell/inputs", cell.inputs),
        ];
        match named.into_iter().find(|(_, value)| !(1..=1 << 16).contains(value)) {
            Some((name, value)) => Err(format!("info/plane/{name}: expected 1 to 65536, found {value}")),
            None if self.id.is_empty() => Err("info/id: expected a name".to_owned()),
            None => Ok(()),
        }
    }
}

impl DescriptionHead {
    /// The architecture's description with its plane.
    pub(crate) fn with(self, plane: Tensor, spec: PlaneSpec) -> Result<Description, String> {
        let shape = [spec.channels, spec.rows, self.columns];
        if self.columns == 0 || plane.data().len() > PLANE || plane.shape() != shape {
            return Err(format!(
                "expected a plane of {} channels, {} rows and {} columns, at most {PLANE} values, found {:?}",
                spec.channels,
                spec.rows,
                self.columns,
                plane.shape()
            ));
        }
        let plane = plane.into_data();
        if let Some(at) = plane.iter().position(|value| !value.is_finite()) {
            return Err(format!("expected numbers in the plane, found {} at {at}", plane[at]));
        }
        let matrix = [self.columns * spec.cell.inputs, spec.rows * spec.cell.outputs];
        let outside = |s: &&GeneratedSlice| {
            s.rows.start >= s.rows.end
                || s.rows.end > matrix[0]
                || s.columns.start >= s.columns.end
                || s.columns.end > matrix[1]
        };
        if let Some(slice) = self.slices.iter().find(outside) {
            return Err(format!("expected slices within {matrix:?}, found {slice:?}"));
        }
        Ok(Description { columns: self.columns, plane, slices: self.slices })
    }
}

/// Checks that all parts of an outline have the same figures in the same order, as the columns of a table
/// must.
pub(crate) fn check_outline(outline: &[PartOutline]) -> Result<(), String> {
    let names =
        |part: &PartOutline| part.figures.iter().map(|figure| figure.name.clone()).collect::<Vec<_>>();
    match outline.first().map(names) {
        Some(first) => match outline.iter().find(|part| names(part) != first) {
            Some(part) => {
                Err(format!("expected the figures {first:?} of {:?}, found {:?}", part.part, names(part)))
            }
            None => Ok(()),
        },
        None => Ok(()),
    }
}
