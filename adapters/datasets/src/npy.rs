//! NumPy's .npy format: a one-line text header that describes the bytes after it.
//!
//! Parsed here, since it is one line: the crates for it parse all of Python's literals and trust the lengths
//! they find.

use std::io::Read;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Limit on the header, in bytes: those of plain arrays have some hundred.
const MOST: usize = 4096;

/// The header: type and shape of the values, which follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// NumPy's name of the value type, such as `|u1` or `<i8`.
    pub(crate) dtype: String,
    /// Extents, outermost first.
    pub(crate) shape: Vec<usize>,
    /// True when the first index changes fastest (column-major order).
    pub(crate) fortran: bool,
}

impl Header {
    /// Reads a header; the reader is then at the first value.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub(crate) fn read(reader: &mut impl Read) -> Result<Self, String> {
        let cut = |e: std::io::Error| format!("expected the header of a .npy file, could not read it: {e}");
        let mut start = [0; 8];
        reader.read_exact(&mut start).map_err(cut)?;
        let (magic, version) = start.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(r"expected a .npy file, which begins with \x93NUMPY, found other bytes".into());
        }
        let mut length = [0; 4];
        let bytes = match version[0] {
            1 => 2,
            2 | 3 => 4,
            other => return Err(format!("expected version 1, 2 or 3 of the .npy format, found {other}")),
        };
        reader.read_exact(&mut length[..bytes]).map_err(cut)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > MOST {
            return Err(format!("expected a .npy header of at most {MOST} bytes, found one of {length}"));
        }
        let mut text = vec![0; length];
        reader.read_exact(&mut text).map_err(cut)?;
        Self::parse(String::from_utf8_lossy(&text).trim())
    }

    /// Parses a text such as `{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }`, with whatever
    /// spaces and quotes the writer likes.
    fn parse(text: &str) -> Result<Self, String> {
        let behind = |name: &str| {
            let (_, rest) =
                ['\'', '"'].iter().find_map(|quote| text.split_once(&format!("{quote}{name}{quote}")))?;
            rest.trim_start().strip_prefix(':').map(str::trim_start)
        };
        let quoted = |rest: &str| {
            let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
            rest[1..].split_once(quote).map(|(inner, _)| inner.to_owned())
        };
        let fortran = behind("fortran_order").and_then(|rest| match rest {
            _ if rest.starts_with("False") => Some(false),
            _ if rest.starts_with("True") => Some(true),
            _ => None,
        });
        let extents = |rest: &str| -> Option<Vec<usize>> {
            let (inner, _) = rest.strip_prefix('(')?.split_once(')')?;
            let items = inner.split(',').map(str::trim).filter(|item| !item.is_empty());
            // Python 2 wrote long numbers as 3L.
            items.map(|item| item.strip_suffix('L').unwrap_or(item).parse().ok()).collect()
        };
        match (behind("descr").and_then(quoted), fortran, behind("shape").and_then(extents)) {
            (Some(dtype), Some(fortran), Some(shape)) => {
                // Of one long axis both orders are the same.
                let fortran = fortran && shape.iter().filter(|extent| **extent != 1).count() > 1;
                Ok(Self { dtype, shape, fortran })
            }
            _ => Err(format!(
                "expected a .npy header with a plain 'descr', 'fortran_order' and a 'shape', found {text:?}"
            )),
        }
    }

    /// Refuses an array in Fortran's order, for readers that take values in the order of the file.
    ///
    /// # Errors
    /// With the line of Python that converts it.
    pub(crate) fn in_rows(self) -> Result<Self, String> {
        if self.fortran {
            return Err("expected values in C's order, found 'fortran_order': True: convert the array with \
                 np.ascontiguousarray(array)"
                .into());
        }
        Ok(self)
    }

    /// Whether the values are bytes or booleans, which are stored as bytes too.
    pub(crate) fn is_bytes(&self, booleans: bool) -> bool {
        match self.dtype.trim_start_matches(['<', '>', '=', '|']) {
            "u1" => true,
            "b1" | "?" => booleans,
            _ => false,
        }
    }
}

