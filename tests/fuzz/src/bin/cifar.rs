#![no_main]
//! CIFAR-10, unpacked: the input is one of the files of images.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smash_datasets::Cifar10Config;
use smash_fuzz::{Place, look};

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::new("cifar-folder");
    for file in ["data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"] {
        place.write(&format!("{file}.bin"), &vec![3; 2 * (1 + 3 * 32 * 32)]);
    }
    place
});

fuzz_target!(|bytes: &[u8]| {
    PLACE.write("data_batch_1.bin", bytes);
    look(Cifar10Config { path: PLACE.path().into(), ..Cifar10Config::default() }.read(), &PLACE);
});
