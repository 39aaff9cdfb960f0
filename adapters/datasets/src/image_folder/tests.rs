use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};
use smash_core::dataset::Data;
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
    for class in ["test/pear", "test/apple"] {
        fs::remove_dir_all(folder.path().join(class)).unwrap();
    }
    let empty = error(config(folder.path()));
    assert!(empty.contains("test: expected the class folders of train"), "{empty}");
    fs::create_dir_all(folder.path().join("train/plum/2024")).unwrap();
    save(&folder.path().join("train/plum/2024/0.png"), 8, [9, 9, 9]);
    let nested = error(config(folder.path()));
    assert!(
        nested.contains("train/plum: expected .png, .jpg or .jpeg files, found none, but 1 other files"),
        "{nested}"
    );
}

fn notes(config: &ImageFolderConfig) -> Vec<String> {
    Data::new(config.open().unwrap(), Seed::new(0)).unwrap().notes().to_vec()
}

#[test]
fn classes_that_do_not_train_are_refused_and_those_that_do_not_test_are_named() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), &["train", "test"]);
    assert!(notes(&config(folder.path())).is_empty());
    fs::remove_dir_all(folder.path().join("test/pear")).unwrap();
    let lacks = notes(&config(folder.path()));
    assert_eq!(lacks, ["1 class without a test example: 1 (\"pear\")"]);
    for class in ["test/plum", "val/kiwi"] {
        save(&folder.path().join(class).join("0.png"), 8, [9, 9, 9]);
    }
    let both = config(folder.path()).read().unwrap_err().to_string();
    assert!(both.contains("2 classes have no training images:"), "{both}");
    assert!(both.contains("\"plum\"") && both.contains("\"kiwi\""), "{both}");
    for class in ["test/plum", "val"] {
        fs::remove_dir_all(folder.path().join(class)).unwrap();
    }
    for part in ["test", "val"] {
        for class in ["plum", "Apple"] {
            let path = folder.path().join(part).join(class);
            save(&path.join("0.png"), 8, [9, 9, 9]);
            let text = config(folder.path()).read().unwrap_err().to_string();
            let expected = format!(
                "{}: expected the classes that train, found class {class:?} with 1 images",
                path.display()
            );
            assert!(text.contains(&expected), "{text}");
            fs::remove_dir_all(path).unwrap();
        }
        if part == "val" {
            let text = config(folder.path()).read().unwrap_err().to_string();
            assert!(text.contains("found none: put them there or remove the folder"), "{text}");
            fs::remove_dir_all(folder.path().join(part)).unwrap();
        }
    }
    let names = config(folder.path()).read().unwrap().class_names().unwrap().to_vec();
    assert_eq!(names, ["apple", "pear"]);
}

#[test]
fn a_folder_of_validation_images_is_the_validation_split() {
    for (valid, test) in [("valid", true), ("val", true), ("Validation", false)] {
        let folder = TempDir::new().unwrap();
        sample(folder.path(), if test { &["train", "test"] } else { &["train"] });
        sample(folder.path(), &[valid]);
        let splits = config(folder.path()).read().unwrap().splits(Seed::new(0)).unwrap();
        assert_eq!(splits.valid, (20..40).collect::<Vec<_>>());
        assert_eq!([splits.train.len(), splits.test.len()], if test { [20, 20] } else { [18, 2] });
        let expected =
            format!("the validation split is the folder {valid}: the field validation is not used");
        assert!(notes(&config(folder.path()))[0].starts_with(&expected));
    }
    let folder = TempDir::new().unwrap();
    sample(folder.path(), &["train", "val", "valid"]);
    let text = config(folder.path()).read().unwrap_err().to_string();
    assert!(text.contains("expected one folder for each part, found both val and valid"), "{text}");
    fs::remove_dir_all(folder.path().join("train")).unwrap();
    let text = config(folder.path()).read().unwrap_err().to_string();
    assert!(text.contains("expected a folder train beside val and valid"), "{text}");
}

