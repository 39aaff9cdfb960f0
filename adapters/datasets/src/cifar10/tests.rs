use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

const NAMES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

/// 20 records a file: labels 0..9 twice, and planes of the bytes (file, record, 255).
fn sample(folder: &Path) {
    for (number, name) in NAMES.iter().enumerate() {
        let mut bytes = Vec::new();
        for record in 0..20u8 {
            bytes.push(record % 10);
            for value in [number as u8, record, 255] {
                bytes.extend([value; PLANE]);
            }
        }
        fs::write(folder.join(name), bytes).unwrap();
    }
}

fn config(folder: &Path) -> Cifar10Config {
    Cifar10Config { path: folder.to_path_buf(), ..Cifar10Config::default() }
}

/// The error of a sample that was changed, without its folder.
fn error(change: impl Fn(&Path)) -> String {
    let folder = TempDir::new().unwrap();
    sample(folder.path());
    change(folder.path());
    let error = Cifar10::open(&config(folder.path())).unwrap_err();
    assert!(matches!(error, Error::Data(_)), "{error:?}");
    let text = error.to_string();
    let place = folder.path().display().to_string();
    assert!(text.contains(&place), "{text} does not name {place}");
    text.replace(&place, "DIR")
}

#[test]
fn the_folder_and_its_parent_are_both_accepted() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("cifar-10-batches-bin");
    fs::create_dir(&folder).unwrap();
    sample(&folder);
    for path in [parent.path(), &folder] {
        let json = serde_json::json!({"type": "cifar10", "path": path});
        let config: Box<dyn DatasetConfig> = serde_json::from_value(json).unwrap();
        let dataset = config.open().unwrap();
        assert_eq!(dataset.len(), 120);
        assert_eq!(dataset.task(), &Task { channels: 3, extents: vec![32, 32], classes: 10 });
        assert_eq!(
            dataset.augmentation(),
            Augmentation { crop_padding: 4, flip: true, ..Augmentation::default() }
        );
    }
}

#[test]
fn records_become_normalised_planes_in_file_order() {
    let folder = TempDir::new().unwrap();
    sample(folder.path());
    let dataset = Cifar10::open(&config(folder.path())).unwrap();
    let mut out = vec![0.0; dataset.task().example_len()];
    for (index, label, bytes) in [(0, 0, [0u8, 0, 255]), (45, 5, [2, 5, 255]), (119, 9, [5, 19, 255])] {
        dataset.read(index, &mut out).unwrap();
        assert_eq!(dataset.label(index), label);
        for (channel, (mean, std)) in STATISTICS.into_iter().enumerate() {
            let value = (f32::from(bytes[channel]) / 255.0 - mean) / std;
            assert!(
                out[channel * PLANE..(channel + 1) * PLANE].iter().all(|v| v.to_bits() == value.to_bits())
            );
        }
    }
}

#[test]
fn the_last_training_records_validate_and_the_test_file_tests() {
    let folder = TempDir::new().unwrap();
    sample(folder.path());
    let dataset = Cifar10::open(&config(folder.path())).unwrap();
    let splits = dataset.splits(Seed::new(0)).unwrap();
    let expected: [Vec<usize>; 3] = [(0..90).collect(), (90..100).collect(), (100..120).collect()];
    assert_eq!([splits.train.clone(), splits.valid.clone(), splits.test.clone()], expected);
    assert_eq!(splits, dataset.splits(Seed::new(1)).unwrap());
}

#[test]
fn memory_is_that_of_the_files() {
    let folder = TempDir::new().unwrap();
    sample(folder.path());
    let records = Cifar10::open(&config(folder.path())).unwrap().records;
    assert!(records.bytes.capacity() as f64 <= 1.1 * records.bytes.len() as f64);
    assert_eq!(records.bytes.len(), 120 * RECORD);
}

#[test]
fn wrong_fields_are_named() {
    let text = Cifar10::open(&Cifar10Config::default()).unwrap_err().to_string();
    assert!(text.starts_with("/path: expected the folder"), "{text}");
    for validation in [0.0, -0.1, 0.6, f64::NAN] {
        let text =
            Cifar10::open(&Cifar10Config { validation, ..config(Path::new("x")) }).unwrap_err().to_string();
        assert!(
            text.starts_with("/validation: ") && text.ends_with(&format!("found {validation}")),
            "{text}"
        );
    }
    let unknown = r#"{"type": "cifar10", "folder": "x"}"#;
    assert!(serde_json::from_str::<Box<dyn DatasetConfig>>(unknown).is_err());
}

