//! The flat form: decisions by name.

use serde_json::{Map, Value};
use smash_core::decision::{Made, RandomDecide};
use smash_core::error::Error;

use super::*;

fn flat(made: &[Made]) -> Map<String, Value> {
    made.iter().map(|made| (made.name.clone(), made.value.clone())).collect()
}

/// All spaces of this module, and those of other ranks.
fn all() -> Vec<MemoryBank> {
    let ranks = [task(2, &[64]), task(1, &[12, 12, 12])];
    let ranks = ranks.map(|task| MemoryBankConfig::default().build(&task).unwrap());
    spaces().into_iter().chain(ranks).collect()
}

/// `count` architectures of all spaces together, sampled and drawn by turns.
fn some(count: u64, mut check: impl FnMut(&MemoryBank, Architecture)) {
    let spaces = all();
    for seed in 0..count {
        let space = &spaces[(seed / 2) as usize % spaces.len()];
        let mut random = Seed::new(seed).random();
        check(
            space,
            match seed % 2 {
                0 => space.sample(&mut random, 1.0).unwrap(),
                _ => space.draw(&mut RandomDecide(&mut random)).unwrap(),
            },
        );
    }
}

#[test]
fn ten_thousand_architectures_have_a_flat_form_and_back() {
    some(10_000, |space, architecture| {
        let made = space.decisions(&architecture).unwrap();
        assert_eq!(space.with_decisions(&flat(&made)).unwrap(), architecture);
    });
}

/// Values of their own domain, and values of any.
#[test]
fn ten_thousand_edits_are_valid_or_refused_by_name() {
    let (mut valid, mut random) = (0, Seed::new(1).random());
    some(10_000, |space, architecture| {
        let made = space.decisions(&architecture).unwrap();
        let edited = random.choose(&made).unwrap();
        let other = random.choose(&made).unwrap();
        let value = match random.below(3) {
            0 => other.value.clone(),
            _ => edited.domain.value(random.below(edited.domain.len())).unwrap(),
        };
        let mut parameters = flat(&made);
        if random.coin(0.1) {
            parameters.remove(&edited.name);
        } else {
            parameters.insert(edited.name.clone(), value);
        }
        match space.with_decisions(&parameters) {
            Ok(architecture) => {
                space.validate(&architecture).unwrap();
                valid += 1;
            }
            Err(Error::Invalid(problem)) => assert!(problem.pointer.starts_with("/blocks."), "{problem}"),
            Err(error) => panic!("{error}"),
        }
    });
    assert!((1_000..9_000).contains(&valid), "{valid} of 10,000 edits are valid");
}

/// What is asked has the distribution of sampling, but for the budget, which is drawn beforehand there.
#[test]
fn decisions_have_the_distribution_of_sampling() {
    for space in spaces() {
        let mut random = Seed::new(3).random();
        let mut means = [[0.0_f64; 5]; 2];
        let count = 3_000;
        for (drawn, means) in means.iter_mut().enumerate() {
            for _ in 0..count {
                let architecture = match drawn {
                    0 => space.sample(&mut random, 1.0).unwrap(),
                    _ => space.draw(&mut RandomDecide(&mut random)).unwrap(),
                };
                let block = &space.choices(&architecture).unwrap().blocks[1];
                let first = &block.ops[0];
                let sum = |of: &dyn Fn(&Operation) -> usize| block.ops.iter().map(of).sum::<usize>() as f64;
                let figures = [
                    block.bank as f64,
                    first.reads.len() as f64,
                    first.width as f64,
                    first.writes.len() as f64,
                    sum(&|op| op.reads.len()) / block.ops.len() as f64,
                ];
                means.iter_mut().zip(figures).for_each(|(mean, figure)| *mean += figure / f64::from(count));
            }
        }
        // A budget that is drawn beforehand also says how many banks there may be, so that later ops read
        // less.
        for ((sampled, drawn), far) in means[0].iter().zip(means[1]).zip([0.05, 0.05, 0.05, 0.05, 0.15]) {
            assert!((sampled / drawn - 1.0).abs() < far, "{means:?}");
        }
    }
}

#[test]
fn names_are_those_of_fields() {
    let space = MemoryBankConfig::default().build(&images()).unwrap();
    let made = space.decisions(&draw(&space, 1, 1.0)).unwrap();
    let names: Vec<&str> = made.iter().map(|made| made.name.as_str()).collect();
    assert_eq!(names[0], "blocks.0.bank");
    for name in ["blocks.0.ops.1.present", "blocks.0.ops.0.writes.0", "blocks.2.ops.0.convs.0.kernel.1"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    let wrong = Map::from_iter([("blocks.0.bank".to_owned(), Value::from("?"))]);
    let error = space.with_decisions(&wrong).unwrap_err().to_string();
    assert!(error.starts_with("/blocks.0.bank: expected one of 1, 2"), "{error}");
}
