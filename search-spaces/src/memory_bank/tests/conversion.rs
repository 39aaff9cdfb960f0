//! Conversion between ranks, sizes and settings: always valid, with as few changes as needed.

use proptest::prelude::*;
use smash_core::space::WeightScheme;

use super::*;

/// What a conversion keeps when only the task changes: everything but kernels and dilations.
fn kept(choices: &Choices) -> Choices {
    let mut kept = choices.clone();
    let ops = kept.blocks.iter_mut().flat_map(|block| &mut block.ops);
    for conv in ops.flat_map(|op| op.convs.iter_mut().flatten()) {
        (conv.kernel, conv.dilation) = Default::default();
    }
    kept
}

fn convs(choices: &Choices) -> impl Iterator<Item = &Conv> {
    choices.blocks.iter().flat_map(|block| &block.ops).flat_map(|op| op.convs.iter().flatten())
}

/// Converts, and checks that the result is valid, is described and can be built.
fn convert(space: &MemoryBank, from: &Architecture) -> Choices {
    let architecture = space.convert(from).unwrap();
    space.validate(&architecture).unwrap();
    space.describe(&architecture).unwrap();
    space.build(&architecture, WeightScheme::Standalone).unwrap();
    space.build(&architecture, WeightScheme::OneShot).unwrap();
    assert_eq!(space.convert(&architecture).unwrap(), architecture, "a second time");
    space.choices(&architecture).unwrap()
}

#[test]
fn images_become_voxels_with_kernels_of_three() {
    let voxels = task(1, &[32, 32, 32]);
    let tiny = MemoryBankConfig::default().build(&images()).unwrap();
    for config in [MemoryBankConfig::default(), preset(Preset::Tiny3d)] {
        let space = config.build(&voxels).unwrap();
        for seed in 0..20 {
            let from = draw(&tiny, seed, 1.0);
            let before = tiny.choices(&from).unwrap();
            let after = convert(&space, &from);
            assert_eq!(kept(&after), kept(&before));
            for (a, b) in convs(&after).zip(convs(&before)) {
                assert_eq!(a.kernel[..], [3, 3, 3]);
                assert_eq!(a.dilation[..], [b.dilation[0], b.dilation[1], b.dilation[0]]);
            }
        }
    }
}

#[test]
fn voxels_become_images_and_keep_their_first_axes() {
    let three = MemoryBankConfig::default().build(&task(1, &[16, 16, 16])).unwrap();
    let two = MemoryBankConfig::default().build(&images()).unwrap();
    for seed in 0..20 {
        let from = draw(&three, seed, 1.0);
        let (before, after) = (three.choices(&from).unwrap(), convert(&two, &from));
        assert_eq!(kept(&after), kept(&before));
        for (a, b) in convs(&after).zip(convs(&before)) {
            assert_eq!((&a.kernel[..], &a.dilation[..]), (&b.kernel[..2], &b.dilation[..2]));
        }
    }
}

#[test]
fn a_dilation_that_a_new_axis_cannot_have_is_one() {
    let two = MemoryBankConfig { max_dilation: Some(3), ..Default::default() }.build(&images()).unwrap();
    let three = MemoryBankConfig { max_dilation: Some(2), ..Default::default() };
    let three = three.build(&task(1, &[8, 8, 8])).unwrap();
    let mut seen = false;
    for seed in 0..20 {
        let from = draw(&two, seed, 1.0);
        let (before, after) = (two.choices(&from).unwrap(), convert(&three, &from));
        for (a, b) in convs(&after).zip(convs(&before)).filter(|(_, b)| b.dilation[0] == 3) {
            assert_eq!(a.dilation[..], [2, b.dilation[1].min(2), 1]);
            seen = true;
        }
    }
    assert!(seen);
}

#[test]
fn another_image_size_changes_no_choice() {
    let stride = MemoryBankConfig { stem: Some(Stem { kernel: 3, stride: 2 }), ..Default::default() };
    let space = stride.build(&task(3, &[96, 96])).unwrap();
    let tiny = MemoryBankConfig::default().build(&images()).unwrap();
    let from = draw(&tiny, 1, 1.0);
    assert_eq!(convert(&space, &from), tiny.choices(&from).unwrap());
}

#[test]
fn what_is_of_another_kind_is_refused() {
    let space = MemoryBankConfig::default().build(&images()).unwrap();
    let other = Architecture { space: "toy".into(), ..draw(&space, 1, 1.0) };
    assert!(space.convert(&other).unwrap_err().to_string().contains("memory_bank"));
    let choices = serde_json::json!({"blocks": []}).into();
    let few = Architecture { choices, ..draw(&space, 1, 1.0) };
    assert!(space.convert(&few).unwrap_err().to_string().contains("/choices/blocks: expected 3"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_architecture_fits_any_settings_and_rank(seed: u64, rank in 1..=3_usize) {
        let extents = vec![8; rank];
        let targets = spaces().into_iter().map(|space| space.settings().clone());
        let targets = targets.map(|settings| MemoryBank::new(settings, &task(2, &extents)).unwrap());
        let targets: Vec<MemoryBank> = targets.collect();
        for from in spaces() {
            for target in &targets {
                convert(target, &draw(&from, seed, 1.0));
            }
        }
    }
}