/// Reads `count` integers of any integer type.
///
/// # Errors
/// What was expected and what was found.
pub(crate) fn integers(reader: &mut impl Read, dtype: &str, count: usize) -> Result<Vec<i64>, String> {
    let (big, signed, width) = match dtype.as_bytes() {
        [order @ (b'<' | b'>' | b'|' | b'='), sign @ (b'i' | b'u'), width @ (b'1' | b'2' | b'4' | b'8')] => {
            (*order == b'>', *sign == b'i', usize::from(width - b'0'))
        }
        _ => return Err(format!("expected whole numbers, such as |u1 or <i8, found the type {dtype:?}")),
    };
    let mut numbers = Vec::new();
    let mut value = [0; 8];
    for index in 0..count {
        let value = &mut value[..width];
        reader.read_exact(value).map_err(|e| {
            format!(
                "truncated: expected {count} numbers of {width} bytes, could not read number {index}: {e}"
            )
        })?;
        if big {
            value.reverse();
        }
        let negative = signed && value[width - 1] > 127;
        let mut whole = [if negative { 255 } else { 0 }; 8];
        whole[..width].copy_from_slice(value);
        numbers.push(i64::from_le_bytes(whole));
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(version: u8, text: &str) -> Vec<u8> {
        let length = (text.len() as u32).to_le_bytes();
        let length = if version == 1 { &length[..2] } else { &length[..] };
        [MAGIC, &[version, 0], length, text.as_bytes()].concat()
    }

    const TEXT: &str = "{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }  \n";

    #[test]
    fn headers_of_every_version_are_read() {
        for version in [1, 2, 3] {
            let bytes = file(version, TEXT);
            let header = Header::read(&mut &bytes[..]).unwrap();
            assert_eq!(header, Header { dtype: "<i8".into(), shape: vec![3], fortran: false });
        }
        let scalar = file(1, &TEXT.replace("(3,)", "()"));
        assert_eq!(Header::read(&mut &scalar[..]).unwrap().shape, Vec::<usize>::new());
    }

    #[test]
    fn headers_of_other_writers_are_read() {
        for (text, dtype, shape, fortran) in [
            ("{'descr':'>f4','fortran_order':False,'shape':(2,3)}", ">f4", vec![2, 3], false),
            ("{\"descr\": \"|u1\", \"fortran_order\": True, \"shape\": (2, 3)}", "|u1", vec![2, 3], true),
            ("{'shape' : ( 2 , 3 ) , 'fortran_order' : True , 'descr' : '<u2' }", "<u2", vec![2, 3], true),
            ("{'descr': '<i8', 'fortran_order': False, 'shape': (3L, 4L), }", "<i8", vec![3, 4], false),
            ("{'descr': '<f4', 'fortran_order': True, 'shape': (7, 1), }", "<f4", vec![7, 1], false),
        ] {
            let header = Header::read(&mut &file(1, text)[..]).unwrap();
            assert_eq!(header, Header { dtype: dtype.into(), shape, fortran }, "{text}");
        }
    }

    #[test]
    fn other_bytes_are_refused_without_reading_far() {
        let error = |bytes: &[u8]| Header::read(&mut &bytes[..]).unwrap_err();
        assert!(error(b"PK\x03\x04    ").contains("found other bytes"));
        assert!(error(b"\x93NUM").contains("could not read it"));
        assert!(error(&file(9, TEXT)).contains("found 9"));
        let mut long = file(2, TEXT);
        long[8..12].copy_from_slice(&[255; 4]);
        assert!(error(&long).contains("found one of 4294967295"));
        for (from, to) in [
            ("False", "Maybe"),
            ("'<i8'", "[('a', '<i8')]"),
            ("(3,)", "(3, -1)"),
            ("(3,)", "(99999999999999999999,)"),
            ("'shape'", "'form'"),
        ] {
            let text = error(&file(1, &TEXT.replace(from, to)));
            assert!(text.contains("expected a .npy header") && text.contains(to), "{text}");
        }
        for length in 0..file(1, TEXT).len() {
            error(&file(1, TEXT)[..length]);
        }
    }

    #[test]
    fn integers_of_every_type_are_read() {
        for (dtype, bytes) in
            [("|i1", &[254u8, 3][..]), ("<i2", &[254, 255, 3, 0]), (">i4", &[255, 255, 255, 254, 0, 0, 0, 3])]
        {
            assert_eq!(integers(&mut &bytes[..], dtype, 2).unwrap(), [-2, 3], "{dtype}");
        }
        assert_eq!(integers(&mut &[254, 255][..], "<u2", 1).unwrap(), [65_534]);
        assert!(integers(&mut &[0; 8][..], "<f8", 1).unwrap_err().contains("\"<f8\""));
        assert!(integers(&mut &[0; 9][..], "<i8", usize::MAX).unwrap_err().contains("number 1"));
    }
}
