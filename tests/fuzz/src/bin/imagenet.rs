#![no_main]
//! A batch of ImageNet as an archive of arrays.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_datasets::ImageNet32Config;
use smash_fuzz::{Place, look};

/// Two images of two classes.
const TRAIN: &[u8] = include_bytes!("../../corpus/imagenet/train.npz");

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::new("imagenet");
    place.write("imagenet16_train.npz", TRAIN);
    place
});

fuzz_target!(|bytes: &[u8]| {
    PLACE.write("imagenet16_val.npz", bytes);
    let config = ImageNet32Config { path: PLACE.path().into(), size: 16, ..ImageNet32Config::default() };
    look(config.read(), &PLACE);
});
