#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]
//! Time and memory of opening datasets.
//!
//!     cargo run --release -p smash-datasets --example dataset_speed -- '{"type": "cifar10", "path": "data"}'
//!     cargo run --release -p smash-datasets --example dataset_speed -- meshes 500
//!
//! The second form makes meshes of 10,000 faces and voxelises each (solid), in one pose and in twelve.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use smash_core::component::DatasetConfig;
use smash_datasets::{ModelNet10Config, ModelNetConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["meshes", count] => meshes(count.parse()?),
        [json] => {
            let config: Box<dyn DatasetConfig> = serde_json::from_str(json)?;
            let begin = Instant::now();
            let dataset = config.open()?;
            println!("{} examples in {:.3} s", dataset.len(), begin.elapsed().as_secs_f64());
            // Of Linux; elsewhere nothing is said.
            let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
            status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
            Ok(())
        }
        _ => Err("expected a dataset's configuration or `meshes` and their number".into()),
    }
}

fn meshes(count: usize) -> Result<(), Box<dyn Error>> {
    const CLASSES: [&str; 10] =
        ["bathtub", "bed", "chair", "desk", "dresser", "monitor", "night_stand", "sofa", "table", "toilet"];
    let folder = tempfile::tempdir()?;
    let each = count.div_ceil(CLASSES.len()).max(2);
    for (label, class) in CLASSES.iter().enumerate() {
        for (part, numbers) in [("train", 1..each), ("test", 0..1)] {
            let part = folder.path().join(class).join(part);
            fs::create_dir_all(&part)?;
            for number in numbers {
                torus(&part.join(format!("{number}.off")), label as f64 + number as f64 / each as f64)?;
            }
        }
    }
    for poses in [1, 12] {
        let config = ModelNetConfig { path: folder.path().to_path_buf(), poses, ..ModelNetConfig::default() };
        let begin = Instant::now();
        let dataset = ModelNet10Config(config).open()?;
        let seconds = begin.elapsed().as_secs_f64();
        let rate = 60.0 * dataset.len() as f64 / seconds;
        println!(
            "{} meshes of 10,000 faces in {poses} poses: {seconds:.2} s, {rate:.0} a minute",
            dataset.len()
        );
    }
    Ok(())
}

/// A bumpy torus of 10,000 faces.
fn torus(path: &Path, kind: f64) -> std::io::Result<()> {
    const AROUND: usize = 100;
    const TUBE: usize = 50;
    let mut text = format!("OFF\n{} {} 0\n", AROUND * TUBE, 2 * AROUND * TUBE);
    for i in 0..AROUND {
        for j in 0..TUBE {
            let [u, v] = [(i, AROUND), (j, TUBE)].map(|(i, n)| std::f64::consts::TAU * i as f64 / n as f64);
            let tube = 0.3 + 0.1 * (3.0 * u + kind).sin() * (5.0 * v).cos();
            let radius = 1.0 + tube * v.cos();
            text += &format!("{:.6} {:.6} {:.6}\n", radius * u.cos(), radius * u.sin(), tube * v.sin());
        }
    }
    let at = |i: usize, j: usize| i % AROUND * TUBE + j % TUBE;
    for (i, j) in (0..AROUND).flat_map(|i| (0..TUBE).map(move |j| (i, j))) {
        let [a, b, c, d] = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
        text += &format!("3 {a} {b} {c}\n3 {a} {c} {d}\n");
    }
    fs::write(path, text)
}
