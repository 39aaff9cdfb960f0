use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::*;
use crate::random::Seed;

#[derive(Serialize, Deserialize)]
struct Choices {
    stages: Vec<Stage>,
    depth: usize,
}

#[derive(Serialize, Deserialize)]
struct Stage {
    kind: String,
    width: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    squeeze: Option<bool>,
}

/// Up to three stages; only "wide" ones may squeeze, and a stage is at least as wide as the one before it.
fn draw(decide: &mut dyn Decide) -> Result<Architecture> {
    let depth = decide.integer("depth", 1..=3)?;
    let (mut stages, mut least) = (Vec::new(), 8);
    for i in 0..depth {
        let kind = *decide.choose(&format!("stages.{i}.kind"), &["plain", "wide"])?;
        let width = decide.integer_weighted(&format!("stages.{i}.width"), least..=32, 8, None)?;
        let squeeze = match kind {
            "wide" => Some(decide.coin(&format!("stages.{i}.squeeze"), 0.25)?),
            _ => None,
        };
        stages.push(Stage { kind: kind.into(), width, squeeze });
        least = width;
    }
    Architecture::new("stages", 1, &Choices { stages, depth })
}

fn sample(seed: u64) -> Architecture {
    draw(&mut RandomDecide(&mut Seed::new(seed).random())).unwrap()
}

fn decisions(architecture: &Architecture) -> Vec<Made> {
    recall(&draw, architecture, &lookup).unwrap()
}

fn flat(architecture: &Architecture) -> Map<String, Value> {
    decisions(architecture).into_iter().map(|made| (made.name, made.value)).collect()
}

#[test]
fn an_architecture_has_a_flat_form_and_back() {
    for seed in 0..500 {
        let sampled = sample(seed);
        assert_eq!(architecture(&draw, &flat(&sampled)).unwrap(), sampled);
    }
    // What leaves no choice is not asked: a width of 32 after one of 32.
    let text = r#"{"stages":[{"kind":"plain","width":32},{"kind":"plain","width":32}],"depth":2}"#;
    let narrow = Architecture { choices: serde_json::from_str(text).unwrap(), ..sample(0) };
    let names: Vec<String> = decisions(&narrow).into_iter().map(|made| made.name).collect();
    assert_eq!(names, ["depth", "stages.0.kind", "stages.0.width", "stages.1.kind"]);
}

