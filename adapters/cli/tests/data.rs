//! `smash data`: what is said of datasets, and what they look like.

#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

mod kit;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use image::RgbImage;
use kit::Place;
use serde_json::Value;

const DIGITS: &str = r#"{"type": "digits"}"#;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn sheet(place: &Place, name: &str) -> RgbImage {
    image::open(place.path(name)).unwrap().into_rgb8()
}

/// True when a colour stands anywhere in a picture.
fn has(picture: &RgbImage, colour: [u8; 3]) -> bool {
    picture.pixels().any(|pixel| pixel.0 == colour)
}

/// The files of a CIFAR-10 whose images of class c are all of the colour `[10 c, 255 - 10 c, 7]`, but for a
/// black and a white one of each.
fn cifar(place: &Place) {
    let record = |class: u8, colour: [u8; 3]| {
        [vec![class], colour.iter().flat_map(|value| vec![*value; 1024]).collect()].concat()
    };
    let class = |class: u8| {
        let mut images = vec![record(class, [0; 3]), record(class, [255; 3])];
        images.resize(12, record(class, [10 * class, 255 - 10 * class, 7]));
        images.concat()
    };
    let records: Vec<u8> = (0..10).flat_map(class).collect();
    for name in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]
    {
        place.write(&format!("c/cifar-10-batches-bin/{name}.bin"), &records);
    }
}

/// A file of the idx format.
fn idx(shape: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, shape.len() as u8];
    shape.iter().for_each(|extent| bytes.extend(extent.to_be_bytes()));
    bytes.extend(values);
    bytes
}

/// A .safetensors file with x as float32 and y as bytes.
fn safetensors(shape: &[usize], x: &[f32], y: &[u8]) -> Vec<u8> {
    let (len, labels) = (4 * x.len(), y.len());
    let header = format!(
        r#"{{"x":{{"dtype":"F32","shape":{shape:?},"data_offsets":[0,{len}]}},"y":{{"dtype":"U8","shape":[{labels}],"data_offsets":[{len},{}]}}}}"#,
        len + labels
    );
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    x.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    bytes.extend(y);
    bytes
}

#[test]
fn says_what_a_dataset_holds() {
    let place = Place::new();
    place.write("digits.json", DIGITS);
    let text = place.good(&["data", "digits.json"]);
    for word in ["1×8×8 → 10 classes", "1,797 examples: 1,439 training, 179 validation, 179 test", "CHANNEL"]
    {
        assert!(text.contains(word), "expected {word:?} in {text}");
    }
    let all = json(&place.good(&["data", "digits.json", "--json"]));
    assert_eq!(
        (&all["examples"], &all["views"], &all["parts"]["train"]),
        (&1797.into(), &1.into(), &1439.into())
    );
    let classes = all["classes"].as_array().unwrap();
    let sum: u64 = classes.iter().map(|class| class["train"].as_u64().unwrap()).sum();
    assert_eq!((classes.len(), sum), (10, 1439));
    // The training part is four fifths of what the normalisation was made from; stored values go from 0 to
    // 16.
    let channel = &all["channels"][0];
    let near = |value: &Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < 0.01;
    assert!(near(&channel["network"]["mean"], 0.0) && near(&channel["network"]["std"], 1.0), "{channel}");
    assert!(near(&channel["scaled"]["mean"], 0.305) && near(&channel["scaled"]["std"], 0.376), "{channel}");
    assert_eq!(place.names(), ["digits.json", "small.json"]);
}

#[test]
fn a_job_a_configuration_and_standard_input_are_the_same() {
    let place = Place::new();
    place.write("digits.json", DIGITS);
    let of_job = place.good(&["data", "small.json"]);
    assert!(of_job.contains("(seed 1)"), "{of_job}");
    assert_eq!(place.good(&["data", "digits.json", "--seed", "1"]), of_job);
    assert_ne!(place.good(&["data", "digits.json", "--seed", "2"]), of_job);
    let fed = place.feed(&["data", "-", "--seed", "1"], DIGITS);
    assert_eq!((fed.code, fed.out), (0, of_job));
    place.bad(&["data", "digits.json", "--set", "augmentation.flipp=true"], 2, &["augmentation", "flipp"]);
}

