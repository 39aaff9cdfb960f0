use image::{Rgb, RgbImage};
use smash_core::random::Seed;
use tempfile::TempDir;

use super::*;
use crate::damage;

/// An image of one colour, with a black left half.
fn save(path: &Path, width: u32, colour: [u8; 3]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let pixel = |x, _| if x < width / 2 { Rgb([0; 3]) } else { Rgb(colour) };
    RgbImage::from_fn(width, 8, pixel).save(path).unwrap();
}

fn sample(folder: &Path, parts: &[&str]) {
    for part in parts {
        for (class, colour) in [("apple", [255, 0, 0]), ("pear", [0, 255, 0])] {
            for number in 0..10 {
                save(&folder.join(part).join(class).join(format!("{number}.png")), 8 + number, colour);
            }
        }
    }
}

fn config(folder: &Path) -> ImageFolderConfig {
    ImageFolderConfig { path: folder.to_path_buf(), size: [4, 2], ..ImageFolderConfig::default() }
}

#[test]
fn folders_become_classes_and_images_planes() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), &["train", "test"]);
    save(&folder.path().join("train/pear/x.JPG"), 40, [0, 255, 0]);
    fs::write(folder.path().join("train/pear/notes.txt"), "").unwrap();
    fs::create_dir(folder.path().join("train/.cache")).unwrap();
    let json = serde_json::json!({"type": "image_folder", "path": folder.path(), "size": [4, 2]});
    let dataset = serde_json::from_value::<Box<dyn DatasetConfig>>(json).unwrap().open().unwrap();
    assert_eq!(dataset.task(), &Task { channels: 3, extents: vec![4, 2], classes: 2 });
    assert_eq!(dataset.splits(Seed::new(0)).unwrap().test, (21..41).collect::<Vec<_>>());
    assert_eq!([0, 9, 10, 20, 21, 40].map(|index| dataset.label(index)), [0, 0, 1, 1, 0, 1]);
    // Red apples, green pears, bright on the right; the blue channel is zero.
    let mut out = [0.0; 24];
    for index in 0..41 {
        dataset.read(index, &mut out).unwrap();
        let (bright, dark) = if dataset.label(index) == 0 { (0, 8) } else { (8, 0) };
        for row in 0..4 {
            assert!(out[bright + 2 * row + 1] > out[bright + 2 * row] + 0.5, "{index}: {out:?}");
            assert!((out[dark + 2 * row + 1] - out[dark + 2 * row]).abs() < 0.2, "{index}: {out:?}");
        }
    }
}

#[test]
fn without_parts_a_test_share_is_drawn() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), &["."]);
    let splits = config(folder.path()).read().unwrap().splits(Seed::new(0)).unwrap();
    assert_eq!([splits.train.len(), splits.valid.len(), splits.test.len()], [16, 2, 2]);
}

#[test]
fn damaged_images_are_refused() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), &["."]);
    let open = || config(folder.path()).read();
    let png = folder.path().join("apple/0.png");
    damage::truncated(&png, open);
    damage::changed(&png, 0..usize::MAX, open, |_, _| ());
    let jpeg = folder.path().join("apple/1.jpeg");
    save(&jpeg, 8, [9, 9, 9]);
    // An embedded thumbnail with an end marker of its own, and restart markers in the pixels: neither is the
    // end of the image.
    let mut bytes = fs::read(&jpeg).unwrap();
    bytes.splice(2..2, *b"\xFF\xE1\x00\x08\xFF\xD8\xFF\xD9\x00\x00");
    fs::write(&jpeg, bytes).unwrap();
    damage::truncated(&jpeg, open);
    damage::changed(&jpeg, 0..usize::MAX, open, |_, _| ());
    // Trailing data that a camera adds is no damage.
    for path in [png, jpeg] {
        fs::write(&path, [fs::read(&path).unwrap(), b"more".to_vec()].concat()).unwrap();
        open().unwrap();
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), &["train", "test"]);
    let error = |config: ImageFolderConfig| config.read().unwrap_err().to_string();
    for size in [[0, 2], [4, 513]] {
        let text = error(ImageFolderConfig { size, ..config(folder.path()) });
        assert!(text.starts_with("/size: expected a height and a width of 1 to 512"), "{text}");
    }
    let none = error(config(&folder.path().join("train/pear")));
    assert!(none.contains("pear: expected 2 to 65536 folders, one for each class, found 0"), "{none}");
    // A decompression bomb: 100,000 × 100,000 pixels according to its header.
    let path = folder.path().join("train/pear/0.png");
    let mut bytes = fs::read(&path).unwrap();
    bytes[16..24].copy_from_slice(&[0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0]);
    fs::write(&path, bytes).unwrap();
    let huge = error(config(folder.path()));
    assert!(huge.contains("train/pear/0.png: expected a whole PNG or JPEG image"), "{huge}");
    fs::remove_dir_all(folder.path().join("test/pear")).unwrap();
    let class = error(config(folder.path()));
    assert!(class.contains("test/pear: expected a folder"), "{class}");
    fs::create_dir(folder.path().join("test/pear")).unwrap();
    let empty = error(config(folder.path()));
    assert!(empty.contains("test/pear: expected .png, .jpg or .jpeg files, found none"), "{empty}");
}
