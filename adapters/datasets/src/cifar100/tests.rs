use std::fs;
use std::path::Path;

use smash_core::random::Seed;
use smash_core::task::Task;
use tempfile::TempDir;

use super::*;
use crate::damage;

const PLANE: usize = 32 * 32;
const RECORD: usize = 2 + 3 * PLANE;

/// Records of the coarse label n % 20, the fine label n % 100 and planes of the bytes (n % 256, 7, 255).
fn records(count: usize) -> Vec<u8> {
    let record = |n: usize| {
        let planes = [n as u8, 7, 255].map(|byte| [byte; PLANE]).concat();
        [vec![(n % 20) as u8, (n % 100) as u8], planes].concat()
    };
    (0..count).flat_map(record).collect()
}

fn sample(folder: &Path, train: usize, test: usize) {
    fs::write(folder.join("train.bin"), records(train)).unwrap();
    fs::write(folder.join("test.bin"), records(test)).unwrap();
}

fn config(folder: &Path) -> Cifar100Config {
    Cifar100Config { path: folder.to_path_buf(), ..Cifar100Config::default() }
}

#[test]
fn fine_and_coarse_labels_are_both_to_be_had() {
    let folder = TempDir::new().unwrap();
    let inner = folder.path().join("cifar-100-binary");
    fs::create_dir(&inner).unwrap();
    sample(&inner, 200, 10);
    for (labels, classes) in [("fine", 100), ("coarse", 20)] {
        let json = serde_json::json!({"type": "cifar100", "path": folder.path(), "labels": labels});
        let dataset = serde_json::from_value::<Box<dyn DatasetConfig>>(json).unwrap().open().unwrap();
        assert_eq!(dataset.task(), &Task { channels: 3, extents: vec![32, 32], classes });
        assert!((0..200).all(|n| dataset.label(n) == n % classes));
        let splits = dataset.splits(Seed::new(0)).unwrap();
        assert_eq!((splits.train.len(), splits.valid, splits.test.len()), (180, (180..200).collect(), 10));
        let mut out = vec![0.0; 3 * PLANE];
        dataset.read(130, &mut out).unwrap();
        for (plane, (byte, [mean, deviation])) in
            out.chunks(PLANE).zip([130.0, 7.0, 255.0].into_iter().zip(FORMAT.statistics))
        {
            assert!(plane.iter().all(|&value| value == (byte / 255.0 - mean) / deviation));
        }
    }
}

#[test]
fn damaged_files_are_refused() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), 1, 1);
    let open = || config(folder.path()).read();
    for name in ["train.bin", "test.bin"] {
        damage::truncated(&folder.path().join(name), open);
        // A changed label byte may be another valid label.
        damage::changed(&folder.path().join(name), 0..2, open, |_, _| ());
    }
    for (at, found, expected) in [
        (2 * RECORD, 20, "record 2 (counted from 0): expected a label 0..19, found 20"),
        (RECORD + 1, 100, "record 1 (counted from 0): expected a label 0..99, found 100"),
    ] {
        let mut bytes = records(3);
        bytes[at] = found;
        fs::write(folder.path().join("test.bin"), bytes).unwrap();
        let text = open().unwrap_err().to_string();
        assert!(text.contains("test.bin: ") && text.contains(expected), "{text}");
    }
    fs::write(folder.path().join("test.bin"), vec![0; 10_001 * RECORD]).unwrap();
    let text = open().unwrap_err().to_string();
    assert!(text.contains("expected at most 10000 records of 3074 bytes, found 30743074 bytes"), "{text}");
}

/// The folder named by `SMASH_DATA` holds `cifar100-12k/cifar-100-binary`: a subset of each class.
#[test]
fn cifar100_constants_fit_the_real_images() {
    let name = "cifar100_constants_fit_the_real_images";
    let Some(path) = std::env::var_os("SMASH_DATA").map(|data| Path::new(&data).join("cifar100-12k")) else {
        println!(
            "SKIP {name}: SMASH_DATA is not set (set it to a folder that holds cifar100-12k/cifar-100-binary)"
        );
        return;
    };
    if !path.is_dir() {
        println!("SKIP {name}: SMASH_DATA holds no cifar100-12k");
        return;
    }
    let data = config(&path).read().unwrap();
    let (train, plane) = (10_000, 32 * 32);
    let mut image = vec![0.0; 3 * plane];
    let mut sums = [[0.0; 2]; 3];
    for index in 0..train {
        data.read(index, &mut image).unwrap();
        for (plane, [sum, squares]) in image.chunks_exact(plane).zip(&mut sums) {
            plane.iter().map(|&value| f64::from(value)).for_each(|value| {
                *sum += value;
                *squares += value * value;
            });
        }
    }
    // The normalisation subtracts the mean and divides by the deviation: undo both.
    for ([sum, squares], [mean, deviation]) in sums.into_iter().zip(FORMAT.statistics) {
        let count = (train * plane) as f64;
        let (center, spread) = (sum / count, (squares / count - (sum / count).powi(2)).sqrt());
        let ratio = center * f64::from(deviation) / f64::from(mean);
        assert!(
            ratio.abs() < 0.01 && (spread - 1.0).abs() < 0.01,
            "{center} and {spread} for {mean} and {deviation}"
        );
    }
}
