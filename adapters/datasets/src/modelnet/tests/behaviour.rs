use std::fs;

use smash_core::component::DatasetConfig;
use smash_core::dataset::Data;
use tempfile::TempDir;

use super::kit::*;
use crate::modelnet::*;

#[test]
fn the_folder_and_its_parent_are_both_accepted() {
    let parent = TempDir::new().unwrap();
    let inner = parent.path().join("ModelNet10");
    folder(&inner, 2, 1);
    for path in [parent.path(), &inner] {
        let json = serde_json::json!({"type": "modelnet10", "path": path});
        let config: Box<dyn DatasetConfig> = serde_json::from_value(json).unwrap();
        let dataset = config.open().unwrap();
        assert_eq!((dataset.len(), dataset.views()), (30, 12));
        assert_eq!(dataset.task(), &Task { channels: 1, extents: vec![32; 3], classes: 10 });
        let augmentation = dataset.augmentation();
        assert_eq!((augmentation.mirror, augmentation.roll), (0.2, [-2, 1]));
    }
}

#[test]
fn grids_keep_their_axes_and_become_numbers() {
    let place = TempDir::new().unwrap();
    folder(place.path(), 2, 1);
    for (values, numbers) in [(VoxelValues::Scaled, [-1.0, 5.0]), (VoxelValues::Binary, [0.0, 1.0])] {
        let dataset = open(&ModelNetConfig { values, ..config(place.path()) }).unwrap();
        let mut out = vec![0.0; dataset.task().example_len()];
        dataset.read_view(10, 0, &mut out).unwrap();
        assert_eq!([out[0], out[32 + 3]], numbers, "the second bathtub has the voxel [0][1][3]");
        assert_eq!(occupied(&dataset, 23, Some(0)), [[3, 0, 3]], "the desk that tests");
    }
}

#[test]
fn classes_alternate_within_a_part_and_parts_do_not_mix() {
    let place = TempDir::new().unwrap();
    folder(place.path(), 4, 2);
    fs::remove_file(place.path().join("bed/train/bed_0003.npy")).unwrap();
    fs::remove_file(place.path().join("bed/train/bed_0002.npy")).unwrap();
    let dataset = open(&config(place.path())).unwrap();
    let first: Vec<usize> = (0..19).map(|index| dataset.label(index)).collect();
    assert!((0..10).all(|class| first.contains(&class)), "{first:?}");
    assert_eq!(first.iter().filter(|class| **class == 1).count(), 1, "half of the two beds: {first:?}");
    let splits = dataset.splits(Seed::new(1)).unwrap();
    assert_eq!(splits.test, (38..58).collect::<Vec<_>>());
    let wider = ModelNetConfig { validation: 0.25, ..config(place.path()) };
    let splits = open(&wider).unwrap().splits(Seed::new(1)).unwrap();
    let mut both = [splits.train.clone(), splits.valid.clone()].concat();
    both.sort_unstable();
    assert_eq!(both, (0..38).collect::<Vec<_>>());
    let labels: Vec<usize> = splits.valid.iter().map(|&index| dataset.label(index)).collect();
    assert!((0..10).all(|class| labels.iter().filter(|label| **label == class).count() == 1), "{labels:?}");
    assert_ne!(splits, open(&wider).unwrap().splits(Seed::new(2)).unwrap());
}

#[test]
fn a_grid_is_turned_about_the_vertical_axis() {
    let place = TempDir::new().unwrap();
    folder(place.path(), 2, 1);
    let dataset = open(&config(place.path())).unwrap();
    // The second bathtub, [0][1][3]: a quarter turn is three of the twelve poses.
    let quarters = [[0, 1], [30, 0], [31, 30], [1, 31]];
    for (quarter, [x, y]) in quarters.into_iter().enumerate() {
        assert_eq!(occupied(&dataset, 10, Some(3 * quarter)), [[x, y, 3]], "quarter {quarter}");
    }
    // Voxels near the axis stay within the box, in every pose.
    let middle = npy("|u1", "(32, 32, 32)", &grid(&[[15, 15, 0], [15, 16, 0], [16, 15, 0], [16, 16, 0]]));
    fs::write(place.path().join("bathtub/train/bathtub_0000.npy"), middle).unwrap();
    let dataset = open(&config(place.path())).unwrap();
    assert!((0..12).all(|view| occupied(&dataset, 0, Some(view)).len() == 4));
}

