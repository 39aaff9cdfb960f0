//! ModelNet10 and ModelNet40 as voxel grids (occupancy), from folders of grids or meshes.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smash_core::dataset::{Augmentation, Dataset, Decoding, Splits};
use smash_core::random::Seed;
use smash_core::task::Task;
use smash_core::{Error, Result};

pub(crate) use self::folder::Format;
pub(crate) use self::meshes::Meshes;
use self::objects::{Object, Objects, STORED};
use crate::check::{self, bad};
use crate::mesh::{Cache, Fill, Voxeliser};
use crate::voxels::{EXTENT, Turn};

mod archive;
mod binvox;
mod folder;
mod meshes;
mod objects;

/// Largest margin around a mesh: a quarter of the grid on either side.
pub(crate) const MARGIN: usize = 8;

/// The description of one of the two sets.
#[derive(Debug)]
pub(crate) struct Set {
    /// Name of the folder in the mesh archive.
    pub(crate) name: &'static str,
    /// Name prefix of the archives of posed grids.
    pub(crate) stem: &'static str,
    /// The classes, by the names of their folders; a label is an index into them.
    pub(crate) classes: &'static [&'static str],
}

/// Objects as 32×32×32 voxels `[x][y][z]`, z up. Read from folders `<class>/{train,test}` with a file for
/// each object: a grid as `.npy`, `.npz` or `.binvox`, or a mesh as `.off`. Or from two archives
/// `…_rot24_train.npz` and `…_rot24_test.npz`, which hold objects in 24 poses about z: `data` (N, 24, 32, 32,
/// 32) and `labels`.
///
/// Training sees each object in a pose that is drawn anew each time (rotation augmentation); candidates are
/// ranked by one pose of each validation object; the test averages the log-probabilities of all poses of an
/// object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct ModelNetConfig {
    /// The folder with the class folders or the two archives, or one that holds the former as `ModelNet10` or
    /// `ModelNet40`. Where class folders hold files of several kinds, the first of .npy, .npz, .binvox and
    /// .off is read.
    pub path: PathBuf,
    /// Network input values of empty and occupied voxels.
    pub values: VoxelValues,
    /// Number of poses of an object, evenly around the vertical axis; a divisor of 24. A mesh is rotated
    /// before voxelisation; of an archive's 24 poses every n-th is taken, every second by default; a grid is
    /// rotated to the nearest voxel.
    #[schemars(extend("enum" = [1, 2, 3, 4, 6, 8, 12, 24]))]
    pub poses: usize,
    /// Voxelisation of meshes.
    pub meshes: MeshesConfig,
    /// Validation split: share of the training objects of each class that rank architectures instead of
    /// training; drawn from the job's seed.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 0.5))]
    pub validation: f64,
    /// Augmentation of a training object besides its pose; by default the horizontal axes are mirrored, each
    /// with probability 0.2, and every axis is shifted by −2 to 1 voxels. Naming one of its fields turns the
    /// other one off.
    pub augmentation: Augmentation,
}

/// Voxelisation of meshes: each pose is scaled so that its longest side fills the grid, and centred in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MeshesConfig {
    /// Which voxels are occupied.
    pub fill: Fill,
    /// Margin of empty voxels on either side of the longest side, up to 8.
    #[schemars(range(max = 8))]
    pub margin: usize,
    /// A cache folder for voxelised meshes, so that each mesh is voxelised once. Without it nothing is
    /// cached.
    pub cache: Option<PathBuf>,
}

/// The network input value of an occupancy v.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VoxelValues {
    /// 6·v − 1: −1 for empty and 5 for occupied voxels.
    #[default]
    Scaled,
    /// v: 0 for empty and 1 for occupied voxels.
    Binary,
}

impl VoxelValues {
    /// The input values of empty and occupied voxels.
    fn numbers(self) -> [f32; 2] {
        match self {
            Self::Scaled => [-1.0, 5.0],
            Self::Binary => [0.0, 1.0],
        }
    }
}

