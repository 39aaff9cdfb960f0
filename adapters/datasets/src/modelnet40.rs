//! ModelNet40: objects of forty kinds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::Result;
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::Dataset;

use crate::modelnet::{ModelNet, ModelNetConfig, Set};

pub(crate) const SET: Set = Set {
    name: "ModelNet40",
    stem: "modelnet40",
    classes: &[
        "airplane",
        "bathtub",
        "bed",
        "bench",
        "bookshelf",
        "bottle",
        "bowl",
        "car",
        "chair",
        "cone",
        "cup",
        "curtain",
        "desk",
        "door",
        "dresser",
        "flower_pot",
        "glass_box",
        "guitar",
        "keyboard",
        "lamp",
        "laptop",
        "mantel",
        "monitor",
        "night_stand",
        "person",
        "piano",
        "plant",
        "radio",
        "range_hood",
        "sink",
        "sofa",
        "stairs",
        "stool",
        "table",
        "tent",
        "toilet",
        "tv_stand",
        "vase",
        "wardrobe",
        "xbox",
    ],
};

/// ModelNet40: everyday objects in 40 classes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ModelNet40Config(pub ModelNetConfig);

impl ModelNet40Config {
    /// Reads all grids, or voxelises the meshes.
    ///
    /// # Errors
    /// [`Error::Invalid`](smash_core::Error::Invalid) at a field; [`Error::Data`](smash_core::Error::Data)
    /// with the file that is missing or damaged.
    pub fn read(&self) -> Result<ModelNet> {
        ModelNet::open(&SET, &self.0)
    }
}

#[typetag::serde(name = "modelnet40")]
impl DatasetConfig for ModelNet40Config {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(self.read()?))
    }
}

inventory::submit! {
    Component::new::<ModelNet40Config>(Kind::Dataset, "modelnet40", "ModelNet40 as 32³ voxels, from .npy, .npz or .binvox grids or .off meshes.")
}
