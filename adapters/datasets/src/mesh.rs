//! Triangle meshes, and how they become voxels.

mod cache;
mod off;
#[cfg(test)]
pub(crate) mod shapes;
mod voxeliser;

pub use voxeliser::Fill;

pub(crate) use cache::Cache;
pub(crate) use voxeliser::Voxeliser;

/// A surface of triangles in space, z up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mesh {
    /// Finite numbers, in any unit.
    pub(crate) vertices: Vec<[f64; 3]>,
    /// Corners as indices of vertices; at least one triangle.
    pub(crate) triangles: Vec<[u32; 3]>,
}

impl Mesh {
    /// Reads the text of an OFF file.
    ///
    /// # Errors
    /// What was expected and what was found, in which line.
    pub(crate) fn from_off(text: &[u8]) -> Result<Self, String> {
        off::read(text)
    }

    /// The vertices turned from x to y by `part` of `whole` parts of a circle, then scaled and moved so that their box
    /// stands in the middle of a cube of `extent` with `margin` around it, as large as it can.
    fn fitted(&self, [part, whole]: [usize; 2], extent: usize, margin: usize) -> Vec<[f64; 3]> {
        let (sin, cos) = libm::sincos(std::f64::consts::TAU * part as f64 / whole as f64);
        let turn = |[x, y, z]: [f64; 3]| [cos * x - sin * y, sin * x + cos * y, z];
        let mut vertices: Vec<[f64; 3]> = self.vertices.iter().copied().map(turn).collect();
        // Of what triangles use: a vertex that none uses is not part of the surface.
        let used = || self.triangles.iter().flatten().map(|corner| vertices[*corner as usize]);
        let low = used().fold([f64::INFINITY; 3], |low, v| std::array::from_fn(|i| low[i].min(v[i])));
        let high = used().fold([f64::NEG_INFINITY; 3], |high, v| std::array::from_fn(|i| high[i].max(v[i])));
        let longest = (0..3).map(|i| high[i] - low[i]).fold(1e-100, f64::max);
        // A little smaller, so that a side that would lie on the border of two voxels lies in the inner one.
        let scale = (extent - 2 * margin) as f64 / longest * (1.0 - 1e-6);
        let place = |v: [f64; 3]| {
            std::array::from_fn(|i| (v[i] - (low[i] + high[i]) / 2.0) * scale + extent as f64 / 2.0)
        };
        vertices.iter_mut().for_each(|vertex| *vertex = place(*vertex));
        vertices
    }
}

#[cfg(test)]
mod tests;