#[test]
fn a_sheet_is_stable_and_follows_its_settings() {
    let place = Place::new();
    place.write("digits.json", DIGITS);
    place.good(&["data", "digits.json", "--sheet", "a.png"]);
    place.good(&["data", "digits.json", "--sheet", "b.png"]);
    place.good(&["data", "digits.json", "--sheet", "c.png", "--seed", "5"]);
    place.good(&["data", "digits.json", "--sheet", "d.png", "--part", "test"]);
    place.good(&["data", "digits.json", "--sheet", "e.png", "--examples", "3"]);
    let [a, b, c, d] =
        ["a", "b", "c", "d"].map(|name| std::fs::read(place.path(&format!("{name}.png"))).unwrap());
    assert!(a == b && a != c && a != d);
    let [ten, three] = ["a.png", "e.png"].map(|name| sheet(&place, name));
    assert!(ten.width() * ten.height() > 2 * three.width() * three.height());
    place.bad(
        &["data", "digits.json", "--sheet", "no/such/folder.png"],
        3,
        &["cannot write", "no/such/folder.png"],
    );
    assert_eq!(place.run(&["data", "digits.json", "--sheet", "f.png", "--examples", "0"]).code, 2);
}

#[test]
fn the_sheet_of_the_documentation_is_drawn_by_its_command() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
    let (job, golden) = (format!("{root}/examples/quickstart.json"), format!("{root}/pictures/digits.png"));
    let place = Place::new();
    place.good(&["data", &job, "--sheet", "digits.png", "--examples", "12"]);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::copy(place.path("digits.png"), &golden).unwrap();
    }
    let [now, golden] = [sheet(&place, "digits.png"), image::open(golden).unwrap().into_rgb8()];
    assert_eq!(now.dimensions(), golden.dimensions());
    // A value halfway between two bytes may become either.
    let off = now.as_raw().iter().zip(golden.as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(off <= Some(1), "off by {off:?}; UPDATE_GOLDEN=1 draws it anew");
}

#[test]
fn photographs_have_their_colours_and_classes_their_names() {
    let place = Place::new();
    cifar(&place);
    for path in ["c", "c/cifar-10-batches-bin"] {
        let text = place.good(&["data", path, "--sheet", "sheet.png"]);
        assert!(
            text.contains("cifar10") && text.contains("0 airplane") && text.contains("9 truck"),
            "{text}"
        );
        let picture = sheet(&place, "sheet.png");
        for class in 0..10 {
            assert!(has(&picture, [10 * class, 255 - 10 * class, 7]), "class {class}");
        }
    }
}

#[test]
fn an_archive_is_recognised_by_what_is_in_it() {
    let place = Place::new();
    cifar(&place);
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    builder.append_dir_all("cifar-10-batches-bin", place.path("c/cifar-10-batches-bin")).unwrap();
    place.write("download", builder.into_inner().unwrap().finish().unwrap());
    let text = place.good(&["data", "download"]);
    assert!(text.contains("cifar10, download") && text.contains("720 examples"), "{text}");
}

#[test]
fn grey_images_and_signals_and_voxels() {
    let place = Place::new();
    for (part, count) in [("train", 100), ("t10k", 10)] {
        let pixels: Vec<u8> = (0..count * 28 * 28).map(|i| (i % 256) as u8).collect();
        place.write(&format!("idx/{part}-images-idx3-ubyte"), idx(&[count, 28, 28], &pixels));
        let labels: Vec<u8> = (0..count).map(|i| (i % 10) as u8).collect();
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(&idx(&[count], &labels)).unwrap();
        place.write(&format!("idx/{part}-labels-idx1-ubyte.gz"), gz.finish().unwrap());
    }
    assert!(place.good(&["data", "idx", "--sheet", "idx.png"]).contains("1×28×28 → 10 classes"));
    let picture = sheet(&place, "idx.png");
    assert!(has(&picture, [0; 3]) && has(&picture, [255; 3]));

    let labels: Vec<u8> = (0..40).map(|i| i % 2).collect();
    let wave = |i: usize| ((i % 50) as f32 / 50.0 * 6.0 - 3.0).abs();
    let x: Vec<f32> = (0..40 * 2 * 50).map(wave).collect();
    place.write("waves.safetensors", safetensors(&[40, 2, 50], &x, &labels));
    assert!(place.good(&["data", "waves.safetensors", "--sheet", "waves.png"]).contains("2×50 → 2 classes"));
    assert!(sheet(&place, "waves.png").width() > 1000);

    let x: Vec<f32> = (0..40 * 512).map(|i| f32::from(u8::from(i % 8 > 3))).collect();
    place.write("voxels.safetensors", safetensors(&[40, 1, 8, 8, 8], &x, &labels));
    assert!(place.good(&["data", "voxels.safetensors", "--sheet", "voxels.png"]).contains("1×8×8×8"));
    // The upper halves are empty: what lies below is seen from above.
    assert!(sheet(&place, "voxels.png").width() > 1000);
}