impl Default for ModelNetConfig {
    fn default() -> Self {
        Self {
            path: PathBuf::new(),
            values: VoxelValues::default(),
            poses: STORED / 2,
            meshes: MeshesConfig::default(),
            validation: 0.1,
            augmentation: Augmentation { mirror: 0.2, roll: [-2, 1], ..Augmentation::default() },
        }
    }
}

impl Default for MeshesConfig {
    fn default() -> Self {
        Self { fill: Fill::default(), margin: 1, cache: None }
    }
}

/// The dataset of a [`ModelNetConfig`]. Holds the grids as bits, 4 KiB each; they are converted to numbers
/// when they are read.
#[derive(Clone, Debug)]
pub struct ModelNet {
    task: Task,
    objects: Objects,
    /// The rotations for poses that are not stored as a grid of their own.
    turns: Vec<Turn>,
    config: ModelNetConfig,
    class_names: Vec<String>,
    notes: Vec<String>,
}

impl ModelNet {
    /// Reads all grids.
    ///
    /// # Errors
    /// [`Error::Invalid`] at a field of the configuration; [`Error::Data`] with the file that is missing or
    /// damaged.
    pub(crate) fn open(set: &'static Set, config: &ModelNetConfig) -> Result<Self> {
        Self::open_with(set, config, 0)
    }

    /// As [`open`](Self::open), on that many threads; 0: one per core.
    fn open_with(set: &'static Set, config: &ModelNetConfig, threads: usize) -> Result<Self> {
        check::path(&config.path, &format!("a folder {} or one of {}_rot24_*.npz", set.name, set.stem))?;
        if config.poses == 0 || !STORED.is_multiple_of(config.poses) {
            let message = format!("expected a divisor of {STORED}, found {}", config.poses);
            return Err(Error::invalid("/poses", message));
        }
        check::validation(config.validation)?;
        let objects = Objects::read(set, &config.path, &config.meshes(threads)?)?;
        let turns = if objects.posed { 1 } else { config.poses };
        Ok(Self {
            task: Task { channels: 1, extents: vec![EXTENT; 3], classes: set.classes.len() },
            class_names: set.classes.iter().map(|&class| class.to_owned()).collect(),
            notes: objects.passed.note().into_iter().collect(),
            objects,
            turns: (0..turns).map(|turn| Turn::new(turn, turns)).collect(),
            config: config.clone(),
        })
    }
}

impl ModelNetConfig {
    fn meshes(&self, threads: usize) -> Result<Meshes> {
        let MeshesConfig { fill, margin, ref cache } = self.meshes;
        if margin > MARGIN {
            return Err(Error::invalid(
                "/meshes/margin",
                format!("expected at most {MARGIN}, found {margin}"),
            ));
        }
        let open = |folder: &Path| Cache::new(folder.into()).map_err(|problem| bad(folder, problem));
        let cache = cache.as_deref().map(open).transpose()?;
        Ok(Meshes { voxeliser: Voxeliser { fill, margin }, poses: self.poses, cache, threads })
    }
}

impl Dataset for ModelNet {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        self.objects.list.len()
    }

    fn label(&self, index: usize) -> usize {
        self.objects.list[index].label
    }

    /// The pose is the same at every call; the poses alternate within each class.
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

    fn class_names(&self) -> Option<&[String]> {
        Some(&self.class_names)
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn shown_range(&self) -> Option<Vec<[f32; 2]>> {
        Some(vec![self.config.values.numbers()])
    }

    fn decoding(&self) -> Decoding {
        let MeshesConfig { fill, margin, .. } = self.config.meshes;
        Decoding::Voxels { range: self.config.values.numbers(), fill: fill.name().to_owned(), margin }
    }

    fn augmentation(&self) -> Augmentation {
        self.config.augmentation
    }
}

#[cfg(test)]
mod tests;
