use std::cell::Cell;

use tempfile::TempDir;

use super::*;

fn columns(of: u32) -> Columns {
    (0..2 * COLUMNS as u32).map(|i| i.wrapping_mul(of)).collect()
}

#[test]
fn grids_are_made_once_for_each_mesh_and_way() {
    let place = TempDir::new().unwrap();
    let cache = Cache::new(place.path().join("a/b")).unwrap();
    let made = Cell::new(0);
    let grids = |bytes: &[u8], way: &str, of: u32| {
        let make = || {
            made.set(made.get() + 1);
            Ok(columns(of))
        };
        cache.grids(bytes, way, 2, make).unwrap()
    };
    for _ in 0..2 {
        assert_eq!(grids(b"mesh", "solid", 3), columns(3));
        assert_eq!(grids(b"mesh", "surface", 5), columns(5));
        assert_eq!(grids(b"other", "solid", 7), columns(7));
    }
    assert_eq!(made.get(), 3);
    let files = fs::read_dir(place.path().join("a/b")).unwrap();
    assert!(files.map(|file| file.unwrap().path()).all(|path| path.extension().unwrap() == "voxels"));
    assert_eq!(fs::read_dir(place.path().join("a/b")).unwrap().count(), 3, "no others are left behind");
}

#[test]
fn a_damaged_file_is_made_anew() {
    let place = TempDir::new().unwrap();
    let cache = Cache::new(place.path().into()).unwrap();
    let grids = |count| cache.grids(b"mesh", "solid", count, || Ok(columns(3)));
    grids(2).unwrap();
    let path = fs::read_dir(place.path()).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&path).unwrap();
    let heals = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        assert_eq!(grids(2).unwrap(), columns(3));
        assert_eq!(fs::read(&path).unwrap(), whole);
    };
    for length in (0..100).chain([whole.len() - 4, whole.len() - 1]) {
        heals(&whole[..length]);
    }
    for at in (0..60).chain([5000, whole.len() - 1]) {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        heals(&bytes);
    }
    heals(&[&whole[..], &[0]].concat());
    // A complete file, but of another mesh.
    cache.grids(b"other", "solid", 2, || Ok(columns(9))).unwrap();
    let other = fs::read_dir(place.path()).unwrap().map(|file| file.unwrap().path()).find(|p| *p != path);
    heals(&fs::read(other.unwrap()).unwrap());
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let place = TempDir::new().unwrap();
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    let text = Cache::new(file.join("folder")).unwrap_err();
    assert!(text.contains("expected a folder to keep voxels in"), "{text}");
    let cache = Cache::new(place.path().join("gone")).unwrap();
    fs::remove_dir(place.path().join("gone")).unwrap();
    let text = cache.grids(b"mesh", "solid", 2, || Ok(columns(3))).unwrap_err();
    assert!(text.contains("gone, could not: ") && text.contains("name another folder"), "{text}");
    assert_eq!(cache.grids(b"mesh", "solid", 2, || Err("bad".into())), Err("bad".into()));
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_file_is_not_followed() {
    let place = TempDir::new().unwrap();
    let cache = Cache::new(place.path().join("cache")).unwrap();
    let grids = || cache.grids(b"mesh", "solid", 2, || Ok(columns(3)));
    grids().unwrap();
    let path = fs::read_dir(place.path().join("cache")).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(&path).unwrap();
    let outside = place.path().join("precious");
    fs::write(&outside, "precious").unwrap();
    std::os::unix::fs::symlink(&outside, &path).unwrap();
    assert!(grids().unwrap_err().contains("found a symbolic link"));
    assert_eq!(fs::read_to_string(&outside).unwrap(), "precious");
}
