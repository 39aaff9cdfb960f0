use std::fs;
use std::path::Path;

use tempfile::TempDir;

use flate2::Compression;
use flate2::write::GzEncoder;
use smash_core::Error;
use smash_core::random::Seed;
use smash_core::task::Task;

use super::*;
use crate::damage;

const PLANE: usize = 32 * 32;
const RECORD: usize = 1 + 3 * PLANE;
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

/// The error of a sample after `change`, without its folder.
fn error(change: impl Fn(&Path)) -> String {
    let folder = TempDir::new().unwrap();
    sample(folder.path());
    change(folder.path());
    let error = config(folder.path()).read().unwrap_err();
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
    let dataset = config(folder.path()).read().unwrap();
    let mut out = vec![0.0; dataset.task().example_len()];
    for (index, label, bytes) in [(0, 0, [0u8, 0, 255]), (45, 5, [2, 5, 255]), (119, 9, [5, 19, 255])] {
        dataset.read(index, &mut out).unwrap();
        assert_eq!(dataset.label(index), label);
        for (channel, [mean, std]) in FORMAT.statistics.into_iter().enumerate() {
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
    let dataset = config(folder.path()).read().unwrap();
    let splits = dataset.splits(Seed::new(0)).unwrap();
    let expected: [Vec<usize>; 3] = [(0..90).collect(), (90..100).collect(), (100..120).collect()];
    assert_eq!([splits.train.clone(), splits.valid.clone(), splits.test.clone()], expected);
    assert_eq!(splits, dataset.splits(Seed::new(1)).unwrap());
}

#[test]
fn wrong_fields_are_named() {
    let text = Cifar10Config::default().read().unwrap_err().to_string();
    assert!(text.starts_with("/path: expected the folder"), "{text}");
    for validation in [0.0, -0.1, 0.6, f64::NAN] {
        let text = Cifar10Config { validation, ..config(Path::new("x")) }.read().unwrap_err().to_string();
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
    assert!(
        missing.starts_with("dataset: DIR: expected a folder or a .tar.gz, found nothing; get"),
        "{missing}"
    );
    let file = error(|folder| {
        fs::remove_dir_all(folder).unwrap();
        fs::write(folder, "").unwrap();
    });
    assert!(file.contains("DIR: expected a .tar.gz, found an empty file"), "{file}");
    let other = error(|folder| NAMES.iter().for_each(|name| fs::remove_file(folder.join(name)).unwrap()));
    assert!(other.contains("or a folder cifar-10-batches-bin with them, found neither; get"), "{other}");
    let one = error(|folder| fs::remove_file(folder.join(NAMES[2])).unwrap());
    assert!(
        one.contains("data_batch_3.bin: expected a file, cannot be opened") && one.contains("binary version"),
        "{one}"
    );
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

/// A .tar.gz of these files, which may have any names.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// The sample's files in the order of `order`, with their paths in the archive.
fn packed(order: [usize; 6], records: usize) -> Vec<(String, Vec<u8>)> {
    let folder = TempDir::new().unwrap();
    sample(folder.path());
    let file = |at: usize| {
        let bytes = fs::read(folder.path().join(NAMES[at])).unwrap();
        (format!("cifar-10-batches-bin/{}", NAMES[at]), bytes[..records * RECORD].to_vec())
    };
    order.map(file).to_vec()
}

fn borrowed(files: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect()
}

/// Reads an archive of these bytes.
fn read_archive(bytes: &[u8]) -> Result<Examples> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("cifar-10-binary.tar.gz");
    fs::write(&path, bytes).unwrap();
    config(&path).read()
}

#[test]
fn an_archive_gives_what_its_folder_does_in_any_order() {
    let folder = TempDir::new().unwrap();
    sample(folder.path());
    let from_folder = config(folder.path()).read().unwrap();
    let files = packed([3, 5, 0, 1, 4, 2], 20);
    let mut files = borrowed(&files);
    files.insert(1, ("../../etc/passwd", b"root"));
    files.insert(3, ("cifar-10-batches-bin/readme.html", b"<p>"));
    let from_archive = read_archive(&archive(&files)).unwrap();
    assert!(from_archive.same_examples(&from_folder));
    assert_eq!(from_archive.splits(Seed::new(0)).unwrap(), from_folder.splits(Seed::new(0)).unwrap());
}

/// An archive as other programs write it: with extended names, in a folder of another name, in two members.
#[test]
fn archives_of_other_programs_are_read() {
    let folder = TempDir::new().unwrap();
    sample(folder.path());
    let from_folder = config(folder.path()).read().unwrap();
    let files = packed([0, 1, 2, 3, 4, 5], 20);
    let deep = format!("./{}/", "a-long-name".repeat(12));
    let names = ["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"].join("\n");
    let mut tar = tar::Builder::new(Vec::new());
    let entry = |tar: &mut tar::Builder<Vec<u8>>, kind: tar::EntryType, name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        tar.append(&header, bytes).unwrap();
    };
    entry(
        &mut tar,
        tar::EntryType::XGlobalHeader,
        "pax_global_header",
        b"52 comment=0123456789012345678901234567890123456789\n",
    );
    for (number, (name, bytes)) in files.iter().enumerate() {
        let name = format!("{deep}{}", name.rsplit('/').next().unwrap());
        entry(&mut tar, tar::EntryType::Regular, "./._data_batch_1.bin", b"sidecar");
        if number % 2 == 0 {
            let record = format!(" path={name}\n");
            let length = record.len() + 3;
            entry(&mut tar, tar::EntryType::XHeader, "PaxHeader/x", format!("{length}{record}").as_bytes());
        } else {
            entry(&mut tar, tar::EntryType::GNULongName, "././@LongLink", format!("{name}\0").as_bytes());
        }
        entry(&mut tar, tar::EntryType::Regular, &name[..99], bytes);
    }
    entry(&mut tar, tar::EntryType::Regular, "./batches.meta.txt", names.as_bytes());
    let tar = tar.into_inner().unwrap();
    let member = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    };
    let members = [member(&tar[..100_000]), member(&tar[100_000..])].concat();
    for (what, bytes) in [("plain", tar), ("in two members", members)] {
        let read = read_archive(&bytes).unwrap();
        assert!(read.same_examples(&from_folder), "{what}");
        assert_eq!(read.class_names().unwrap()[9], "a9", "{what}");
    }
    assert_eq!(from_folder.class_names().unwrap()[1], "automobile");
    let text = read_archive(b"<html>404</html>").unwrap_err().to_string();
    assert!(text.contains("expected a .tar.gz, found an HTML page"), "{text}");
}

#[test]
fn archives_that_do_not_fit_are_refused() {
    let files = packed([0, 1, 2, 3, 4, 5], 1);
    let files = borrowed(&files);
    let error = |files: &[(&str, &[u8])]| {
        let text = read_archive(&archive(files)).unwrap_err().to_string();
        assert!(text.contains("cifar-10-binary.tar.gz: "), "{text}");
        text
    };
    let missing = error(&files[..5]);
    assert!(missing.contains("expected cifar-10-batches-bin/test_batch.bin in the archive"), "{missing}");
    let twice = error(&[&files[..], &files[2..3]].concat());
    assert!(twice.contains("data_batch_3.bin: expected it once, found it twice"), "{twice}");
    let climbing = error(&[&[("../data_batch_1.bin", files[0].1)], &files[1..]].concat());
    assert!(climbing.contains("expected cifar-10-batches-bin/data_batch_1.bin"), "{climbing}");
    let long = vec![0; 10_001 * RECORD];
    let long = error(&[&files[..5], &[("test_batch.bin", &long)]].concat());
    assert!(long.contains("test_batch.bin: expected at most 10000 records of 3073 bytes"), "{long}");
    // A decompression bomb: 300 MB of zeros in some hundred kilobytes.
    let bomb = vec![0; 300 << 20];
    let bomb = error(&[&[("bomb", &bomb[..])], &files[..]].concat());
    assert!(bomb.contains("expected a whole .tar.gz of at most 185428576 bytes unpacked"), "{bomb}");
}

#[test]
fn damage_never_panics() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("cifar-10-binary.tar.gz");
    fs::write(&path, archive(&borrowed(&packed([0, 1, 2, 3, 4, 5], 1)))).unwrap();
    damage::truncated(&path, || config(&path).read());
    // The checksum at the end catches any change that alters images.
    let images = config(&path).read().unwrap();
    damage::changed(
        &path,
        0..usize::MAX,
        || config(&path).read(),
        |at, read| {
            assert!(read.same_examples(&images), "byte {at}");
        },
    );
}