#[test]
fn wrong_parameters_are_refused_by_name() {
    let good = json!({"depth": 1, "stages.0.kind": "wide", "stages.0.width": 16.0, "stages.0.squeeze": true});
    let with = |change: &dyn Fn(&mut Map<String, Value>)| {
        let mut parameters = good.as_object().unwrap().clone();
        change(&mut parameters);
        architecture(&draw, &parameters).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(with(&|_| ()), Ok(()));
    let says =
        |change: &dyn Fn(&mut Map<String, Value>), text: &str| assert_eq!(with(change).unwrap_err(), text);
    says(&|p| drop(p.remove("depth")), "/depth: expected 1 to 3, found nothing");
    says(
        &|p| p["stages.0.kind"] = json!("other"),
        "/stages.0.kind: expected one of \"plain\", \"wide\", found \"other\"",
    );
    for width in [json!(20), json!(16.5), json!(-8), json!("16"), json!(null), json!(1e300), json!(40)] {
        let text = format!("/stages.0.width: expected 8 to 32 in steps of 8, found {width}");
        says(&|p| p["stages.0.width"] = width.clone(), &text);
    }
    let more = "expected no such parameter beside the values of the others: remove it";
    says(&|p| p["stages.0.kind"] = json!("plain"), &format!("/stages.0.squeeze: {more}"));
    says(&|p| drop(p.insert("other".into(), json!(1))), &format!("/other: {more}"));
}

#[test]
fn an_architecture_that_no_decisions_give_is_refused_where_it_is_wrong() {
    let refused = |text: &str| {
        let wrong = Architecture { choices: serde_json::from_str(text).unwrap(), ..sample(0) };
        recall(&draw, &wrong, &lookup).unwrap_err().to_string()
    };
    let text = refused(r#"{"stages":[{"kind":"plain","width":12}],"depth":1}"#);
    assert_eq!(text, "/choices/stages/0/width: expected 8 to 32 in steps of 8, found 12");
    let text = refused(r#"{"stages":[],"depth":1}"#);
    assert_eq!(text, "/choices/stages/0/kind: expected one of \"plain\", \"wide\", found nothing");
    let text = refused(r#"{"stages":[{"kind":"plain","width":8,"squeeze":true}],"depth":1}"#);
    assert!(text.starts_with("/choices: expected what its decisions give, {"), "{text}");
}

#[test]
fn mutation_keeps_redraws_and_repairs() {
    let mut random = Seed::new(1).random();
    for seed in 0..300 {
        let base = decisions(&sample(seed));
        assert_eq!(mutate(&draw, &base, &mut random, 0.0).unwrap(), sample(seed));
        let (near, far) = (mutate(&draw, &base, &mut random, 0.2), mutate(&draw, &base, &mut random, 1.0));
        for architecture in [near.unwrap(), far.unwrap()] {
            decisions(&architecture);
        }
    }
    // A width that the one before it has overtaken is raised to the least that is possible.
    let base = flat(
        &architecture(
            &draw,
            json!({"depth": 2, "stages.0.kind": "plain", "stages.0.width": 8,
        "stages.1.kind": "plain", "stages.1.width": 8})
            .as_object()
            .unwrap(),
        )
        .unwrap(),
    );
    let mut base: Vec<Made> = decisions(&architecture(&draw, &base).unwrap());
    base[2].value = json!(24);
    let repaired = mutate(&draw, &base, &mut random, 0.0).unwrap();
    assert_eq!(lookup(&repaired.choices.value(), "stages.1.width"), Some(json!(24)));
}

#[test]
fn a_child_has_its_decisions_from_its_parents() {
    let mut random = Seed::new(2).random();
    for seed in 0..300 {
        let [first, second] = [seed, seed + 1].map(|seed| decisions(&sample(seed)));
        let child = crossover(&draw, &first, &second, &mut random, 0.0).unwrap();
        for made in decisions(&child).iter().filter(|made| made.name.ends_with("kind")) {
            let of = |parent: &[Made]| parent.iter().find(|m| m.name == made.name).map(|m| m.value.clone());
            let known = [of(&first), of(&second)];
            assert!(known.contains(&Some(made.value.clone())) || known == [None, None], "{made:?}");
        }
    }
}

#[test]
fn conditions_are_found() {
    let text =
        r#"{"stages":[{"kind":"wide","width":8,"squeeze":true},{"kind":"plain","width":8}],"depth":2}"#;
    let made = decisions(&Architecture { choices: serde_json::from_str(text).unwrap(), ..sample(0) });
    let found = depends(&draw, &made).unwrap();
    let of = |name: &str| found.iter().find(|d| d.made.name == name).unwrap().depends_on.clone();
    assert!(of("depth").is_empty() && of("stages.0.kind").is_empty() && of("stages.0.width").is_empty());
    assert_eq!(of("stages.0.squeeze"), ["stages.0.kind"]);
    assert_eq!(of("stages.1.kind"), ["depth"]);
    assert_eq!(of("stages.1.width"), ["depth", "stages.0.width"]);
    let shown = serde_json::to_value(&found[3]).unwrap();
    let expected = json!({"name": "stages.0.squeeze", "choices": [false, true], "value": true, "depends_on": ["stages.0.kind"]});
    assert_eq!(shown, expected);
}

#[test]
fn a_grid_has_every_architecture_once_and_the_size_is_its_length() {
    let grid: Vec<Architecture> = Grid::new(&draw).collect::<Result<_>>().unwrap();
    let hashes: std::collections::BTreeSet<String> = grid.iter().map(Architecture::hash).collect();
    // Three kinds of stage (plain, wide with or without), and non-decreasing widths of 4.
    let expected = 3 * 4 + 9 * 10 + 27 * 20;
    assert_eq!((grid.len(), hashes.len()), (expected, expected));
    let exact = size(&draw, 1_000, Seed::new(0)).unwrap();
    assert!(exact.exact && (exact.log10 - (expected as f64).log10()).abs() < 1e-12);
    let estimate = size(&draw, 100, Seed::new(0)).unwrap();
    assert!(!estimate.exact && (estimate.log10 - exact.log10).abs() < 0.05, "{estimate:?}");
}

#[test]
fn faults_of_a_space_are_named() {
    let mut random = Seed::new(0).random();
    let mut ask =
        |draw: &Draw<'_>| record(draw, &mut RandomDecide(&mut random)).map(|_| ()).unwrap_err().to_string();
    let any = || Architecture::new("any", 1, &[1]);
    let twice = ask(&|d| d.integer("a", 1..=2).and(d.integer("a", 1..=2)).and(any()));
    assert!(twice.contains("asks for the decision \"a\" twice"), "{twice}");
    let none = ask(&|d| d.choose::<bool>("a", &[]).cloned().and(any()));
    assert_eq!(none, "/a: has no possible value");
    let weights = ask(&|d| d.integer_weighted("a", 1..=3, 1, Some(&[1.0, 1.0])).and(any()));
    assert_eq!(weights, "/a: expected 3 weights, not negative, found 2");
    struct Outside;
    impl Decide for Outside {
        fn decide(&mut self, _: &Decision<'_>) -> Result<usize> {
            Ok(7)
        }
    }
    let outside = record(&|d| d.integer("a", 1..=3).and(any()), &mut Outside).unwrap_err().to_string();
    assert_eq!(outside, "/a: expected an index below 3 into 1 to 3, found 7");
}

#[test]
fn draws_follow_their_distribution() {
    let mut random = Seed::new(5).random();
    let mut counts = std::collections::BTreeMap::<usize, f64>::new();
    for _ in 0..20_000 {
        let decide: &mut dyn Decide = &mut RandomDecide(&mut random);
        *counts.entry(decide.log_integer("a", 1..=1000).unwrap()).or_default() += 1.0 / 20_000.0;
    }
    // As likely from 1 to 9 as from 10 to 99, or 100 to 1000.
    for decade in [1..10, 10..100, 100..1001] {
        let share: f64 = counts.range(decade.clone()).map(|(_, share)| share).sum();
        assert!((share - 1.0 / 3.0).abs() < 0.02, "{decade:?}: {share}");
    }
    let decide: &mut dyn Decide = &mut RandomDecide(&mut random);
    let yes = (0..20_000).filter(|_| decide.coin("b", 0.25).unwrap()).count();
    assert!((4_700..5_300).contains(&yes), "{yes}");
}
