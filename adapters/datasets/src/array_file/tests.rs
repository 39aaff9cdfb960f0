use std::fs;

use smash_core::dataset::Decoding;
use smash_core::task::Task;
use tempfile::TempDir;

use super::*;

fn npy(dtype: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), values].concat()
}

fn decoder(channels: usize, range: Option<[f32; 2]>) -> Decoder {
    let task = Task { channels, extents: vec![1, 2], classes: 3 };
    let decoding = match range {
        Some(range) => Decoding::Image { range: vec![range; channels], resize: Default::default() },
        None => Decoding::Values,
    };
    Decoder::new(&decoding, &task, 1).unwrap()
}

/// The values of all examples of an array of bytes.
fn values(shape: &str, bytes: &[u8], decoder: &Decoder) -> Result<Vec<Vec<f32>>> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.npy");
    fs::write(&path, npy("|u1", shape, bytes)).unwrap();
    let file = ArrayFile::read(&path, decoder)?;
    let example = |index| {
        let mut out = vec![0.0; decoder.task().example_len()];
        decoder.read(&file.example(index, decoder).unwrap(), 0, &mut out);
        out
    };
    Ok((0..file.len()).map(example).collect())
}

#[test]
fn axes_are_those_of_the_model_in_any_order() {
    let (three, one) = (decoder(3, Some([0.0, 1.0])), decoder(1, None));
    let planes = vec![vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0]];
    for (shape, bytes) in [
        ("(1, 3, 1, 2)", [0, 51, 102, 153, 204, 255]),
        ("(1, 1, 2, 3)", [0, 102, 204, 51, 153, 255]),
        ("(3, 1, 2)", [0, 51, 102, 153, 204, 255]),
        ("(1, 2, 3)", [0, 102, 204, 51, 153, 255]),
    ] {
        assert_eq!(values(shape, &bytes, &three).unwrap(), planes, "{shape}");
    }
    for shape in ["(2, 1, 1, 2)", "(2, 1, 2, 1)", "(2, 1, 2)"] {
        assert_eq!(values(shape, &[0, 255, 51, 0], &one).unwrap(), [[0.0, 1.0], [0.2, 0.0]], "{shape}");
    }
    let error = values("(3, 2)", &[0; 6], &three).unwrap_err().to_string();
    assert!(error.contains("expected the axis of examples and [3, 1, 2], or [1, 2, 3]"), "{error}");
    // Bytes are those of pictures.
    let scaled = decoder(1, Some([-1.0, 3.0]));
    assert_eq!(values("(1, 1, 2)", &[0, 255], &scaled).unwrap(), [[-1.0, 3.0]]);
}

#[test]
fn what_is_no_array_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.npy");
    fs::write(&path, "<html>").unwrap();
    let error = ArrayFile::read(&path, &decoder(1, None)).unwrap_err().to_string();
    assert!(error.contains("a.npy: expected an .npy file, found an HTML page"), "{error}");
    let path = folder.path().join("a.npz");
    fs::write(&path, "<html>").unwrap();
    let error = ArrayFile::read(&path, &decoder(1, None)).unwrap_err().to_string();
    assert!(error.contains("expected an .npz archive, which is a zip file, found an HTML page"), "{error}");
}
