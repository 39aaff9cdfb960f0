//! What a plugin's strategy finds its candidates to be worth: the host trains the HyperNet, as the key `estimator` of the
//! strategy's configuration says. The plugin never sees that key.

use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::{Map, Value};
use smash_core::error::Problem;
use smash_core::smash::SmashConfig;

use super::schema;

/// The key in a strategy's configuration.
pub(crate) const KEY: &str = "estimator";
/// What a HyperNet has beside it in the built-in strategies, and the plugin's proposer replaces.
const SEARCH: &str = "search";

/// The settings of the HyperNet.
type Estimator = SmashConfig<()>;

/// Adds the key to the schema of a strategy.
pub(super) fn insert(strategy: &mut Value) -> Result<(), String> {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<Estimator>().to_value();
    schema::join_lines(&mut schema);
    if let Some(object) = schema.as_object_mut() {
        object.retain(|key, _| key != "$schema" && key != "title");
        object
            .insert("description".into(), "How candidates are scored: the HyperNet and its training.".into());
        for field in ["properties", "default"] {
            object.get_mut(field).and_then(Value::as_object_mut).map(|fields| fields.remove(SEARCH));
        }
    }
    match strategy.get_mut("properties").and_then(Value::as_object_mut) {
        Some(properties) if !properties.contains_key(KEY) => {
            properties.insert(KEY.into(), schema);
            Ok(())
        }
        _ => Err(format!("the property {KEY:?} of a strategy is the host's")),
    }
}

/// Takes the estimator out of a configuration that its schema accepts.
pub(super) fn split(mut strategy: Value) -> Result<(Estimator, Value), Vec<Problem>> {
    let own = strategy.as_object_mut().and_then(|fields| fields.remove(KEY));
    let estimator = Estimator::deserialize(own.unwrap_or_else(|| Map::new().into()))
        .map_err(|e| vec![Problem::new(format!("/strategy/{KEY}"), e.to_string())])?;
    Ok((estimator, strategy))
}

/// Puts it back with every default written out.
pub(super) fn join(mut strategy: Value, estimator: &Estimator) -> Result<Value, Vec<Problem>> {
    let failed = |message: String| vec![Problem::new(format!("/strategy/{KEY}"), message)];
    let mut own = serde_json::to_value(estimator).map_err(|e| failed(e.to_string()))?;
    own.as_object_mut().map(|fields| fields.remove(SEARCH));
    match strategy.as_object_mut() {
        Some(fields) => drop(fields.insert(KEY.into(), own)),
        None => return Err(failed("the plugin resolves the strategy to something that is no object".into())),
    }
    Ok(strategy)
}
