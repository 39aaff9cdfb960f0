#![no_main]
//! Images and labels in the format of MNIST: the input is the file of the images that train.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_datasets::IdxConfig;
use smash_fuzz::{Place, look};

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::new("idx");
    let images = [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28][..], &[7; 2 * 28 * 28]].concat();
    place.write("t10k-images-idx3-ubyte", &images);
    for part in ["train", "t10k"] {
        place.write(&format!("{part}-labels-idx1-ubyte"), &[0, 0, 8, 1, 0, 0, 0, 2, 0, 1]);
    }
    place
});

fuzz_target!(|bytes: &[u8]| {
    PLACE.write("train-images-idx3-ubyte", bytes);
    look(IdxConfig { path: PLACE.path().into(), ..IdxConfig::default() }.read(), &PLACE);
});
