#![forbid(unsafe_code)]
//! Datasets for SMASH: the values of `dataset` in a job.
//!
//! | type | what | where from |
//! |---|---|---|
//! | `digits` | 1,797 handwritten digits, 1×8×8, 10 classes | embedded |
//! | `cifar10` | photographs, 3×32×32, 10 classes | a folder in the binary format, or its .tar.gz |
//! | `cifar100` | photographs, 3×32×32, 100 or 20 classes | a folder in the binary format, or its .tar.gz |
//! | `stl10` | photographs, 3×96×96, 10 classes | a folder in the binary format |
//! | `idx` | MNIST and sets like it, 1×28×28 | a folder of four files, as they are or as .gz |
//! | `image_folder` | colour images, resized | PNG and JPEG files, a folder for each class |
//! | `imagenet32` | downsampled ImageNet, 3×32×32 (16, 64), 1,000 classes | .npz or pickled batches |
//! | `npz`, `safetensors` | any tensors | files with the arrays x and y |
//! | `modelnet10`, `modelnet40` | objects as voxels, 1×32³ | grids (.npy, .npz, .binvox) or meshes (.off) |
//!
//! [`Decoder`], [`ArrayFile`] and [`FoundFiles`] read files that belong to no dataset, to classify them.
//!
//! No loader downloads anything or reads an environment variable: the job names the folder.

mod array_file;
mod arrays;
mod check;
mod cifar;
mod cifar10;
mod cifar100;
mod class_names;
mod contents;
#[cfg(test)]
mod damage;
mod decoder;
mod digits;
mod elements;
mod examples;
mod found_files;
mod gzip;
mod idx;
mod image_folder;
mod imagenet32;
mod listing;
mod mesh;
mod modelnet;
mod modelnet10;
mod modelnet40;
mod npy;
mod npz;
mod pickle;
mod safetensors;
mod stl10;
mod stored;
mod voxels;

pub use array_file::ArrayFile;
pub use arrays::{ArraysConfig, Layout};
pub use cifar10::Cifar10Config;
pub use cifar100::{Cifar100Config, Cifar100Labels};
pub use decoder::{Decoded, Decoder};
pub use digits::{Digits, DigitsConfig};
pub use examples::Examples;
pub use found_files::FoundFiles;
pub use idx::IdxConfig;
pub use image_folder::ImageFolderConfig;
pub use imagenet32::ImageNet32Config;
pub use mesh::Fill;
pub use modelnet::{MeshesConfig, ModelNet, ModelNetConfig, VoxelValues};
pub use modelnet10::ModelNet10Config;
pub use modelnet40::ModelNet40Config;
pub use npz::NpzConfig;
pub use safetensors::SafetensorsConfig;
pub use stl10::Stl10Config;
pub use stored::Images;

#[cfg(test)]
mod tests {
    use smash_core::component::DatasetConfig;

    /// The examples in the documentation are valid configurations.
    #[test]
    fn examples_of_the_documentation_are_read() {
        let text = include_str!("../../../docs/datasets.md");
        let examples: Vec<&str> =
            text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(examples.len() >= 4);
        for example in examples {
            serde_json::from_str::<Box<dyn DatasetConfig>>(example).unwrap();
        }
    }
}
