//! Bad input: one clear error on stderr, the right exit code, no panic, no run folder.

use crate::kit::{self, Place};

/// Searches with a job and expects an error that leaves nothing behind.
fn refused(job: &str, sets: &[&str], code: i32, fragments: &[&str]) {
    let place = Place::new();
    place.write("job.json", job);
    let before = place.names();
    for command in ["search", "validate"] {
        let mut args = vec![command, "job.json"];
        sets.iter().for_each(|set| args.extend(["--set", set]));
        place.bad(&args, code, fragments);
        assert_eq!(place.names(), before, "{command} left something behind");
    }
}

#[test]
fn json_that_is_none() {
    refused("{\"seed\": 1,}", &[], 2, &["job.json", "line 1 column"]);
    refused("", &[], 2, &["job.json"]);
    refused("[]", &[], 2, &["job.json"]);
}

#[test]
fn unknown_fields() {
    refused(kit::SMALL, &["strategy.epoch=3"], 2, &["/strategy/epoch", "unknown field", "\"epochs\""]);
    refused(kit::SMALL, &["sed=3"], 2, &["/sed", "unknown field", "\"seed\""]);
    refused(kit::SMALL, &["retrain.epoch=3"], 2, &["/retrain/epoch", "\"epochs\""]);
}

#[test]
fn unknown_types() {
    refused(
        kit::SMALL,
        &["dataset.type=digit"],
        2,
        &["/dataset/type", "\"cifar10\"", "did you mean \"digits\""],
    );
    refused(kit::SMALL, &["space.type=memory-bank"], 2, &["/space/type", "did you mean \"memory_bank\""]);
    refused(kit::SMALL, &["backend={}"], 2, &["/backend", "type", "\"native\""]);
}

#[test]
fn values_out_of_range() {
    refused(kit::SMALL, &["strategy.batch=0"], 2, &["/strategy/batch", "0"]);
    refused(kit::SMALL, &["seed=-1"], 2, &["/seed", "-1"]);
    refused(kit::SMALL, &["retrain.lr=fast"], 2, &["/retrain/lr", "\"fast\""]);
    refused(kit::SMALL, &["strategy.search.rate=1.5"], 2, &["/strategy/search/rate", "1.5"]);
}

#[test]
fn several_problems_at_once() {
    let fragments = ["2 problems", "  /strategy/batch:", "  /retrain/lr:"];
    refused(kit::SMALL, &["strategy.batch=0", "retrain.lr=-1"], 2, &fragments);
}

#[test]
fn assignments_that_are_none() {
    refused(kit::SMALL, &["strategy.epochs"], 2, &["strategy.epochs", "="]);
    refused(kit::SMALL, &["seed.x=1"], 2, &["seed.x=1"]);
}

