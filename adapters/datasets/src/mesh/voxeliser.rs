//! Conservative voxelisation: the voxels that a surface touches or encloses, by separating axis tests and a
//! flood fill.
//!
//! Our own code, because existing voxelisers (parry3d's) choose scale and position of the grid themselves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Mesh;
use crate::voxels::{COLUMNS, Columns, EXTENT};

/// Voxelisation settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Voxeliser {
    /// Which voxels are occupied.
    pub(crate) fill: Fill,
    /// Margin of empty voxels on either side of the object's longest extent.
    pub(crate) margin: usize,
}

/// Which voxels of a mesh are occupied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// Surface: the voxels that the surface touches.
    Surface,
    /// Solid: also the voxels inside, which cannot be reached from outside without crossing the surface.
    #[default]
    Solid,
}

impl Fill {
    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Surface, Self::Solid].into_iter().find(|fill| fill.name() == name)
    }

    /// Its name, as in a job.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Surface => "surface",
            Self::Solid => "solid",
        }
    }
}

/// Tolerance for rounding errors of a distance, in voxels. Within it a voxel counts as touched, so that
/// surfaces have no holes.
const ROUNDING: f64 = 1e-9;

impl Voxeliser {
    /// The grid of a mesh, rotated from x to y by `part` of `whole` parts of a full turn and fitted into the
    /// grid.
    pub(crate) fn grid(&self, mesh: &Mesh, turn: [usize; 2]) -> Columns {
        let vertices = mesh.fitted(turn, EXTENT, self.margin);
        let mut columns = vec![0; COLUMNS];
        for corners in &mesh.triangles {
            touch(corners.map(|corner| vertices[corner as usize]), &mut columns);
        }
        match self.fill {
            Fill::Surface => columns,
            Fill::Solid => enclosed(&columns),
        }
    }
}

/// Marks the voxels that a triangle touches by the separating axis test of a triangle and a box (no axis
/// separates them). The box's own axes bound the loops; the triangle's normal gives each row of voxels its
/// range along the axis that the triangle faces most; the nine cross products of edges are three lines in
/// each of the three projections along an axis.
fn touch(corners: [[f64; 3]; 3], columns: &mut Columns) {
    let edge = |i: usize| -> [f64; 3] { std::array::from_fn(|a| corners[(i + 1) % 3][a] - corners[i][a]) };
    let edges = [edge(0), edge(1), edge(2)];
    let normal: [f64; 3] = std::array::from_fn(|a| {
        let [b, c] = [(a + 1) % 3, (a + 2) % 3];
        edges[0][b] * edges[1][c] - edges[0][c] * edges[1][b]
    });
    let depth = (0..3).max_by(|a, b| normal[*a].abs().total_cmp(&normal[*b].abs())).unwrap_or(0);
    let views: [View; 3] = std::array::from_fn(|axis| View::new(axis, normal[axis], &corners, &edges));
    let range = |axis: usize| {
        let [low, high] = bounds(corners.map(|corner| corner[axis]));
        voxel(low - ROUNDING)..=voxel(high + ROUNDING)
    };
    let [u, v] = [(depth + 1) % 3, (depth + 2) % 3];
    for at_u in range(u) {
        for at_v in range(v) {
            let mut at = [0; 3];
            (at[u], at[v]) = (at_u, at_v);
            if !views[depth].touches(at) {
                continue;
            }
            let [low, high] = along(&normal, corners[0], depth, at);
            let range = (*range(depth).start()).max(low)..=(*range(depth).end()).min(high);
            for at_depth in range {
                at[depth] = at_depth;
                if views[u].touches(at) && views[v].touches(at) {
                    columns[at[0] * EXTENT + at[1]] |= 1 << at[2];
                }
            }
        }
    }
}

/// First and last voxel of the row along `depth` that the triangle's plane touches.
fn along(normal: &[f64; 3], corner: [f64; 3], depth: usize, at: [usize; 3]) -> [usize; 2] {
    if normal[depth] == 0.0 {
        // A degenerate triangle, without an area, has no plane.
        return [0, EXTENT - 1];
    }
    let slope = |axis: usize| -normal[axis] / normal[depth];
    let [u, v] = [(depth + 1) % 3, (depth + 2) % 3];
    let height =
        corner[depth] + slope(u) * (at[u] as f64 - corner[u]) + slope(v) * (at[v] as f64 - corner[v]);
    // The plane's range over the row's square cross-section, whose sides are 1.
    let low = height + slope(u).min(0.0) + slope(v).min(0.0);
    let high = height + slope(u).max(0.0) + slope(v).max(0.0);
    [voxel(low - ROUNDING), voxel(high + ROUNDING)]
}

/// The projection of a triangle along an axis: its three edges as lines, each with its inner side.
struct View {
    axes: [usize; 2],
    /// For each line: direction and offset; the value is not negative at the lower corner of a voxel that
    /// reaches the inner side.
    lines: [([f64; 2], f64); 3],
}

impl View {
    fn new(axis: usize, area: f64, corners: &[[f64; 3]; 3], edges: &[[f64; 3]; 3]) -> Self {
        let axes @ [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
        let side = if area < 0.0 { -1.0 } else { 1.0 };
        let lines = std::array::from_fn(|i| {
            let inward = [-edges[i][v] * side, edges[i][u] * side];
            let at = inward[0] * corners[i][u] + inward[1] * corners[i][v];
            let rounding = ROUNDING * (inward[0].abs() + inward[1].abs());
            (inward, inward[0].max(0.0) + inward[1].max(0.0) - at + rounding)
        });
        Self { axes, lines }
    }

    fn touches(&self, at: [usize; 3]) -> bool {
        let [u, v] = self.axes.map(|axis| at[axis] as f64);
        self.lines.iter().all(|([a, b], offset)| a * u + b * v + offset >= 0.0)
    }
}

fn bounds(values: [f64; 3]) -> [f64; 2] {
    let [a, b, c] = values;
    [a.min(b).min(c), a.max(b).max(c)]
}

/// The index of the voxel at a coordinate, clamped to the grid.
fn voxel(at: f64) -> usize {
    at.floor().clamp(0.0, (EXTENT - 1) as f64) as usize
}

/// Flood fill: the voxels that cannot be reached from the border of the grid through empty ones.
fn enclosed(surface: &Columns) -> Columns {
    let last = EXTENT - 1;
    let outer = |column: usize| match (column / EXTENT, column % EXTENT) {
        (x, y) if x == 0 || x == last || y == 0 || y == last => u32::MAX,
        _ => 1 | 1 << last,
    };
    let mut reached: Columns = (0..COLUMNS).map(|column| outer(column) & !surface[column]).collect();
    loop {
        let mut more = false;
        for column in 0..COLUMNS {
            let (x, y) = (column / EXTENT, column % EXTENT);
            let mut bits = reached[column];
            for (inside, neighbour) in [
                (x > 0, column.wrapping_sub(EXTENT)),
                (x < last, column + EXTENT),
                (y > 0, column.wrapping_sub(1)),
                (y < last, column + 1),
            ] {
                bits |= if inside { reached[neighbour] } else { 0 };
            }
            bits &= !surface[column];
            loop {
                let wider = (bits | bits << 1 | bits >> 1) & !surface[column];
                if wider == bits {
                    break;
                }
                bits = wider;
            }
            more |= bits != reached[column];
            reached[column] = bits;
        }
        if !more {
            return reached.into_iter().map(|bits| !bits).collect();
        }
    }
}

#[cfg(test)]
mod tests;