/// The real images: the folder named by `SMASH_DATA` holds `cifar10/` or a subset of it, `cifar10-12k/`.
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
    let dataset = config(&path).read().unwrap();
    let splits = dataset.splits(Seed::new(0)).unwrap();
    let (train, test) = (splits.train.len() + splits.valid.len(), splits.test.len());
    assert!([(50_000, 10_000), (10_000, 2_000)].contains(&(train, test)), "{train} and {test} images");
    for (range, each) in [(0..train, train / 10), (train..dataset.len(), test / 10)] {
        let mut counts = [0; 10];
        range.for_each(|index| counts[dataset.label(index)] += 1);
        assert_eq!(counts, [each; 10]);
    }
    // Recomputed from the stored bytes; the constants are those of all 50,000 images, so a subset deviates a
    // little.
    let tolerance = if train == 50_000 { 1e-5 } else { 0.05 };
    let (mut sums, mut out) = ([[0.0; 2]; 3], vec![0.0; 3072]);
    for index in 0..train {
        dataset.read(index, &mut out).unwrap();
        for ([sum, squares], plane) in sums.iter_mut().zip(out.chunks_exact(1024)) {
            *sum += plane.iter().map(|&v| f64::from(v)).sum::<f64>();
            *squares += plane.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>();
        }
    }
    for moments in sums.map(|sums| sums.map(|sum| sum / (train as f64 * 1024.0))) {
        assert!(moments[0].abs() < tolerance && (moments[1] - 1.0).abs() < tolerance, "found {moments:?}");
    }
}
