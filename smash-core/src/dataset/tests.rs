use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::*;

/// Examples with countable values: value `i` of example `e` is `1000·e + i`.
struct Ramp {
    task: Task,
    augmentation: Augmentation,
}

impl Ramp {
    fn data(extents: &[usize], augmentation: Augmentation) -> Data {
        let task = Task { channels: 2, extents: extents.to_vec(), classes: 4 };
        Data::new(Box::new(Self { task, augmentation }), Seed::new(1)).unwrap()
    }
}

impl Dataset for Ramp {
    fn task(&self) -> &Task {
        &self.task
    }

    fn len(&self) -> usize {
        60
    }

    fn label(&self, index: usize) -> usize {
        index % 4
    }

    fn read(&self, index: usize, out: &mut [f32]) -> Result<()> {
        out.iter_mut().enumerate().for_each(|(i, value)| *value = (1000 * index + i) as f32);
        Ok(())
    }

    fn views(&self) -> usize {
        3
    }

    fn read_view(&self, index: usize, view: usize, out: &mut [f32]) -> Result<()> {
        out.iter_mut()
            .enumerate()
            .for_each(|(i, value)| *value = (1000 * index + i) as f32 + 0.25 * view as f32);
        Ok(())
    }

    fn splits(&self, seed: Seed) -> Result<Splits> {
        Ok(Splits::stratified(0..self.len(), |index| self.label(index), 0.2, 0.2, seed))
    }

    fn augmentation(&self) -> Augmentation {
        self.augmentation
    }
}

fn hash(batches: impl Iterator<Item = Batch>) -> String {
    let mut hash = Sha256::new();
    for batch in batches {
        for value in batch.x.data().iter().chain(batch.labels.data()) {
            hash.update(value.to_le_bytes());
        }
    }
    hash.finalize()[..8].iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The examples that follow from a seed never change.
#[test]
fn draws_do_not_change() {
    let all =
        Augmentation { crop_padding: 2, flip: true, mirror: 0.3, roll: [-2, 1], ..Augmentation::default() };
    for (extents, augmentation, expected) in [
        (&[7][..], all, "a094b542650dd3df"),
        (
            &[6, 5],
            Augmentation { crop_padding: 2, flip: true, ..Augmentation::default() },
            "760a16f4937591f5",
        ),
        (
            &[4, 5, 3],
            Augmentation { mirror: 0.2, roll: [-2, 1], ..Augmentation::default() },
            "31eda91de4fa781f",
        ),
        (&[4, 5, 3], all, "2ad30eeb49bd5d2a"),
        (&[6, 5], Augmentation::default(), "308a27be6e55211e"),
    ] {
        let data = Ramp::data(extents, augmentation);
        let mut order = Order::new(&[&data.splits().train], 10, Seed::new(5));
        let batch = |step| {
            let (indices, seed) = order.at(step);
            data.batch(&indices, Some(seed)).unwrap()
        };
        assert_eq!(hash((0..7).map(batch)), expected, "{extents:?}, {augmentation:?}");
    }
}

/// What is drawn for an example depends on the seed and its own index only.
#[test]
fn an_example_is_the_same_in_every_batch() {
    let all = Augmentation { crop_padding: 2, flip: true, mirror: 0.3, roll: [-2, 1], cutout: 3 };
    let data = Ramp::data(&[6, 5], all);
    let together = data.batch(&[3, 59, 0, 17], Some(Seed::new(4))).unwrap();
    for (example, index) in together.x.data().chunks_exact(60).zip([3, 59, 0, 17]) {
        let alone = data.batch(&[index], Some(Seed::new(4))).unwrap();
        assert_eq!(alone.x.data(), example);
        assert_ne!(data.batch(&[index], Some(Seed::new(5))).unwrap().x.data(), example);
    }
}

/// Prefetching is a cache: steps requested in any order are the batches of the order.
#[test]
fn steps_do_not_depend_on_what_was_asked_before() {
    let data = Ramp::data(&[6, 5], Augmentation { flip: true, ..Augmentation::default() });
    let mut order = Order::new(&[&data.splits().train], 10, Seed::new(5));
    let mut steps = Steps::new(&data, order.clone(), 9);
    for step in [0, 1, 2, 7, 8, 9, 3, 3, 4, 10, 0] {
        let (indices, seed) = order.at(step);
        let expected = data.batch(&indices, Some(seed)).unwrap();
        let found = steps.at(step).unwrap();
        assert_eq!((found.x, found.labels), (expected.x, expected.labels), "step {step}");
    }
    let handle = data.clone();
    assert!(steps.are_of(&handle, Seed::new(5)) && !steps.are_of(&data, Seed::new(6)));
    assert!(!steps.are_of(&Ramp::data(&[6, 5], Augmentation::default()), Seed::new(5)));
    assert!(data.loading_time() > std::time::Duration::ZERO);
}
