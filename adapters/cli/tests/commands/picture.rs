//! The picture of a run.

use crate::kit::Place;

#[test]
fn a_run_is_drawn() {
    let place = Place::new();
    let summary = place.good(&["search", "small.json", "--out", "run"]);
    assert!(summary.contains("picture     run/run.svg"), "{summary}");
    let picture = place.read("run/run.svg");
    for text in ["digits · 8 candidates", "HyperNet: training loss", "Search: validation loss", "Retraining"]
    {
        assert!(picture.contains(text), "expected {text:?} in {picture}");
    }
    assert!(picture.starts_with("<svg ") && picture.trim_end().ends_with("</svg>"));

    // The same files, the same picture, wherever it goes.
    assert_eq!(place.good(&["plot", "run", "--out", "elsewhere.svg"]), "elsewhere.svg\n");
    assert_eq!(place.read("elsewhere.svg"), picture);
    std::fs::remove_file(place.path("run/run.svg")).unwrap();
    assert_eq!(place.good(&["plot", "run"]), "run/run.svg\n");
    assert_eq!(place.read("run/run.svg"), picture);
}

#[test]
fn what_cannot_be_drawn() {
    let place = Place::new();
    place.bad(&["plot", "none"], 2, &["none", "no such run folder"]);
    place.write("empty/job.json", "{}");
    place.bad(&["plot", "empty"], 2, &["empty", "nothing to draw"]);
    place.write("damaged/events.jsonl", "{}\n");
    place.bad(&["plot", "damaged"], 3, &["events.jsonl", "line 1"]);
    let step = r#"{"event":"step","phase":"training","step":0,"steps":1,"loss":1,"error":1,"applied":true}"#;
    place.write("begun/events.jsonl", format!("{step}\n"));
    place.bad(&["plot", "begun", "--out", "no/such/folder.svg"], 3, &["cannot write", "no/such/folder.svg"]);
    assert!(place.good(&["plot", "begun"]).ends_with("run.svg\n"));
}
