//! The elements of stored arrays: their types, and conversions that lose nothing.

use crate::check;
use crate::examples::Values;

/// A type of numbers as NumPy and safetensors store them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) kind: Kind,
    /// Bytes of an element.
    pub(crate) width: usize,
    /// Whether the most significant byte is the first.
    pub(crate) big: bool,
}

/// Kinds of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Unsigned,
    Signed,
    Float,
    /// The upper half of a float32.
    Brain,
}

impl Element {
    /// A little-endian type.
    pub(crate) fn little(kind: Kind, width: usize) -> Self {
        Self { kind, width, big: false }
    }

    /// The type of NumPy's name for it, such as `|u1`, `<f4` or `>i2`.
    ///
    /// # Errors
    /// With the line of Python that converts it, for a type that holds no numbers or more than are read.
    pub(crate) fn numpy(name: &str, array: &str) -> Result<Self, String> {
        let plain = name.trim_start_matches(['<', '>', '=', '|']);
        let big = name.starts_with('>');
        let (kind, width) = match plain {
            "b1" | "?" => (Kind::Bool, 1),
            "u1" | "u2" | "u4" | "u8" => (Kind::Unsigned, width(plain)),
            "i1" | "i2" | "i4" | "i8" => (Kind::Signed, width(plain)),
            "f2" | "f4" | "f8" => (Kind::Float, width(plain)),
            _ => {
                let help = match plain.as_bytes().first() {
                    Some(b'U' | b'S' | b'O' | b'T') if array == "y" => {
                        "number them with names, y = np.unique(y.astype(str), return_inverse=True)".to_owned()
                    }
                    Some(b'f') => format!("convert it with {array} = {array}.astype(np.float32)"),
                    _ => format!("store numbers, as {array}.astype(np.float32) makes where it can"),
                };
                return Err(format!("expected numbers, found the type {name:?}: {help}"));
            }
        };
        Ok(Self { kind, width, big })
    }
}

fn width(plain: &str) -> usize {
    plain[1..].parse().unwrap_or(1)
}

/// One element.
#[derive(Clone, Copy, Debug)]
enum Number {
    Whole(i128),
    Real(f64),
}

/// The elements in some bytes.
fn numbers(bytes: &[u8], element: Element) -> impl Iterator<Item = Number> + '_ {
    let Element { kind, width, big } = element;
    bytes.chunks_exact(width).map(move |chunk| {
        let mut little = [0; 8];
        little[..width].copy_from_slice(chunk);
        if big {
            little[..width].reverse();
        }
        let raw = u64::from_le_bytes(little);
        match (kind, width) {
            (Kind::Bool, _) => Number::Whole(i128::from(raw != 0)),
            (Kind::Unsigned, _) => Number::Whole(raw.into()),
            (Kind::Signed, _) => {
                let unused = 64 - 8 * width as u32;
                Number::Whole(((raw << unused) as i64 >> unused).into())
            }
            (Kind::Brain, _) => Number::Real(f32::from_bits((raw as u32) << 16).into()),
            (Kind::Float, 2) => Number::Real(half(raw as u16)),
            (Kind::Float, 4) => Number::Real(f32::from_bits(raw as u32).into()),
            (Kind::Float, _) => Number::Real(f64::from_bits(raw)),
        }
    })
}

/// The value of a float16, which float32 holds exactly.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        31 if bits & 1023 == 0 => f64::INFINITY,
        31 => f64::NAN,
        0 => fraction * 2f64.powi(-24),
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// The values of an array named x: uint8 stays bytes, everything else becomes float32 where that is exact.
pub(crate) fn values(bytes: Vec<u8>, element: Element) -> Result<Values, String> {
    if (element.kind, element.width) == (Kind::Unsigned, 1) {
        return Ok(Values::Bytes(bytes));
    }
    let mut values = check::reserve(bytes.len() / element.width)?;
    for (index, number) in numbers(&bytes, element).enumerate() {
        let at = |what: &str, found: &str| {
            format!("value {index} (counted from 0): expected {what}, found {found}")
        };
        let (value, exact, found) = match number {
            Number::Whole(whole) => (whole as f32, (whole as f32) as i128 == whole, whole.to_string()),
            Number::Real(real) if !real.is_finite() => {
                return Err(at("a finite number", &real.to_string()));
            }
            Number::Real(real) => (real as f32, f64::from(real as f32) == real, real.to_string()),
        };
        if !exact {
            let help = "convert the array with x = x.astype(np.float32)";
            return Err(format!("{}: {help}", at("a number that float32 holds exactly", &found)));
        }
        values.push(value);
    }
    Ok(Values::Floats(values))
}

/// The numbers of an array named y, which are whole.
pub(crate) fn integers(bytes: &[u8], element: Element) -> Result<Vec<i64>, String> {
    let mut integers = check::reserve(bytes.len() / element.width)?;
    for (index, number) in numbers(bytes, element).enumerate() {
        let whole = match number {
            Number::Whole(whole) => i64::try_from(whole).ok(),
            Number::Real(real) if real.trunc() == real && real.abs() < 1e15 => Some(real as i64),
            Number::Real(_) => None,
        };
        integers.push(whole.ok_or_else(|| {
            let found = match number {
                Number::Whole(whole) => whole.to_string(),
                Number::Real(real) => real.to_string(),
            };
            format!("label {index} (counted from 0): expected a whole number, found {found}")
        })?);
    }
    Ok(integers)
}

/// Puts an array that is stored column by column (Fortran's order) into the order of its rows (C's).
pub(crate) fn row_major(bytes: Vec<u8>, width: usize, shape: &[usize]) -> Result<Vec<u8>, String> {
    let mut rows = check::reserve(bytes.len())?;
    let strides: Vec<usize> = shape
        .iter()
        .scan(width, |stride, extent| {
            let this = *stride;
            *stride *= extent;
            Some(this)
        })
        .collect();
    let (mut index, mut from) = (vec![0; shape.len()], 0);
    for _ in 0..bytes.len() / width {
        rows.extend_from_slice(&bytes[from..from + width]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            from += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            from -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
