use sha2::{Digest, Sha256};

use super::*;

const CLASS_COUNTS: [usize; 10] = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180];

fn digits() -> Digits {
    Digits::new(&DigitsConfig::default())
}

#[test]
fn bytes_are_the_ones_in_the_notice() {
    let hash: String = Sha256::digest(RECORDS).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "d8121ca7764eccfaef1df6bc4589c6527c58fcbab0cb1b079e79f97f8cb8219a");
    assert!(include_str!("NOTICE.md").contains(&hash));
}

#[test]
fn counts_and_values_are_those_of_the_set() {
    let digits = digits();
    assert_eq!((digits.len(), RECORDS.len() % RECORD), (1797, 0));
    let mut counts = [0; 10];
    (0..digits.len()).for_each(|index| counts[digits.label(index)] += 1);
    assert_eq!(counts, CLASS_COUNTS);
    // The first image, a zero, as in every distribution of the set.
    assert_eq!(Digits::record(0)[..9], [0, 0, 0, 5, 13, 9, 1, 0, 0]);
    assert!((0..digits.len()).all(|index| Digits::record(index)[1..].iter().all(|&pixel| pixel <= 16)));
}

#[test]
fn values_have_mean_zero_and_deviation_one() {
    let digits = digits();
    let mut values = vec![0.0; digits.len() * PIXELS];
    values.chunks_exact_mut(PIXELS).enumerate().for_each(|(index, out)| digits.read(index, out).unwrap());
    let n = values.len() as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let square = values.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / n;
    assert!(mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-5, "mean {mean}, mean square {square}");
}

#[test]
fn splits_are_disjoint_balanced_and_drawn_from_the_seed() {
    let digits = digits();
    let splits = digits.splits(Seed::new(1)).unwrap();
    let mut all = [&splits.train[..], &splits.valid, &splits.test].concat();
    all.sort_unstable();
    assert_eq!(all, (0..1797).collect::<Vec<_>>());
    for (class, &members) in CLASS_COUNTS.iter().enumerate() {
        for part in [&splits.valid, &splits.test] {
            let found = part.iter().filter(|&&index| digits.label(index) == class).count();
            assert_eq!(found, (members as f64 * FRACTION).round() as usize, "class {class}");
        }
    }
    assert_eq!(splits, digits.splits(Seed::new(1)).unwrap());
    assert_ne!(splits, digits.splits(Seed::new(2)).unwrap());
}

#[test]
fn a_job_names_it_and_unknown_fields_are_refused() {
    let config: Box<dyn DatasetConfig> = serde_json::from_str(r#"{"type": "digits"}"#).unwrap();
    let dataset = config.open().unwrap();
    assert_eq!(dataset.task(), &Task { channels: 1, extents: vec![8, 8], classes: 10 });
    assert_eq!(
        dataset.augmentation(),
        Augmentation { crop_padding: 1, flip: false, ..Augmentation::default() }
    );
    assert!(serde_json::from_str::<Box<dyn DatasetConfig>>(r#"{"type": "digits", "path": "/"}"#).is_err());
    let record =
        inventory::iter::<Component>().find(|c| c.kind == Kind::Dataset && c.id == "digits").unwrap();
    let schema = (record.schema)(&mut schemars::SchemaGenerator::default());
    assert!(schema.get("properties").unwrap().get("augmentation").is_some());
}
