use proptest::prelude::*;

use super::*;

#[test]
fn augmentation_shifts_and_flips_whole_examples() {
    let task = Task { channels: 2, extents: vec![3, 4], classes: 2 };
    let source: Vec<f32> = (1..=24).map(|v| v as f32).collect();
    let mut out = vec![0.0; 24];
    Augmentation::default().apply(&task, Seed::new(0), &source, &mut out);
    assert_eq!(out, source);
    let augmentation = Augmentation { crop_padding: 1, flip: true, ..Augmentation::default() };
    for i in 0..50 {
        augmentation.apply(&task, Seed::new(i), &source, &mut out);
        // Both channels move together: their values differ by 12 wherever neither is padding.
        assert!((0..12).all(|j| (out[j] == 0.0) == (out[j + 12] == 0.0)));
        assert!((0..12).all(|j| out[j] == 0.0 || out[j + 12] - out[j] == 12.0));
        assert!(out.iter().filter(|v| **v == 0.0).count() <= 2 * (12 - 6));
    }
}
#[test]
fn voxels_are_mirrored_on_the_first_two_axes_and_roll_round() {
    let task = Task { channels: 1, extents: vec![4, 5, 3], classes: 2 };
    let source: Vec<f32> = (0..60).map(|v| v as f32).collect();
    let at = |x: usize, y: usize, z: usize| ((x * 5 + y) * 3 + z) as f32;
    let mut out = vec![0.0; 60];
    let mirror = Augmentation { mirror: 1.0, ..Augmentation::default() };
    mirror.apply(&task, Seed::new(0), &source, &mut out);
    assert_eq!((out[0], out[59]), (at(3, 4, 0), at(0, 0, 2)));
    let roll = Augmentation { roll: [-2, -2], ..Augmentation::default() };
    roll.apply(&task, Seed::new(0), &source, &mut out);
    assert_eq!((out[0], out[59]), (at(2, 2, 2), at(1, 1, 1)));
    // Shifts are drawn for each axis, and no value is lost.
    let both = Augmentation { mirror: 0.2, roll: [-2, 1], ..Augmentation::default() };
    let mut firsts = std::collections::BTreeSet::new();
    for i in 0..3000 {
        both.apply(&task, Seed::new(i), &source, &mut out);
        firsts.insert(out[0] as usize);
        let mut all = out.clone();
        all.sort_by(f32::total_cmp);
        assert_eq!(all, source);
    }
    // With mirroring and shifts, every position can come to the front.
    assert_eq!(firsts.len(), 4 * 5 * 3);
}

#[test]
fn what_is_off_is_not_written() {
    let json = serde_json::to_string(&Augmentation { crop_padding: 4, ..Augmentation::default() }).unwrap();
    assert_eq!(json, r#"{"crop_padding":4,"flip":false}"#);
}

/// The zeroed region of a copy, as ranges of each axis of the first channel.
fn hole(task: &Task, out: &[f32]) -> Vec<Range<usize>> {
    let plane = task.example_len() / task.channels;
    let cut: Vec<usize> = (0..plane).filter(|&at| out[at] == 0.0).collect();
    let mut step = plane;
    let axis = |&extent: &usize| {
        step /= extent;
        let at = cut.iter().map(|at| at / step % extent);
        at.clone().min().unwrap_or(0)..at.max().map_or(0, |at| at + 1)
    };
    task.extents.iter().map(axis).collect()
}

proptest! {
    #[test]
    fn cutout_is_a_square_or_cube_cut_off_at_the_border(
        extents in prop::collection::vec(1usize..9, 1..4),
        cutout in 1usize..20,
        seed in any::<u64>(),
    ) {
        let task = Task { channels: 2, extents, classes: 2 };
        let source: Vec<f32> = (1..=task.example_len()).map(|v| v as f32).collect();
        let others = Augmentation { flip: true, mirror: 0.5, roll: [-2, 3], ..Augmentation::default() };
        let [mut without, mut with] = [(); 2].map(|()| vec![0.0; source.len()]);
        others.apply(&task, Seed::new(seed), &source, &mut without);
        Augmentation { cutout, ..others }.apply(&task, Seed::new(seed), &source, &mut with);
        let hole = hole(&task, &with);
        let centred = |(range, &extent): (&Range<usize>, &usize)| {
            // The region has its full extent, or ends at a border; at least half of it lies inside.
            (range.len() == cutout || range.start == 0 || range.end == extent)
                && (cutout.div_ceil(2).min(extent)..=cutout).contains(&range.len())
        };
        prop_assert!(hole.iter().zip(&task.extents).all(centred), "{hole:?}");
        let size = hole.iter().map(Range::len).product::<usize>();
        prop_assert_eq!(with.iter().filter(|value| **value == 0.0).count(), 2 * size);
        // The other draws are unaffected, and all channels are cut alike.
        let plane = source.len() / 2;
        for at in 0..source.len() {
            prop_assert_eq!(with[at] == 0.0, with[at % plane] == 0.0);
            prop_assert!(with[at] == 0.0 || with[at] == without[at]);
        }
    }

    #[test]
    fn a_copy_is_the_source_or_padding_whatever_is_combined(
        extents in prop::collection::vec(1usize..9, 1..4),
        crop_padding in 0usize..5,
        flip: bool,
        mirror in prop::sample::select(vec![0.0, 0.5, 1.0]),
        roll in [-5i32..6, -5i32..6],
        seed in any::<u64>(),
    ) {
        let task = Task { channels: 2, extents, classes: 2 };
        let source: Vec<f32> = (1..=task.example_len()).map(|v| v as f32).collect();
        let augmentation = Augmentation { crop_padding, flip, mirror, roll, cutout: 0 };
        let mut out = vec![f32::NAN; source.len()];
        augmentation.apply(&task, Seed::new(seed), &source, &mut out);
        // Reference: one value at a time, by the drawn axes.
        let axes = augmentation.draw(&task.extents, &mut Seed::new(seed).random());
        for (at, value) in out.iter().enumerate() {
            let (mut rest, mut from, mut step) = (at, Some(0), 1);
            for axis in axes.iter().rev() {
                from = from.and_then(|from| Some(from + axis[rest % axis.len()]? * step));
                (rest, step) = (rest / axis.len(), step * axis.len());
            }
            prop_assert_eq!(*value, from.map_or(0.0, |from| source[from + rest * step]));
        }
    }
}

#[test]
fn a_hole_is_drawn_everywhere() {
    let task = Task { channels: 1, extents: vec![4, 4], classes: 2 };
    let (mut out, mut corners) = (vec![0.0; 16], std::collections::BTreeSet::new());
    for seed in 0..500 {
        let augmentation = Augmentation { cutout: 2, ..Augmentation::default() };
        augmentation.apply(&task, Seed::new(seed), &[1.0; 16], &mut out);
        let hole = hole(&task, &out);
        corners.insert((hole[0].start, hole[0].end, hole[1].start, hole[1].end));
    }
    // A region around each of the 16 positions.
    assert_eq!(corners.len(), 16);
}
