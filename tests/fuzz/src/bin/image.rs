#![no_main]
//! A picture as PNG or JPEG.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_datasets::ImageFolderConfig;
use smash_fuzz::{Place, look};

/// One grey pixel.
const PICTURE: &[u8] = include_bytes!("../../corpus/image/grey.png");

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::new("image");
    place.write("plain/1.png", PICTURE);
    place
});

fuzz_target!(|bytes: &[u8]| {
    PLACE.write("input/1.png", bytes);
    let config =
        ImageFolderConfig { path: PLACE.path().into(), size: [8, 8], ..ImageFolderConfig::default() };
    look(config.read(), &PLACE);
});
