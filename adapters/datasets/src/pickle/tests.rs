use std::io::Cursor;

use super::*;

/// Written by NumPy 2.4 from `{"data": numpy.arange(24, dtype=numpy.uint8).reshape(2, 12) * 9, "labels": [1,
/// 1000], "mean": numpy.arange(3.0)}`, in each protocol.
const PROTOCOLS: [&[u8]; 4] = [
    include_bytes!("fixtures/protocol2.pickle"),
    include_bytes!("fixtures/protocol3.pickle"),
    include_bytes!("fixtures/protocol4.pickle"),
    include_bytes!("fixtures/protocol5.pickle"),
];

/// As [`PROTOCOLS`], with the labels `numpy.array([1, -1000], ">i4")`, and "scalars":
/// `[numpy.int64(7), numpy.uint8(200)]`.
const ARRAYS: &[u8] = include_bytes!("fixtures/arrays.pickle");

fn read(bytes: &[u8]) -> Result<Pickle, String> {
    Pickle::read(Cursor::new(bytes), bytes.len() as u64)
}

fn error(bytes: &[u8]) -> String {
    read(bytes).unwrap_err()
}

fn array<'a>(pickle: &'a Pickle, name: &str) -> (&'a str, &'a [usize], Vec<u8>) {
    let Ok(Entry::Array(Array { dtype, shape, bytes: Bytes::Here(bytes) })) = pickle.entry(name) else {
        panic!("no array {name}")
    };
    (dtype, shape, bytes.to_vec())
}

#[test]
fn pickles_of_numpy_are_read() {
    let pixels: Vec<u8> = (0..24).map(|i| i * 9).collect();
    for bytes in PROTOCOLS {
        let pickle = read(bytes).unwrap();
        assert_eq!(array(&pickle, "data"), ("|u1", &[2, 12][..], pixels.clone()));
        assert_eq!(pickle.entry("labels").unwrap(), Entry::Numbers(vec![1, 1000]));
        let mean = [0.0_f64, 1.0, 2.0].map(f64::to_le_bytes).concat();
        assert_eq!(array(&pickle, "mean"), ("<f8", &[3][..], mean));
        assert!(pickle.entry("date").unwrap_err().contains("expected a dict with \"date\", found none"));
    }
    let pickle = read(ARRAYS).unwrap();
    assert_eq!(array(&pickle, "labels"), (">i4", &[2][..], vec![0, 0, 0, 1, 255, 255, 252, 24]));
    assert_eq!(pickle.entry("scalars").unwrap(), Entry::Numbers(vec![7, 200]));
}

#[test]
fn pickles_of_python_2_are_read() {
    let dtype =
        b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xFF\xFF\xFF\xFFJ\xFF\xFF\xFF\xFFK\x00tb";
    let array = [
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x02K\x03\x86",
        &dtype[..],
        b"\x89U\x06abcdeftb",
    ]
    .concat();
    let bytes = [b"\x80\x02}q\x00(U\x04data", &array[..], b"U\x06labels](K\x05\x8A\x02\x00\x80eu."].concat();
    let pickle = read(&bytes).unwrap();
    assert_eq!(self::array(&pickle, "data"), ("|u1", &[2, 3][..], b"abcdef".to_vec()));
    assert_eq!(pickle.entry("labels").unwrap(), Entry::Numbers(vec![5, -32768]));
}

#[test]
fn long_bytes_are_left_where_they_are() {
    let mut bytes = b"\x80\x03}(U\x01aB\x00\x20\x00\x00".to_vec();
    let at = bytes.len() as u64;
    bytes.extend([7; 8192]);
    bytes.extend(b"U\x01bK\x01u.");
    let pickle = read(&bytes).unwrap();
    assert!(pickle.values.contains(&Value::Bytes(Bytes::There { at, length: 8192 })));
}

