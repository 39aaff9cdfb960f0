use std::fs;
use std::io::Write;
use std::path::Path;

use smash_core::random::Seed;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::damage;

const PLANE: usize = 16 * 16;

/// Images with the bytes (label % 256, 50, 200) in their planes.
fn images(numbers: &[i64]) -> Vec<u8> {
    let image = |n: i64| [n as u8, 50, 200].map(|byte| [byte; PLANE]).concat();
    numbers.iter().flat_map(|n| image(*n)).collect()
}

fn npy(dtype: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (text.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes(), values].concat()
}

fn save(path: &Path, method: CompressionMethod, arrays: &[(&str, &[u8])]) {
    let mut zip = ZipWriter::new(fs::File::create(path).unwrap());
    for (name, bytes) in arrays {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

fn npz(path: &Path, method: CompressionMethod, labels: &[i64]) {
    let data = npy("|u1", &format!("({}, 768)", labels.len()), &images(labels));
    let numbers: Vec<u8> = labels.iter().flat_map(|label| label.to_le_bytes()).collect();
    let numbers = npy("<i8", &format!("({},)", labels.len()), &numbers);
    let mean = npy("<f8", "(1,)", &[0; 8]);
    save(path, method, &[("data.npy", &data), ("labels.npy", &numbers), ("mean.npy", &mean)]);
}

/// A pickle of an array and a list, as Python 3 writes it.
fn pickle(path: &Path, labels: &[i64]) {
    let data = images(labels);
    let mut bytes = b"\x80\x03}q\x00(X\x04\x00\x00\x00datacnumpy.core.multiarray\n_reconstruct\n".to_vec();
    bytes.extend(b"cnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01M");
    bytes.extend((labels.len() as u16).to_le_bytes());
    bytes
        .extend(b"M\x00\x03\x86cnumpy\ndtype\nX\x02\x00\x00\x00u1K\x00K\x01\x87R(K\x03X\x01\x00\x00\x00|NNN");
    bytes.extend(b"J\xFF\xFF\xFF\xFFJ\xFF\xFF\xFF\xFFK\x00tb\x89B");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes.extend(b"tbX\x06\x00\x00\x00labels](");
    labels.iter().for_each(|label| bytes.extend([b'J', *label as u8, 0, 0, 0]));
    bytes.extend(b"eu.");
    fs::write(path, bytes).unwrap();
}

/// Ten training batches of 8 images and a test batch of 5, of the classes 1 to 4.
fn sample(folder: &Path, write: impl Fn(&Path, &[i64]), extension: &str) {
    for number in 0..10 {
        let labels: Vec<i64> = (0..8).map(|n| (n + number) % 4 + 1).collect();
        write(&folder.join(format!("train_data_batch_{}{extension}", number + 1)), &labels);
    }
    write(&folder.join(format!("val_data{extension}")), &[4, 3, 2, 1, 4]);
}

fn stored(path: &Path, labels: &[i64]) {
    npz(path, CompressionMethod::Stored, labels);
}

fn config(folder: &Path) -> ImageNet32Config {
    ImageNet32Config { path: folder.to_path_buf(), size: 16, ..ImageNet32Config::default() }
}

fn values(dataset: &dyn Dataset) -> Vec<f32> {
    let mut values = vec![0.0; dataset.len() * 3 * PLANE];
    values.chunks_exact_mut(3 * PLANE).enumerate().for_each(|(i, out)| dataset.read(i, out).unwrap());
    values
}

#[test]
fn archives_and_pickles_hold_the_same_images() {
    let packed = |path: &Path, labels: &[i64]| npz(path, CompressionMethod::Deflated, labels);
    let mut first = None;
    for (write, extension) in [(&stored as &dyn Fn(&Path, &[i64]), ".npz"), (&packed, ".npz"), (&pickle, "")]
    {
        let folder = TempDir::new().unwrap();
        let inner = folder.path().join("Imagenet16_train");
        fs::create_dir(&inner).unwrap();
        sample(&inner, write, extension);
        let test = folder.path().join(format!("val_data{extension}"));
        fs::rename(inner.join(format!("val_data{extension}")), test).unwrap();
        let json = serde_json::json!({"type": "imagenet32", "path": folder.path(), "size": 16});
        let dataset = serde_json::from_value::<Box<dyn DatasetConfig>>(json).unwrap().open().unwrap();
        assert_eq!(dataset.task(), &Task { channels: 3, extents: vec![16, 16], classes: 4 });
        assert!((0..80).all(|i| dataset.label(i) == (i % 8 + i / 8) % 4));
        assert_eq!([80, 81, 84].map(|i| dataset.label(i)), [3, 2, 3]);
        let splits = dataset.splits(Seed::new(0)).unwrap();
        assert_eq!(
            (splits.train.len(), splits.valid, splits.test),
            (72, (72..80).collect(), (80..85).collect())
        );
        let values = values(&*dataset);
        // The red plane encodes the label: mean 2.5, deviation √1.25; the other planes are constant.
        for (i, image) in values.chunks(3 * PLANE).enumerate() {
            let red = (dataset.label(i) as f32 - 1.5) / 1.25_f32.sqrt();
            assert!(image[..PLANE].iter().all(|value| (value - red).abs() < 1e-3), "{i}: {}", image[0]);
            assert!(image[PLANE..].iter().all(|value| value.abs() < 1e-6), "{i}");
        }
        assert_eq!(first.get_or_insert(values.clone()), &values);
    }
}

#[test]
fn other_photographs_may_have_labels_from_0_and_four_axes() {
    let folder = TempDir::new().unwrap();
    for (part, labels) in [("train", [0, 1, 0, 1]), ("val", [1, 0, 0, 1])] {
        let data = npy("|u1", "(4, 3, 16, 16)", &images(&labels));
        let numbers = npy("|u1", "(4,)", &labels.map(|label| label as u8));
        let path = folder.path().join(format!("imagenet16_{part}.npz"));
        save(&path, CompressionMethod::Stored, &[("data.npy", &data), ("labels.npy", &numbers)]);
    }
    let dataset = ImageNet32Config { validation: 0.25, ..config(folder.path()) }.read().unwrap();
    assert_eq!((dataset.len(), dataset.task().classes), (8, 2));
    assert_eq!((0..8).map(|i| dataset.label(i)).collect::<Vec<_>>(), [0, 1, 0, 1, 1, 0, 0, 1]);
}

#[test]
fn what_does_not_fit_is_named() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), stored, ".npz");
    let first = folder.path().join("train_data_batch_3.npz");
    let test = folder.path().join("val_data.npz");
    let error = |config: ImageNet32Config| config.read().unwrap_err().to_string();
    let damaged = |arrays: &[(&str, &[u8])]| {
        save(&first, CompressionMethod::Stored, arrays);
        let text = error(config(folder.path()));
        assert!(text.contains("train_data_batch_3.npz: "), "{text}");
        text
    };
    let ones = npy("|u1", "(2,)", &[1, 1]);
    let data = |dtype: &str, shape: &str| npy(dtype, shape, &images(&[1, 1]));
    for (dtype, shape) in [
        ("|u1", "(2, 3072)"),
        ("|u1", "(2, 16, 16, 3)"),
        ("<f4", "(2, 768)"),
        ("|u1", "(0, 768)"),
        ("|u1", "(18446744073709551615, 768)"),
        ("|u1", "(2097153, 768)"),
    ] {
        let text = damaged(&[("data.npy", &data(dtype, shape)), ("labels.npy", &ones)]);
        assert!(text.contains("data: expected bytes of shape [1 to 2097152, 768]"), "{text}");
    }
    let three = data("|u1", "(3, 768)");
    let text = damaged(&[("data.npy", &three), ("labels.npy", &npy("|u1", "(3,)", &[1, 1, 1]))]);
    assert!(text.contains("data.npy: expected ") && text.contains("bytes within a file"), "{text}");
    let text = damaged(&[("data.npy", &data("|u1", "(2, 768)")), ("labels.npy", &npy("|u1", "(1,)", &[1]))]);
    assert!(text.contains("expected a label for each of 2 images, found 1"), "{text}");
    let text =
        damaged(&[("data.npy", &data("|u1", "(2, 768)")), ("labels.npy", &npy("|u1", "(9999999,)", &[1]))]);
    assert!(text.contains("labels.npy: expected the shape [1 to 2097152]"), "{text}");
    let text = damaged(&[("data.npy", &data("|u1", "(2, 768)")), ("targets.npy", &ones)]);
    assert!(
        text.contains("expected the arrays data.npy and labels.npy, found data.npy, targets.npy"),
        "{text}"
    );
    // Path traversal: a name that leads out of the archive is refused, nothing is written.
    let text = damaged(&[("../data.npy", &data("|u1", "(2, 768)")), ("labels.npy", &ones)]);
    assert!(text.contains("expected the array data.npy"), "{text}");
    // A decompression bomb.
    let bomb = npy("|u1", "(1048576, 768)", &vec![0; 1 << 24]);
    save(&first, CompressionMethod::Deflated, &[("data.npy", &bomb), ("labels.npy", &ones)]);
    let text = error(config(folder.path()));
    assert!(text.contains("data.npy: expected at most 268435456 bytes in "), "{text}");

    stored(&first, &[1, 2, 4, 5]);
    stored(&test, &[6]);
    let text = error(config(folder.path()));
    assert!(text.contains("val_data.npz: label 0 (counted from 0): expected 1..5, found 6"), "{text}");
    stored(&first, &[1, 2, 4, 6]);
    let text = error(config(folder.path()));
    assert!(text.contains("expected an image of each class 0..5, found none of class 4"), "{text}");
    assert_eq!(
        ImageNet32Config { classes: Some(6), ..config(folder.path()) }.read().unwrap().task().classes,
        6
    );
    stored(&first, &[1, i64::MIN]);
    let text = error(config(folder.path()));
    assert!(text.contains("batch_3.npz: label 1 (counted from 0): expected 1..4, found -92"), "{text}");
    fs::remove_file(&first).unwrap();
    let text = error(config(folder.path()));
    assert!(text.contains("expected train_data_batch_3 or train_data_batch_3.npz, found neither"), "{text}");
    assert!(error(config(&folder.path().join("none"))).contains("none: expected a folder"));
    assert!(
        error(ImageNet32Config { size: 48, ..config(folder.path()) })
            .starts_with("/size: expected 16, 32 or 64")
    );
    assert!(error(ImageNet32Config { classes: Some(1), ..config(folder.path()) }).starts_with("/classes: "));
}

