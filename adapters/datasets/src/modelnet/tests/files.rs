use std::fs;
use std::path::Path;

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
        ("<f4", "(32, 32, 32)"),
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