#[test]
fn what_is_passed_over_is_counted_and_named() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), &["train", "test"]);
    let at = |name: &str| folder.path().join(name);
    for number in 0..5 {
        save(&at(&format!("train/apple/2024/{number}.png")), 8, [255, 0, 0]);
    }
    for name in ["train/pear/x.webp", "train/pear/x.BMP", "train/pear/x.tif", "train/pear/x.gif"] {
        fs::write(at(name), "x").unwrap();
    }
    for name in [".DS_Store", "train/apple/._0.png", "test/Thumbs.db", "README.md"] {
        fs::write(at(name), "x").unwrap();
    }
    save(&at("train/lone.png"), 8, [255, 0, 0]);
    save(&at("extra/0.png"), 8, [255, 0, 0]);
    let [note] = &notes(&config(folder.path()))[..] else { panic!() };
    for expected in [
        "5 files in folders within a class (train/apple/2024/)",
        "4 files of formats that are not read (train/pear/x.BMP, train/pear/x.gif, train/pear/x.tif, …)",
        "1 file beside the class folders (train/lone.png)",
        "1 file in a folder of no class (extra/)",
        "1 file that is no data (README.md)",
        "3 hidden or system files (.DS_Store, ",
    ] {
        assert!(note.contains(expected), "{expected}: {note}");
    }
    assert_eq!(config(folder.path()).read().unwrap().len(), 40);
}

#[test]
fn all_files_that_are_no_image_are_named_with_what_they_are() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), &["."]);
    let bytes: [(&str, &[u8], &str); 6] = [
        ("a.jpg", b"RIFF\x24\0\0\0WEBPVP8 ", "found a WebP image: convert it"),
        ("b.jpg", b"GIF89a\x01\0\x01\0\0\0\0;", "found a GIF image: convert it"),
        ("c.png", b"<html>404</html>", "found an HTML page"),
        ("d.jpeg", b"version https://git-lfs.github.com/spec/v1\n", "found a Git LFS pointer"),
        ("e.JPG", b"", "found an empty file"),
        ("f.jpg", b"\xff\xd8\xff\xe0", "truncated"),
    ];
    for (name, bytes, _) in bytes {
        fs::write(folder.path().join("pear").join(name), bytes).unwrap();
    }
    let text = config(folder.path()).read().unwrap_err().to_string();
    assert!(text.contains("6 of 26 images cannot be read:"), "{text}");
    for (name, _, expected) in bytes {
        assert!(text.lines().any(|line| line.contains(name) && line.contains(expected)), "{name}: {text}");
    }
    for number in 0..30 {
        fs::write(folder.path().join(format!("pear/g{number}.jpg")), "").unwrap();
    }
    let text = config(folder.path()).read().unwrap_err().to_string();
    assert!(text.contains("36 of 56 images") && text.ends_with("… and 26 more"), "{text}");
    assert_eq!(text.lines().count(), 12);
}

#[test]
fn images_are_turned_as_their_camera_says() {
    let folder = TempDir::new().unwrap();
    sample(folder.path(), &["."]);
    // Upright the left half is black; a camera held upside down stored it on the right (orientation 3).
    let path = folder.path().join("apple/0.jpg");
    let pixel = |x, _| if x >= 8 { Rgb([0; 3]) } else { Rgb([255, 0, 0]) };
    RgbImage::from_fn(16, 16, pixel).save(&path).unwrap();
    let stored = picture::read(&path, [2, 2], 3).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let exif = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0";
    bytes.splice(2..2, *exif);
    fs::write(&path, bytes).unwrap();
    let turned = picture::read(&path, [2, 2], 3).unwrap();
    assert!(stored[0] > 200 && stored[1] < 60, "{stored:?}");
    assert!(turned[0] < 60 && turned[1] > 200, "{turned:?}");
}
