//! How much memory large sets take: a single test in a file of its own, so that nothing else runs in the
//! process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not the helpers beside them")]

use std::fs::{self, File};
use std::io::Write;

use smash_core::dataset::Dataset;
use smash_datasets::{Cifar10Config, ImageNet32Config};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Most bytes of memory that the process has had so far.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

fn npy(dtype: &str, shape: &str) -> Vec<u8> {
    let text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat()
}

/// Images as an archive that is not compressed; image n has the label and the byte n % 200.
fn archive(path: &std::path::Path, count: usize) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("data.npy", options).unwrap();
    zip.write_all(&npy("|u1", &format!("({count}, 3072)"))).unwrap();
    (0..count).for_each(|n| zip.write_all(&[(n % 200) as u8; 3072]).unwrap());
    zip.start_file("labels.npy", options).unwrap();
    zip.write_all(&npy("|u1", &format!("({count},)"))).unwrap();
    zip.write_all(&(0..count).map(|n| (n % 200) as u8).collect::<Vec<_>>()).unwrap();
    zip.finish().unwrap();
}

#[test]
fn sets_take_no_more_memory_than_they_must() {
    // A peak stays: the smaller one comes first.
    stored_images();
    resident_images();
}

/// An archive that is not compressed stays in its file.
fn stored_images() {
    const COUNT: usize = 65_536;
    let folder = tempfile::tempdir().unwrap();
    archive(&folder.path().join("imagenet32_train.npz"), COUNT);
    archive(&folder.path().join("imagenet32_val.npz"), 400);
    let before = peak();
    let config = ImageNet32Config { path: folder.path().to_path_buf(), ..ImageNet32Config::default() };
    let images = config.read().unwrap();
    let mut out = vec![0.0; 3072];
    let mut last = f32::NEG_INFINITY;
    for index in 0..COUNT {
        images.read(index, &mut out).unwrap();
        assert!(index % 200 == 0 || out[0] > last, "{index}");
        last = out[0];
    }
    let grown = peak() - before;
    let size = COUNT as u64 * 3072;
    assert!(grown < size / 20, "{grown} bytes for images of {size}");
}

/// Files that must be in memory are there once.
fn resident_images() {
    const COUNT: usize = 8000;
    let folder = tempfile::tempdir().unwrap();
    let names = (1..=5).map(|n| format!("data_batch_{n}.bin")).chain(["test_batch.bin".into()]);
    for name in names {
        let file = File::create(folder.path().join(name)).unwrap();
        // Zeros: of the label 0, and black.
        file.set_len(COUNT as u64 * 3073).unwrap();
    }
    let before = peak();
    let config = Cifar10Config { path: folder.path().to_path_buf(), ..Cifar10Config::default() };
    let images = config.read().unwrap();
    assert_eq!(images.len(), 6 * COUNT);
    let (grown, size) = (peak() - before, images.len() as u64 * 3073);
    assert!(grown * 10 < size * 11, "{grown} bytes for images of {size}");
}
