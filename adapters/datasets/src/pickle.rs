//! Python's pickles of dicts, lists, numbers, texts and NumPy arrays; nothing else in them is carried out.
//!
//! Read here: of the crates for it, serde-pickle knows no arrays, and drops or refuses what makes them.

mod machine;
mod numpy;

use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::rc::Rc;

use self::machine::Machine;
use crate::check;

/// Most steps, each of which makes one value or remembers one: ImageNet has a label for each of 1.3 million images.
const STEPS: usize = 1 << 22;

/// From this length on bytes are passed over, and only where they are is kept.
const LONG: u64 = 1 << 12;

/// A number of a value among the values of a pickle.
type Id = usize;

/// What was read.
#[derive(Clone, Debug)]
pub(crate) struct Pickle {
    values: Vec<Value>,
    root: Id,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    /// None, and floats, which nobody asks for.
    Nothing,
    Int(i64),
    Text(String),
    Bytes(Bytes),
    /// Tuples and lists.
    Sequence(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A function or a type of NumPy or of the codecs.
    Global(Global),
    /// NumPy's name of a type of values, such as `|u1`.
    Dtype(String),
    /// An array; none until its state is set.
    Array(Option<Rc<Array>>),
}

/// What a pickle may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Global {
    Ndarray,
    Dtype,
    Reconstruct,
    FromBuffer,
    Scalar,
    Encode,
}

/// Bytes, or where they are in the file.
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

/// What may stand under a name.
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

    /// Reads a pickle of `length` bytes.
    fn read(reader: impl Read + Seek, length: u64) -> Result<Self, String> {
        Machine::new(reader, length).run()
    }

    /// What the dict, which the pickle must be, has under a name: an array or a list of whole numbers.
    ///
    /// # Errors
    /// When there is none or something else.
    pub(crate) fn entry(&self, name: &str) -> Result<Entry<'_>, String> {
        let Value::Dict(pairs) = &self.values[self.root] else {
            return Err("expected a pickle of a dict, found something else".into());
        };
        let is_name = |id: Id| match &self.values[id] {
            Value::Text(text) => text == name,
            // Of Python 2.
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
