//! Decodes files that belong to no dataset into examples, as a dataset decoded those that a model was trained
//! with.

use std::path::Path;

use smash_core::dataset::Decoding;
use smash_core::task::Task;
use smash_core::{Error, Result};

use crate::check::bad;
use crate::examples::Values;
use crate::image_folder::{folders, picture};
use crate::listing::Reason;
use crate::mesh::{Fill, Voxeliser};
use crate::modelnet::{Format, MARGIN, Meshes};
use crate::voxels::{COLUMNS, EXTENT, Grids, Turn, columns};

/// Limit on the height and the width of a model's pictures: a file that says more is damaged.
const LARGEST: usize = 1 << 14;

/// Limit on the poses of an object, in the same way.
const POSES: usize = 360;

/// How files become examples of a task: values before [`Normalise`](smash_core::dataset::Normalise).
#[derive(Debug)]
pub struct Decoder {
    task: Task,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Values,
    Image {
        size: [usize; 2],
        /// Lookup table: the value of each byte in each channel.
        bytes: Vec<[f32; 256]>,
    },
    Voxels {
        meshes: Meshes,
        range: [f32; 2],
        /// The rotation of each view.
        turns: Vec<Turn>,
    },
}

/// An example that was decoded, as small as it was stored.
#[derive(Clone, Debug)]
pub struct Decoded(Stored);

#[derive(Clone, Debug)]
enum Stored {
    Values(Vec<f32>),
    /// Channel planes.
    Bytes(Vec<u8>),
    /// One grid, or one for each view.
    Grids(Grids),
}

impl Decoder {
    /// A decoder for examples of a task, of which a test sees `views`.
    ///
    /// # Errors
    /// [`Error::Data`] for a decoding that does not fit the task, or is not known to this version.
    pub fn new(decoding: &Decoding, task: &Task, views: usize) -> Result<Self> {
        let unfit = |what: &str| Error::Data(format!("{what}, found the shape {:?}", task.dims()));
        let ends: &[[f32; 2]] = match decoding {
            Decoding::Values => &[],
            Decoding::Image { range, .. } => range,
            Decoding::Voxels { range, .. } => std::slice::from_ref(range),
        };
        if let Some(range) = ends.iter().find(|[low, high]| !(high - low).is_finite() || high == low) {
            return Err(Error::Data(format!("expected a range of two different numbers, found {range:?}")));
        }
        let kind = match decoding {
            Decoding::Values => Kind::Values,
            Decoding::Image { range, .. } => {
                let &[height, width] = &task.extents[..] else {
                    return Err(unfit("expected a height and a width of a model for pictures"));
                };
                if ![height, width].iter().all(|extent| (1..=LARGEST).contains(extent)) {
                    return Err(unfit(&format!("expected a height and a width of 1 to {LARGEST}")));
                }
                if range.len() != task.channels || ![1, 3].contains(&task.channels) {
                    return Err(unfit("expected one or three channels of a model for pictures"));
                }
                Kind::Image { size: [height, width], bytes: range.iter().map(values_of_bytes).collect() }
            }
            Decoding::Voxels { range, fill, margin } => {
                if task.channels != 1 || task.extents != [EXTENT; 3] {
                    return Err(unfit(&format!("expected {EXTENT}³ voxels of a model for voxels")));
                }
                if views > POSES {
                    return Err(Error::Data(format!("expected at most {POSES} poses, found {views}")));
                }
                let fill = Fill::named(fill).filter(|_| *margin <= MARGIN).ok_or_else(|| {
                    Error::Data(format!(
                        "expected meshes that are filled as \"solid\" or \"surface\" with a margin of at most {MARGIN}, \
                         found {fill:?} and {margin}"
                    ))
                })?;
                let (poses, voxeliser) = (views.max(1), Voxeliser { fill, margin: *margin });
                Kind::Voxels {
                    meshes: Meshes { voxeliser, poses, cache: None, threads: 1 },
                    range: *range,
                    turns: (0..poses).map(|pose| Turn::new(pose, poses)).collect(),
                }
            }
        };
        Ok(Self { task: task.clone(), kind })
    }

    /// Whether a file's name ends as those of files that hold one example each.
    pub fn reads(&self, file: &Path) -> bool {
        match self.kind {
            Kind::Values => false,
            Kind::Image { .. } => folders::is_read(file),
            Kind::Voxels { .. } => Format::of(file).is_some(),
        }
    }

