use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::*;

/// Examples that count: value `i` of example `e` is `1000·e + i`.
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
        out.iter_mut().enumerate().for_each(|(i, value)| *value = (1000 * index + i) as f32 + 0.25 * view as f32);
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

/// A seed means the same examples forever.
#[test]
fn draws_do_not_change() {
    let all = Augmentation { crop_padding: 2, flip: true, mirror: 0.3, roll: [-2, 1], ..Augmentation::default() };
    for (extents, augmentation, expected) in [
        (&[7][..], all, "a094b542650dd3df"),
        (&[6, 5], Augmentation { crop_padding: 2, flip: true, ..Augmentation::default() }, "760a16f4937591f5"),
        (&[4, 5, 3], Augmentation { mirror: 0.2, roll: [-2, 1], ..Augmentation::default() }, "31eda91de4fa781f"),
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
