//! Sampling: invariants and stability.

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn samples_are_valid_at_any_progress(seed: u64, progress in 0.0..=1.0) {
        for space in spaces() {
            let architecture = draw(&space, seed, progress);
            prop_assert!(space.validate(&architecture).is_ok());
            // Annealing applies: only small kernels at the start of training.
            if progress < 0.1 {
                let choices = space.choices(&architecture).unwrap();
                let mut convs = choices.blocks.iter().flat_map(|b| &b.ops).flat_map(|op| op.convs.iter().flatten());
                prop_assert!(convs.all(|conv| conv.kernel.iter().all(|&k| k == 3)));
            }
        }
    }
}

#[test]
fn presets_sample_valid_architectures() {
    for p in [Preset::SmashV1, Preset::SmashV2] {
        let space = preset(p).build(&images()).unwrap();
        for seed in 0..20 {
            draw(&space, seed, 1.0);
        }
    }
}

#[test]
fn a_seed_means_the_same_architecture_forever() {
    let space = reference().build(&images()).unwrap();
    assert_eq!(draw(&space, 0, 1.0).hash(), "09f209c4ec54b173");
    let spaces = spaces();
    assert_eq!(draw(&spaces[1], 0, 0.5).hash(), "aaa2d932f0407342");
    assert_eq!(draw(&spaces[3], 0, 1.0).hash(), "754fb48d6659c845");
}

#[test]
fn peaked_width_has_the_weights_of_the_specification() {
    // Test vector of section 2.3 step 5.4: bs = 1, k = 8, r = 3 picks g = 3 with probability 0.996.
    let settings = reference().resolve().unwrap();
    let limits = settings.limits(0, 1, 1.0);
    let mut random = Seed::new(0).random();
    let mut counts = [0; 9];
    (0..20_000).for_each(|_| counts[draw::width(&mut random, &settings, &limits, 3)] += 1);
    let total: f64 = 0.04998 + 0.0999 + 100.0 + 0.0999 + 0.04998 + 0.03332 + 0.02499 + 0.019996;
    let expected = 100.0 / total;
    assert!((f64::from(counts[3]) / 20_000.0 - expected).abs() < 0.002, "{counts:?}");
}

#[test]
fn settings_and_rank_decide_the_length_of_lists() {
    for extents in [&[64][..], &[32, 32], &[8, 8, 8]] {
        let space = MemoryBankConfig::default().build(&task(1, extents)).unwrap();
        let choices = space.choices(&draw(&space, 3, 1.0)).unwrap();
        let conv = choices.blocks[2].ops[0].convs[0].as_ref().unwrap();
        assert_eq!((conv.kernel.len(), conv.dilation.len()), (extents.len(), extents.len()));
    }
    for extents in [&[][..], &[4, 4, 4, 4], &[8, 0]] {
        assert!(MemoryBankConfig::default().build(&task(1, extents)).is_err());
    }
}
