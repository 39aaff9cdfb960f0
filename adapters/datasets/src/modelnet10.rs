//! ModelNet10: furniture of ten kinds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::Dataset;

use crate::modelnet::{ModelNet, ModelNetConfig, Set};

pub(crate) const SET: Set = Set {
    name: "ModelNet10",
    stem: "modelnet10",
    classes: &[
        "bathtub",
        "bed",
        "chair",
        "desk",
        "dresser",
        "monitor",
        "night_stand",
        "sofa",
        "table",
        "toilet",
    ],
};

/// ModelNet10: furniture in 10 classes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ModelNet10Config(pub ModelNetConfig);

impl ModelNet10Config {
    /// Reads all grids, or voxelises the meshes.
    ///
    /// # Errors
    /// [`Error::Invalid`](smash_core::Error::Invalid) at a field; [`Error::Data`](smash_core::Error::Data)
    /// with the file that is missing or damaged.
    pub fn read(&self) -> Result<ModelNet> {
        ModelNet::open(&SET, &self.0)
    }
}

#[typetag::serde(name = "modelnet10")]
impl DatasetConfig for ModelNet10Config {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(self.read()?))
    }
}

inventory::submit! {
    Component::new::<ModelNet10Config>(Kind::Dataset, "modelnet10", "ModelNet10 as 32³ voxels, from .npy, .npz or .binvox grids or .off meshes.")
}
