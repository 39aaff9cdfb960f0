//! Arrays and lists of values are classified as those that a model was trained with.

use std::io::Write;

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::kit::{self, Place};

fn npy(dtype: &str, shape: &[usize], values: &[u8]) -> Vec<u8> {
    let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
    let shape = shape.join(", ");
    let text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({shape},), }}\n");
    [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), values].concat()
}

/// One array as safetensors.
fn safetensors(dtype: &str, shape: &[usize], values: &[u8]) -> Vec<u8> {
    let array = json!({"dtype": dtype, "shape": shape, "data_offsets": [0, values.len()]});
    let mut header = json!({"images": array}).to_string();
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), values].concat()
}

fn npz(place: &Place, name: &str, arrays: &[(&str, Vec<u8>)]) {
    let mut zip = ZipWriter::new(std::fs::File::create(place.path(name)).unwrap());
    for (array, bytes) in arrays {
        zip.start_file(format!("{array}.npy"), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

const COUNT: usize = 120;

/// Grey stripes along or across, with the channels last.
fn pixels() -> Vec<u8> {
    let pixel = |at: usize| {
        let (n, y, x) = (at / 64, at / 8 % 8, at % 8);
        (40 * (if n.is_multiple_of(2) { x + n } else { y + n } % 4) + n) as u8
    };
    (0..COUNT * 64).map(pixel).collect()
}

fn labels() -> Vec<u8> {
    (0..COUNT).map(|n| (n % 2) as u8).collect()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn probabilities(text: &str) -> Vec<Value> {
    lines(text).into_iter().map(|mut line| line["probabilities"].take()).collect()
}

#[test]
fn arrays_are_decoded_and_normalised_as_in_training() {
    let place = Place::new();
    let x = npy("|u1", &[COUNT, 8, 8, 1], &pixels());
    npz(&place, "train.npz", &[("x", x), ("y", npy("|u1", &[COUNT], &labels()))]);
    let mut job: Value = serde_json::from_str(kit::SMALL).unwrap();
    job["dataset"] = json!({"type": "npz", "path": "train.npz", "layout": "nhwc"});
    job["strategy"]["batch"] = 20.into();
    job["strategy"]["scoring"] = json!({"examples": 40, "calibration": 20});
    job["retrain"] = json!({"epochs": 6, "batch": 20});
    place.write("job.json", job.to_string());
    place.good(&["search", "job.json", "--out", "run", "--quiet"]);

    // As the dataset gave them, with labels: the order of the dataset is that of the file.
    place.write("all.json", r#"{"type": "npz", "path": "train.npz", "layout": "nhwc"}"#);
    let dataset = place.good(&["predict", "run", "all.json"]);
    let done = place.run(&["predict", "run/model.safetensors", "train.npz"]);
    assert_eq!(probabilities(&done.out), probabilities(&dataset));
    let found = lines(&done.out);
    assert_eq!(
        (&found[1]["file"], &found[1]["index"], &found[1]["label"]),
        (&json!("train.npz"), &json!(1), &json!(1))
    );
    assert!(done.err.starts_with("accuracy "), "{}", done.err);

    // Other forms of the same values, without labels.
    place.write("x.npy", npy("|u1", &[COUNT, 8, 8], &pixels()));
    npz(&place, "x.npz", &[("arr_0", npy("|u1", &[COUNT, 1, 8, 8], &pixels()))]);
    let floats: Vec<f32> = pixels().iter().map(|byte| f32::from(*byte) / 255.0).collect();
    let bytes: Vec<u8> = floats.iter().flat_map(|value| value.to_le_bytes()).collect();
    place.write("floats.npy", npy("<f4", &[COUNT, 1, 8, 8], &bytes));
    place.write("x.safetensors", safetensors("U8", &[COUNT, 8, 8], &pixels()));
    place.write("floats.safetensors", safetensors("F32", &[COUNT, 1, 8, 8], &bytes));
    let rows: Vec<String> =
        floats.chunks(64).map(|row| json!({"values": row, "label": 1}).to_string()).collect();
    place.write("rows.jsonl", rows.join("\n"));
    let others = ["x.npy", "x.npz", "floats.npy", "x.safetensors", "floats.safetensors"];
    let others = others.iter().map(std::slice::from_ref);
    for args in others.chain([&["rows.jsonl", "--raw"][..]]) {
        let done = place.run(&[&["predict", "run"], args].concat());
        assert_eq!(
            (done.code, probabilities(&done.out)),
            (0, probabilities(&dataset)),
            "{args:?}: {}",
            done.err
        );
    }
    // Without --raw values in JSON are taken as normalised.
    assert_ne!(probabilities(&place.good(&["predict", "run", "rows.jsonl"])), probabilities(&dataset));

    place.write("wide.npy", npy("|u1", &[2, 3, 8, 8], &[0; 384]));
    let done = place.run(&["predict", "run", "wide.npy"]);
    assert!(
        done.code == 3 && done.err.contains("wide.npy: x: expected the axis of examples"),
        "{}",
        done.err
    );
    npz(&place, "labels.npz", &[("x", npy("|u1", &[1, 1, 8, 8], &[0; 64])), ("y", npy("|u1", &[1], &[7]))]);
    let done = place.run(&["predict", "run", "labels.npz"]);
    assert!(
        done.code == 3 && done.err.contains("expected 0..1, the classes of the model, found 7"),
        "{}",
        done.err
    );
    // Other files of the run's kind of picture are classified too, and lists are answered up to a wrong line.
    let done = place.feed(&["predict", "run", "-"], &format!("{}\n[1]\n", rows[0]));
    done.expect_error(3, &["stdin:2", "64 numbers"], "a short line");
    assert_eq!(done.out.lines().count(), 1);
}
