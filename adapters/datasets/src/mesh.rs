//! Triangle meshes and their voxelisation.

mod cache;
mod off;
#[cfg(test)]
pub(crate) mod shapes;
mod voxeliser;

pub use voxeliser::Fill;

pub(crate) use cache::Cache;
pub(crate) use voxeliser::Voxeliser;

/// A triangle mesh, z up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mesh {
    /// Coordinates: finite numbers, in any unit.
    pub(crate) vertices: Vec<[f64; 3]>,
    /// Triangles as vertex indices; at least one.
    pub(crate) triangles: Vec<[u32; 3]>,
}

impl Mesh {
    /// Parses the text of an OFF file.
    ///
    /// # Errors
    /// What was expected and what was found, with the line number.
    pub(crate) fn from_off(text: &[u8]) -> Result<Self, String> {
        off::read(text)
    }

    /// The vertices, rotated from x to y by `part` of `whole` parts of a full turn, then scaled and moved so
    /// that their bounding box is centred in a cube of `extent` with `margin` around it, as large as it can
    /// be.
    fn fitted(&self, [part, whole]: [usize; 2], extent: usize, margin: usize) -> Vec<[f64; 3]> {
        let (sin, cos) = libm::sincos(std::f64::consts::TAU * part as f64 / whole as f64);
        let turn = |[x, y, z]: [f64; 3]| [cos * x - sin * y, sin * x + cos * y, z];
        let mut vertices: Vec<[f64; 3]> = self.vertices.iter().copied().map(turn).collect();
        // The bounding box of the vertices that triangles use: an unused vertex does not belong to the
        // surface.
        let used = || self.triangles.iter().flatten().map(|corner| vertices[*corner as usize]);
        let low = used().fold([f64::INFINITY; 3], |low, v| std::array::from_fn(|i| low[i].min(v[i])));
        let high = used().fold([f64::NEG_INFINITY; 3], |high, v| std::array::from_fn(|i| high[i].max(v[i])));
        // Only a surface so small that its scale overflows is not made as large as it can be.
        let longest = (0..3).map(|i| high[i] - low[i]).fold(f64::MIN_POSITIVE * 1e3, f64::max);
        // Scaled down slightly, so that a side on the border of two voxels falls into the inner one.
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
