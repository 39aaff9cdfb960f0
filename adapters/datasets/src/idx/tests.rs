use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::*;
use crate::damage;

fn file(shape: &[u32], values: &[u8]) -> Vec<u8> {
    let extents: Vec<u8> = shape.iter().flat_map(|extent| extent.to_be_bytes()).collect();
    [&[0, 0, 8, shape.len() as u8], &extents[..], values].concat()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Images of 2×3 pixels of the values 10·n to 10·n + 5, with the label n % 10.
fn sample(folder: &Path, compressed: bool) {
    for (name, count) in [("train", 20), ("t10k", 2)] {
        let pixels: Vec<u8> = (0..count).flat_map(|n| (0..6).map(move |at| 10 * n as u8 + at)).collect();
        let labels: Vec<u8> = (0..count).map(|n| n as u8 % 10).collect();
        for (what, bytes) in
            [("images-idx3", file(&[count, 2, 3], &pixels)), ("labels-idx1", file(&[count], &labels))]
        {
            let path = folder.join(format!("{name}-{what}-ubyte"));
            if compressed {
                fs::write(path.with_extension("gz"), gz(&bytes)).unwrap();
            } else {
                fs::write(path, bytes).unwrap();
            }
        }
    }
}

fn config(folder: &Path) -> IdxConfig {
    IdxConfig { path: folder.to_path_buf(), ..IdxConfig::default() }
}

#[test]
fn files_are_found_under_the_names_that_other_programs_give() {
    let plain = TempDir::new().unwrap();
    sample(plain.path(), false);
    let expected = config(plain.path()).read().unwrap();
    let renamed = |rename: &dyn Fn(&str) -> String, bytes: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        let folder = TempDir::new().unwrap();
        sample(folder.path(), false);
        for entry in fs::read_dir(plain.path()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let from = folder.path().join(&name);
            let content = bytes(fs::read(&from).unwrap());
            fs::remove_file(&from).unwrap();
            let to = folder.path().join(rename(&name));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, content).unwrap();
        }
        config(folder.path()).read().unwrap()
    };
    let halves = |bytes: Vec<u8>| {
        let (one, other) = bytes.split_at(bytes.len() / 2);
        [gz(one), gz(other)].concat()
    };
    for (what, read) in [
        ("a point", renamed(&|name| name.replace("-idx", ".idx"), &|bytes| bytes)),
        ("a folder of the name", renamed(&|name| format!("{name}/{name}"), &|bytes| bytes)),
        ("test for t10k", renamed(&|name| name.replace("t10k", "test"), &|bytes| bytes)),
        ("unpacked under its packed name", renamed(&|name| format!("{name}.gz"), &|bytes| bytes)),
        ("packed under its plain name", renamed(&str::to_owned, &|bytes| gz(&bytes))),
        ("two members", renamed(&|name| format!("{name}.GZ"), &halves)),
    ] {
        assert!(read.same_examples(&expected), "{what}");
    }
    fs::write(plain.path().join("t10k-labels-idx1-ubyte"), "<html>404</html>").unwrap();
    let text = config(plain.path()).read().unwrap_err().to_string();
    assert!(text.contains("t10k-labels-idx1-ubyte: expected an idx file") && text.contains("HTML"), "{text}");
}

#[test]
fn plain_and_compressed_files_give_the_same() {
    let [plain, compressed] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    sample(plain.path(), false);
    sample(compressed.path(), true);
    let json = serde_json::json!({"type": "idx", "path": plain.path()});
    let dataset = serde_json::from_value::<Box<dyn DatasetConfig>>(json).unwrap().open().unwrap();
    assert_eq!(dataset.task(), &Task { channels: 1, extents: vec![2, 3], classes: 10 });
    assert_eq!((dataset.len(), dataset.label(13), dataset.label(21)), (22, 3, 1));
    assert!(config(plain.path()).read().unwrap().same_examples(&config(compressed.path()).read().unwrap()));
    let mut values = vec![0.0; 120];
    values.chunks_exact_mut(6).enumerate().for_each(|(index, out)| dataset.read(index, out).unwrap());
    // Bytes 0 to 195 in file order, which stand for 0 to 1.
    assert!(values.is_sorted());
    assert_eq!((values[0], values[119]), (0.0, 195.0 / 255.0));
}

#[test]
fn files_with_the_name_of_their_set_are_found_if_there_is_one() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), true);
    let plain = config(folder.path()).read().unwrap();
    for name in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"] {
        let from = folder.path().join(format!("{name}-ubyte.gz"));
        let named = name.replace("t10k", "test");
        fs::rename(&from, folder.path().join(format!("emnist-letters-{named}-ubyte.gz"))).unwrap();
    }
    assert!(config(folder.path()).read().unwrap().same_examples(&plain));
    let other = folder.path().join("emnist-digits-test-labels-idx1-ubyte.gz");
    fs::write(other, gz(&file(&[1], &[0]))).unwrap();
    let error = config(folder.path()).read().err().unwrap().to_string();
    assert!(
        error.contains("one file of t10k-labels") && error.contains("emnist-letters-test-labels"),
        "{error}"
    );
}

#[test]
fn damaged_files_are_refused() {
    for compressed in [false, true] {
        let folder = TempDir::new().unwrap();
        sample(folder.path(), compressed);
        let open = || config(folder.path()).read();
        let whole = open().unwrap();
        for name in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"] {
            let path = folder.path().join(format!("{name}-ubyte{}", if compressed { ".gz" } else { "" }));
            damage::truncated(&path, open);
            let header = if compressed { usize::MAX } else { 4 };
            damage::changed(&path, 0..header, open, |at, read| {
                assert!(read.same_examples(&whole), "{name}: byte {at}");
            });
        }
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let most = u32::MAX;
    for (name, bytes, expected) in [
        ("train-images-idx3-ubyte", file(&[most, most, most], &[]), "found the shape [4294967295,"),
        ("train-images-idx3-ubyte", file(&[0, 2, 3], &[]), "found the shape [0, 2, 3]"),
        (
            "train-images-idx3-ubyte",
            file(&[20, 2, 3], &[0; 119]),
            "truncated: expected 120 bytes of values, found 119",
        ),
        ("train-images-idx3-ubyte", file(&[20, 2, 3], &[0; 121]), "found more bytes"),
        (
            "t10k-images-idx3-ubyte",
            file(&[2, 3, 2], &[0; 12]),
            "expected images of [2, 3] as in training, found [3, 2]",
        ),
        ("t10k-labels-idx1-ubyte", file(&[3], &[0; 3]), "expected 2 labels, one for each image, found 3"),
        ("t10k-labels-idx1-ubyte", file(&[2], &[0, 10]), "label 1 (counted from 0): expected 0..9, found 10"),
    ] {
        let folder = TempDir::new().unwrap();
        sample(folder.path(), false);
        fs::write(folder.path().join(name), bytes).unwrap();
        let text = config(folder.path()).read().unwrap_err().to_string();
        assert!(text.contains(name) && text.contains(expected), "{text}");
    }
    // The size of compressed contents is known only after decompression.
    let folder = TempDir::new().unwrap();
    sample(folder.path(), true);
    fs::write(folder.path().join("train-images-idx3-ubyte.gz"), gz(&file(&[2_000_000, 28, 28], &[])))
        .unwrap();
    let text = config(folder.path()).read().unwrap_err().to_string();
    assert!(text.contains("expected 1 to 1073741824 bytes of values"), "{text}");
}
