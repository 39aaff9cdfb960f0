//! Sizes of the networks of each preset.

use std::collections::BTreeMap;

use smash_core::random::Seed;
use smash_core::space::{SearchSpace, WeightScheme};

use super::*;

fn line(name: &str, mut values: Vec<f64>, scale: f64) {
    values.sort_by(f64::total_cmp);
    let at = |q: f64| values[((values.len() - 1) as f64 * q) as usize] / scale;
    let mean = values.iter().sum::<f64>() / values.len() as f64 / scale;
    println!(
        "| {name} | {mean:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} |",
        at(0.0),
        at(0.05),
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

fn print_table(title: &str, config: &MemoryBankConfig, task: &Task, samples: u64) {
    let space = config.build(task).unwrap();
    let mut columns: BTreeMap<String, (Vec<f64>, f64)> = BTreeMap::new();
    for i in 0..samples {
        let architecture = space.sample(&mut Seed::new(1).at(i).random(), 1.0).unwrap();
        let mut put = |name: String, value: f64, scale: f64| {
            columns.entry(name).or_insert((Vec::new(), scale)).0.push(value);
        };
        for part in space.outline(&architecture).unwrap() {
            for figure in part.figures {
                put(format!("{}, {}", figure.name, part.part), figure.value as f64, 1.0);
            }
        }
        let graph = space.build(&architecture, WeightScheme::Standalone).unwrap();
        let count = graph.count();
        put("params (M)".into(), count.params as f64, 1e6);
        put("MACs (M)".into(), count.macs as f64, 1e6);
        put("activations (MB)".into(), count.activation_bytes as f64, 1e6);
        put("graph nodes".into(), graph.nodes.len() as f64, 1.0);
        for part in graph.count_parts() {
            put(format!("MACs {} (M)", part.part), part.macs as f64, 1e6);
        }
        put("columns L".into(), space.describe(&architecture).unwrap().columns as f64, 1.0);
        let generated = space.describe(&architecture).unwrap();
        let generated: usize = generated.slices.iter().map(|s| s.rows.len() * s.columns.len()).sum();
        put("generated (M)".into(), generated as f64, 1e6);
    }
    println!(
        "\n{title}: plane {:?}, in {:?}, width {:?}",
        space.plane(),
        space.settings().inputs(),
        space.settings().widths()
    );
    println!("| | mean | min | p5 | p50 | p95 | max |\n|---|---|---|---|---|---|---|");
    for (name, (values, scale)) in columns {
        line(&name, values, scale);
    }
}

/// `cargo test -p smash-search-spaces -- --ignored --nocapture table`
#[test]
#[ignore = "prints tables for the documentation"]
fn table() {
    print_table("tiny, 32×32×3", &MemoryBankConfig::default(), &task(3, &[32, 32]), 500);
    print_table("tiny, 8×8×1", &MemoryBankConfig::default(), &task(1, &[8, 8]), 500);
    print_table("tiny_3d, 32×32×32×1", &preset(Preset::Tiny3d), &task(1, &[32, 32, 32]), 500);
    for preset in [Preset::SmashV1, Preset::SmashV2] {
        let config = MemoryBankConfig { preset: Some(preset), ..Default::default() };
        print_table(&format!("{preset:?}, 32×32×3"), &config, &task(3, &[32, 32]), 500);
    }
}
