//! Data loading rate of datasets, compared with the training rate of the fastest of some `tiny` networks:
//! `cargo run --release -p smash-bench --example feed_rate`, with `SMASH_DATA` set for CIFAR-10 and
//! ModelNet10.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a command for people")]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use smash_backend_native::NativeConfig;
use smash_bench::THREADS;
use smash_core::Result;
use smash_core::backend::{Backend, Feed, Mode, Optimizer, StepGroup};
use smash_core::component::{DatasetConfig, SpaceConfig};
use smash_core::dataset::{Data, Order};
use smash_core::random::Seed;
use smash_core::space;
use smash_core::tensor::Tensor;
use smash_core::train::{Classifier, Recipe, initialize, weights};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};
// Components register themselves when their package is linked.
use {smash_datasets as _, smash_search_spaces as _};

/// Batch size.
const BATCH: usize = 50;
/// Number of networks that are timed.
const NETWORKS: u64 = 8;
/// Duration of each measurement.
const LONG: Duration = Duration::from_secs(1);

fn main() -> Result<()> {
    let made = tempfile::tempdir().unwrap();
    let (npz, images) = (made.path().join("data.npz"), made.path().join("images"));
    write_npz(&npz, 10_000);
    write_images(&images, 500);
    let mut configs = vec![
        json!({"type": "digits"}),
        json!({"type": "npz", "path": npz, "augmentation": {"crop_padding": 4, "flip": true}}),
        json!({"type": "npz", "path": npz, "augmentation": {"crop_padding": 4, "flip": true, "cutout": 16}}),
        json!({"type": "image_folder", "path": images}),
    ];
    match std::env::var_os("SMASH_DATA").map(PathBuf::from) {
        None => {
            println!("without cifar10 and modelnet10: SMASH_DATA is not set to a folder that holds both\n")
        }
        Some(data) => {
            configs.push(json!({"type": "cifar10", "path": data.join("cifar10")}));
            configs.push(json!({"type": "modelnet10", "path": data.join("modelnet10/rot24-sub")}));
        }
    }
    println!("{THREADS} threads train, one reads; batches of {BATCH}\n");
    println!(
        "| dataset | shape | opened in | reads, examples/s | `tiny` takes at most, examples/s | times as fast |"
    );
    println!("|---|---|---|---|---|---|");
    for config in configs {
        let clock = Instant::now();
        let dataset: Box<dyn DatasetConfig> = serde_json::from_value(config.clone()).unwrap();
        let data = Data::new(dataset.open()?, Seed::new(0))?;
        let opened = clock.elapsed().as_secs_f64();
        let (read, taken) = (read(&data)?, taken(&data)?);
        let cutout = if config.pointer("/augmentation/cutout").is_some() { ", cutout" } else { "" };
        println!(
            "| {}{cutout} | {:?} | {opened:.2} s | {read:.0} | {taken:.0} | {:.0} |",
            config["type"].as_str().unwrap(),
            data.task().dims(),
            read / taken
        );
    }
    Ok(())
}

/// Data loading rate: augmented examples that one thread prepares per second.
fn read(data: &Data) -> Result<f64> {
    let mut order = Order::new(&[&data.splits().train], BATCH, Seed::new(0));
    let (clock, mut count) = (Instant::now(), 0);
    for step in 0.. {
        let (indices, seed) = order.at(step);
        count += data.batch(&indices, Some(seed))?.labels.data().len();
        if clock.elapsed() > LONG {
            break;
        }
    }
    Ok(count as f64 / clock.elapsed().as_secs_f64())
}

/// Training rate: examples per second of the fastest of some networks.
fn taken(data: &Data) -> Result<f64> {
    let preset = if data.task().rank() == 3 { "tiny_3d" } else { "tiny" };
    let config = json!({"type": "memory_bank", "preset": preset});
    let config: Box<dyn SpaceConfig> = serde_json::from_value(config).unwrap();
    let space = config.build(data.task())?;
    let batch = data.batch(&data.splits().train[..BATCH], None)?;
    let mut fastest = Duration::MAX;
    for number in 0..NETWORKS {
        let architecture = space.sample(&mut Seed::new(number).random(), 1.0)?;
        let graph = space.build(&architecture, space::WeightScheme::Standalone)?;
        let mut backend = NativeConfig::default().open(THREADS)?;
        initialize(&mut backend, &graph, Seed::new(0))?;
        let network = Classifier::compile(&mut backend, graph.clone())?;
        let begun = Instant::now();
        while begun.elapsed() < LONG / 2 {
            let clock = Instant::now();
            network.run(&mut backend, Mode::Train, (&batch.x, &batch.labels), &[])?;
            let one = Tensor::scalar(1.0);
            backend.backward(network.plan(), &[("loss", Feed::Host(&one))], &[])?;
            let Recipe { lr, momentum, weight_decay, .. } = Recipe::default();
            let optimizer = Optimizer::Sgd { lr, momentum, nesterov: true, weight_decay };
            backend.step(&[StepGroup { parameters: weights(&graph), optimizer }], None)?;
            fastest = fastest.min(clock.elapsed());
        }
    }
    Ok(BATCH as f64 / fastest.as_secs_f64())
}

/// Incompressible pseudo-random bytes.
fn bytes(count: usize, number: u64) -> Vec<u8> {
    let mut random = Seed::new(number).random();
    (0..count.div_ceil(8)).flat_map(|_| random.bits().to_le_bytes()).take(count).collect()
}

/// Colour images of 32×32 in 10 classes.
fn write_npz(path: &Path, count: usize) {
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let labels = (0..count).map(|n| (n % 10) as u8).collect();
    for (name, shape, values) in [
        ("x.npy", format!("({count}, 3, 32, 32)"), bytes(count * 3072, 0)),
        ("y.npy", format!("({count},)"), labels),
    ] {
        let head = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
        archive.start_file(name, options).unwrap();
        archive.write_all(b"\x93NUMPY\x01\x00").unwrap();
        archive.write_all(&(head.len() as u16).to_le_bytes()).unwrap();
        archive.write_all(&[head.as_bytes(), &values].concat()).unwrap();
    }
    archive.finish().unwrap();
}

/// JPEG images of 64×64 in 10 folders.
fn write_images(path: &Path, count: usize) {
    for number in 0..count {
        let class = path.join((number % 10).to_string());
        fs::create_dir_all(&class).unwrap();
        let image = image::RgbImage::from_raw(64, 64, bytes(3 * 64 * 64, number as u64)).unwrap();
        image.save(class.join(format!("{number}.jpg"))).unwrap();
    }
}
