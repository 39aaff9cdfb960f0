use std::fs::{self, File};
use std::io::Write;

use ::safetensors::Dtype;
use ::safetensors::tensor::TensorView;
use smash_core::component::DatasetConfig;
use smash_core::dataset::{Data, Dataset, SplitRule};
use smash_core::random::Seed;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::damage;
use crate::{NpzConfig, SafetensorsConfig};

fn npy(dtype: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), values].concat()
}

fn npz(path: &Path, method: CompressionMethod, arrays: &[(&str, &[u8])]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in arrays {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

fn safetensors(path: &Path, tensors: &[(&str, Dtype, &[usize], &[u8])]) {
    let tensors: Vec<_> = tensors
        .iter()
        .map(|(name, dtype, shape, data)| (*name, TensorView::new(*dtype, shape.to_vec(), data).unwrap()))
        .collect();
    fs::write(path, ::safetensors::serialize(tensors, None).unwrap()).unwrap();
}

/// Four examples of 2 channels and 1×3 positions: 100·example + 10·channel + position, modulo 256.
const PLANES: [u8; 24] =
    [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112, 200, 201, 202, 210, 211, 212, 30, 31, 32, 40, 41, 42];
const PIXELS: [u8; 24] =
    [0, 10, 1, 11, 2, 12, 100, 110, 101, 111, 102, 112, 200, 210, 201, 211, 202, 212, 30, 40, 31, 41, 32, 42];
const LABELS: [u8; 4] = [0, 1, 0, 1];

fn config(path: &Path) -> ArraysConfig {
    ArraysConfig { path: path.to_path_buf(), ..ArraysConfig::default() }
}

/// The normalised values of all examples, as an engine sees them.
fn values(examples: &Examples) -> Vec<f32> {
    let halves = SplitRule::Last { validation: 0.5 };
    let data = Data::split(Box::new(examples.clone()), &halves, Seed::new(0)).unwrap();
    data.batch(&[0, 1, 2, 3], None).unwrap().x.into_data()
}

#[test]
fn every_form_of_the_same_examples_gives_the_same() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let y = npy("|u1", "(4,)", &LABELS);
    let floats = PLANES.map(|byte| f32::from(byte).to_le_bytes()).concat();
    npz(
        &at("bytes.npz"),
        CompressionMethod::Deflated,
        &[("x.npy", &npy("|u1", "(4, 2, 1, 3)", &PLANES)), ("y.npy", &y)],
    );
    npz(
        &at("last.npz"),
        CompressionMethod::Stored,
        &[("y.npy", &y), ("x.npy", &npy("|u1", "(4, 1, 3, 2)", &PIXELS))],
    );
    npz(
        &at("floats.npz"),
        CompressionMethod::Stored,
        &[("x.npy", &npy("<f4", "(4, 2, 1, 3)", &floats)), ("y.npy", &y)],
    );
    let wide = LABELS.map(|label| i64::from(label).to_le_bytes()).concat();
    let tensors = [("x", Dtype::U8, &[4, 1, 3, 2][..], &PIXELS[..]), ("y", Dtype::I64, &[4], &wide)];
    safetensors(&at("last.safetensors"), &tensors);
    safetensors(
        &at("floats.safetensors"),
        &[("x", Dtype::F32, &[4, 2, 1, 3], &floats), ("y", Dtype::U8, &[4], &LABELS)],
    );

    let last = |name: &str| ArraysConfig { layout: Layout::Nhwc, ..config(&at(name)) };
    let first = NpzConfig(config(&at("bytes.npz"))).read().unwrap();
    assert_eq!(first.task(), &Task { channels: 2, extents: vec![1, 3], classes: 2 });
    assert!(values(&first)[..3].is_sorted());
    assert!(NpzConfig(last("last.npz")).read().unwrap().same_examples(&first));
    assert!(SafetensorsConfig(last("last.safetensors")).read().unwrap().same_examples(&first));
    for floats in [
        NpzConfig(config(&at("floats.npz"))).read().unwrap(),
        SafetensorsConfig(config(&at("floats.safetensors"))).read().unwrap(),
    ] {
        // After normalisation the scale of the stored values does not matter.
        assert!(values(&first).iter().zip(values(&floats)).all(|(a, b)| (a - b).abs() < 1e-5));
        assert_eq!((0..4).map(|index| floats.label(index)).collect::<Vec<_>>(), [0, 1, 0, 1]);
    }
}

#[test]
fn a_job_names_the_test_file_or_a_share_is_drawn() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data.npz");
    let x = npy("|u1", "(40, 1, 2)", &[7; 80]);
    let y = npy("<i4", "(40,)", &(0..40i32).flat_map(|n| (n % 2).to_le_bytes()).collect::<Vec<_>>());
    npz(&path, CompressionMethod::Stored, &[("x.npy", &x), ("y.npy", &y)]);
    for (test, sizes) in [(None, [32, 4, 4]), (Some(&path), [36, 4, 40])] {
        let json = serde_json::json!({"type": "npz", "path": path, "test": test, "validation": 0.1});
        let dataset = serde_json::from_value::<Box<dyn DatasetConfig>>(json).unwrap().open().unwrap();
        let splits = dataset.splits(Seed::new(1)).unwrap();
        assert_eq!([splits.train.len(), splits.valid.len(), splits.test.len()], sizes);
        // A constant channel stays finite.
        let data = Data::new(dataset, Seed::new(1)).unwrap();
        assert_eq!(data.batch(&[0], None).unwrap().x.data(), [0.0; 2]);
    }
    let unknown = serde_json::json!({"type": "safetensors", "path": path, "y": "labels"});
    assert!(serde_json::from_value::<Box<dyn DatasetConfig>>(unknown).is_err());
}