#[test]
fn every_second_stored_pose_is_a_view() {
    let place = TempDir::new().unwrap();
    archives(place.path(), 3, 1);
    let dataset = open(&config(place.path())).unwrap();
    assert_eq!((dataset.len(), dataset.views(), dataset.objects.grids.len()), (40, 12, 480));
    for (index, label, number) in [(0, 0, 0), (14, 4, 1), (25, 5, 2), (39, 9, 0)] {
        assert_eq!(dataset.label(index), label);
        for view in [0, 1, 11] {
            assert_eq!(occupied(&dataset, index, Some(view)), [[label, number, 2 * view]]);
        }
        // Where a single view is read, the objects of a class alternate between the poses.
        assert_eq!(occupied(&dataset, index, None), occupied(&dataset, index, Some(number)));
    }
    let few = open(&ModelNetConfig { poses: 3, ..config(place.path()) }).unwrap();
    assert_eq!((few.views(), few.objects.grids.len()), (3, 120));
    assert_eq!(occupied(&few, 0, Some(2)), [[0, 0, 16]]);
}

#[test]
fn training_draws_a_pose_and_changes_by_seed_epoch_and_example() {
    let place = TempDir::new().unwrap();
    archives(place.path(), 3, 1);
    let augmentation = Augmentation::default();
    let plain = ModelNetConfig { augmentation, validation: 0.4, ..config(place.path()) };
    let data = Data::new(Box::new(open(&plain).unwrap()), Seed::new(0)).unwrap();
    let poses = |data: &Data, seed: Seed| {
        let batch = data.batch(&(0..30).collect::<Vec<_>>(), Some(seed)).unwrap();
        let examples = batch.x.data().chunks_exact(data.task().example_len());
        examples.map(|example| example.iter().position(|v| *v == 5.0).unwrap() % 32).collect::<Vec<_>>()
    };
    let drawn = poses(&data, Seed::new(1));
    assert_eq!(drawn, poses(&data, Seed::new(1)));
    assert_ne!(drawn, poses(&data, Seed::new(2)));
    let all: Vec<usize> = (0..20).flat_map(|seed| poses(&data, Seed::new(seed))).collect();
    assert!((0..24).all(|pose| all.contains(&pose) == (pose % 2 == 0)), "{all:?}");
    // An example is augmented alone as it is in a batch.
    let alone = data.batch(&[7], Some(Seed::new(1))).unwrap();
    let batch = data.batch(&[3, 7], Some(Seed::new(1))).unwrap();
    assert_eq!(alone.x.data(), &batch.x.data()[data.task().example_len()..]);
}

#[test]
fn wrong_fields_are_named() {
    let text = open(&ModelNetConfig::default()).unwrap_err().to_string();
    assert!(text.starts_with("/path: expected a folder"), "{text}");
    for poses in [0, 5, 25] {
        let config = ModelNetConfig { poses, ..config("x".as_ref()) };
        let text = open(&config).unwrap_err().to_string();
        assert_eq!(text, format!("/poses: expected a divisor of 24, found {poses}"));
    }
    for validation in [0.0, -0.1, 0.6, f64::NAN] {
        let config = ModelNetConfig { validation, ..config("x".as_ref()) };
        let text = open(&config).unwrap_err().to_string();
        assert!(
            text.starts_with("/validation: ") && text.ends_with(&format!("found {validation}")),
            "{text}"
        );
    }
    let unknown = r#"{"type": "modelnet10", "folder": "x"}"#;
    assert!(serde_json::from_str::<Box<dyn DatasetConfig>>(unknown).is_err());
}
