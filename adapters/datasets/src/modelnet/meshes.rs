//! Voxelises meshes in all their poses.

use std::path::Path;

use crate::check;
use crate::mesh::{Cache, Fill, Mesh, Voxeliser};
use crate::voxels::Columns;

/// Limit on the size of a mesh file, in bytes.
const LONGEST: u64 = 1 << 29;

/// Voxelisation settings, and the cache.
#[derive(Clone, Debug)]
pub(crate) struct Meshes {
    pub(crate) voxeliser: Voxeliser,
    pub(crate) poses: usize,
    pub(crate) cache: Option<Cache>,
    /// How many threads read files; 0: one per core.
    pub(crate) threads: usize,
}

impl Meshes {
    /// The grids of all poses of the mesh in a file.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub(crate) fn grids(&self, path: &Path) -> Result<Columns, String> {
        let (file, length) = check::open(path)?;
        if length > LONGEST {
            return Err(format!("expected a mesh of at most {LONGEST} bytes, found {length}"));
        }
        let text = check::bytes(file, length as usize)?;
        let make = || {
            let mesh = Mesh::from_off(&text)?;
            Ok((0..self.poses).flat_map(|pose| self.voxeliser.grid(&mesh, [pose, self.poses])).collect())
        };
        match &self.cache {
            Some(cache) => cache.grids(&text, &self.way(), self.poses, make),
            None => make(),
        }
    }

    /// The cache key: all settings that the grids depend on besides the mesh.
    fn way(&self) -> String {
        let Voxeliser { fill, margin } = self.voxeliser;
        let fill = match fill {
            Fill::Surface => "surface",
            Fill::Solid => "solid",
        };
        format!("{fill}-margin{margin}-poses{}", self.poses)
    }
}