#[test]
fn files_that_are_missing() {
    let place = Place::new();
    place.bad(&["search", "none.json"], 3, &["none.json"]);
    refused(kit::SMALL, &[r#"dataset={"type":"cifar10","path":"nowhere"}"#], 3, &["nowhere"]);
    refused(kit::SMALL, &[r#"dataset={"type":"cifar10"}"#], 2, &["/dataset/path"]);
}

/// A folder with a CIFAR-10 of `count` images a file.
fn cifar(place: &Place, count: usize) {
    for name in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]
    {
        let records = (0..count).flat_map(|i| [vec![(i % 10) as u8], vec![(i * 7) as u8; 3072]].concat());
        place.write(&format!("cifar/{name}.bin"), records.collect::<Vec<u8>>());
    }
}

const CIFAR: &str = r#"dataset={"type":"cifar10","path":"cifar"}"#;

#[test]
fn damaged_images() {
    let place = Place::new();
    cifar(&place, 20);
    place.good(&["validate", "small.json", "--set", CIFAR]);
    place.write("cifar/data_batch_2.bin", vec![0; 3073 * 2 + 5]);
    place.bad(&["search", "small.json", "--set", CIFAR], 3, &["data_batch_2.bin", "3073", "6151"]);
    let mut records = vec![0; 3073 * 20];
    records[3073 * 4] = 77;
    place.write("cifar/data_batch_2.bin", records);
    place.bad(&["search", "small.json", "--set", CIFAR], 3, &["data_batch_2.bin", "77"]);
    assert!(!place.exists("runs"));
}

#[test]
fn damaged_voxels() {
    let place = Place::new();
    let folder = |path: &str| format!(r#"dataset={{"type":"modelnet10","path":"{path}"}}"#);
    place.bad(&["search", "small.json", "--set", &folder("none")], 3, &["none", "ModelNet10", ".npz"]);
    place.write("ModelNet10/bathtub/train/1.npy", "OFF");
    place.bad(&["search", "small.json", "--set", &folder("ModelNet10")], 3, &["bathtub/train/1.npy", ".npy"]);
    place.write("rot24/modelnet10_rot24_train.npz", vec![0; 5000]);
    place.bad(&["search", "small.json", "--set", &folder("rot24")], 3, &["rot24_train.npz", "zip"]);
    place.bad(&["search", "small.json", "--set", &folder("")], 2, &["/dataset/path"]);
    let poses = r#"dataset={"type":"modelnet10","path":"ModelNet10","poses":5}"#;
    place.bad(&["search", "small.json", "--set", poses], 2, &["/dataset/poses", "5"]);
    assert!(!place.exists("runs"));
}

#[test]
fn output_that_cannot_be_written() {
    let place = Place::new();
    place.write("file", "");
    place.bad(&["search", "small.json", "--out", "file/run"], 3, &["file"]);
    // A file is not overwritten either.
    place.bad(&["search", "small.json", "--out", "file"], 2, &["file", "exists"]);
    assert_eq!(place.read("file"), "");
}

#[test]
fn constraints_that_nothing_meets() {
    let fragments = ["1000 of 1000", "max_params"];
    refused(kit::SMALL, &["constraints.max_params=10"], 2, &fragments);
    refused(kit::SMALL, &["constraints.min_macs=1000000000000"], 2, &["1000 of 1000", "min_macs"]);
    let both = ["constraints.max_params=10", "constraints.min_params=20"];
    refused(kit::SMALL, &both, 2, &["/constraints/min_params", "20"]);
    let place = Place::new();
    place.bad(&["sample", "small.json", "--set", "constraints.max_params=10"], 2, &fragments);
}

#[test]
fn folders_of_another_job_or_version() {
    let place = Place::new();
    place.good(&["search", "small.json", "--out", "run", "--quiet"]);
    let ranking = place.read("run/ranking.jsonl");
    place.bad(&["search", "small.json", "--out", "run"], 2, &["run", "--resume"]);
    let other = ["search", "small.json", "--out", "run", "--resume", "--set", "seed=2"];
    place.bad(&other, 2, &["another job", "/seed: 1 in the folder, 2 in this job"]);
    let state = place.read("run/checkpoint/state.json").replacen("\"format\": 3", "\"format\": 99", 1);
    assert!(state.contains("\"format\": 99"));
    place.write("run/checkpoint/state.json", state);
    let run = place.run(&["search", "small.json", "--out", "run", "--resume"]);
    assert!([2, 3].contains(&run.code), "{run:?}");
    run.expect_error(run.code, &["99", "later version"], "newer version");
    assert_eq!(place.read("run/ranking.jsonl"), ranking);
    place.write("other/file", "");
    place.bad(&["search", "small.json", "--out", "other", "--resume"], 2, &["job.json"]);
    assert_eq!(kit::names(&place.path("other")), ["file"]);
}

#[test]
fn variables() {
    let place = Place::new();
    let set = r#"dataset={"type":"cifar10","path":"${SMASH_DATA}/cifar"}"#;
    place.bad(&["search", "small.json", "--set", set], 2, &["/dataset/path", "SMASH_DATA", "not set"]);
    cifar(&place, 20);
    let text =
        place.command(&["validate", "small.json", "--set", set]).env("SMASH_DATA", ".").output().unwrap();
    assert_eq!(text.status.code(), Some(0), "{}", String::from_utf8_lossy(&text.stderr));
}

#[test]
fn runs_that_cannot_score_or_predict() {
    let place = Place::new();
    place.write("a.jsonl", place.good(&["sample", "small.json"]));
    place.bad(&["score", "none", "a.jsonl"], 3, &["none"]);
    place.bad(&["predict", "none"], 3, &["none"]);
}