/// The examples of arrays in an .npz file.
fn read_arrays(config: impl Fn(&Path) -> ArraysConfig, x: Vec<u8>, y: Vec<u8>) -> Result<Examples, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("DATA.NPZ");
    npz(&path, CompressionMethod::Deflated, &[("x.npy", &x), ("y.npy", &y)]);
    NpzConfig(config(&path)).read().map_err(|error| error.to_string())
}

#[test]
fn labels_in_other_forms_are_read_or_refused_with_the_line_that_converts() {
    let x = || npy("|u1", "(4, 1, 1)", &[0; 4]);
    let doubles = |labels: [f64; 4]| labels.map(f64::to_le_bytes).concat();
    for (what, y) in [
        ("a column", npy("|u1", "(4, 1)", &LABELS)),
        ("one-hot", npy("|u1", "(4, 2)", &[1, 0, 0, 1, 1, 0, 0, 1])),
        (
            "one-hot floats",
            npy("<f8", "(4, 2)", &[1.0f64, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0].map(f64::to_le_bytes).concat()),
        ),
        ("floats", npy("<f8", "(4,)", &doubles([0.0, 1.0, 0.0, 1.0]))),
        ("booleans", npy("|b1", "(4,)", &LABELS)),
        ("the other byte order", npy(">i2", "(4,)", &[0, 0, 0, 1, 0, 0, 0, 1])),
    ] {
        let read = read_arrays(config, x(), y).unwrap();
        assert_eq!((0..4).map(|index| read.label(index)).collect::<Vec<_>>(), [0, 1, 0, 1], "{what}");
    }
    for (y, expected) in [
        (npy("<U3", "(4,)", &[0; 48]), "y = np.unique(y.astype(str), return_inverse=True)"),
        (npy("|O", "(4,)", &[0; 48]), "y = np.unique(y.astype(str), return_inverse=True)"),
        (
            npy("<f8", "(4,)", &doubles([0.0, 0.5, 0.0, 1.0])),
            "label 1 (counted from 0): expected a whole number",
        ),
        (npy("|u1", "(4,)", &[1, 2, 1, 2]), "if the labels count from 1, store y = y - 1"),
        (npy("|i1", "(4,)", &[255, 1, 255, 1]), "y = np.unique(y, return_inverse=True)"),
        (npy("|u1", "(4,)", &[0, 5, 0, 5]), "y = np.unique(y, return_inverse=True)"),
        (npy("|u1", "(1, 4)", &LABELS), "y = y.reshape(-1)"),
        (npy("|u1", "(4, 2)", &[1, 0, 1, 1, 1, 0, 0, 1]), "y = y.argmax(axis=1)"),
    ] {
        let text = read_arrays(config, x(), y).unwrap_err();
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let given = |path: &Path| ArraysConfig { classes: Some(2), ..config(path) };
    let text = read_arrays(given, x(), npy("|u1", "(4,)", &[1, 2, 1, 2])).unwrap_err();
    assert!(text.contains("expected 0..1, found 2: if the labels count from 1, store y = y - 1"), "{text}");
}

#[test]
fn axes_that_look_like_others_are_named() {
    let notes = |layout: Layout, shape: &str, values: usize| {
        let at = |path: &Path| ArraysConfig { layout, ..config(path) };
        let x = npy("|u1", shape, &vec![0; values]);
        read_arrays(at, x, npy("|u1", "(4,)", &LABELS)).map(|read| read.notes().join("; "))
    };
    let last = notes(Layout::Nchw, "(4, 8, 8, 3)", 768).unwrap();
    assert!(last.contains("x = x.transpose(0, 3, 1, 2)") && last.contains("nhwc"), "{last}");
    let first = notes(Layout::Nhwc, "(4, 3, 8, 8)", 768).unwrap();
    assert!(first.contains("x = x.transpose(0, 2, 3, 1)"), "{first}");
    let none = notes(Layout::Nchw, "(4, 8, 8)", 256).unwrap();
    assert!(none.contains("x = x[:, None]"), "{none}");
    let flat = notes(Layout::Nchw, "(4, 64)", 256).unwrap_err();
    assert!(flat.contains("x = x.reshape(-1, 1, 8, 8)"), "{flat}");
    for (layout, shape, values) in [
        (Layout::Nchw, "(4, 3, 8, 8)", 768),
        (Layout::Nhwc, "(4, 8, 8, 3)", 768),
        (Layout::Nchw, "(4, 1, 100)", 400),
        (Layout::Nchw, "(4, 6, 100)", 2400),
    ] {
        assert_eq!(notes(layout, shape, values).unwrap(), "", "{shape}");
    }
}

#[test]
fn arrays_of_other_writers_give_the_same() {
    let y = || npy("|u1", "(4,)", &LABELS);
    let plain = read_arrays(config, npy("|u1", "(4, 2, 1, 3)", &PLANES), y()).unwrap();
    // Fortran's order: the first index changes fastest.
    let columns: Vec<u8> = (0..24).map(|at| PLANES[at % 4 * 6 + at / 4 % 2 * 3 + at / 8]).collect();
    let text = String::from_utf8(npy("|u1", "(4, 2, 1, 3)", &[])[10..].to_vec()).unwrap();
    let text = text.replace("False", "True ");
    let head = [b"\x93NUMPY\x02\x00", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let fortran = read_arrays(config, [head, columns].concat(), y()).unwrap();
    assert!(fortran.same_examples(&plain));
    let big = PLANES.map(|byte| f32::from(byte).to_be_bytes()).concat();
    let little = PLANES.map(|byte| f32::from(byte).to_le_bytes()).concat();
    let [big, little] = [(">f4", big), ("<f4", little)]
        .map(|(dtype, bytes)| read_arrays(config, npy(dtype, "(4, 2, 1, 3)", &bytes), y()).unwrap());
    assert!(big.same_examples(&little));
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data.npz");
    // As streaming writers write it: 64-bit sizes, which follow the data.
    let mut zip = ZipWriter::new_stream(File::create(&path).unwrap());
    for (name, bytes) in [("./x.npy", npy("|u1", "(4, 2, 1, 3)", &PLANES)), ("./y.npy", y())] {
        zip.start_file(name, SimpleFileOptions::default().large_file(true)).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap();
    assert!(NpzConfig(config(&path)).read().unwrap().same_examples(&plain));
    fs::write(&path, "version https://git-lfs.github.com/spec/v1\n").unwrap();
    let text = NpzConfig(config(&path)).read().unwrap_err().to_string();
    assert!(text.contains("found a Git LFS pointer: get the file itself with `git lfs pull`"), "{text}");
}

#[test]
fn test_labels_without_a_training_example_are_refused() {
    let folder = TempDir::new().unwrap();
    let [train, test] = ["train.npz", "test.npz"].map(|name| folder.path().join(name));
    let x = npy("|u1", "(4, 1, 1)", &[0; 4]);
    npz(&train, CompressionMethod::Stored, &[("x.npy", &x), ("y.npy", &npy("|u1", "(4,)", &LABELS))]);
    npz(&test, CompressionMethod::Stored, &[("x.npy", &x), ("y.npy", &npy("|u1", "(4,)", &[0, 1, 2, 2]))]);
    for classes in [None, Some(3)] {
        let both = ArraysConfig { test: Some(test.clone()), classes, ..config(&train) };
        let text = NpzConfig(both).read().unwrap_err().to_string();
        assert!(text.contains("classes without a training example: 2; add training examples"), "{text}");
    }
}

#[test]
fn damaged_files_are_refused() {
    let folder = TempDir::new().unwrap();
    let at = folder.path().join("data.npz");
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let x = npy("|u1", "(4, 2, 1, 3)", &PLANES);
        npz(&at, method, &[("x.npy", &x), ("y.npy", &npy("|u1", "(4,)", &LABELS))]);
        let open = || NpzConfig(config(&at)).read();
        let whole = open().unwrap();
        damage::truncated(&at, open);
        damage::changed(&at, 0..usize::MAX, open, |at, read| {
            assert!(read.same_examples(&whole), "byte {at}")
        });
    }
    let at = folder.path().join("data.safetensors");
    safetensors(&at, &[("x", Dtype::U8, &[4, 2, 1, 3], &PLANES), ("y", Dtype::U8, &[4], &LABELS)]);
    let open = || SafetensorsConfig(config(&at)).read();
    damage::truncated(&at, open);
    // Without a checksum in the format a changed byte can only change a value.
    damage::changed(&at, 0..usize::MAX, open, |_, _| ());
}

#[test]
fn what_does_not_fit_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data.npz");
    let huge = 1u64 << 40;
    let nan = f32::NAN.to_le_bytes().repeat(4);
    for (x, y, expected) in [
        (npy("|u1", &format!("({huge}, {huge}, 2)"), &[]), LABELS.to_vec(), "x.npy: expected 1 to "),
        (npy("|u1", &format!("({huge}, 1, 2)"), &[]), LABELS.to_vec(), "bytes of values, found the shape ["),
        (npy("|u1", "(0, 2, 2)", &[]), LABELS.to_vec(), "found the shape [0, 2, 2]"),
        (npy("|u1", "(4, 2)", &[0; 8]), LABELS.to_vec(), "x: expected the axes of examples"),
        (
            npy("<f8", "(4, 1, 1)", &0.1f64.to_le_bytes().repeat(4)),
            LABELS.to_vec(),
            "found 0.1: convert the array with x = x.astype(np.float32)",
        ),
        (
            npy("<f4", "(4, 1, 1)", &nan),
            LABELS.to_vec(),
            "value 0 (counted from 0): expected a finite number",
        ),
        (
            npy("|u1", "(3, 1, 1)", &[0; 3]),
            LABELS.to_vec(),
            "y.npy: expected one axis of a label for each example of x, of shape [3, 1, 1], found the shape [4]",
        ),
        (npy("|u1", "(4, 1, 1)", &[0; 5]), LABELS.to_vec(), "x.npy: expected no more"),
        (npy("|u1", "(4, 1, 1)", &[0; 4]), vec![0, 1, 3, 1], "found none of class 2"),
    ] {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            npz(&path, method, &[("x.npy", &x), ("y.npy", &npy("|u1", "(4,)", &y))]);
            let text = NpzConfig(config(&path)).read().unwrap_err().to_string();
            assert!(text.contains("data.npz: ") && text.contains(expected), "{text}");
        }
    }
    npz(
        &path,
        CompressionMethod::Stored,
        &[("x.npy", &npy("|u1", "(4, 1, 1)", &[0; 4])), ("y.npy", &npy("|u1", "(4,)", &LABELS))],
    );
    let few = ArraysConfig { test: Some(folder.path().join("none.npz")), ..config(&path) };
    let text = NpzConfig(few).read().unwrap_err().to_string();
    assert!(text.contains("none.npz: expected a file, cannot be opened"), "{text}");
    npz(&path, CompressionMethod::Stored, &[("images.npy", &[])]);
    let text = NpzConfig(config(&path)).read().unwrap_err().to_string();
    assert!(text.contains("expected the arrays x.npy and y.npy, found images.npy"), "{text}");
}

