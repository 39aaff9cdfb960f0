//! Mutations of JSON that leave it JSON, alone and in the header of a safetensors file.

use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Value, json};
use smash_core::random::{Random, Seed};

/// Changes one value of a JSON document, or now and then its bytes; returns the new size.
pub fn mutate_json(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Seed::new(u64::from(seed)).random();
    let changed = (random.below(8) > 0).then(|| document(&data[..size], &mut random)).flatten();
    put(data, changed, size, max_size)
}

/// Changes the header of a safetensors file, the JSON in its metadata, or its bytes.
pub fn mutate_safetensors(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Seed::new(u64::from(seed)).random();
    let changed = (random.below(8) > 0).then(|| safetensors(&data[..size], &mut random)).flatten();
    put(data, changed, size, max_size)
}

fn put(data: &mut [u8], changed: Option<Vec<u8>>, size: usize, max_size: usize) -> usize {
    match changed.filter(|bytes| bytes.len() <= max_size) {
        Some(bytes) => {
            data[..bytes.len()].copy_from_slice(&bytes);
            bytes.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
}

/// JSON, or lines of it.
fn document(bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    if let Ok(mut value) = serde_json::from_slice::<Value>(bytes) {
        change(&mut value, random);
        return serde_json::to_vec_pretty(&value).ok();
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return None;
    }
    let at = random.below(lines.len());
    let mut value: Value = serde_json::from_str(&lines[at]).ok()?;
    change(&mut value, random);
    lines[at] = value.to_string();
    Some((lines.join("\n") + "\n").into_bytes())
}

fn safetensors(bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let length = usize::try_from(u64::from_le_bytes(bytes.first_chunk().copied()?)).ok()?;
    let (header, data) = bytes.get(8..)?.split_at_checked(length)?;
    let mut header: Value = serde_json::from_slice(header).ok()?;
    let text = header.pointer("/__metadata__/smash").and_then(Value::as_str).map(str::to_owned);
    match text.and_then(|text| serde_json::from_str::<Value>(&text).ok()) {
        Some(mut inner) if random.below(3) > 0 => {
            change(&mut inner, random);
            header["__metadata__"]["smash"] = inner.to_string().into();
        }
        _ => change(&mut header, random),
    }
    let header = serde_json::to_vec(&header).ok()?;
    Some([&(header.len() as u64).to_le_bytes()[..], &header, data].concat())
}

/// Replaces, removes or doubles a value somewhere in a document.
fn change(value: &mut Value, random: &mut Random) {
    // Each value below stands for its kind, at an edge of what a number, a text or a list can be.
    let edges = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(255),
        json!(65536),
        json!(1_u64 << 32),
        json!(1_u64 << 53),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(0.5),
        json!(1e308),
        json!(5e-324),
        json!(""),
        json!("training"),
        json!("searching"),
        json!("retraining"),
        json!("done"),
        json!([]),
        json!({}),
        json!([0]),
    ];
    let mut at = value;
    loop {
        // Up to here or on into one of its parts.
        let parts = match &*at {
            Value::Array(items) => items.len(),
            Value::Object(fields) => fields.len(),
            _ => 0,
        };
        if parts == 0 || random.below(8) == 0 {
            break;
        }
        let part = random.below(parts);
        let how = random.below(16);
        at = match at {
            Value::Array(items) if how == 0 => {
                items.remove(part);
                return;
            }
            Value::Array(items) if how == 1 => {
                items.push(items[part].clone());
                return;
            }
            Value::Array(items) => &mut items[part],
            Value::Object(fields) => {
                let key = fields.keys().nth(part).cloned().unwrap_or_default();
                if how == 0 {
                    fields.remove(&key);
                    return;
                }
                fields.entry(key).or_insert(Value::Null)
            }
            _ => return,
        };
    }
    *at = match (&*at, random.below(3)) {
        (Value::Number(number), 0) => number.as_u64().map_or(json!(0), |n| json!(n.wrapping_add(1))),
        (Value::Number(number), 1) => number.as_u64().map_or(json!(1), |n| json!(n.wrapping_sub(1))),
        _ => edges[random.below(edges.len())].clone(),
    };
}