#[test]
fn nothing_is_called_but_what_makes_arrays() {
    for (module, name) in [
        ("os", "system"),
        ("posix", "system"),
        ("builtins", "eval"),
        ("numpy", "load"),
        ("numpy.core.multiarray", "fromfile"),
        ("_codecs", "decode"),
    ] {
        let old = format!("\u{7F}\u{3}c{module}\n{name}\n(U\u{2}lstR.").replace('\u{7F}', "");
        let old = [b"\x80", old.as_bytes()].concat();
        let new =
            [b"\x80\x04\x8C", &[module.len() as u8][..], module.as_bytes(), b"\x8C", &[name.len() as u8]];
        let new = [&new.concat()[..], name.as_bytes(), b"\x93(\x8C\x02lstR."].concat();
        for bytes in [old, new] {
            let text = error(&bytes);
            let found = format!("expected nothing but NumPy's arrays, found {module:?}.{name:?}");
            assert!(text.contains(&found), "{text}");
        }
    }
    // Opcodes that make objects, or refer to something outside the file.
    for step in [b'i', b'o', b'P', b'Q', 0x81, 0x92, 0x82, 0x97, 0x8F, b'd', b'0', b'I', b'S'] {
        let text = error(&[0x80, 3, b'(', step]);
        assert!(text.starts_with("byte 3: expected dicts, lists, numbers, texts and arrays"), "{text}");
    }
    assert!(error(b"\x80\x02cnumpy\nndarray\n)R.").contains("expected a call that makes an array"));
    assert!(error(b"\x80\x02U\x01x)R.").contains("expected a call of a function"));
    assert!(error(b"(lp0\n.").contains("expected a pickle of protocol 2 to 5"));
}

#[test]
fn absurd_lengths_are_refused_before_anything_is_allocated() {
    for bytes in [
        &b"\x80\x04\x8E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"[..],
        b"\x80\x04\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        b"\x80\x04X\xFF\xFF\xFF\x7F",
        b"\x80\x05\x96\x00\x00\x00\x00\x01\x00\x00\x00",
        b"\x80\x02T\xFF\xFF\xFF\xFF",
    ] {
        assert!(error(bytes).contains("truncated: expected "), "{}", error(bytes));
    }
    assert!(error(b"\x80\x02Nr\xFF\xFF\xFF\xFF.").contains("memos"));
    assert!(error(b"\x80\x02h\x07.").contains("expected a memo 7, found none"));
    let shape = b"\x80\x05cnumpy.core.numeric\n_frombuffer\n(C\x02abcnumpy\ndtype\nU\x02u1\x85R";
    let shaped = |rest: &[u8]| error(&[&shape[..], rest].concat());
    let huge = shaped(
        b"\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F\x86U\x01CtR.",
    );
    assert!(huge.contains("expected as many bytes as |u1 of shape"), "{huge}");
    assert!(
        shaped(b"(K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x02tU\x01CtR.")
            .contains("at most 8 axes, found 9")
    );
    assert!(shaped(b"J\xFF\xFF\xFF\xFF\x85U\x01CtR.").contains("expected a shape"));
    assert!(shaped(b"K\x02\x85U\x01FtR.").contains("row-major"));
    // A memoised text, converted to bytes again and again.
    let mut bomb = b"\x80\x02c_codecs\nencode\nq\x00X\x00\x0F\x00\x00".to_vec();
    bomb.extend([b'a'; 0xF00]);
    bomb.extend(b"U\x06latin1\x86q\x01");
    (0..1000).for_each(|_| bomb.extend(b"h\x00h\x01R"));
    assert!(error(&bomb).contains("expected at most the"), "{}", error(&bomb));
    // More opcodes than the limit.
    let many = [b"\x80\x02", &vec![b'N'; STEPS + 1][..], b"."].concat();
    assert!(error(&many).contains("after at most 4194304 steps, found more"));
}

#[test]
fn every_beginning_and_every_changed_byte_is_borne() {
    for whole in PROTOCOLS.into_iter().chain([ARRAYS]) {
        for length in 0..whole.len() {
            let text = error(&whole[..length]);
            assert!(text.contains("expected"), "{text}");
        }
        for at in 0..whole.len() {
            for with in 1..=255 {
                let mut bytes = whole.to_vec();
                bytes[at] ^= with;
                match read(&bytes) {
                    Ok(pickle) => ["data", "labels"].iter().for_each(|name| drop(pickle.entry(name))),
                    Err(text) => assert!(text.contains("expected"), "{text}"),
                }
            }
        }
        assert!(error(&[whole, b"N"].concat()).contains("found more"));
    }
}