#[test]
fn folders_of_images_are_named_after_them() {
    let place = Place::new();
    for (class, colour) in [("moss", [20, 120, 40]), ("sky", [90, 160, 250])] {
        std::fs::create_dir_all(place.path(&format!("photos/{class}"))).unwrap();
        for i in 0..20 {
            let mut image = RgbImage::from_pixel(8, 8, image::Rgb(colour));
            // Each image has black and white, so that colours are drawn as they are.
            image.put_pixel(0, 0, image::Rgb([0; 3]));
            image.put_pixel(1, 0, image::Rgb([255; 3]));
            image.save(place.path(&format!("photos/{class}/{i}.png"))).unwrap();
        }
    }
    let args = ["data", "photos", "--set", "size=[8, 8]", "--sheet", "sheet.png"];
    let text = place.good(&args);
    assert!(text.contains("0 moss") && text.contains("1 sky") && text.contains("image_folder"), "{text}");
    let picture = sheet(&place, "sheet.png");
    assert!(has(&picture, [20, 120, 40]) && has(&picture, [90, 160, 250]));
}

#[test]
fn what_is_no_dataset() {
    let place = Place::new();
    place.bad(&["data", "none"], 3, &["none"]);
    place.bad(&["data", "none.json"], 3, &["none.json"]);
    place.write("things/notes.txt", "");
    place.write("things/more/a.png", "");
    let looked =
        ["things", "found a folder with more, notes.txt", "looked for", "cifar10: ", "idx: ", "npz: "];
    place.bad(&["data", "things"], 3, &looked);
    std::fs::create_dir(place.path("empty")).unwrap();
    place.bad(&["data", "empty"], 3, &["an empty folder"]);
    place.write("file", "");
    place.bad(&["data", "file"], 3, &["a file of another kind"]);
    place.write("text.gz", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0]);
    place.bad(&["data", "text.gz"], 3, &["a file of another kind"]);
    place.write("a.json", "[1]");
    place.bad(&["data", "a.json"], 2, &["a.json", "expected a dataset", "found an array"]);
    place.write("b.json", "{");
    place.bad(&["data", "b.json"], 2, &["b.json", "JSON"]);
    place.write("c.json", r#"{"type": "digit"}"#);
    place.bad(&["data", "c.json"], 2, &["digit", "did you mean"]);
}

#[test]
fn damaged_data_are_an_error() {
    let place = Place::new();
    cifar(&place);
    place.write("c/cifar-10-batches-bin/data_batch_3.bin", vec![0; 3073 * 2 + 5]);
    place.bad(&["data", "c", "--sheet", "sheet.png"], 3, &["data_batch_3.bin", "3073"]);
    place.write("x.npz", b"PK\x03\x04 and nothing more");
    place.bad(&["data", "x.npz"], 3, &["x.npz", "zip"]);
    place.write("x.safetensors", [&[255; 7][..], b"\x00{\"x\": 1}"].concat());
    place.bad(&["data", "x.safetensors"], 3, &["x.safetensors"]);
    place.write("idx/train-images-idx3-ubyte", "short");
    place.bad(&["data", "idx"], 3, &["train-images-idx3-ubyte"]);
    for image in ["photos/a/1.png", "photos/b/1.png"] {
        place.write(image, "not an image");
    }
    place.bad(&["data", "photos"], 3, &["photos/a/1.png"]);
    assert!(!place.exists("sheet.png"));
}
