use super::*;

fn floats(dtype: &str, bytes: &[u8]) -> Vec<f32> {
    match values(bytes.to_vec(), Element::numpy(dtype, "x").unwrap()).unwrap() {
        Values::Floats(floats) => floats,
        Values::Bytes(_) => panic!("bytes of {dtype}"),
    }
}

#[test]
fn exact_numbers_of_every_type_are_converted() {
    for (dtype, bytes, expected) in [
        ("|b1", vec![0, 1, 1], vec![0.0, 1.0, 1.0]),
        ("|i1", vec![255, 3], vec![-1.0, 3.0]),
        ("<u2", vec![1, 2], vec![513.0]),
        (">u2", vec![1, 2], vec![258.0]),
        ("<i4", (-7i32).to_le_bytes().to_vec(), vec![-7.0]),
        (">i8", (1i64 << 40).to_be_bytes().to_vec(), vec![1_099_511_627_776.0]),
        ("<u8", u64::MAX.to_le_bytes()[..0].to_vec(), vec![]),
        (
            "<f2",
            vec![0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b],
            vec![1.0, -2.0, 2f32.powi(-24), 65504.0],
        ),
        ("<f4", 0.1f32.to_le_bytes().to_vec(), vec![0.1]),
        (">f4", 0.1f32.to_be_bytes().to_vec(), vec![0.1]),
        ("<f8", 0.5f64.to_le_bytes().to_vec(), vec![0.5]),
        (">f8", (-1e30f32 as f64).to_be_bytes().to_vec(), vec![-1e30]),
    ] {
        assert_eq!(floats(dtype, &bytes), expected, "{dtype}");
    }
    assert_eq!(values(vec![1, 2], Element::numpy("|u1", "x").unwrap()), Ok(Values::Bytes(vec![1, 2])));
    let brain = values(vec![0x80, 0x3f], Element::little(Kind::Brain, 2));
    assert_eq!(brain, Ok(Values::Floats(vec![1.0])));
}

#[test]
fn what_would_lose_something_is_refused_with_the_line_that_converts() {
    let error = |dtype: &str, bytes: &[u8]| {
        Element::numpy(dtype, "x").and_then(|element| values(bytes.to_vec(), element)).unwrap_err()
    };
    let tenth = error("<f8", &0.1f64.to_le_bytes());
    assert!(tenth.contains("found 0.1: convert the array with x = x.astype(np.float32)"), "{tenth}");
    assert!(error("<i4", &16_777_217i32.to_le_bytes()).contains("found 16777217"));
    assert!(error("<u8", &u64::MAX.to_le_bytes()).contains("found 18446744073709551615"));
    assert!(error("<f2", &[0x00, 0x7c]).contains("expected a finite number, found inf"));
    assert!(error("<f4", &f32::NAN.to_le_bytes()).contains("found NaN"));
    assert!(error("<f16", &[]).contains("x = x.astype(np.float32)"));
    assert!(error("<c8", &[]).contains("expected numbers, found the type \"<c8\""));
    for strings in ["<U5", "|S3", "|O"] {
        let text = Element::numpy(strings, "y").unwrap_err();
        assert!(text.contains("np.unique(y.astype(str), return_inverse=True)"), "{text}");
    }
}

#[test]
fn labels_are_whole_numbers_of_any_type() {
    let labels = |dtype: &str, bytes: &[u8]| integers(bytes, Element::numpy(dtype, "y").unwrap());
    assert_eq!(labels("<f4", &3f32.to_le_bytes()), Ok(vec![3]));
    assert_eq!(labels("|b1", &[0, 1]), Ok(vec![0, 1]));
    assert_eq!(labels("<i8", &(-1i64).to_le_bytes()), Ok(vec![-1]));
    assert!(labels("<f8", &0.5f64.to_le_bytes()).unwrap_err().contains("expected a whole number, found 0.5"));
    assert!(labels("<f4", &f32::NAN.to_le_bytes()).is_err());
    assert!(labels("<u8", &u64::MAX.to_le_bytes()).is_err());
}

#[test]
fn columns_become_rows() {
    assert_eq!(row_major(vec![1, 4, 2, 5, 3, 6], 1, &[2, 3]).unwrap(), [1, 2, 3, 4, 5, 6]);
    // Two bytes each, [2][1][2].
    let columns = vec![0, 0, 1, 0, 0, 1, 1, 1];
    assert_eq!(row_major(columns, 2, &[2, 1, 2]).unwrap(), [0, 0, 0, 1, 1, 0, 1, 1]);
}
