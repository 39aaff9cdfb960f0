use std::fs;

use smash_core::random::Seed;
use tempfile::TempDir;

use super::*;
use crate::damage;

/// Images with the label n % 10 + 1, zero except for the byte n in channel 1, row 2, column 5.
fn sample(folder: &Path, train: usize, test: usize) {
    for (name, count) in [("train", train), ("test", test)] {
        let mut pixels = vec![0; count * PIXELS];
        (0..count).for_each(|n| pixels[n * PIXELS + PLANE + 5 * EXTENT + 2] = n as u8);
        fs::write(folder.join(format!("{name}_X.bin")), pixels).unwrap();
        let labels: Vec<u8> = (0..count).map(|n| (n % CLASSES + 1) as u8).collect();
        fs::write(folder.join(format!("{name}_y.bin")), labels).unwrap();
    }
    let folds: String =
        (0..FOLDS).map(|fold| format!("{} {} \n", fold % train, (fold + 1) % train)).collect();
    fs::write(folder.join(FOLD_FILE), folds).unwrap();
}

fn config(folder: &Path) -> Stl10Config {
    Stl10Config { path: folder.to_path_buf(), ..Stl10Config::default() }
}

#[test]
fn columns_become_rows_and_labels_begin_at_zero() {
    let folder = TempDir::new().unwrap();
    let inner = folder.path().join("stl10_binary");
    fs::create_dir(&inner).unwrap();
    sample(&inner, 20, 3);
    let json = serde_json::json!({"type": "stl10", "path": folder.path()});
    let dataset = serde_json::from_value::<Box<dyn DatasetConfig>>(json).unwrap().open().unwrap();
    assert_eq!(dataset.task(), &Task { channels: 3, extents: vec![96, 96], classes: 10 });
    assert_eq!(dataset.splits(Seed::new(0)).unwrap().test, [20, 21, 22]);
    assert_eq!(dataset.class_names().unwrap()[9], "truck");
    fs::write(inner.join(NAMES_FILE), "a\r\nb\r\nc\nd\ne\nf\ng\nh\ni\nj").unwrap();
    assert_eq!(config(folder.path()).read().unwrap().class_names().unwrap()[..2], ["a", "b"]);
    let mut out = vec![0.0; PIXELS];
    for n in 0..20 {
        dataset.read(n, &mut out).unwrap();
        assert_eq!(dataset.label(n), n % 10);
        let dark = out[PLANE];
        let bright: Vec<usize> = (PLANE..2 * PLANE).filter(|&at| out[at] != dark).collect();
        assert_eq!(bright, if n == 0 { vec![] } else { vec![PLANE + 2 * EXTENT + 5] });
    }
}

#[test]
fn a_fold_is_a_part_of_the_training_images() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), 20, 3);
    let dataset = Stl10Config { fold: Some(7), ..config(folder.path()) }.read().unwrap();
    assert_eq!((0..dataset.len()).map(|n| dataset.label(n)).collect::<Vec<_>>(), [7, 8, 0, 1, 2]);
    let text = Stl10Config { fold: Some(10), ..config(folder.path()) }.read().unwrap_err().to_string();
    assert!(text.contains("/fold: expected a fold 0..9, found 10"), "{text}");
    for (line, expected) in [
        ("0 20\n", "fold 7: expected indices 0..19, found \"20\""),
        ("0 -1\n", "found \"-1\""),
        ("3 3\n", "found 2 with 1 different"),
        ("\n", "found 0"),
        ("", "expected 10 whole lines"),
    ] {
        fs::write(folder.path().join(FOLD_FILE), line.repeat(FOLDS)).unwrap();
        let text = Stl10Config { fold: Some(7), ..config(folder.path()) }.read().unwrap_err().to_string();
        assert!(text.contains("fold_indices.txt: ") && text.contains(expected), "{text}");
    }
}

#[test]
fn damaged_files_are_refused() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), 2, 1);
    let open = || config(folder.path()).read();
    let folded = || Stl10Config { fold: Some(9), ..config(folder.path()) }.read();
    for name in ["train_y.bin", "test_y.bin"] {
        damage::truncated(&folder.path().join(name), open);
        damage::changed(&folder.path().join(name), 0..2, open, |_, _| ());
    }
    damage::truncated(&folder.path().join(FOLD_FILE), folded);
    damage::changed(&folder.path().join(FOLD_FILE), 0..100, folded, |_, _| ());
    for (name, bytes, expected) in [
        ("train_y.bin", vec![1, 0], "label 1 (counted from 0): expected 1..10, found 0"),
        ("test_y.bin", vec![11], "label 0 (counted from 0): expected 1..10, found 11"),
        ("test_X.bin", vec![0; PIXELS - 1], "expected 1 to 8000 images of 27648 bytes, found 27647 bytes"),
        ("train_X.bin", Vec::new(), "expected 1 to 5000 images"),
    ] {
        sample(folder.path(), 2, 1);
        fs::write(folder.path().join(name), bytes).unwrap();
        let text = open().unwrap_err().to_string();
        assert!(text.contains(name) && text.contains(expected), "{text}");
    }
}