#[test]
fn damaged_files_are_refused() {
    let packed = |path: &Path, labels: &[i64]| npz(path, CompressionMethod::Deflated, labels);
    for (write, extension) in [(&stored as &dyn Fn(&Path, &[i64]), ".npz"), (&packed, ".npz"), (&pickle, "")]
    {
        let folder = TempDir::new().unwrap();
        sample(folder.path(), write, extension);
        let path = folder.path().join(format!("val_data{extension}"));
        write(&path, &[1]);
        let open = || config(folder.path()).read();
        damage::truncated(&path, open);
        let accept = |_, images: Images| assert!(images.label(80) < 4);
        damage::changed(&path, 0..330, open, accept);
        let length = fs::read(&path).unwrap().len();
        damage::changed(&path, length - 300..length, open, accept);
    }
}

#[test]
fn a_file_that_is_shortened_later_is_an_error() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), stored, ".npz");
    let dataset = config(folder.path()).read().unwrap();
    fs::write(folder.path().join("train_data_batch_2.npz"), "gone").unwrap();
    let mut out = vec![0.0; 3 * PLANE];
    dataset.read(7, &mut out).unwrap();
    let text = dataset.read(8, &mut out).unwrap_err().to_string();
    assert!(text.contains("train_data_batch_2.npz: expected image 8, could not read it"), "{text}");
}

