//! Parses examples given as JSON.

use serde_json::Value;
use smash_core::task::Task;

use super::classes::Classes;
use crate::error::{Error, Result};
use crate::input::kind;
use crate::table::joined;

/// One example: values, channels first, and its label if that is known.
#[derive(Debug, PartialEq)]
pub(crate) struct Listed {
    pub(crate) values: Vec<f32>,
    pub(crate) label: Option<usize>,
}

/// Parses an array of values, flat or nested in the task's shape, or an object with it as `values` and an
/// optional `label`, the number or the name of a class.
pub(crate) fn parse_example(value: &Value, task: &Task, classes: &Classes, at: &str) -> Result<Listed> {
    let (array, label) = match value {
        Value::Object(fields) => {
            if let Some(unknown) = fields.keys().find(|key| !["values", "label"].contains(&key.as_str())) {
                return Err(Error::Data(format!(
                    "{at}: unknown field {unknown:?} (known: \"values\", \"label\")"
                )));
            }
            (fields.get("values").unwrap_or(&Value::Null), fields.get("label"))
        }
        other => (other, None),
    };
    let mut values = Vec::with_capacity(task.example_len());
    let flat = array.as_array().is_some_and(|items| items.iter().all(Value::is_number));
    let dims = if flat { vec![task.example_len()] } else { task.dims() };
    collect(array, &dims, &mut values).map_err(|found| {
        let shape = joined(&task.dims());
        let length = task.example_len();
        Error::Data(format!("{at}: expected {length} numbers, flat or nested as {shape}, found {found}"))
    })?;
    let label = label.filter(|label| !label.is_null()).map(|label| classes.label(label, at)).transpose()?;
    Ok(Listed { values, label })
}

/// Appends the values of nested arrays of exactly these extents; the error says what else was found.
fn collect(value: &Value, dims: &[usize], out: &mut Vec<f32>) -> Result<(), String> {
    let Some((&extent, inner)) = dims.split_first() else {
        let number = value.as_f64().ok_or_else(|| kind(value).to_owned())? as f32;
        if !number.is_finite() {
            return Err(format!("{value}, which is too large"));
        }
        out.push(number);
        return Ok(());
    };
    let items = value.as_array().ok_or_else(|| kind(value).to_owned())?;
    if items.len() != extent {
        return Err(format!("an array of {} where {extent} belong", items.len()));
    }
    items.iter().try_for_each(|item| collect(item, inner, out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn classes() -> Classes {
        Classes::new(None, 3)
    }

    #[test]
    fn reads_flat_nested_and_labelled_examples() {
        let task = Task { channels: 1, extents: vec![2, 2], classes: 3 };
        let expected = |label| Listed { values: vec![1.0, 2.0, 3.0, 4.0], label };
        assert_eq!(parse_example(&json!([1, 2, 3, 4]), &task, &classes(), "x").unwrap(), expected(None));
        assert_eq!(
            parse_example(&json!([[[1, 2], [3, 4]]]), &task, &classes(), "x").unwrap(),
            expected(None)
        );
        let labelled = json!({"values": [1, 2, 3, 4], "label": 2});
        assert_eq!(parse_example(&labelled, &task, &classes(), "x").unwrap(), expected(Some(2)));
    }

    #[test]
    fn says_what_does_not_fit() {
        let task = Task { channels: 1, extents: vec![2, 2], classes: 3 };
        let error = |value: Value| parse_example(&value, &task, &classes(), "a:1").unwrap_err().to_string();
        assert_eq!(
            error(json!([1, 2, 3])),
            "a:1: expected 4 numbers, flat or nested as 1×2×2, found an array of 3 where 4 belong"
        );
        assert!(error(json!([[[1, 2], [3, "x"]]])).ends_with("found a string"));
        assert!(error(json!([1e300, 2, 3, 4])).contains("too large"));
        assert!(
            error(json!({"values": [1, 2, 3, 4], "label": 3}))
                .ends_with("expected a label from 0 to 2, found 3")
        );
        assert!(error(json!({"x": 1})).contains("unknown field \"x\""));
    }
}