#[test]
fn a_missing_folder_or_file_says_which_and_how_to_get_it() {
    let missing = error(|folder| fs::remove_dir_all(folder).unwrap());
    assert!(missing.starts_with("dataset: DIR: expected a folder, found nothing; unpack"), "{missing}");
    let file = error(|folder| {
        fs::remove_dir_all(folder).unwrap();
        fs::write(folder, "").unwrap();
    });
    assert!(file.contains("expected a folder, found a file"), "{file}");
    let other = error(|folder| NAMES.iter().for_each(|name| fs::remove_file(folder.join(name)).unwrap()));
    assert!(other.contains("or a folder cifar-10-batches-bin with them, found neither; unpack"), "{other}");
    let one = error(|folder| fs::remove_file(folder.join(NAMES[2])).unwrap());
    assert!(one.contains("data_batch_3.bin: cannot be opened") && one.contains("unpack"), "{one}");
}

#[test]
fn a_damaged_file_says_where() {
    let cut = error(|folder| {
        let path = folder.join(NAMES[5]);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    });
    let expected = "test_batch.bin: truncated: expected a multiple of 3073 bytes (61460 = 20 records), found 61459 bytes, \
                    which is 19 records and 3072 bytes";
    assert!(cut.contains(expected), "{cut}");
    let empty = error(|folder| fs::write(folder.join(NAMES[0]), "").unwrap());
    assert!(
        empty.contains("data_batch_1.bin: expected records of 3073 bytes, found an empty file"),
        "{empty}"
    );
    let folder_instead = error(|folder| {
        fs::remove_file(folder.join(NAMES[1])).unwrap();
        fs::create_dir(folder.join(NAMES[1])).unwrap();
    });
    assert!(folder_instead.contains("data_batch_2.bin: "), "{folder_instead}");
    let label = error(|folder| {
        let path = folder.join(NAMES[3]);
        let mut bytes = fs::read(&path).unwrap();
        bytes[7 * RECORD] = 10;
        fs::write(&path, bytes).unwrap();
    });
    assert!(
        label.contains("data_batch_4.bin: record 7 (counted from 0): expected a label 0..9, found 10"),
        "{label}"
    );
}

/// The real images: the folder named by `SMASH_DATA` holds `cifar10/` or a part of it, `cifar10-12k/`.
#[test]
fn cifar10_on_the_real_images() {
    let how = "set it to a folder that holds cifar10/cifar-10-batches-bin, from https://www.cs.toronto.edu/~kriz/cifar.html";
    let Some(data) = std::env::var_os("SMASH_DATA").map(PathBuf::from) else {
        println!("SKIP cifar10_on_the_real_images: SMASH_DATA is not set ({how})");
        return;
    };
    let Some(path) =
        ["cifar10", "cifar10-12k"].map(|name| data.join(name)).into_iter().find(|path| path.is_dir())
    else {
        println!("SKIP cifar10_on_the_real_images: SMASH_DATA holds neither cifar10 nor cifar10-12k ({how})");
        return;
    };
    let dataset = Cifar10::open(&config(&path)).unwrap();
    let (train, test) = (dataset.records.train, dataset.len() - dataset.records.train);
    assert!([(50_000, 10_000), (10_000, 2_000)].contains(&(train, test)), "{train} and {test} images");
    for (range, each) in [(0..train, train / 10), (train..dataset.len(), test / 10)] {
        let mut counts = [0; 10];
        range.for_each(|index| counts[dataset.label(index)] += 1);
        assert_eq!(counts, [each; 10]);
    }
    let mut sums = [(0.0, 0.0); 3];
    let mut out = vec![0.0; dataset.task().example_len()];
    for index in 0..train {
        dataset.read(index, &mut out).unwrap();
        for (sum, plane) in sums.iter_mut().zip(out.chunks_exact(PLANE)) {
            sum.0 += plane.iter().map(|&v| f64::from(v)).sum::<f64>();
            sum.1 += plane.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>();
        }
    }
    // The constants are those of all 50,000 images; a part of them is a little off.
    let tolerance = if train == 50_000 { 1e-4 } else { 0.02 };
    for (sum, square) in sums {
        let n = (train * PLANE) as f64;
        let (mean, std) = (sum / n, (square / n - (sum / n).powi(2)).sqrt());
        assert!(mean.abs() < tolerance && (std - 1.0).abs() < tolerance, "mean {mean}, deviation {std}");
    }
}
