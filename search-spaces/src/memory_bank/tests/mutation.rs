//! Mutation: always valid, and as few changes as requested.

use proptest::prelude::*;
use smash_core::space::WeightScheme;

use super::*;

#[test]
fn chains_of_mutations_stay_valid() {
    for (s, space) in spaces().iter().enumerate() {
        for rate in [0.05, 0.5] {
            let mut random = Seed::new(s as u64).split("chain").random();
            let mut current = draw(space, 5, 1.0);
            for step in 0..2000 {
                // `mutate` checks its own result: a violated rule is an error with its pointer.
                current = space.mutate(&current, &mut random, rate).unwrap();
                if step % 200 == 0 {
                    space.build(&current, WeightScheme::OneShot).unwrap();
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_rate_gives_a_valid_neighbour(seed: u64, rate in 0.0..=1.0, progress in 0.0..=1.0) {
        for space in spaces() {
            let base = draw(&space, seed, progress);
            let mutated = space.mutate(&base, &mut Seed::new(!seed).random(), rate).unwrap();
            prop_assert!(space.validate(&mutated).is_ok());
        }
    }
}

#[test]
fn rate_zero_changes_nothing_and_rate_one_a_lot() {
    for space in spaces() {
        for seed in 0..50 {
            let base = draw(&space, seed, 1.0);
            let mut random = Seed::new(seed).random();
            assert_eq!(space.mutate(&base, &mut random, 0.0).unwrap(), base);
            assert_ne!(space.mutate(&base, &mut random, 1.0).unwrap(), base);
        }
    }
}

#[test]
fn a_small_rate_keeps_most_ops() {
    let space = reference().build(&images()).unwrap();
    let (mut kept, mut all, mut changed) = (0, 0, 0);
    for seed in 0..300 {
        let base = draw(&space, seed, 1.0);
        let mutated = space.mutate(&base, &mut Seed::new(seed).split("mutate").random(), 0.05).unwrap();
        changed += u32::from(base != mutated);
        let (base, mutated) = (space.choices(&base).unwrap(), space.choices(&mutated).unwrap());
        for (a, b) in base.blocks.iter().zip(&mutated.blocks) {
            assert_eq!(a.bank, b.bank);
            all += a.ops.len();
            kept += a.ops.iter().zip(&b.ops).filter(|(a, b)| a == b).count();
        }
    }
    // Section 6.2: about 24 % of the ops change at 5 %.
    let share = kept as f64 / all as f64;
    assert!((0.6..0.85).contains(&share), "{share}");
    assert!(changed > 290, "{changed}");
}

#[test]
fn children_have_whole_blocks_of_either_parent() {
    for space in spaces() {
        let mut random = Seed::new(2).random();
        let mut mixed = false;
        for seed in 0..50 {
            let [first, second] = [draw(&space, seed, 1.0), draw(&space, !seed, 1.0)];
            let child = space.crossover(&first, &second, &mut random, 0.0).unwrap();
            mixed |= child != first && child != second;
            let [first, second, child] = [first, second, child].map(|a| space.choices(&a).unwrap().blocks);
            for (b, block) in child.iter().enumerate() {
                assert!(*block == first[b] || *block == second[b]);
            }
        }
        assert!(mixed);
    }
}

#[test]
fn generations_of_children_stay_valid() {
    for space in spaces() {
        let mut random = Seed::new(3).random();
        let mut parents: Vec<Architecture> = (0..8).map(|seed| draw(&space, seed, 1.0)).collect();
        for i in 0..1000 {
            let [a, b] = [random.below(8), random.below(8)];
            // `crossover` checks its own result.
            let child = space.crossover(&parents[a], &parents[b], &mut random, 0.1).unwrap();
            if i % 100 == 0 {
                space.build(&child, WeightScheme::OneShot).unwrap();
            }
            parents[i % 8] = child;
        }
    }
}