/// The folder named by `SMASH_DATA` holds photographs of 200 classes in this format; not the official set.
#[test]
fn imagenet32_on_real_photographs() {
    let name = "imagenet32_on_real_photographs";
    let Some(path) = std::env::var_os("SMASH_DATA").map(|data| Path::new(&data).join("imagenet32-tiny200"))
    else {
        println!("SKIP {name}: SMASH_DATA is not set (set it to a folder that holds imagenet32-tiny200)");
        return;
    };
    if !path.is_dir() {
        println!("SKIP {name}: SMASH_DATA holds no imagenet32-tiny200");
        return;
    }
    let dataset = ImageNet32Config { path, ..ImageNet32Config::default() }.read().unwrap();
    assert_eq!((dataset.len(), dataset.task().classes), (5000, 200));
    let splits = dataset.splits(Seed::new(0)).unwrap();
    assert_eq!([splits.train.len(), splits.valid.len(), splits.test.len()], [3600, 400, 1000]);
    for part in [0..4000, 4000..5000] {
        let each = part.len() / 200;
        let mut counts = [0; 200];
        part.for_each(|index| counts[dataset.label(index)] += 1);
        assert_eq!(counts, [each; 200]);
    }
    // Normalised by the statistics of the training and validation splits.
    let mut image = vec![0.0; 3 * 32 * 32];
    let [mut sum, mut squares] = [0.0; 2];
    for index in 0..4000 {
        dataset.read(index, &mut image).unwrap();
        sum += image.iter().map(|value| f64::from(*value)).sum::<f64>();
        squares += image.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
    }
    let count = (4000 * image.len()) as f64;
    assert!((sum / count).abs() < 1e-4 && (squares / count - 1.0).abs() < 1e-3);
}
