//! ModelNet10 as occupancy grids, from a folder.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::component::{Component, DatasetConfig, Kind};
use smash_core::dataset::{Augmentation, Dataset, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;
use smash_core::{Error, Result};

use self::grid::{EXTENT, Turn};
use self::objects::{Object, Objects, STORED};
use crate::check;

mod archive;
mod folder;
mod grid;
mod objects;

/// The classes; a label is an index into them.
const CLASSES: [&str; 10] =
    ["bathtub", "bed", "chair", "desk", "dresser", "monitor", "night_stand", "sofa", "table", "toilet"];

/// ModelNet10: furniture as 32×32×32 voxels `[x][y][z]`, z up, in 10 classes. Read from the folder
/// `ModelNet10/<class>/{train,test}/*.npy` of one uint8 grid an object, or from `modelnet10_rot24_train.npz` and
/// `modelnet10_rot24_test.npz`, which hold objects in 24 poses about z: `data` (N, 24, 32, 32, 32) and `labels`.
///
/// Training sees each object in a pose that is drawn anew each time; candidates are ranked by one pose of each validation
/// object; the test averages the log-probabilities of all poses of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ModelNet10Config {
    /// The folder with the class folders or the two .npz files, or one that holds the former as `ModelNet10`.
    pub path: PathBuf,
    /// Numbers for empty and occupied voxels.
    pub values: VoxelValues,
    /// Poses of an object, evenly around the vertical axis; a divisor of 24. Of an .npz file's 24 poses every second, by
    /// default; the grid of an .npy file is turned, to the nearest voxel.
    #[schemars(extend("enum" = [1, 2, 3, 4, 6, 8, 12, 24]))]
    pub poses: usize,
    /// Share of the training objects, of each class, that ranks architectures instead; drawn from the job's seed.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
    pub validation: f64,
    /// Random changes of a training object besides its pose; by default the horizontal axes are mirrored, each with
    /// probability 0.2, and every axis is shifted by −2 to 1 voxels. Naming one of its fields turns the other one off.
    pub augmentation: Augmentation,
}

/// How an occupancy v becomes a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoxelValues {
    /// 6·v − 1: −1 and 5.
    #[default]
    Scaled,
    /// v: 0 and 1.
    Binary,
}

impl VoxelValues {
    /// The numbers for empty and occupied.
    fn numbers(self) -> [f32; 2] {
        match self {
            Self::Scaled => [-1.0, 5.0],
            Self::Binary => [0.0, 1.0],
        }
    }
}

impl Default for ModelNet10Config {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            values: VoxelValues::default(),
            poses: STORED / 2,
            validation: 0.1,
            augmentation: Augmentation { mirror: 0.2, roll: [-2, 1], ..Augmentation::default() },
        }
    }
}

#[typetag::serde(name = "modelnet10")]
impl DatasetConfig for ModelNet10Config {
    fn open(&self) -> Result<Box<dyn Dataset>> {
        Ok(Box::new(ModelNet10::open(self)?))
    }
}

inventory::submit! {
    Component::new::<ModelNet10Config>(Kind::Dataset, "modelnet10", "ModelNet10 as 32³ voxels, from .npy or .npz files.")
}

/// The dataset of a [`ModelNet10Config`]. Holds the grids as bits, 4 KiB each; they become numbers when they are read.
#[derive(Clone, Debug)]
pub struct ModelNet10 {
    task: Task,
    objects: Objects,
    /// One for each pose that is not stored as a grid of its own.
    turns: Vec<Turn>,
    config: ModelNet10Config,
}

impl ModelNet10 {
    /// Reads all grids.
    ///
    /// # Errors
    /// [`Error::Invalid`] at a field of the configuration; [`Error::Data`] with the file that is missing or damaged.
    pub fn open(config: &ModelNet10Config) -> Result<Self> {
        check::path(&config.path, "a folder ModelNet10 or one of modelnet10_rot24_*.npz")?;
        if config.poses == 0 || !STORED.is_multiple_of(config.poses) {
            let message = format!("expected a divisor of {STORED}, found {}", config.poses);
            return Err(Error::invalid("/poses", message));
        }
        check::validation(config.validation)?;
        let objects = Objects::read(&config.path, config.poses)?;
        let turns = if objects.posed { 1 } else { config.poses };
        Ok(Self {
            task: Task { channels: 1, extents: vec![EXTENT; 3], classes: CLASSES.len() },
            objects,
            turns: (0..turns).map(|turn| Turn::new(turn, turns)).collect(),
            config: config.clone(),
        })
    }
}

impl Dataset for ModelNet10 {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        self.objects.list.len()
    }

    fn label(&self, index: usize) -> usize {
        self.objects.list[index].label
    }

    /// The poses take turns within each class.
    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        self.read_view(index, self.objects.list[index].number % self.config.poses, out)
    }

    fn views(&self) -> usize {
        self.config.poses
    }

    fn read_view(&self, index: usize, view: usize, out: &mut [f32]) -> Result<()> {
        let Object { grid, .. } = self.objects.list[index];
        let (grid, turn) = if self.objects.posed { (grid + view, 0) } else { (grid, view) };
        self.objects.grids.read(grid, &self.turns[turn], self.config.values.numbers(), out);
        Ok(())
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        let label = |index| self.label(index);
        let mut splits = Splits::stratified(0..self.objects.train, label, self.config.validation, 0.0, seed);
        splits.test = (self.objects.train..self.len()).collect();
        Ok(splits)
    }

    fn augmentation(&self) -> Augmentation {
        self.config.augmentation
    }
}

#[cfg(test)]
mod tests;
