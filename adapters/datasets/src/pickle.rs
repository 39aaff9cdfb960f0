//! Python pickles of dicts, lists, numbers, texts and NumPy arrays. A pickle is a program; only the calls
//! that NumPy makes are imitated, so no code of a file is ever run.
//!
//! Parsed here: of the crates for it, serde-pickle knows no arrays, and drops or refuses the calls that make
//! them.

mod machine;
mod numpy;

use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::rc::Rc;

use self::machine::Machine;
use crate::check;

/// Limit on opcodes, each of which makes or memoises one value: ImageNet has a label for each of 1.3 million
/// images.
const STEPS: usize = 1 << 22;

/// Byte strings of at least this length are skipped, and only their position in the file is kept.
const LONG: u64 = 1 << 12;

/// Index of a value among the values of a pickle.
type Id = usize;

/// A parsed pickle.
#[derive(Clone, Debug)]
pub(crate) struct Pickle {
    values: Vec<Value>,
    root: Id,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    /// None, and floats, which no loader uses.
    Nothing,
    Int(i64),
    Text(String),
    Bytes(Bytes),
    /// Tuples and lists.
    Sequence(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A function or type of NumPy or of the codecs module.
    Global(Global),
    /// NumPy's name of a value type, such as `|u1`.
    Dtype(String),
    /// An array; `None` until its state is set.
    Array(Option<Rc<Array>>),
}

/// The functions and types that a pickle may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Global {
    Ndarray,
    Dtype,
    Reconstruct,
    FromBuffer,
    Scalar,
    Encode,
}

/// A byte string, or its position in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bytes {
    Here(Rc<[u8]>),
    There { at: u64, length: u64 },
}

impl Bytes {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Here(bytes) => bytes.len() as u64,
            Self::There { length, .. } => *length,
        }
    }
}

/// A NumPy array, values in row-major order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Array {
    pub(crate) dtype: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Bytes,
}

/// The types of entries that a loader may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    Array(&'a Array),
    Numbers(Vec<i64>),
}

impl Pickle {
    /// Reads a file.
    ///
    /// # Errors
    /// What was expected and what was found, at which byte.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let (file, length) = check::open(path)?;
        Self::read(BufReader::new(file), length)
    }

    /// Parses a pickle of `length` bytes.
    fn read(reader: impl Read + Seek, length: u64) -> Result<Self, String> {
        Machine::new(reader, length).run()
    }

    /// The entry of the pickled dict under a name: an array or a list of integers.
    ///
    /// # Errors
    /// When there is no such entry, or it has another type.
    pub(crate) fn entry(&self, name: &str) -> Result<Entry<'_>, String> {
        let Value::Dict(pairs) = &self.values[self.root] else {
            return Err("expected a pickle of a dict, found something else".into());
        };
        let is_name = |id: Id| match &self.values[id] {
            Value::Text(text) => text == name,
            // Python 2 strings.
            Value::Bytes(Bytes::Here(bytes)) => bytes[..] == *name.as_bytes(),
            _ => false,
        };
        let found = pairs.iter().find(|(key, _)| is_name(*key)).map(|(_, value)| &self.values[*value]);
        match found {
            Some(Value::Array(Some(array))) => Ok(Entry::Array(array)),
            Some(Value::Sequence(items)) => {
                let number = |id: &Id| match self.values[*id] {
                    Value::Int(number) => Ok(number),
                    _ => Err(format!("expected whole numbers under {name:?}, found something else")),
                };
                items.iter().map(number).collect::<Result<_, _>>().map(Entry::Numbers)
            }
            Some(_) => Err(format!("expected an array or a list under {name:?}, found something else")),
            None => Err(format!("expected a dict with {name:?}, found none")),
        }
    }
}

#[cfg(test)]
mod tests;
