use std::fs;
use std::path::Path;

use smash_core::component::DatasetConfig;
use tempfile::TempDir;

use super::kit::*;
use crate::damage;
use crate::mesh::shapes::{cuboid, off, torus};
use crate::modelnet::*;
use crate::voxels::VOXELS;
use crate::{ModelNet10Config, ModelNet40Config};

/// A folder with meshes of boxes for each class: `train` and `test` of them, each with its own proportions.
fn meshes(at: &Path, classes: &[&str], train: usize, test: usize) {
    for (label, class) in classes.iter().enumerate() {
        for (part, count) in [("train", train), ("test", test)] {
            let part = at.join(class).join(part);
            fs::create_dir_all(&part).unwrap();
            for number in 0..count {
                let mesh = cuboid([1.0, (1 + label) as f64 / 50.0, (1 + number) as f64 / 10.0]);
                fs::write(part.join(format!("{class}_{number:04}.off")), off(&mesh)).unwrap();
            }
        }
    }
}

fn all(dataset: &dyn Dataset) -> Vec<f32> {
    let mut out = vec![0.0; VOXELS];
    let views = (0..dataset.len()).flat_map(|index| (0..dataset.views()).map(move |view| (index, view)));
    let mut values = Vec::new();
    for (index, view) in views {
        dataset.read_view(index, view, &mut out).unwrap();
        values.extend_from_slice(&out);
    }
    values
}

