//! Images that belong to no dataset are classified, with a run or with a model file alone.

use std::sync::OnceLock;

use image::{Rgb, RgbImage};
use serde_json::{Value, json};

use crate::kit::{self, Place};

const COLOURS: [(&str, [u8; 3]); 4] =
    [("apple", [180, 0, 0]), ("pear", [0, 180, 0]), ("plum", [0, 0, 180]), ("kiwi", [90, 90, 0])];

/// A picture of a fruit; `number` tells pictures of one fruit apart.
fn picture(place: &Place, file: &str, fruit: &str, number: u32) {
    let colour = COLOURS.iter().find(|(name, _)| *name == fruit).unwrap().1;
    let noise = |x: u32, y: u32| (x * 7919 + y * 104_729 + number * 1_299_709) % 60;
    let pixel = |x, y| Rgb(colour.map(|c| c + noise(x, y) as u8));
    let path = place.path(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_fn(12, 10, pixel).save(path).unwrap();
}

/// A folder for each fruit, with so many pictures.
fn folder(place: &Place, folder: &str, fruits: &[&str], count: u32) {
    for fruit in fruits {
        (0..count).for_each(|n| picture(place, &format!("{folder}/{fruit}/{n:02}.png"), fruit, n));
    }
}

/// A model of apple, pear and plum as `run`, and the pictures that it was trained with as `fruits`.
fn trained() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = Place::new();
        folder(&place, "fruits/train", &["apple", "pear", "plum"], 40);
        folder(&place, "fruits/test", &["apple", "pear", "plum"], 10);
        let mut job: Value = serde_json::from_str(kit::SMALL).unwrap();
        job["dataset"] = json!({"type": "image_folder", "path": "fruits", "size": [8, 8]});
        (job["strategy"]["batch"], job["strategy"]["epochs"]) = (20.into(), 2.into());
        job["strategy"]["scoring"] = json!({"examples": 40, "calibration": 20});
        job["retrain"] = json!({"epochs": 12, "batch": 20});
        place.write("job.json", job.to_string());
        place.good(&["search", "job.json", "--out", "run", "--quiet"]);
        place
    })
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn field<'a>(lines: &'a [Value], name: &str) -> Vec<&'a Value> {
    lines.iter().map(|line| &line[name]).collect()
}

