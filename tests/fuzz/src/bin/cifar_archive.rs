#![no_main]
//! CIFAR-10 as it is downloaded. The checksum of the compression keeps most inputs from the reader of the
//! archive.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_datasets::Cifar10Config;
use smash_fuzz::{Place, look};

static PLACE: LazyLock<Place> = LazyLock::new(|| Place::new("cifar"));

fuzz_target!(|bytes: &[u8]| {
    let path = PLACE.write("cifar-10-binary.tar.gz", bytes);
    look(Cifar10Config { path, ..Cifar10Config::default() }.read(), &PLACE);
});
