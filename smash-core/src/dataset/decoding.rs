//! How a file of a user becomes an example.

use serde::{Deserialize, Serialize};

/// How files become the values that [`Dataset::read`](super::Dataset::read) gives, before
/// [`Normalise`](super::Normalise): what whoever classifies new files must do as the dataset did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Decoding {
    /// The values themselves, as arrays: no kind of file is known.
    #[default]
    Values,
    /// A picture, resized to the extents of the task: height and width.
    Image {
        /// The values of black and white, for each channel: one of grey, or red, green and blue.
        range: Vec<[f32; 2]>,
        /// How it is resized.
        resize: Resize,
    },
    /// A voxel grid, or a mesh that becomes one.
    Voxels {
        /// The values of empty and of occupied voxels.
        range: [f32; 2],
        /// Which voxels of a mesh are occupied, in the words of its dataset.
        fill: String,
        /// Empty voxels on either side of the longest side of a mesh.
        margin: usize,
    },
}

/// How pictures of other sizes are resized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resize {
    /// Both sides independently, with a triangle filter whose support grows with the scale where a picture is
    /// shrunk (antialiased): what Pillow calls `BILINEAR`.
    #[default]
    Triangle,
}
