use std::fs;
use std::path::Path;

use smash_core::dataset::Dataset;

use super::kit::*;

#[test]
fn a_missing_folder_says_what_was_looked_for() {
    let damaged = |change: fn(&Path)| error(|at| folder(at, 1, 1), change);
    let missing = damaged(|at| fs::remove_dir_all(at).unwrap());
    assert!(
        missing.starts_with("dataset: DIR: expected a folder, found nothing; name the folder"),
        "{missing}"
    );
    let file = damaged(|at| {
        fs::remove_dir_all(at).unwrap();
        fs::write(at, "").unwrap();
    });
    assert!(file.contains("expected a folder, found a file"), "{file}");
    let other = damaged(|at| {
        fs::remove_dir_all(at).unwrap();
        fs::create_dir(at).unwrap();
    });
    for name in
        ["bathtub … toilet", "ModelNet10", "rot24_train.npz and modelnet10_rot24_test.npz, found none"]
    {
        assert!(other.contains(name), "{other} lacks {name}");
    }
    let class = damaged(|at| fs::remove_dir_all(at.join("sofa/test")).unwrap());
    assert!(class.contains("DIR/sofa/test: expected a folder of .npy grids of 32×32×32 bytes: "), "{class}");
    let empty =
        damaged(|at| fs::rename(at.join("bed/train/bed_0000.npy"), at.join("bed/train/x.off")).unwrap());
    assert!(empty.contains("DIR/bed/train: expected .npy grids of 32×32×32 bytes, found none"), "{empty}");
}

#[test]
fn a_damaged_grid_says_where() {
    let damaged = |bytes: Vec<u8>| {
        let text = error(
            |at| folder(at, 1, 1),
            |at| fs::write(at.join("chair/train/chair_0000.npy"), &bytes).unwrap(),
        );
        let start = "dataset: DIR/chair/train/chair_0000.npy: ";
        text.strip_prefix(start).unwrap_or_else(|| panic!("{text} does not begin with {start}")).to_owned()
    };
    let full = npy("|u1", "(32, 32, 32)", &grid(&[]));
    assert!(damaged(Vec::new()).starts_with("expected the header of a .npy file"));
    assert!(damaged(b"OFF\n8 6 12\n".to_vec()).contains("found other bytes"));
    for length in [20, 70, full.len() - 1] {
        damaged(full[..length].to_vec());
    }
    assert!(damaged(full[..full.len() - 1].to_vec()).starts_with("truncated: expected 32768 voxels"));
    assert!(damaged([full, vec![0]].concat()).contains("found more bytes"));
    for (dtype, shape) in [
        ("<f4", "(32, 32)"),
        ("|u1", "(32, 32)"),
        ("|u1", "(64, 32, 32)"),
        ("|u1", "(18446744073709551615, 18446744073709551615, 2)"),
        ("|u1", "()"),
    ] {
        let text = damaged(npy(dtype, shape, &grid(&[])));
        let start = "expected bytes (uint8 or bool) of shape [32, 32, 32], found ";
        assert!(text.starts_with(start) && text.contains(dtype), "{text}");
    }
    let mut voxels = grid(&[]);
    voxels[(4 * 32 + 5) * 32 + 6] = 7;
    let text = damaged(npy("|u1", "(32, 32, 32)", &voxels));
    assert_eq!(text, "expected 0 (empty) or 1 (occupied) at [4][5][6], found 7");
}

#[test]
fn all_damaged_grids_are_named() {
    let text = error(
        |at| folder(at, 2, 1),
        |at| {
            for name in ["chair/train/chair_0000.npy", "sofa/train/sofa_0001.npy"] {
                fs::write(at.join(name), "").unwrap();
            }
        },
    );
    assert!(text.contains("2 objects cannot be read:"), "{text}");
    assert!(text.contains("chair_0000.npy: expected") && text.contains("sofa_0001.npy: expected"), "{text}");
}

#[test]
fn what_is_passed_over_is_counted_and_named() {
    let folder_of = tempfile::TempDir::new().unwrap();
    let at = folder_of.path();
    folder(at, 2, 1);
    let grids = at.join("chair/train");
    fs::rename(grids.join("chair_0000.npy"), grids.join("chair_0000.NPY")).unwrap();
    fs::write(grids.join("chair_0000.off"), "").unwrap();
    fs::create_dir_all(grids.join("old")).unwrap();
    fs::write(grids.join("old/a.npy"), "").unwrap();
    fs::create_dir_all(at.join("piano/train")).unwrap();
    for name in [".DS_Store", "README.txt", "piano/train/a.npy", "bed/train/._a.npy"] {
        fs::write(at.join(name), "").unwrap();
    }
    let dataset = open(&config(at)).unwrap();
    assert_eq!(dataset.objects.train, 20);
    let [note] = dataset.notes() else { panic!("{:?}", dataset.notes()) };
    for expected in [
        "1 file in a folder within a class (chair/train/old/)",
        "1 file of a format that is not read (chair/train/chair_0000.off)",
        "1 file in a folder of no class (piano/)",
        "1 file that is no data (README.txt)",
        "2 hidden or system files (",
    ] {
        assert!(note.contains(expected), "{expected}: {note}");
    }
    assert_eq!(dataset.class_names().unwrap()[2], "chair");
}

#[test]
fn grids_of_other_types_and_orders_are_read() {
    let folder_of = tempfile::TempDir::new().unwrap();
    let at = folder_of.path();
    folder(at, 1, 1);
    let voxels = grid(&[[1, 2, 3]]);
    let floats: Vec<u8> = voxels.iter().flat_map(|voxel| f32::from(*voxel).to_le_bytes()).collect();
    fs::write(at.join("chair/train/chair_0000.npy"), npy("<f4", "(1, 32, 32, 32)", &floats)).unwrap();
    // Column by column the same place is [3][2][1].
    let columns = String::from_utf8_lossy(&npy("|u1", "(32, 32, 32)", &[])[10..]).replace("False", "True ");
    let head = [b"\x93NUMPY\x01\x00", &(columns.len() as u16).to_le_bytes()[..], columns.as_bytes()].concat();
    fs::write(at.join("bed/train/bed_0000.npy"), [head, grid(&[[3, 2, 1]])].concat()).unwrap();
    let dataset = open(&config(at)).unwrap();
    for index in 0..dataset.objects.train {
        if ["chair", "bed"].contains(&dataset.class_names().unwrap()[dataset.label(index)].as_str()) {
            assert_eq!(occupied(&dataset, index, Some(0)), [[1, 2, 3]]);
        }
    }
}
