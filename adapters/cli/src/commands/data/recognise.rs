//! Recognises the kind of a dataset by the files in a folder, or by a file's first bytes (magic number).

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use smash_core::component::Kind;
use smash_plugin::Registry;

use crate::error::{Error, Result};

/// How to recognise one kind of dataset.
struct Signature {
    id: &'static str,
    looks: &'static str,
    is: fn(&Path) -> bool,
}

/// The kinds, the more specific ones first.
const SIGNATURES: &[Signature] = &[
    Signature {
        id: "cifar10",
        looks: "a folder with data_batch_1.bin, or with cifar-10-batches-bin, or the .tar.gz of it",
        is: |path| {
            has(path, &["data_batch_1.bin"])
                || has(path, &["cifar-10-batches-bin"])
                || is_archive_of(path, "cifar-10-batches-bin")
        },
    },
    Signature {
        id: "cifar100",
        looks: "a folder with train.bin and test.bin, or with cifar-100-binary, or the .tar.gz of it",
        is: |path| {
            has(path, &["train.bin", "test.bin"])
                || has(path, &["cifar-100-binary"])
                || is_archive_of(path, "cifar-100-binary")
        },
    },
    Signature {
        id: "stl10",
        looks: "a folder with train_X.bin, or with stl10_binary",
        is: |path| has(path, &["train_X.bin"]) || has(path, &["stl10_binary"]),
    },
    Signature {
        id: "idx",
        looks: "a folder with train-images-idx3-ubyte or train-images.idx3-ubyte, as it is or as .gz",
        is: |path| {
            let is_images = |name: &String| {
                let name = name.to_lowercase();
                name.starts_with("train-images") && name.contains("idx3-ubyte")
            };
            path.is_dir() && names(path).iter().any(is_images)
        },
    },
    Signature {
        id: "modelnet40",
        looks: "a folder with airplane/train and xbox/train, or with ModelNet40",
        is: |path| has(path, &["airplane/train", "xbox/train"]) || has(path, &["ModelNet40"]),
    },
    Signature {
        id: "modelnet10",
        looks: "a folder with bathtub/train and toilet/train, with ModelNet10, or with modelnet10_rot24_train.npz",
        is: |path| {
            has(path, &["bathtub/train", "toilet/train"])
                || has(path, &["ModelNet10"])
                || has(path, &["modelnet10_rot24_train.npz"])
        },
    },
    Signature {
        id: "imagenet32",
        looks: "a folder with train_data_batch_1, as it is or as .npz, with Imagenet32_train, or with imagenet32_train.npz",
        is: |path| {
            let names =
                ["train_data_batch_1", "train_data_batch_1.npz", "Imagenet32_train", "imagenet32_train.npz"];
            names.iter().any(|name| has(path, &[name]))
        },
    },
    Signature {
        id: "npz",
        looks: "an .npz file with the arrays x and y",
        is: |path| begins(path, b"PK\x03\x04"),
    },
    Signature {
        id: "safetensors",
        looks: "a .safetensors file with the tensors x and y",
        is: |path| first(path).is_some_and(|bytes| bytes[8] == b'{'),
    },
    Signature {
        id: "image_folder",
        looks: "a folder with a folder of PNG or JPEG files for each class, or with train and test that are such folders",
        is: |path| {
            let is_train = |name: &String| ["train", "training"].contains(&name.to_lowercase().as_str());
            let train = names(path).into_iter().find(is_train).map(|name| path.join(name));
            let train = train.filter(|train| classes_of_images(train) >= 2);
            train.is_some() || classes_of_images(path) >= 2
        },
    },
];

/// The configuration of the dataset at a path, if its kind is registered.
pub(crate) fn recognise(registry: &Registry, path: &Path) -> Result<Value> {
    // Also distinguishes a path that does not exist from one with unknown contents.
    let meta = fs::metadata(path).map_err(|error| Error::reading(path, &error))?;
    let known = |look: &&Signature| registry.components().any(|e| e.kind == Kind::Dataset && e.id == look.id);
    let looks: Vec<&Signature> = SIGNATURES.iter().filter(known).collect();
    if let Some(look) = looks.iter().find(|look| (look.is)(path)) {
        return Ok(json!({"type": look.id, "path": path.to_string_lossy()}));
    }
    let found = if meta.is_dir() { contents(path) } else { "a file of another kind".to_owned() };
    let looks: Vec<String> = looks.iter().map(|look| format!("\n{}: {}", look.id, look.looks)).collect();
    Err(Error::Data(format!(
        "{}: expected a dataset, found {found}; looked for{}",
        path.display(),
        looks.concat()
    )))
}

fn has(folder: &Path, names: &[&str]) -> bool {
    names.iter().all(|name| folder.join(name).exists())
}

/// The first bytes of a file, if it has that many.
fn first(path: &Path) -> Option<[u8; 9]> {
    let mut bytes = [0; 9];
    File::open(path).and_then(|mut file| file.read_exact(&mut bytes)).ok().map(|()| bytes)
}

fn begins(path: &Path, magic: &[u8]) -> bool {
    first(path).is_some_and(|bytes| bytes.starts_with(magic))
}

/// Blocks of an archive, of 512 bytes, in which its first entry with a name of its own is looked for.
const BLOCKS: usize = 16;

/// Whether the file is a .tar.gz or .tar one of whose first entries lies in a folder of this name.
fn is_archive_of(path: &Path, folder: &str) -> bool {
    let Ok(mut file) = File::open(path) else { return false };
    let mut start = vec![0; 512 * BLOCKS];
    let read = if begins(path, &[0x1f, 0x8b]) {
        fill(&mut GzDecoder::new(file), &mut start)
    } else {
        fill(&mut file, &mut start)
    };
    let inside = [format!("{folder}/"), format!("./{folder}/")];
    start[..read].chunks(512).any(|block| inside.iter().any(|name| block.starts_with(name.as_bytes())))
}

/// Reads as much as there is and fits; returns how much.
fn fill(reader: &mut impl Read, out: &mut [u8]) -> usize {
    let mut filled = 0;
    while filled < out.len() {
        match reader.read(&mut out[filled..]) {
            Ok(read) if read > 0 => filled += read,
            _ => break,
        }
    }
    filled
}

/// Names in a folder, sorted, without hidden ones.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort_unstable();
    names
}

fn contents(folder: &Path) -> String {
    match &names(folder)[..] {
        [] => "an empty folder".to_owned(),
        names => {
            let more = if names.len() > 5 { ", …" } else { "" };
            format!("a folder with {}{more}", names[..names.len().min(5)].join(", "))
        }
    }
}

/// The number of subfolders that hold images.
fn classes_of_images(folder: &Path) -> usize {
    let is_image = |name: &String| {
        let name = name.to_lowercase();
        [".png", ".jpg", ".jpeg", ".jpe", ".jfif"].iter().any(|ending| name.ends_with(ending))
    };
    let folders = names(folder).into_iter().map(|name| folder.join(name)).filter(|path| path.is_dir());
    folders.filter(|path| names(path).iter().any(is_image)).count()
}
