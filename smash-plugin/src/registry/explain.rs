//! Turns the errors of the JSON Schema validator into plain messages, each at the leaf that is wrong.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;
use smash_core::error::Problem;

use super::wording::{bound, expected_one_of, found, one_of, unknown_field};

/// An object key as a step of a JSON pointer, escaped.
fn step(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The problems that a validation error of `schema` stands for, in a document that holds the instance at
/// `at`.
pub(super) fn explain(schema: &Value, error: &ValidationError<'_>, at: &str, out: &mut Vec<Problem>) {
    let pointer = format!("{at}{}", error.instance_path());
    let keyword = error.schema_path().as_str();
    let value = &**error.instance();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let owner = keyword.rsplit_once('/').and_then(|(owner, _)| schema.pointer(owner));
            for name in unexpected {
                let message = unknown_field(name, fields(owner));
                out.push(Problem::new(format!("{pointer}{}", step(name)), message));
            }
        }
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            let branches = schema.pointer(keyword).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let branches: Vec<&Value> = branches.iter().map(|branch| follow(schema, branch)).collect();
            alternatives(&branches, context, &pointer, value, out, |error, out| {
                explain(schema, error, at, out)
            });
        }
        kind => out.push(Problem::new(pointer, sentence(kind, value).unwrap_or_else(|| error.to_string()))),
    }
}

/// The fields of an object that a schema knows, apart from `$schema` and the tag of an enum.
fn fields(owner: Option<&Value>) -> impl Iterator<Item = &str> + Clone {
    let known = owner.and_then(|owner| owner["properties"].as_object()).into_iter().flatten();
    known
        .filter(|(name, schema)| schema.get("const").is_none() && !name.starts_with('$'))
        .map(|(name, _)| name.as_str())
}

/// Follows a schema's `$ref`, if it has one.
fn follow<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
    target.and_then(|target| root.pointer(target)).unwrap_or(schema)
}

/// No branch of an `anyOf`/`oneOf` fits: explains the one that was probably meant.
fn alternatives(
    branches: &[&Value],
    context: &[Vec<ValidationError<'static>>],
    pointer: &str,
    value: &Value,
    out: &mut Vec<Problem>,
    mut explain: impl FnMut(&ValidationError<'static>, &mut Vec<Problem>),
) {
    let real: Vec<usize> = (0..branches.len()).filter(|&i| branches[i]["type"] != "null").collect();
    let mut meant = if let [only] = real[..] { Some(only) } else { None };
    let constants: Option<Vec<&Value>> = real.iter().map(|&i| branches[i].get("const")).collect();
    if meant.is_none()
        && let Some(options) = constants
    {
        out.push(Problem::new(pointer, one_of(&options, value)));
        return;
    }
    if meant.is_none()
        && let Some((tag, options)) = tagged(branches, &real)
    {
        let Some(object) = value.as_object() else {
            let message = format!("expected an object with the field {tag:?}, found {}", found(value));
            out.push(Problem::new(pointer, message));
            return;
        };
        let Some(given) = object.get(tag) else {
            out.push(Problem::new(pointer, format!("missing field {tag:?}: {}", expected_one_of(&options))));
            return;
        };
        meant = options.iter().position(|option| *option == given).map(|i| real[i]);
        if meant.is_none() {
            out.push(Problem::new(format!("{pointer}{}", step(tag)), one_of(&options, given)));
            return;
        }
    }
    // Without a tag, the branch whose JSON type fits is the one that was meant.
    let fits = |i: &&usize| {
        let of_type = |e: &ValidationError<'_>| matches!(e.kind(), ValidationErrorKind::Type { .. });
        context.get(**i).is_some_and(|errors| !errors.iter().any(|e| of_type(e) && **e.instance() == *value))
    };
    let meant = meant.or_else(|| {
        let mut fitting = real.iter().filter(fits);
        fitting.next().copied().filter(|_| fitting.next().is_none())
    });
    match meant.and_then(|i| context.get(i)).filter(|errors| !errors.is_empty()) {
        Some(errors) => errors.iter().for_each(|error| explain(error, out)),
        None => {
            let message = format!("found {}, which fits none of the allowed forms", found(value));
            out.push(Problem::new(pointer, message));
        }
    }
}

/// The tag of an internally tagged enum (the field whose constant differs between branches) and its values.
fn tagged<'a>(branches: &[&'a Value], real: &[usize]) -> Option<(&'a str, Vec<&'a Value>)> {
    let properties = |&i: &usize| branches[i]["properties"].as_object();
    let first = properties(real.first()?)?;
    first.keys().find_map(|tag| {
        let values: Option<Vec<&Value>> =
            real.iter().map(|i| properties(i)?.get(tag)?.get("const")).collect();
        values.map(|values| (tag.as_str(), values))
    })
}

/// The message of an error that concerns one value; `None` for rare errors, which keep the validator's own
/// message.
fn sentence(kind: &ValidationErrorKind, value: &Value) -> Option<String> {
    use ValidationErrorKind as Kind;
    let length = value.as_array().map(Vec::len).unwrap_or_default();
    let letters = value.as_str().map(|s| s.chars().count()).unwrap_or_default();
    let expected = match kind {
        Kind::Type { kind } => types(kind),
        Kind::Minimum { limit } => format!("at least {}", bound(limit)),
        Kind::Maximum { limit } => format!("at most {}", bound(limit)),
        Kind::ExclusiveMinimum { limit } => format!("more than {}", bound(limit)),
        Kind::ExclusiveMaximum { limit } => format!("less than {}", bound(limit)),
        Kind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Kind::Constant { expected_value } => return Some(one_of(&[&**expected_value], value)),
        Kind::Enum { options } => {
            let options = options.as_array()?;
            return Some(one_of(
                &options.iter().filter(|option| !option.is_null()).collect::<Vec<_>>(),
                value,
            ));
        }
        Kind::MinItems { limit } => return Some(counted("at least", *limit, "item", length)),
        Kind::MaxItems { limit } => return Some(counted("at most", *limit, "item", length)),
        Kind::AdditionalItems { limit } => return Some(counted("at most", *limit as u64, "item", length)),
        Kind::MinLength { limit } => return Some(counted("at least", *limit, "character", letters)),
        Kind::MaxLength { limit } => return Some(counted("at most", *limit, "character", letters)),
        Kind::UniqueItems => return Some("expected items that all differ, found some twice".into()),
        Kind::Pattern { pattern } => format!("text that matches {pattern}"),
        Kind::Required { property } => return Some(format!("missing field {}", found(property))),
        _ => return None,
    };
    Some(format!("expected {expected}, found {}", found(value)))
}

fn counted(bound: &str, limit: u64, what: &str, found: usize) -> String {
    let plural = if limit == 1 { "" } else { "s" };
    format!("expected {bound} {limit} {what}{plural}, found {found}")
}

fn types(kind: &TypeKind) -> String {
    let word = |json: JsonType| match json {
        JsonType::Array => "an array",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    };
    match kind {
        TypeKind::Single(json) => word(*json).to_owned(),
        TypeKind::Multiple(set) => {
            let named = set.iter().filter(|json| *json != JsonType::Null).map(word);
            named.collect::<Vec<_>>().join(" or ")
        }
    }
}
