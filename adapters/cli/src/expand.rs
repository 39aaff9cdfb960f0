//! Expands environment variables, `${NAME}`, in the strings of a job.

use serde_json::Value;
use smash_core::error::Problem;

/// Replaces `${NAME}` in every string of `value` by the result of `variable`. `$${` is an escaped `${`. The
/// keys of objects stay as they are.
///
/// # Errors
/// Every variable that is not set, with the JSON pointer to the string that uses it.
pub(crate) fn expand(
    value: &mut Value,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    walk(value, &mut String::new(), variable, &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn walk(
    value: &mut Value,
    pointer: &mut String,
    variable: &dyn Fn(&str) -> Option<String>,
    problems: &mut Vec<Problem>,
) {
    let length = pointer.len();
    match value {
        Value::String(text) => match replace(text, variable) {
            Ok(new) => *text = new,
            Err(message) => problems.push(Problem::new(pointer.clone(), message)),
        },
        Value::Array(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                pointer.push_str(&format!("/{i}"));
                walk(item, pointer, variable, problems);
                pointer.truncate(length);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                walk(item, pointer, variable, problems);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

fn replace(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        let inside = &from[2..];
        if let Some(before) = before.strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = inside;
            continue;
        }
        let Some(end) = inside.find('}') else {
            return Err(format!(
                "expected a closing }} after ${{, found {text:?}; write $${{ for ${{ itself"
            ));
        };
        let name = &inside[..end];
        let value = variable(name).ok_or_else(|| {
            format!("the environment variable {name} is not set: set it, or replace ${{{name}}} by its value")
        })?;
        out.push_str(before);
        out.push_str(&value);
        rest = &inside[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(name: &str) -> Option<String> {
        (name == "DATA").then(|| "/data".to_owned())
    }

    #[test]
    fn replaces_in_every_string_and_keeps_the_rest() {
        let mut value = json!({"dataset": {"path": "${DATA}/cifar", "n": 3}, "list": ["a${DATA}b${DATA}"], "x": "$5 $${A}"});
        expand(&mut value, &known).unwrap();
        let expected =
            json!({"dataset": {"path": "/data/cifar", "n": 3}, "list": ["a/datab/data"], "x": "$5 ${A}"});
        assert_eq!(value, expected);
    }

    #[test]
    fn names_each_variable_that_is_not_set_and_where() {
        let mut value = json!({"a": {"b/c": ["${DATA}", "${NO}"]}, "d": "${open"});
        let problems = expand(&mut value, &known).unwrap_err();
        let pointers: Vec<&str> = problems.iter().map(|p| p.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a/b~1c/1", "/d"]);
        assert!(problems[0].message.contains("NO is not set"), "{}", problems[0]);
    }
}