    /// The files that hold one example each, in words; `None` where none do.
    pub fn files(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Values => None,
            Kind::Image { .. } => Some(".png or .jpg images"),
            Kind::Voxels { .. } => Some(".npy, .npz, .binvox or .off files of one object each"),
        }
    }

    /// Number of views of an example: the log-probabilities of a test are averaged over them.
    pub fn views(&self, example: &Decoded) -> usize {
        match (&self.kind, &example.0) {
            (Kind::Voxels { turns, .. }, Stored::Grids(_)) => turns.len(),
            _ => 1,
        }
    }

    /// Decodes a file of one example.
    ///
    /// # Errors
    /// [`Error::Data`] with the file, what was expected and what its bytes are.
    pub fn decode(&self, file: &Path) -> Result<Decoded> {
        let decoded = match &self.kind {
            Kind::Values => {
                Err("expected an array or a list of examples: the model knows no other files".into())
            }
            Kind::Image { size, .. } => picture::read(file, *size, self.task.channels).map(Stored::Bytes),
            Kind::Voxels { meshes, .. } => match Format::of(file) {
                Some(format) => format.grids(file, meshes).and_then(|grids| stored_grids(&grids)),
                None => Err("expected a file that ends in .npy, .npz, .binvox or .off, of one object".into()),
            },
        };
        decoded.map(Decoded).map_err(|problem| bad(file, problem))
    }

    /// An example of values as the network sees them, `[channels, extents…]`.
    pub fn values(values: Vec<f32>) -> Decoded {
        Decoded(Stored::Values(values))
    }

    /// An example of values as they are stored, `[channels, extents…]`: 0 (black) to 1 (white) of a picture,
    /// 0 and 1 of voxels, and else the values themselves.
    ///
    /// # Errors
    /// What was expected of voxels and what was found.
    pub fn stored(&self, values: Vec<f32>) -> Result<Decoded, String> {
        self.array(Values::Floats(values))
    }

    /// An example of bytes, `[channels, extents…]`: 0 to 255 of a picture, 0 and 1 of voxels.
    ///
    /// # Errors
    /// As [`stored`](Self::stored).
    pub fn bytes(&self, values: Vec<u8>) -> Result<Decoded, String> {
        self.array(Values::Bytes(values))
    }

    /// An example of an array, `[channels, extents…]`. Bytes stand for 0 to 1, except as voxels.
    ///
    /// # Errors
    /// What was expected of voxels and what was found.
    pub(crate) fn array(&self, values: Values) -> Result<Decoded, String> {
        let stored = match (&self.kind, values) {
            (Kind::Voxels { .. }, Values::Bytes(bytes)) => stored_grids(&columns(&bytes)?)?,
            (Kind::Voxels { .. }, Values::Floats(floats)) => {
                let voxel = |value: f32| {
                    if value == 0.0 {
                        0
                    } else if value == 1.0 {
                        1
                    } else {
                        2
                    }
                };
                stored_grids(&columns(&floats.into_iter().map(voxel).collect::<Vec<_>>())?)?
            }
            (Kind::Image { bytes, .. }, Values::Floats(mut floats)) => {
                let plane = (floats.len() / bytes.len().max(1)).max(1);
                for (floats, table) in floats.chunks_exact_mut(plane).zip(bytes) {
                    let range = [table[0], table[255]];
                    floats.iter_mut().for_each(|value| *value = between(range, f64::from(*value)));
                }
                Stored::Values(floats)
            }
            (_, Values::Bytes(bytes)) => Stored::Bytes(bytes),
            (_, Values::Floats(floats)) => Stored::Values(floats),
        };
        Ok(Decoded(stored))
    }

    /// Writes one view of an example, `[channels, extents…]`; where it has one, all are the same.
    pub fn read(&self, example: &Decoded, view: usize, out: &mut [f32]) {
        match (&example.0, &self.kind) {
            (Stored::Values(values), _) => {
                out.iter_mut().zip(values).for_each(|(out, value)| *out = *value);
            }
            (Stored::Bytes(pixels), Kind::Image { bytes, .. }) => {
                let plane = (out.len() / bytes.len().max(1)).max(1);
                let planes = out.chunks_exact_mut(plane).zip(pixels.chunks_exact(plane));
                for ((out, from), table) in planes.zip(bytes) {
                    out.iter_mut().zip(from).for_each(|(out, &byte)| *out = table[usize::from(byte)]);
                }
            }
            (Stored::Bytes(bytes), _) => {
                out.iter_mut().zip(bytes).for_each(|(out, &byte)| *out = f32::from(byte) / 255.0);
            }
            (Stored::Grids(grids), Kind::Voxels { turns, range, .. }) => {
                let (grid, turn) = if grids.len() > 1 { (view % grids.len(), 0) } else { (0, view) };
                grids.read(grid, &turns[turn % turns.len()], *range, out);
            }
            (Stored::Grids(_), _) => out.fill(0.0),
        }
    }

    /// The shape of the examples.
    pub(crate) fn task(&self) -> &Task {
        &self.task
    }

    /// Why a file of another kind is passed over.
    pub(crate) fn reason(&self, file: &Path) -> Reason {
        match self.kind {
            Kind::Image { .. } => folders::other_format(file),
            _ => Reason::Other,
        }
    }
}

fn stored_grids(columns: &[u32]) -> Result<Stored, String> {
    debug_assert!(columns.len().is_multiple_of(COLUMNS));
    let mut grids = Grids::default();
    grids.push(columns)?;
    Ok(Stored::Grids(grids))
}

/// The value of each byte, of which 0 is black and 255 is white.
fn values_of_bytes(range: &[f32; 2]) -> [f32; 256] {
    std::array::from_fn(|byte| between(*range, byte as f64 / 255.0))
}

/// The value at a share of the way from black to white.
fn between(range: [f32; 2], share: f64) -> f32 {
    let [black, white] = range.map(f64::from);
    (black + share * (white - black)) as f32
}

#[cfg(test)]
mod tests;
