//! A host works with a search space by itself.

use serde_json::{Value, json};
use smash_core::decision::{Decide, Decision};
use smash_core::space::WeightScheme;
use smash_plugin::embed::{Context, Options, Space};
use smash_plugin::{Error, Result};

fn open(request: &Value) -> Result<Space> {
    Space::open(Context::new(Options::default()).unwrap(), &request.to_string())
}

fn images() -> Value {
    json!({"task": {"channels": 1, "extents": [8, 8], "classes": 10}})
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_host_works_with_architectures() {
    let space = open(&images()).unwrap();
    let [first, second] = [1, 2].map(|seed| space.sample(seed).unwrap());
    assert_eq!(space.sample(1).unwrap(), first);
    assert_eq!(space.mutate(&first, 3, 0.0).unwrap(), first);
    let child = space.crossover(&first, &second, 4, 0.1).unwrap();
    space.validate(&child).unwrap();
    let parameters = space.parameters(&child).unwrap();
    assert_eq!(parsed(&space.with_parameters(&parameters).unwrap()), parsed(&child));
    let (count, graph) =
        (space.count(&child).unwrap(), space.graph(&child, WeightScheme::Standalone).unwrap());
    let graph: smash_core::graph::Graph = serde_json::from_str(&graph).unwrap();
    graph.check().unwrap();
    assert_eq!(parsed(&count), serde_json::to_value(graph.count()).unwrap());
    let decisions = parsed(&space.decisions(&child).unwrap());
    assert_eq!(decisions.as_array().unwrap().len(), parsed(&parameters).as_object().unwrap().len());
    assert_eq!((&decisions[0]["name"], &decisions[0]["depends_on"]), (&json!("blocks.0.bank"), &json!([])));
    let size = parsed(&space.size().unwrap());
    assert!(size["log10"].as_f64().unwrap() > 50.0 && size["exact"] == false, "{size}");
}

#[test]
fn constraints_hold_for_all_that_is_made() {
    let mut request = images();
    request["constraints"] = json!({"max_params": 100_000});
    let space = open(&request).unwrap();
    let few = |architecture: &str| {
        let count = parsed(&space.count(architecture).unwrap());
        assert!(count["params"].as_u64().unwrap() <= 100_000, "{count}");
    };
    let sampled = space.sample(1).unwrap();
    few(&sampled);
    few(&space.mutate(&sampled, 2, 0.5).unwrap());
    let large = (0..).map(|seed| open(&images()).unwrap().sample(seed).unwrap());
    let large =
        large.into_iter().find(|a| parsed(&space.count(a).unwrap())["params"].as_u64() > Some(100_000));
    let error = space.validate(&large.unwrap()).unwrap_err();
    assert!(error.to_string().contains("breaks /constraints/max_params"), "{error}");
    request["constraints"] = json!({"max_params": 1});
    let error = open(&request).unwrap().sample(1).unwrap_err();
    assert!(matches!(error, Error::Core(smash_core::Error::Infeasible(_))), "{error}");
}

#[test]
fn an_optimiser_of_the_host_decides() {
    /// The last value of everything.
    struct Last(Vec<String>);
    impl Decide for Last {
        fn decide(&mut self, decision: &Decision<'_>) -> smash_core::Result<usize> {
            self.0.push(decision.name.to_owned());
            Ok(decision.domain.len() - 1)
        }
    }
    let space = open(&images()).unwrap();
    let mut last = Last(Vec::new());
    let drawn = space.draw(&mut last).unwrap();
    space.validate(&drawn).unwrap();
    let names: Vec<Value> = last.0.iter().map(|name| name.as_str().into()).collect();
    let decisions = parsed(&space.decisions(&drawn).unwrap());
    assert_eq!(decisions.as_array().unwrap().iter().map(|d| d["name"].clone()).collect::<Vec<_>>(), names);
}

#[test]
fn what_is_wrong_is_named() {
    let said = |request: Value| open(&request).err().unwrap().to_string();
    assert!(said(json!({})).contains("missing field `task`"));
    let mut request = images();
    request["space"] = json!({"type": "memory_bank", "unit": 0});
    assert!(said(request.clone()).starts_with("/space/unit: "), "{}", said(request));
    let mut request = images();
    request["task"]["extents"] = json!([0]);
    let error = said(request);
    assert!(error.contains("examples with 1 to 3 extents"), "{error}");
    let space = open(&images()).unwrap();
    let good = space.sample(1).unwrap();
    let mut wrong = parsed(&good);
    wrong["choices"]["blocks"][0]["bank"] = json!(99);
    let error = space.count(&wrong.to_string()).unwrap_err().to_string();
    assert!(error.starts_with("architecture: /choices/blocks/0/bank: expected"), "{error}");
    let mut parameters = parsed(&space.parameters(&good).unwrap());
    parameters["blocks.0.bank"] = json!("wide");
    let error = space.with_parameters(&parameters.to_string()).unwrap_err().to_string();
    assert!(error.starts_with("parameters: /blocks.0.bank: expected one of"), "{error}");
    assert!(space.mutate(&good, 1, f64::NAN).unwrap_err().to_string().contains("expected a probability"));
    assert!(space.sample(1).is_ok() && space.parameters("{").is_err());
}
