//! Graphs as bytes, for what crosses to an engine in every training step: a quarter of the JSON, and read
//! without looking for names. [`docs/graph.md`](../../../docs/graph.md) describes the form.

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::json::is_zero;
use super::{Graph, Init, Node, Op, Parameter, PoolKind, Role, Shape, Source, ValueId};
use crate::error::{Error, Result};

/// What every graph in this form begins with: three letters and the version.
const MAGIC: &[u8] = b"SMG\x01";

impl Graph {
    /// Version of the binary form.
    pub const BINARY: u32 = MAGIC[3] as u32;

    /// Whether bytes begin as the binary form of a graph, which JSON never does.
    pub fn is_binary(bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
    }

    /// The graph in its binary form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32 * (self.nodes.len() + self.parameters.len()));
        bytes.extend_from_slice(MAGIC);
        self.write(&mut bytes);
        bytes
    }

    /// Reads the binary form. Whether an engine can run the graph is for [`check`](Self::check) to say.
    ///
    /// # Errors
    /// With the place, for bytes that no graph is written as. Whatever they claim, the memory that is
    /// allocated is in proportion to their number.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut from = Reader { bytes, at: 0 };
        if !Self::is_binary(bytes) {
            let start = &bytes[..bytes.len().min(MAGIC.len())];
            return Err(from.error(&format!("expected {MAGIC:?} and a graph, found {start:?}")));
        }
        from.at = MAGIC.len();
        let mut graph = Self::read(&mut from)?;
        if from.at < bytes.len() {
            return Err(from.error(&format!("{} bytes too many", bytes.len() - from.at)));
        }
        for node in &mut graph.nodes {
            match &mut node.op {
                Op::Pool { padding, .. } if is_zero(padding) => padding.clear(), // one form, as from JSON
                _ => {}
            }
        }
        Ok(graph)
    }
}

/// The bytes, and the position of the next.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, message: &str) -> Error {
        Error::graph(format!("binary form, byte {}: {message}", self.at))
    }

    fn byte(&mut self) -> Result<u8> {
        let byte = self.bytes.get(self.at).ok_or_else(|| self.error("the graph is cut off"))?;
        self.at += 1;
        Ok(*byte)
    }

    /// The next `len` bytes.
    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let taken = self.bytes[self.at..].get(..len).ok_or_else(|| self.error("the graph is cut off"))?;
        self.at += len;
        Ok(taken)
    }

    /// The length of a list whose elements take at least a byte each.
    fn length(&mut self) -> Result<usize> {
        let length = usize::read(self)?;
        match self.bytes.len() - self.at {
            rest if length > rest => {
                Err(self.error(&format!("expected a length of at most {rest}, found {length}")))
            }
            _ => Ok(length),
        }
    }
}

/// A value in binary form.
trait Binary: Sized {
    fn write(&self, out: &mut Vec<u8>);
    fn read(from: &mut Reader<'_>) -> Result<Self>;
}

/// Seven bits a byte, the lowest first; the eighth says that more follow (LEB128).
impl Binary for usize {
    fn write(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    #[inline]
    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let mut value = 0;
        for shift in (0..Self::BITS).step_by(7) {
            let byte = from.byte()?;
            let bits = usize::from(byte & 0x7F);
            value |= bits << shift;
            if byte < 0x80 {
                // Neither bits that were shifted out nor zeros at the end: a number has one form.
                let fits = value >> shift == bits && (shift == 0 || bits > 0);
                return if fits { Ok(value) } else { Err(from.error("not the shortest form of a number")) };
            }
        }
        Err(from.error("a number that is too large"))
    }
}

impl Binary for ValueId {
    fn write(&self, out: &mut Vec<u8>) {
        self.index().write(out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let index = usize::read(from)?;
        index.try_into().map(Self).map_err(|_| from.error(&format!("no node has the number {index}")))
    }
}

impl Binary for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push((*self).into());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        match from.byte()? {
            byte @ 0..=1 => Ok(byte == 1),
            byte => Err(from.error(&format!("expected 0 or 1, found {byte}"))),
        }
    }
}

impl Binary for f32 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let value = Self::from_le_bytes([from.byte()?, from.byte()?, from.byte()?, from.byte()?]);
        if value.is_finite() { Ok(value) } else { Err(from.error("a number that is not finite")) }
    }
}

impl Binary for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let length = from.length()?;
        let text = str::from_utf8(from.take(length)?).map_err(|e| from.error(&e.to_string()))?;
        Ok(text.to_owned())
    }
}

impl<T: Binary> Binary for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        self.iter().for_each(|value| value.write(out));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let length = from.length()?;
        let mut list = Self::with_capacity(length);
        for _ in 0..length {
            list.push(T::read(from)?);
        }
        Ok(list)
    }
}

impl Binary for Range<usize> {
    fn write(&self, out: &mut Vec<u8>) {
        self.start.write(out);
        self.end.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        Ok(usize::read(from)?..usize::read(from)?)
    }
}

impl Binary for (String, ValueId) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        Ok((Binary::read(from)?, Binary::read(from)?))
    }
}

/// Structs, as their fields in this order.
macro_rules! structs {
    ($($name:ident { $($field:ident),* })*) => {$(
        impl Binary for $name {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$field.write(out);)*
            }

            fn read(from: &mut Reader<'_>) -> Result<Self> {
                Ok(Self { $($field: Binary::read(from)?),* })
            }
        }
    )*};
}

/// Enums, as the code of a variant in one byte, then its fields in this order. Codes are never used again.
macro_rules! enums {
    ($($name:ident { $($code:literal $variant:ident { $($field:ident),* })* })*) => {$(
        impl Binary for $name {
            fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        out.push($code);
                        $($field.write(out);)*
                    })*
                }
            }

            fn read(from: &mut Reader<'_>) -> Result<Self> {
                Ok(match from.byte()? {
                    $($code => Self::$variant { $($field: Binary::read(from)?),* },)*
                    code => {
                        let expected = concat!("expected the code of a variant of ", stringify!($name));
                        return Err(from.error(&format!("{expected}, found {code}")));
                    }
                })
            }
        }
    )*};
}

structs! {
    Graph { nodes, parameters, outputs }
    Node { op, inputs, shape }
    Shape { batched, dims }
    Parameter { name, stored, slice, source, role, init }
}

enums! {
    Op {
        0 Input { name }
        1 Parameter { index }
        2 Conv { stride, padding, dilation, groups }
        3 Linear {}
        4 BatchNorm { epsilon, momentum }
        5 LeakyRelu { slope }
        6 Tanh {}
        7 Sigmoid {}
        8 Clamp { low, high }
        9 HardSigmoid {}
        10 HardSwish {}
        11 Add {}
        12 Mul {}
        13 Scale { factor }
        14 Bias {}
        15 Gain {}
        16 Concat {}
        17 Slice { ranges }
        18 Reshape { dims }
        19 Permute { axes }
        20 Normalize {}
        21 Pool { kind, window, stride, padding }
        22 GlobalAveragePool {}
        23 LogSoftmax {}
        24 NegativeLogLikelihood {}
    }
    PoolKind { 0 Average {} 1 Max {} }
    Source { 0 Generated {} 1 Shared {} 2 Own {} }
    Role { 0 Weight {} 1 Buffer {} }
    Init { 0 Orthogonal {} 1 Uniform { bound } 2 Constant { value } }
}