/// The values of a file are, bit for bit, those that the dataset gave: the same batches give the same
/// probabilities.
#[test]
fn files_are_classified_as_the_dataset_is() {
    let place = trained();
    let dataset = lines(&place.good(&["predict", "run", "fruits", "--part", "all"]));
    let files = lines(&place.good(&["predict", "run", "fruits"]));
    assert_eq!((files.len(), dataset.len()), (150, 150));
    for name in ["class", "class_index", "probabilities", "label"] {
        assert_eq!(field(&files, name), field(&dataset, name), "{name}");
    }
    assert_eq!((&files[41]["file"], &files[41]["index"]), (&json!("fruits/train/pear/01.png"), &json!(41)));
    // The configuration is the whole dataset too.
    place.write("fruits.json", r#"{"type": "image_folder", "path": "fruits", "size": [8, 8]}"#);
    assert_eq!(lines(&place.good(&["predict", "run", "fruits.json"])), dataset);
    // The run's own test split without any data.
    let own = place.run(&["predict", "run"]);
    assert_eq!(lines(&own.out).len(), 30);
    assert!(own.err.contains("balanced accuracy") && own.err.contains("inference alone"), "{}", own.err);
    assert!(place.run(&["predict", "run", "--quiet"]).err.is_empty());
}

/// All that a model needs is in its file.
#[test]
fn a_model_file_works_alone() {
    let (place, elsewhere) = (trained(), Place::new());
    std::fs::copy(place.path("run/model.safetensors"), elsewhere.path("fruit.safetensors")).unwrap();
    folder(&elsewhere, "fruits/train", &["apple", "pear", "plum"], 40);
    folder(&elsewhere, "fruits/test", &["apple", "pear", "plum"], 10);
    let here = elsewhere.good(&["predict", "fruit.safetensors", "fruits"]);
    assert_eq!(here, place.good(&["predict", "run", "fruits"]));
    elsewhere.bad(&["predict", "fruit.safetensors"], 2, &["fruit.safetensors", "name what to classify"]);
    elsewhere.write("empty/notes.txt", "");
    elsewhere.bad(&["predict", "fruit.safetensors", "empty"], 3, &["empty: expected .png or .jpg images"]);
    elsewhere.bad(&["predict", "fruit.safetensors", "none.png"], 3, &["none.png"]);
    elsewhere.bad(&["predict", "fruits/test/apple/00.png", "fruits"], 3, &["00.png"]);
}

#[test]
fn classes_are_matched_by_name() {
    let place = trained();
    folder(place, "other", &["kiwi", "pear", "plum"], 10);
    let lists =
        ["other", "(apple, pear, plum), found kiwi, pear, plum", "no class of it: kiwi", "other/kiwi"];
    place.bad(&["predict", "run", "other"], 3, &lists);
    let as_dataset = place.run(&["predict", "run", "other", "--part", "all"]);
    as_dataset.expect_error(3, &["(apple, pear, plum), found kiwi, pear, plum"], "as a dataset");
    // Some of the classes are enough, and their numbers are those of the model.
    folder(place, "some", &["pear", "plum"], 10);
    let done = place.run(&["predict", "run", "some"]);
    let found = lines(&done.out);
    assert_eq!((found.len(), &found[0]["label"], &found[19]["label"]), (20, &json!("pear"), &json!("plum")));
    assert!(done.err.starts_with("accuracy 100.00 % (20 of 20)"), "{}", done.err);
    assert_eq!(lines(&place.good(&["predict", "run", "some", "--part", "all"])).len(), 20);
    // Without labels the names do not matter.
    assert_eq!(lines(&place.good(&["predict", "run", "other/kiwi", "other/pear"])).len(), 20);
}

#[test]
fn a_damaged_file_is_named_and_the_others_are_classified() {
    let place = trained();
    for number in 0..40 {
        picture(place, &format!("new/Bild ü {number:02}.png"), "pear", number);
    }
    let whole = std::fs::read(place.path("new/Bild ü 07.png")).unwrap();
    place.write("new/Bild ü 07.png", &whole[..60]);
    place.write("new/notes.txt", "");
    let done = place.run(&["predict", "run", "new"]);
    assert_eq!((done.code, done.out.lines().count()), (0, 39), "{}", done.err);
    assert!(
        done.err.contains("warning: passed over in new: 1 file that is no data (notes.txt)"),
        "{}",
        done.err
    );
    let warning = "warning: not classified: new/Bild ü 07.png: truncated: expected the end of a PNG";
    assert!(done.err.contains(warning) && done.err.matches("not classified").count() == 1, "{}", done.err);
    assert!(!done.err.contains("accuracy"), "{}", done.err);
    let strict = place.run(&["predict", "run", "new", "--strict"]);
    assert_eq!((strict.code, &strict.out), (3, &done.out));
    place.write("page.png", "<html>");
    let alone = place.run(&["predict", "run", "page.png"]);
    assert!(alone.code == 3 && alone.err.contains("an HTML page"), "{}", alone.err);
    assert_eq!(place.run(&["predict", "run", "page.png", "new/Bild ü 01.png"]).out.lines().count(), 1);
}

#[test]
fn output_and_report() {
    let place = trained();
    folder(place, "a, b", &["apple"], 2);
    let text = place.good(&["predict", "run", "a, b", "--csv", "--report", "report.json"]);
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows[0], "file,index,label,class,probability,p_apple,p_pear,p_plum");
    assert!(rows[1].starts_with("\"a, b/apple/00.png\",0,apple,apple,0.9"), "{}", rows[1]);
    let top = lines(&place.good(&["predict", "run", "a, b", "--top", "2"]));
    assert_eq!((top[0]["top"].as_array().unwrap().len(), &top[0]["top"][0]["class"]), (2, &json!("apple")));
    assert!(top[0]["probabilities"].is_null());
    let report: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    assert_eq!(report["confusion"], json!([[2, 0, 0], [0, 0, 0], [0, 0, 0]]));
    assert_eq!((&report["accuracy"], &report["classified"]), (&json!(1.0), &json!(2)));
    assert_eq!(
        report["classes"][1],
        json!({"class": "pear", "precision": null, "recall": null, "f1": null, "support": 0})
    );
    place.bad(&["predict", "run", "a, b/apple/00.png", "--part", "test"], 2, &["--part"]);
    place.bad(&["predict", "run", "a, b", "--top", "0"], 2, &[]);
}
