use std::fs;

use super::kit::*;

/// The error of archives of which the first has these arrays.
fn damaged(arrays: &[(&str, &[u8])]) -> String {
    let text = error(|at| archives(at, 1, 1), |at| npz(&at.join(NAMES[0]), arrays));
    let start = format!("dataset: DIR/{}: ", NAMES[0]);
    text.strip_prefix(&start).unwrap_or_else(|| panic!("{text} does not begin with {start}")).to_owned()
}

#[test]
fn a_missing_archive_or_array_is_named() {
    let missing = error(|at| archives(at, 1, 1), |at| fs::remove_file(at.join(NAMES[1])).unwrap());
    assert!(
        missing.contains("DIR/modelnet10_rot24_test.npz: expected a file, cannot be opened"),
        "{missing}"
    );
    let text = damaged(&[("data.npy", &data(1)), ("targets.npy", &labels(1))]);
    assert!(
        text.starts_with("expected the arrays data.npy and labels.npy, found data.npy, targets.npy"),
        "{text}"
    );
    let text = damaged(&[("labels.npy", &labels(1))]);
    assert!(text.contains("data.npy: "), "{text}");
}

#[test]
fn a_damaged_archive_says_so() {
    let change = |change: &dyn Fn(&mut Vec<u8>)| {
        let edit = |at: &std::path::Path| {
            let mut bytes = fs::read(at.join(NAMES[0])).unwrap();
            change(&mut bytes);
            fs::write(at.join(NAMES[0]), bytes).unwrap();
        };
        error(|at| archives(at, 1, 1), edit)
    };
    let empty = change(&|bytes| bytes.clear());
    assert!(empty.contains("expected an .npz archive, which is a zip file"), "{empty}");
    let mut length = 0;
    change(&|bytes| bytes.truncate(bytes.len() / 2));
    change(&|bytes| bytes.truncate(bytes.len() - 1));
    // Bytes in the middle belong to the compressed grids.
    for at in [100, 500, 1000] {
        length += change(&|bytes| bytes[at..at + 40].fill(0xA5)).len();
    }
    assert!(length > 0);
}

#[test]
fn absurd_shapes_are_refused_before_anything_is_allocated() {
    let huge = 1u64 << 60;
    for shape in
        ["(10, 12, 32, 32, 32)".into(), "(10,)".into(), format!("({huge}, 24, 32, 32, 32)"), "()".into()]
    {
        let data = npy("|u1", &shape, &[0; 100]);
        let text = damaged(&[("data.npy", &data), ("labels.npy", &labels(1))]);
        assert!(
            text.starts_with("data.npy: expected the shape [1 to 16384, 24, 32, 32, 32], found ["),
            "{text}"
        );
    }
    for shape in ["(0,)".into(), "(10, 1)".into(), format!("({huge},)")] {
        let text = damaged(&[("data.npy", &data(1)), ("labels.npy", &npy("<i8", &shape, &[]))]);
        assert!(text.starts_with("labels.npy: expected the shape [1 to 16384], found ["), "{text}");
    }
    let text = damaged(&[("data.npy", &data(1)), ("labels.npy", &npy("<i8", "(9000,)", &[0; 16]))]);
    assert!(text.contains("truncated: expected 9000 numbers of 8 bytes, could not read number 2"), "{text}");
}

#[test]
fn contents_that_do_not_fit_are_named() {
    let text = damaged(&[("data.npy", &data(1)), ("labels.npy", &labels(2))]);
    assert!(text.contains("data.npy: expected 20 objects, as many as labels.npy has, found 10"), "{text}");
    let text = damaged(&[("data.npy", &data(1)[..2_000_000]), ("labels.npy", &labels(1))]);
    assert!(text.contains("data.npy: object 2, pose 13: truncated"), "{text}");
    let text = damaged(&[("data.npy", &[data(1), vec![0]].concat()), ("labels.npy", &labels(1))]);
    assert!(text.contains("found more bytes"), "{text}");
    let text = damaged(&[("data.npy", &npy("<f8", "(10, 24, 32, 32, 32)", &[])), ("labels.npy", &labels(1))]);
    assert!(text.contains("expected bytes (uint8 or bool), found the type \"<f8\""), "{text}");
    for (number, found) in [(10u64, "10"), (u64::MAX, "-1")] {
        let numbers: Vec<u8> = (0..10).flat_map(|i| if i == 4 { number } else { i }.to_le_bytes()).collect();
        let text = damaged(&[("data.npy", &data(1)), ("labels.npy", &npy("<i8", "(10,)", &numbers))]);
        assert_eq!(text, format!("labels.npy: object 4: expected a label 0..9, found {found}"));
    }
    let mut grids = data(1);
    let last = grids.len() - 1 - 32 * 32 * 32;
    grids[last] = 9;
    let text = damaged(&[("data.npy", &grids), ("labels.npy", &labels(1))]);
    assert!(
        text.contains("object 9, pose 22: expected 0 (empty) or 1 (occupied) at [31][31][31], found 9"),
        "{text}"
    );
}