/// Normalisation statistics are those of the training split alone, or the configured ones.
#[test]
fn normalisation_knows_the_training_part_only() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("data.npz");
    // Two channels; the second one is constant in the first 31 examples, which are the training split.
    let value = |example: usize| {
        [[example as f32, 3.0 * example as f32], [5.0, if example < 31 { 5.0 } else { 1e9 }]]
    };
    let x: Vec<u8> = (0..40).flat_map(value).flatten().flat_map(f32::to_le_bytes).collect();
    let y: Vec<u8> = (0..40).map(|n| n % 2).collect();
    let arrays = [("x.npy", npy("<f4", "(40, 2, 2)", &x)), ("y.npy", npy("|u1", "(40,)", &y))];
    npz(&path, CompressionMethod::Stored, &arrays.each_ref().map(|(name, bytes)| (*name, &bytes[..])));
    let open = |normalise: serde_json::Value| {
        let json = serde_json::json!({"type": "npz", "path": path, "normalise": normalise});
        let dataset = serde_json::from_value::<Box<dyn DatasetConfig>>(json).unwrap().open();
        let rule = SplitRule::Last { validation: 0.25 };
        dataset.and_then(|dataset| Data::split(dataset, &rule, Seed::new(0)))
    };
    let data = open(serde_json::json!({})).unwrap();
    let train = &data.splits().train;
    let used: Vec<f64> = train.iter().flat_map(|&n| [n as f64, 3.0 * n as f64]).collect();
    let mean = used.iter().sum::<f64>() / used.len() as f64;
    let variance = used.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / used.len() as f64;
    let found = data.normalise().unwrap();
    assert!(
        (found.mean[0] - mean).abs() < 1e-9 && (found.std[0] - variance.sqrt()).abs() < 1e-9,
        "{found:?}"
    );
    assert_eq!((found.mean[1], found.std[1]), (5.0, 1.0));
    let batch = data.batch(&[train[3]], None).unwrap();
    let expected = ((train[3] as f64 - mean) / variance.sqrt()) as f32;
    assert!((batch.x.data()[0] - expected).abs() < 1e-6 && batch.x.data()[3] == 0.0, "{:?}", batch.x);

    let given = open(serde_json::json!({"mean": [1.0], "std": [2.0, 4.0]})).unwrap();
    assert_eq!(given.batch(&[9], None).unwrap().x.data(), [4.0, 13.0, 1.0, 1.0]);
    for (wrong, expected) in [
        (
            serde_json::json!({"mean": [1.0, 2.0, 3.0], "std": [1.0]}),
            "/normalise/mean: expected 1 or 2 numbers",
        ),
        (
            serde_json::json!({"mean": [1.0]}),
            "/normalise/std: expected 1 or 2 numbers, or neither mean nor std, found 0",
        ),
        (
            serde_json::json!({"mean": [0.0], "std": [1.0, 0.0]}),
            "/normalise/std/1: expected a number above 0, found 0",
        ),
    ] {
        let said = open(wrong).err().unwrap().to_string();
        assert!(said.starts_with(expected), "{said}");
    }
}
