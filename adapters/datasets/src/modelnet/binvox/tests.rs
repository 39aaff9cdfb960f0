use std::fs;

use smash_core::Error;
use tempfile::TempDir;

use super::*;
use crate::check::bad;
use crate::damage;

fn file(header: &str, runs: &[u8]) -> Vec<u8> {
    [header.as_bytes(), runs].concat()
}

const HEADER_TEXT: &str = "#binvox 1\ndim 32 32 32\ntranslate -0.5 0 1e-3\nscale 2.5\ndata\n";

/// Run-length encodes these voxels, in the order of the file.
fn runs(filed: &[u8]) -> Vec<u8> {
    let equal = filed.chunk_by(|a, b| a == b).flat_map(|run| run.chunks(255));
    equal.flat_map(|run| [run[0], run.len() as u8]).collect()
}

fn sample() -> Vec<u8> {
    let mut filed = vec![0; VOXELS];
    // x = 3, z = 5, y = 7.
    filed[(3 * EXTENT + 5) * EXTENT + 7] = 1;
    filed[30 * EXTENT * EXTENT..].fill(1);
    file(HEADER_TEXT, &runs(&filed))
}

fn open(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let place = TempDir::new().unwrap();
    let path = place.path().join("a.binvox");
    fs::write(&path, bytes).unwrap();
    read(&path)
}

#[test]
fn y_changes_fastest() {
    let voxels = open(&sample()).unwrap();
    let occupied = |x: usize, y: usize, z: usize| voxels[(x * EXTENT + y) * EXTENT + z] == 1;
    assert!(occupied(3, 7, 5) && !occupied(3, 5, 7));
    assert_eq!(voxels.iter().filter(|voxel| **voxel == 1).count(), 1 + 2 * EXTENT * EXTENT);
}

#[test]
fn absurd_headers_and_runs_are_refused() {
    let whole = sample();
    let runs = &whole[HEADER_TEXT.len()..];
    let error = |bytes: &[u8]| open(bytes).unwrap_err();
    for dim in ["64 64 64", "32 32", "4294967296 4294967296 4294967296", "-1 32 32", "32 32 32 32", ""] {
        let text = error(&file(&HEADER_TEXT.replace("32 32 32", dim), runs));
        assert_eq!(text, format!("expected the line \"dim 32 32 32\", found {dim:?}"));
    }
    assert!(error(&file(&HEADER_TEXT.replace("dim", "dam"), runs)).contains("found \"none\""));
    assert!(error(&file(&HEADER_TEXT.replace("#binvox", "binvox"), runs)).contains("found other bytes"));
    assert!(
        error(&file(&HEADER_TEXT.replace("data\n", &"x".repeat(2000)), runs)).contains("found none in 1024")
    );
    assert!(error(&[whole.clone(), vec![0, 1]].concat()).contains("found 1 times 0 after 32768 voxels"));
    assert!(error(&file(HEADER_TEXT, &[0, 0])).contains("found 0 times 0 after 0 voxels"));
    assert!(error(&file(HEADER_TEXT, &[2, 9])).contains("found 9 times 2 after 0 voxels"));
    assert!(error(&vec![b'#'; 1 << 17]).contains("expected a .binvox file of at most 66560 bytes"));
}

#[test]
fn damaged_files_are_refused() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("a.binvox");
    fs::write(&path, sample()).unwrap();
    let open = || read(&path).map_err(|problem| -> Error { bad(&path, problem) });
    damage::truncated(&path, open);
    // Some bytes of the header do not affect voxels, and another voxel is another valid grid.
    damage::changed(&path, 0..usize::MAX, open, |_, voxels| assert!(voxels.iter().all(|voxel| *voxel < 2)));
}
