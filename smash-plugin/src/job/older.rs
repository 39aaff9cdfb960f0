//! Reads jobs of earlier versions, where one strategy type stood for a search together with the HyperNet. In
//! the current format it is a search with an estimator.

use serde_json::Value;

/// The earlier strategy types, and the search that each stands for now.
const PAIRS: [(&str, &str); 2] = [("smash_evolution", "evolution"), ("smash_random", "random")];
/// The estimator that they stand for.
const ESTIMATOR: &str = "hypernet";

/// Migrates a job of an earlier version to the current format.
pub(super) fn read(document: &mut Value) {
    let Some(strategy) = document.get_mut("strategy").and_then(Value::as_object_mut) else { return };
    let named = |(old, _): &&(&str, &str)| strategy.get("type").is_some_and(|kind| kind == old);
    let Some((_, search)) = PAIRS.iter().find(named) else { return };
    let mut estimator = std::mem::take(strategy);
    estimator.insert("type".into(), ESTIMATOR.into());
    strategy.insert("type".into(), (*search).into());
    strategy.extend(estimator.remove("search").map(|search| ("search".to_owned(), search)));
    strategy.insert("estimator".into(), estimator.into());
}

/// Rewrites a resolved job in the first version's format, which the job's identity is computed from: so a run
/// that an earlier version began can be resumed.
pub(super) fn written(document: &mut Value) {
    let Some(strategy) = document.get_mut("strategy").and_then(Value::as_object_mut) else { return };
    let Some(estimator) = strategy.get_mut("estimator").and_then(Value::as_object_mut) else { return };
    if estimator.get("type").is_none_or(|kind| kind != ESTIMATOR) {
        return;
    }
    // The HyperNet was the only estimator, and had no type field.
    estimator.remove("type");
    let named = |(_, search): &&(&str, &str)| strategy.get("type").is_some_and(|kind| kind == search);
    let Some((old, _)) = PAIRS.iter().find(named) else { return };
    let Some(Value::Object(estimator)) = strategy.remove("estimator") else { return };
    strategy.extend(estimator);
    strategy.insert("type".into(), (*old).into());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_spellings_are_one_job() {
        let old = json!({"strategy": {"type": "smash_random", "epochs": 4, "search": {"candidates": 5}}});
        let now = json!({"strategy": {
            "type": "random", "search": {"candidates": 5}, "estimator": {"type": "hypernet", "epochs": 4}
        }});
        let mut document = old.clone();
        read(&mut document);
        assert_eq!(document, now);
        read(&mut document);
        assert_eq!(document, now);
        written(&mut document);
        assert_eq!(document, old);
    }

    #[test]
    fn other_jobs_stay_as_they_are() {
        for same in [
            json!({"strategy": {"type": "smash", "epochs": 4}}),
            json!({"strategy": {"type": "random", "estimator": {"type": "host"}}}),
            json!({"strategy": 3}),
            json!([]),
        ] {
            let mut document = same.clone();
            read(&mut document);
            written(&mut document);
            assert_eq!(document, same);
        }
    }
}
