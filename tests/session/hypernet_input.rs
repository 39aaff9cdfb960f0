//! The HyperNet uses its input: a small version of the study in `docs/results/`.

use smash_plugin::Registry;
use smash_plugin::study::hypernet_input;
use smash_tests::kit::{digits, parse};

#[test]
fn weights_written_for_another_plane_are_worse() {
    // Fifteen epochs on one seed. The difference is small (about 0.004) but much the same for every seed and
    // kernel; 80 architectures put the lower end of its interval well above 0.
    let mut job = digits(0);
    job["seed"] = 0.into();
    job["strategy"]["epochs"] = 15.into();
    job["strategy"]["batch"] = 50.into();
    job["strategy"]["scoring"] = serde_json::json!({});
    let registry = Registry::builtin().unwrap();
    let study = hypernet_input(&registry, &parse(&job), &[0], 80, &mut |_, _, _| {}).unwrap();
    println!("{:?}", study.all);
    assert_eq!(study.all.pairs, 80);
    assert!(study.all.own_loss < 1.5, "the HyperNet learned too little to ask: {:?}", study.all);
    assert!(study.all.difference > 0.0 && study.all.interval[0] > 0.0, "{:?}", study.all);
}
