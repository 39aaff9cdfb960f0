use proptest::prelude::*;
use smash_core::architecture::Architecture;
use smash_core::random::Seed;
use smash_core::space::{SearchSpace, WeightScheme};
use smash_core::task::Task;

use super::*;

fn images() -> Task {
    Task { channels: 3, extents: vec![32, 32], classes: 10 }
}

fn count(family: Family, depth: usize, width: usize) -> (f64, f64) {
    let space = HandDesignedConfig::default().build(&images()).unwrap();
    let architecture = space.architecture(&Choices { family, depth, width }).unwrap();
    let count = space.build(&architecture, WeightScheme::Standalone).unwrap().count();
    (count.params as f64 / 1e6, count.macs as f64 / 1e6)
}

/// Parameter counts that the papers and their authors' repositories report, in millions.
#[test]
fn sizes_of_the_papers() {
    for (family, depth, width, expected) in [
        (Family::Resnet, 3, 16, 0.27),
        (Family::Resnet, 9, 16, 0.85),
        // WRN-40-1, WRN-16-4, WRN-28-10.
        (Family::Wrn, 6, 16, 0.56),
        (Family::Wrn, 2, 64, 2.75),
        (Family::Wrn, 4, 160, 36.5),
        // DenseNet-BC, L = 100, k = 12.
        (Family::Densenet, 16, 12, 0.77),
    ] {
        let (params, _) = count(family, depth, width);
        assert!(
            (params / expected - 1.0).abs() < 0.03,
            "{family} {depth} {width}: {params:.3}M, {expected}M"
        );
    }
    // ResNet-20: 41M multiply-accumulates.
    assert!((count(Family::Resnet, 3, 16).1 - 41.0).abs() < 0.5);
    // Three columns: seven 3×3 convolutions per block.
    let convs: usize = [(16, 16), (16, 32), (32, 64)]
        .map(|(first, out): (usize, usize)| 9 * out * (3 * first + 4 * out) + 14 * out)
        .iter()
        .sum();
    let others = 9 * 3 * 16 + 32 + 64 * 10 + 10;
    assert_eq!((count(Family::Fractalnet, 3, 16).0 * 1e6).round() as usize, convs + others);
}

#[test]
fn fits_within_five_per_cent() {
    let config = HandDesignedConfig::default();
    let space = config.build(&images()).unwrap();
    for family in Family::ALL {
        for params in [50_000, 99_130, 150_000, 300_000, 1_000_000] {
            let architecture = space.architecture(&fit(&config, &images(), family, params).unwrap()).unwrap();
            let found = space.build(&architecture, WeightScheme::Standalone).unwrap().count().params;
            assert!(found.abs_diff(params) * 20 <= params, "{family}: {found} for {params}");
        }
    }
    let error = fit(&config, &images(), Family::Wrn, 10).unwrap_err().to_string();
    assert!(error.contains("no wrn has within 5 % of 10 parameters") && error.contains("nearest"), "{error}");
}

#[test]
fn refuses_what_is_no_network_of_this_space() {
    let space = HandDesignedConfig::default().build(&images()).unwrap();
    for (family, depth, width, pointer) in [
        (Family::Fractalnet, 7, 4, "/choices/depth"),
        (Family::Resnet, 0, 4, "/choices/depth"),
        (Family::Wrn, 1, 0, "/choices/width"),
    ] {
        let error = space.architecture(&Choices { family, depth, width }).unwrap_err().to_string();
        assert!(error.contains(pointer), "{error}");
    }
    let good = space.architecture(&Choices { family: Family::Wrn, depth: 1, width: 8 }).unwrap();
    let error = space.build(&good, WeightScheme::OneShot).unwrap_err().to_string();
    assert!(error.contains("smash baseline"), "{error}");
    let mut choices = good.choices.value();
    choices["columns"] = 3.into();
    let other = Architecture { choices: choices.into(), ..good };
    assert!(space.validate(&other).unwrap_err().to_string().contains("columns"));
}

proptest! {
    /// Samples and their neighbours build for every rank, with distinct parameter names.
    #[test]
    fn samples_build(seed in any::<u64>(), extents in prop::collection::vec(1_usize..17, 1..=3), stem_stride in 1_usize..3) {
        let task = Task { channels: 2, extents, classes: 3 };
        let space = HandDesignedConfig { stem_stride }.build(&task).unwrap();
        let mut random = Seed::new(seed).random();
        let sample = space.sample(&mut random, 1.0).unwrap();
        let neighbour = space.mutate(&sample, &mut random, 0.5).unwrap();
        for architecture in [sample, neighbour] {
            let graph = space.build(&architecture, WeightScheme::Standalone).unwrap();
            let mut names: Vec<&str> = graph.parameters.iter().map(|p| p.name.as_str()).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            prop_assert_eq!(names.len(), all);
            prop_assert_eq!(graph.shape(graph.output("logits").unwrap()).dims.clone(), vec![3]);
        }
    }
}
