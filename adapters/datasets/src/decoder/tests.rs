use std::fs;

use image::{Rgb, RgbImage};
use smash_core::dataset::Dataset;
use smash_core::task::Task;
use tempfile::TempDir;

use super::*;
use crate::mesh::shapes;
use crate::voxels::VOXELS;
use crate::{ImageFolderConfig, MeshesConfig, ModelNetConfig, VoxelValues};

/// All views of a file.
fn views(decoder: &Decoder, file: &Path) -> Vec<Vec<f32>> {
    let decoded = decoder.decode(file).unwrap();
    let mut out = vec![0.0; decoder.task().example_len()];
    let view = |view| {
        decoder.read(&decoded, view, &mut out);
        out.clone()
    };
    (0..decoder.views(&decoded)).map(view).collect()
}

#[test]
fn pictures_are_decoded_as_their_dataset_does() {
    let folder = TempDir::new().unwrap();
    let mut files = Vec::new();
    for class in ["a", "b"] {
        fs::create_dir(folder.path().join(class)).unwrap();
        for number in 0..6 {
            let pixel = |x: u32, y: u32| Rgb([(x * 40 + number * 9) as u8, (y * 37) as u8, (x * y) as u8]);
            files.push(folder.path().join(class).join(format!("{number}.png")));
            RgbImage::from_fn(9 + number, 7, pixel).save(files.last().unwrap()).unwrap();
        }
    }
    let config = ImageFolderConfig {
        path: folder.path().into(),
        size: [5, 6],
        validation: 0.2,
        ..ImageFolderConfig::default()
    };
    let dataset = config.read().unwrap();
    let decoder = Decoder::new(&dataset.decoding(), dataset.task(), dataset.views()).unwrap();
    let mut expected = vec![0.0; dataset.task().example_len()];
    for (index, file) in files.iter().enumerate() {
        dataset.read(index, &mut expected).unwrap();
        assert_eq!(views(&decoder, file), [&expected[..]], "{}", file.display());
    }
    assert!(decoder.reads(Path::new("x.JPG")) && !decoder.reads(Path::new("x.npy")));

    fs::write(&files[0], "not an image").unwrap();
    let error = decoder.decode(&files[0]).unwrap_err().to_string();
    assert!(error.contains("0.png: expected a PNG or JPEG image, found a text"), "{error}");
}

#[test]
fn objects_are_decoded_as_their_dataset_does() {
    let folder = TempDir::new().unwrap();
    let sphere = shapes::off(&shapes::cuboid([1.0, 2.0, 3.0]));
    let grid: Vec<u8> = (0..VOXELS).map(|at| u8::from(at % 7 == 0 || at % 11 == 3)).collect();
    let header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (32, 32, 32), }\n";
    let npy = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header, &grid].concat();
    for (kind, bytes) in [("off", sphere.into_bytes()), ("npy", npy)] {
        let root = folder.path().join(kind);
        let file = |class: &str, part: &str, number: usize| {
            let part = root.join(class).join(part);
            fs::create_dir_all(&part).unwrap();
            let file = part.join(format!("{number}.{kind}"));
            fs::write(&file, &bytes).unwrap();
            file
        };
        for class in crate::modelnet10::SET.classes {
            [0, 1].iter().for_each(|&number| drop(file(class, "train", number)));
            file(class, "test", 0);
        }
        let config = ModelNetConfig {
            path: root.clone(),
            poses: 4,
            values: VoxelValues::Scaled,
            meshes: MeshesConfig { margin: 2, ..MeshesConfig::default() },
            validation: 0.5,
            ..ModelNetConfig::default()
        };
        let dataset = crate::ModelNet::open(&crate::modelnet10::SET, &config).unwrap();
        let decoder = Decoder::new(&dataset.decoding(), dataset.task(), dataset.views()).unwrap();
        let found = views(&decoder, &file("bed", "train", 0));
        assert_eq!(found.len(), 4);
        for (view, found) in found.iter().enumerate() {
            let mut expected = vec![0.0; VOXELS];
            dataset.read_view(0, view, &mut expected).unwrap();
            assert!(*found == expected, "{kind}: view {view}");
        }
        assert!(found[0] != found[1]);
    }
    let archive = Path::new("modelnet10_rot24_test.npz");
    let task = Task { channels: 1, extents: vec![32; 3], classes: 2 };
    let voxels = Decoding::Voxels { range: [0.0, 1.0], fill: "solid".into(), margin: 1 };
    assert!(!Decoder::new(&voxels, &task, 1).unwrap().reads(archive));
}

#[test]
fn decodings_that_do_not_fit_are_refused() {
    let task = Task { channels: 2, extents: vec![8, 8], classes: 2 };
    let image = Decoding::Image { range: vec![[0.0, 1.0]; 2], resize: Default::default() };
    let voxels = |fill: &str, margin| Decoding::Voxels { range: [0.0, 1.0], fill: fill.into(), margin };
    let grid = Task { channels: 1, extents: vec![32; 3], classes: 2 };
    for (decoding, task, expected) in [
        (&image, &task, "one or three channels"),
        (&image, &grid, "a height and a width"),
        (&voxels("solid", 1), &task, "32³ voxels"),
        (&voxels("hollow", 1), &grid, "\"hollow\""),
        (&voxels("solid", 9), &grid, "margin of at most 8"),
    ] {
        let error = Decoder::new(decoding, task, 1).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(Decoder::new(&voxels("solid", 1), &grid, 1 << 40).is_err());
    let huge = Task { channels: 2, extents: vec![8, 1 << 40], classes: 2 };
    assert!(Decoder::new(&image, &huge, 1).is_err());
    let values = Decoder::new(&Decoding::Values, &task, 1).unwrap();
    assert!(values.files().is_none() && values.decode(Path::new("x.png")).is_err());
}

/// The constants of CIFAR-10 among others: what a byte becomes differs from the dataset's value by rounding.
#[test]
fn bytes_lie_between_black_and_white() {
    let table = values_of_bytes(&[0.0, 1.0]);
    assert!((0..256).all(|byte| table[byte] == byte as f32 / 255.0));
    for (mean, std) in [(0.4914f32, 0.247f32), (0.4822, 0.2435), (0.4465, 0.2616)] {
        let value = |byte: usize| (byte as f32 / 255.0 - mean) / std;
        let table = values_of_bytes(&[value(0), value(255)]);
        assert!((0..256).all(|byte| (table[byte] - value(byte)).abs() < 4e-7));
    }
}
