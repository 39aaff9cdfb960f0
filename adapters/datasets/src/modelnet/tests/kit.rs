//! Synthetic grids in both forms: class folders and archives.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::modelnet::*;
use crate::modelnet10::SET;
use crate::voxels::VOXELS;

/// The names of the archives.
pub(super) const NAMES: [&str; 2] = ["modelnet10_rot24_train.npz", "modelnet10_rot24_test.npz"];

/// The classes of ModelNet10.
pub(super) const SET10: &[&str] = SET.classes;

/// A .npy file.
pub(super) fn npy(dtype: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (text.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes(), values].concat()
}

/// Writes an .npz file of these arrays.
pub(super) fn npz(path: &Path, arrays: &[(&str, &[u8])]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in arrays {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// A grid with these voxels occupied.
pub(super) fn grid(occupied: &[[usize; 3]]) -> Vec<u8> {
    let mut voxels = vec![0; VOXELS];
    occupied.iter().for_each(|[x, y, z]| voxels[(x * EXTENT + y) * EXTENT + z] = 1);
    voxels
}

/// A folder with `train` and `test` grids of each class; grid number n of class c has the voxel [c][n][3].
pub(super) fn folder(at: &Path, train: usize, test: usize) {
    for (label, class) in SET10.iter().enumerate() {
        for (part, count) in [("train", train), ("test", test)] {
            let part = at.join(class).join(part);
            fs::create_dir_all(&part).unwrap();
            for number in 0..count {
                let file = npy("|u1", "(32, 32, 32)", &grid(&[[label, number, 3]]));
                fs::write(part.join(format!("{class}_{number:04}.npy")), file).unwrap();
            }
        }
    }
}

/// Labels of `each` objects per class, class after class.
pub(super) fn labels(each: usize) -> Vec<u8> {
    let numbers = (0..10 * each as u64).flat_map(|object| (object / each as u64).to_le_bytes());
    npy("<i8", &format!("({},)", 10 * each), &numbers.collect::<Vec<_>>())
}

/// The grids of [`labels`]: pose p of object number n of class c has the voxel [c][n][p].
pub(super) fn data(each: usize) -> Vec<u8> {
    let poses = (0..10 * each).flat_map(|o| (0..STORED).map(move |p| grid(&[[o / each, o % each, p]])));
    npy("|u1", &format!("({}, 24, 32, 32, 32)", 10 * each), &poses.flatten().collect::<Vec<_>>())
}

/// Archives with `train` and `test` objects of each class.
pub(super) fn archives(at: &Path, train: usize, test: usize) {
    for (name, each) in NAMES.iter().zip([train, test]) {
        npz(&at.join(name), &[("data.npy", &data(each)), ("labels.npy", &labels(each))]);
    }
}

pub(super) fn config(folder: &Path) -> ModelNetConfig {
    ModelNetConfig { path: folder.to_path_buf(), ..ModelNetConfig::default() }
}

pub(super) fn open(config: &ModelNetConfig) -> Result<ModelNet> {
    ModelNet::open(&SET, config)
}

/// The occupied voxels of an example.
pub(super) fn occupied(dataset: &ModelNet, index: usize, view: Option<usize>) -> Vec<[usize; 3]> {
    let mut out = vec![0.0; VOXELS];
    match view {
        Some(view) => dataset.read_view(index, view, &mut out),
        None => dataset.read(index, &mut out),
    }
    .unwrap();
    let [empty, full] = dataset.config.values.numbers();
    assert!(out.iter().all(|&value| value == empty || value == full));
    let at = |index: usize| [index / EXTENT / EXTENT, index / EXTENT % EXTENT, index % EXTENT];
    (0..VOXELS).filter(|&index| out[index] == full).map(at).collect()
}

/// The error of a sample after `change`, without its folder.
pub(super) fn error(make: impl Fn(&Path), change: impl Fn(&Path)) -> String {
    let folder = TempDir::new().unwrap();
    make(folder.path());
    change(folder.path());
    let error = open(&config(folder.path())).unwrap_err();
    assert!(matches!(error, Error::Data(_)), "{error:?}");
    let text = error.to_string();
    let place = folder.path().display().to_string();
    assert!(text.contains(&place), "{text} does not name {place}");
    text.replace(&place, "DIR")
}
