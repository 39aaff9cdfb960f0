//! How much memory CIFAR-10 takes while it is read: a file of its own, so that no other test runs in the process.
#![cfg(target_os = "linux")]

use std::fs;

use smash_core::dataset::Dataset;
use smash_datasets::Cifar10Config;

/// Most bytes of memory that the process has had so far.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn a_set_is_held_once() {
    const COUNT: usize = 8000;
    let folder = tempfile::tempdir().unwrap();
    let names = (1..=5).map(|n| format!("data_batch_{n}.bin")).chain(["test_batch.bin".into()]);
    for name in names {
        let file = std::fs::File::create(folder.path().join(name)).unwrap();
        // Zeros: of the label 0, and black.
        file.set_len(COUNT as u64 * 3073).unwrap();
    }
    let before = peak();
    let config = Cifar10Config { path: folder.path().to_path_buf(), ..Cifar10Config::default() };
    let images = config.read().unwrap();
    assert_eq!(images.len(), 6 * COUNT);
    let (grown, size) = (peak() - before, images.len() as u64 * 3073);
    println!("{} MiB of images took {} MiB of memory", size >> 20, grown >> 20);
    assert!(grown * 10 < size * 11, "{grown} bytes for images of {size}");
}