#[test]
fn meshes_become_grids_of_real_poses() {
    let place = TempDir::new().unwrap();
    meshes(place.path(), SET10, 2, 1);
    let meshes = MeshesConfig { margin: 2, ..MeshesConfig::default() };
    let dataset = open(&ModelNetConfig { poses: 4, meshes, ..config(place.path()) }).unwrap();
    assert_eq!((dataset.len(), dataset.views(), dataset.objects.grids.len()), (30, 4, 120));
    // The second toilet: 1 by 0.2 by 0.2 in 28 voxels, which is 5.6 on either side of the centre.
    let solid = |view: usize| occupied(&dataset, 19, Some(view));
    assert_eq!(solid(0).len(), 28 * 6 * 6);
    let turned: Vec<[usize; 3]> = solid(0).into_iter().map(|[x, y, z]| [31 - y, x, z]).collect();
    let mut turned = turned;
    turned.sort_unstable();
    assert_eq!(solid(1), turned);
    // Rotating the mesh by an eighth of a turn changes no length and leaves no holes, as rotating a grid
    // would.
    let twelve = open(&ModelNetConfig { poses: 24, ..config(place.path()) }).unwrap();
    let eighth = occupied(&twelve, 19, Some(3));
    assert!(eighth.iter().map(|[x, ..]| x).max() == Some(&30) && eighth.len() > 800, "{}", eighth.len());
    let surface = MeshesConfig { fill: Fill::Surface, margin: 2, cache: None };
    let shell = open(&ModelNetConfig { poses: 4, meshes: surface, ..config(place.path()) }).unwrap();
    assert_eq!(occupied(&shell, 19, Some(0)).len(), 28 * 6 * 6 - 26 * 4 * 4);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes_and_so_does_the_cache() {
    let place = TempDir::new().unwrap();
    let [folder, cache] = ["ModelNet10", "cache"].map(|name| place.path().join(name));
    meshes(&folder, SET10, 3, 1);
    let pose = off(&torus(0.3, 20));
    fs::write(folder.join("sofa/train/sofa_0001.off"), pose).unwrap();
    let kept = MeshesConfig { cache: Some(cache.clone()), ..MeshesConfig::default() };
    let [plain, kept] = [MeshesConfig::default(), kept].map(|meshes| ModelNetConfig {
        poses: 3,
        meshes,
        ..config(place.path())
    });
    let with = |threads: usize, config: &ModelNetConfig| {
        all(&ModelNet::open_with(&super::super::super::modelnet10::SET, config, threads).unwrap())
    };
    let expected = with(1, &plain);
    for threads in [2, 5] {
        assert_eq!(with(threads, &plain), expected);
        assert_eq!(with(threads, &kept), expected);
    }
    // A cache file for each different mesh; broken ones are replaced, and none is trusted.
    let files = || fs::read_dir(&cache).unwrap().map(|file| file.unwrap().path());
    assert_eq!(files().count(), 10 * 3);
    for (number, file) in files().enumerate() {
        let mut bytes = fs::read(&file).unwrap();
        let at = number * 37;
        bytes[at] ^= 1;
        fs::write(&file, bytes).unwrap();
    }
    assert_eq!(with(2, &kept), expected);
    // The cache does not hide that a mesh has changed.
    fs::write(folder.join("sofa/train/sofa_0001.off"), off(&torus(0.2, 20))).unwrap();
    assert_ne!(with(2, &kept), expected);
}

#[test]
fn grids_come_in_three_formats() {
    let place = TempDir::new().unwrap();
    folder(&place.path().join("npy"), 2, 1);
    let as_they_are = all(&open(&config(&place.path().join("npy"))).unwrap());
    for format in ["npz", "binvox"] {
        let at = place.path().join(format);
        folder(&at, 2, 1);
        let files = SET10.iter().flat_map(|class| {
            let part = |(part, number)| (at.join(class).join(part), *class, number);
            [("train", 0), ("train", 1), ("test", 0)].map(part)
        });
        for (part, class, number) in files {
            let npy = part.join(format!("{class}_{number:04}.npy"));
            let bytes = fs::read(&npy).unwrap();
            fs::remove_file(&npy).unwrap();
            let other = npy.with_extension(format);
            match format {
                "npz" => npz(&other, &[("voxels.npy", &bytes)]),
                _ => fs::write(&other, binvox(&bytes[bytes.len() - VOXELS..])).unwrap(),
            }
            // Meshes beside their grids are ignored.
            fs::write(npy.with_extension("off"), "not read").unwrap();
        }
        assert_eq!(all(&open(&config(&at)).unwrap()), as_they_are, "{format}");
    }
}

/// The file of a grid `[x][y][z]`, run-length encoded.
fn binvox(voxels: &[u8]) -> Vec<u8> {
    let filed = (0..VOXELS).map(|at| {
        let (x, z, y) = (at / 1024, at / 32 % 32, at % 32);
        voxels[(x * 32 + y) * 32 + z]
    });
    let filed: Vec<u8> = filed.collect();
    let runs = filed.chunk_by(|a, b| a == b).flat_map(|run| run.chunks(200));
    let runs = runs.flat_map(|run| [run[0], run.len() as u8]);
    b"#binvox 1\ndim 32 32 32\ndata\n".iter().copied().chain(runs).collect()
}

#[test]
fn damaged_meshes_and_archives_of_one_grid_are_refused() {
    let place = TempDir::new().unwrap();
    meshes(place.path(), SET10, 1, 1);
    let path = place.path().join("sofa/test/sofa_0000.off");
    let small = ModelNetConfig { poses: 1, ..config(place.path()) };
    // The last digit or the line end may be missing.
    let whole = fs::read(&path).unwrap().len();
    damage::cut(&path, || open(&small), |length, _| assert_eq!(length, whole - 1));
    damage::changed(&path, 0..40, || open(&small), |_, _| ());
    let place = TempDir::new().unwrap();
    folder(place.path(), 1, 1);
    for class in SET10 {
        for part in ["train", "test"] {
            let npy = place.path().join(class).join(part).join(format!("{class}_0000.npy"));
            npz(&npy.with_extension("npz"), &[("voxels.npy", &fs::read(&npy).unwrap())]);
            fs::remove_file(npy).unwrap();
        }
    }
    let path = place.path().join("sofa/test/sofa_0000.npz");
    let open = || open(&config(place.path()));
    damage::truncated(&path, open);
    damage::changed(&path, 0..120, open, |_, _| ());
    npz(&path, &[("a.npy", b"1"), ("b.npy", b"2")]);
    let text = open().unwrap_err().to_string();
    assert!(text.ends_with("sofa_0000.npz: expected one array, found 2"), "{text}");
    // A decompression bomb: more zeros than a grid has.
    let bomb = npy("|u1", "(32, 32, 32)", &vec![0; 1 << 26]);
    npz(&path, &[("a.npy", &bomb)]);
    let text = open().unwrap_err().to_string();
    assert!(text.contains("found more bytes"), "{text}");
}

#[test]
fn modelnet40_has_forty_classes() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("ModelNet40");
    meshes(&folder, crate::modelnet40::SET.classes, 2, 1);
    let json = serde_json::json!({"type": "modelnet40", "path": place.path(), "poses": 2});
    let dataset = serde_json::from_value::<Box<dyn DatasetConfig>>(json).unwrap().open().unwrap();
    assert_eq!(dataset.task(), &Task { channels: 1, extents: vec![32; 3], classes: 40 });
    assert_eq!((dataset.len(), dataset.label(39), dataset.label(119)), (120, 39, 39));
    // Ten of its classes are those of ModelNet10, under the same names.
    let ten = ModelNet10Config(config(&folder)).read().unwrap();
    assert_eq!((ten.len(), ten.task().classes), (30, 10));
    fs::remove_dir_all(folder.join("xbox")).unwrap();
    let text = ModelNet40Config(config(place.path())).read().unwrap_err().to_string();
    assert!(text.contains("ModelNet40/xbox/train: expected a folder of .off meshes"), "{text}");
    let margin = MeshesConfig { margin: 9, ..MeshesConfig::default() };
    let config = ModelNet40Config(ModelNetConfig { meshes: margin, ..config(place.path()) });
    assert!(
        config.read().unwrap_err().to_string().starts_with("/meshes/margin: expected at most 8, found 9")
    );
}
