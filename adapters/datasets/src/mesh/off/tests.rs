use super::*;
use crate::mesh::shapes::{cuboid, off, sphere};

fn pyramid(header: &str) -> String {
    format!(
        "{header}\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n.5 5e-1 2\n4 3 2 1 0\n3 0 1 4\n3 1 2 4\n3 2 3 4\n3 3 0 4\n"
    )
}

fn error(text: &str) -> String {
    read(text.as_bytes()).unwrap_err()
}

#[test]
fn headers_that_are_found_in_files_are_read() {
    let mesh = read(pyramid("OFF\n5 5 8").as_bytes()).unwrap();
    assert_eq!((mesh.vertices.len(), mesh.vertices[4]), (5, [0.5, 0.5, 2.0]));
    // A face of four corners becomes two triangles.
    assert_eq!(mesh.triangles[..3], [[3, 2, 1], [3, 1, 0], [0, 1, 4]]);
    for header in [
        "OFF5 5 8",
        "OFF 5 5 8",
        "OFF\n5 5",
        "OFF5 5",
        "\u{FEFF}OFF\n5 5 0",
        "# a pyramid\n\nOFF # begins\n\n  # counts\n 5\t5 0 # and no edges\n",
        "COFF\n5 5 0",
        "STCNOFF5 5 0",
    ] {
        assert_eq!(read(pyramid(header).as_bytes()).unwrap(), mesh, "{header}");
        for end in ["\r\n", "\r"] {
            assert_eq!(read(pyramid(header).replace('\n', end).as_bytes()).unwrap(), mesh, "{header}");
        }
    }
    let mut coloured = pyramid("COFF\n5 5 0").replace("1 1 0\n", "1 1 0 255 0 9 255\n");
    coloured = coloured.replace("3 1 2 4\n", "3 1 2 4 0.5 0.25 1 # red\n");
    assert_eq!(read(coloured.as_bytes()).unwrap(), mesh);
    let mut comment = b"OFF # caf\xE9\n".to_vec();
    comment.extend(pyramid("5 5 0").bytes());
    assert_eq!(read(&comment).unwrap(), mesh);
}

#[test]
fn several_values_in_a_line_are_read() {
    let mesh = read(pyramid("OFF\n5 5 8").as_bytes()).unwrap();
    let text = pyramid("OFF\n5 5 8");
    for (what, text) in [
        ("a line for each count", pyramid("OFF\n5\n5\n8")),
        ("a count beside OFF", pyramid("OFF 5\n5 8")),
        ("two vertices in a line", text.replace("0 0 0\n1 0 0\n", "0 0 0 1 0 0\n")),
        ("two faces in a line", text.replace("4 3 2 1 0\n3 0 1 4\n", "4 3 2 1 0 3 0 1 4\n")),
        (
            "all in two lines",
            "OFF 5 5 8\n0 0 0 1 0 0 1 1 0 0 1 0 .5 5e-1 2\n4 3 2 1 0 3 0 1 4 3 1 2 4 3 2 3 4 3 3 0 4".into(),
        ),
    ] {
        assert_eq!(read(text.as_bytes()).unwrap(), mesh, "{what}");
    }
    assert!(error("<!DOCTYPE html><title>FAQ</title>").contains("expected an OFF file, found an HTML page"));
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (from, to, expected) in [
        ("OFF\n", "PLY\n", "line 1: expected an OFF file"),
        ("OFF\n", "4OFF\n", "line 1: expected an OFF file"),
        ("OFF\n", "OFF BINARY\n", "line 1: expected the numbers of vertices and faces, found \"BINARY\""),
        ("5 5 0", "5 x 0", "line 2: expected the numbers of vertices and faces, found \"5 x 0\""),
        ("5 5 0", "5 -5 0", "line 2: expected the numbers of vertices and faces"),
        ("5 5 0", "0 5 0", "line 2: expected 1 to 14 vertices in a file of 86 bytes, found 0"),
        ("5 5 0", "5 0 0", "line 2: expected 1 to 10 faces in a file of 86 bytes, found 0"),
        ("5 5 0", "5 4 0", "line 12: expected the end after 4 faces, found more"),
        ("5 5 0", "5 6 0", "truncated: expected a face, found the end"),
        ("5 5 0", "4 6 0", "line 7: expected three or more corners of a face, found \".5\""),
        ("1 1 0", "1 NaN 0", "line 5: expected three coordinates of a vertex, found \"NaN\""),
        ("1 1 0", "1 inf 0", "line 5: expected three coordinates of a vertex, found \"inf\""),
        ("1 1 0", "1 1e300 0", "line 5: expected three coordinates of a vertex, found \"1e300\""),
        ("1 1 0", "1 1", "line 5: expected three coordinates of a vertex, found \"nothing\""),
        ("3 0 1 4", "3 0 1", "line 9: expected 3 corners of a face below 5, found \"nothing\""),
        ("3 0 1 4", "3 0 1 5", "line 9: expected 3 corners of a face below 5, found \"5\""),
        ("3 0 1 4", "3 0 1 -1", "line 9: expected 3 corners of a face below 5, found \"-1\""),
        ("3 0 1 4", "2 0 1", "line 9: expected three or more corners of a face, found \"2\""),
        ("3 0 1 4", "18446744073709551615 0 1 4", "line 9: expected 18446744073709551615 corners of a face"),
    ] {
        let text = pyramid("OFF\n5 5 0");
        assert!(text.contains(from));
        let text = error(&text.replacen(from, to, 1));
        assert!(text.starts_with(expected), "{text:?} for {expected:?}");
    }
    assert!(error("").contains("truncated: expected an OFF file"));
    assert!(error("OFF").contains("truncated: expected the numbers"));
    assert!(error("OFF 1 1 0\n3 3 3\n3 0 0 0\n").contains("found a single point"));
    for counts in ["4000000000 1 0", "8 99999999999 0", "8 99999999999999999999999 0"] {
        assert!(error(&format!("OFF\n{counts}\n0 0 0\n")).starts_with("line 2: expected "), "{counts}");
    }
}

#[test]
fn a_cut_file_is_refused_but_for_its_last_number() {
    let text = off(&cuboid([1.0, 2.0, 3.0]));
    for length in 0..text.len() {
        match read(&text.as_bytes()[..length]) {
            // The last line is "3 1 7 5" and its line end.
            Ok(_) => assert_eq!(length, text.len() - 1),
            Err(problem) => assert!(problem.contains("expected"), "{problem}"),
        }
    }
}

#[test]
fn changed_bytes_do_no_harm() {
    let text = off(&sphere(8));
    let mut accepted = 0;
    for at in 0..text.len() {
        for with in [0x01, 0x10, 0x80, 0xFF] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= with;
            match read(&bytes) {
                Ok(mesh) => {
                    accepted += 1;
                    assert!(mesh.vertices.iter().flatten().all(|value| value.is_finite()));
                    let count = mesh.vertices.len() as u32;
                    assert!(mesh.triangles.iter().flatten().all(|corner| *corner < count));
                }
                Err(problem) => assert!(problem.contains("expected"), "{problem}"),
            }
        }
    }
    assert!(accepted > 0, "another digit is another mesh");
}
