//! How much memory a large archive takes: a file of its own, so that no other test runs in the process.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::Write;

use smash_core::dataset::Dataset;
use smash_datasets::ImageNet32Config;
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
fn a_stored_archive_stays_on_disk() {
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
    println!("{} MiB of images took {} KiB of memory", size >> 20, grown >> 10);
    assert!(grown < size / 20, "{grown} bytes for images of {size}");
}
