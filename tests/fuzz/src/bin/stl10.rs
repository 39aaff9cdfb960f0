#![no_main]
//! STL-10's labels, and the folds that say which images train; the first byte says which of them the rest is.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_datasets::Stl10Config;
use smash_fuzz::{Place, look};

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::new("stl10");
    for part in ["train", "test"] {
        place.write(&format!("{part}_X.bin"), &vec![7; 10 * 3 * 96 * 96]);
    }
    place.write("test_y.bin", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    place
});

fuzz_target!(|bytes: &[u8]| {
    let labels: &[u8] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    let (labels, folds) = match bytes {
        [kind, rest @ ..] if kind % 2 == 1 => (labels, Some(rest)),
        [_, rest @ ..] => (rest, None),
        [] => (bytes, None),
    };
    PLACE.write("train_y.bin", labels);
    PLACE.write("fold_indices.txt", folds.unwrap_or_default());
    let fold = folds.map(|_| 0);
    look(Stl10Config { path: PLACE.path().into(), fold, ..Stl10Config::default() }.read(), &PLACE);
});
