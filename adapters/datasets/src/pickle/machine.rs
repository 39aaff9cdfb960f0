//! The virtual machine that runs a pickle: a stack, a memo, and one-byte opcodes.

use std::io::{Read, Seek, SeekFrom};

use super::{Bytes, Global, Id, LONG, Pickle, STEPS, Value, numpy};
use crate::check;

/// Limit on the name of a global, and on a long integer, in bytes.
const NAME: usize = 256;

/// Runs a pickle opcode by opcode.
pub(super) struct Machine<R> {
    reader: R,
    /// Length of the pickle in bytes, and how much of it was read.
    length: u64,
    at: u64,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Stack heights at the marks.
    marks: Vec<usize>,
    memo: Vec<Option<Id>>,
    /// Bytes that calls have made from texts.
    made: u64,
}

impl<R: Read + Seek> Machine<R> {
    pub(super) fn new(reader: R, length: u64) -> Self {
        Self { reader, length, at: 0, values: vec![], stack: vec![], marks: vec![], memo: vec![], made: 0 }
    }

    /// Runs the pickle to its end.
    pub(super) fn run(mut self) -> Result<Pickle, String> {
        if !matches!(self.bytes::<2>(), Ok([0x80, 2..=5])) {
            return Err("expected a pickle of protocol 2 to 5, found other bytes".into());
        }
        for _ in 0..STEPS {
            let at = self.at;
            let step = self.step().map_err(|problem| format!("byte {at}: {problem}"))?;
            if let Some(root) = step {
                if self.at < self.length {
                    return Err(format!("expected the end of the pickle at byte {}, found more", self.at));
                }
                return Ok(Pickle { values: self.values, root });
            }
        }
        Err(format!("expected the end of the pickle after at most {STEPS} steps, found more"))
    }

    /// Runs one opcode; returns the result at the last one.
    fn step(&mut self) -> Result<Option<Id>, String> {
        let [code] = self.bytes()?;
        match code {
            b'.' => return self.pop().map(Some),
            0x95 => drop(self.bytes::<8>()?), // the length of what follows, which is read all the same
            b'(' => self.marks.push(self.stack.len()),
            b'N' => self.push(Value::Nothing),
            b'G' => {
                self.bytes::<8>()?;
                self.push(Value::Nothing);
            }
            0x88 | 0x89 => self.push(Value::Int(i64::from(code == 0x88))),
            b'K' | b'M' | b'J' | 0x8A => {
                let number = self.number(code)?;
                self.push(Value::Int(number));
            }
            b'X' | 0x8C | 0x8D => {
                let length = self.size(match code {
                    0x8C => 1,
                    b'X' => 4,
                    _ => 8,
                })?;
                let text = self.taken(length)?;
                let text = String::from_utf8(text).map_err(|e| format!("expected a text in UTF-8: {e}"))?;
                self.push(Value::Text(text));
            }
            b'C' | b'B' | 0x8E | 0x96 | b'U' | b'T' => {
                let length = self.size(match code {
                    b'C' | b'U' => 1,
                    b'B' | b'T' => 4,
                    _ => 8,
                })?;
                let bytes = self.long_bytes(length)?;
                self.push(Value::Bytes(bytes));
            }
            b')' | b']' => self.push(Value::Sequence(Vec::new())),
            b'}' => self.push(Value::Dict(Vec::new())),
            0x85..=0x87 => {
                let begin = self.stack.len().checked_sub(usize::from(code - 0x84));
                let items = self.stack.split_off(begin.ok_or("expected more values on the stack")?);
                self.push(Value::Sequence(items));
            }
            b't' | b'l' => {
                let items = self.since_mark()?;
                self.push(Value::Sequence(items));
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.since_mark()?;
                self.append(items)?;
            }
            b's' => {
                let [value, key] = [self.pop()?, self.pop()?];
                self.set(vec![key, value])?;
            }
            b'u' => {
                let items = self.since_mark()?;
                self.set(items)?;
            }
            b'q' | b'r' => {
                let slot = self.size(if code == b'q' { 1 } else { 4 })?;
                self.remember(slot)?;
            }
            0x94 => self.remember(self.memo.len() as u64)?,
            b'h' | b'j' => {
                let slot = self.size(if code == b'h' { 1 } else { 4 })?;
                let id = usize::try_from(slot).ok().and_then(|slot| *self.memo.get(slot)?);
                self.stack.push(id.ok_or_else(|| format!("expected a memo {slot}, found none"))?);
            }
            b'c' => {
                let names = [self.line()?, self.line()?];
                self.global(&names[0], &names[1])?;
            }
            0x93 => {
                let [name, module] = [self.pop()?, self.pop()?];
                let [Value::Text(module), Value::Text(name)] = [&self.values[module], &self.values[name]]
                else {
                    return Err("expected two texts that name a global".into());
                };
                let [module, name] = [module.clone(), name.clone()];
                self.global(&module, &name)?;
            }
            b'R' => {
                let [arguments, function] = [self.pop()?, self.pop()?];
                let value = numpy::call(&self.values, function, arguments)?;
                if let Value::Bytes(bytes) = &value {
                    // A memoised text may be converted again and again: the total is limited.
                    self.made += bytes.len();
                    if self.made > self.length {
                        return Err(format!("expected at most the {} bytes of the file", self.length));
                    }
                }
                self.push(value);
            }
            b'b' => {
                let [state, object] = [self.pop()?, self.pop()?];
                self.values[object] = numpy::build(&self.values, object, state)?;
                self.stack.push(object);
            }
            other => {
                return Err(format!(
                    "expected dicts, lists, numbers, texts and arrays, found the step {:?} (0x{other:02x})",
                    char::from(other)
                ));
            }
        }
        Ok(None)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes).map_err(|e| format!("truncated: expected {N} more bytes: {e}"))?;
        self.at += N as u64;
        Ok(bytes)
    }

    /// Reads a length of `width` bytes.
    fn size(&mut self, width: usize) -> Result<u64, String> {
        let mut size = 0;
        for byte in 0..width {
            size |= u64::from(self.bytes::<1>()?[0]) << (8 * byte);
        }
        Ok(size)
    }

    fn number(&mut self, code: u8) -> Result<i64, String> {
        Ok(match code {
            b'K' => self.size(1)? as i64,
            b'M' => self.size(2)? as i64,
            b'J' => i64::from(i32::from_le_bytes(self.bytes()?)),
            _ => {
                let bytes = self.size(1).and_then(|length| self.taken(length))?;
                if bytes.len() > 8 {
                    return Err(format!("expected a number of at most 8 bytes, found {}", bytes.len()));
                }
                let negative = bytes.last().is_some_and(|byte| *byte > 127);
                let mut number = [if negative { 255 } else { 0 }; 8];
                number[..bytes.len()].copy_from_slice(&bytes);
                i64::from_le_bytes(number)
            }
        })
    }

    fn fits(&self, length: u64) -> Result<(), String> {
        let left = self.length.saturating_sub(self.at);
        if length > left {
            return Err(format!("truncated: expected {length} more bytes, found {left}"));
        }
        Ok(())
    }

    fn taken(&mut self, length: u64) -> Result<Vec<u8>, String> {
        self.fits(length)?;
        let bytes = check::bytes(&mut self.reader, length as usize)?;
        self.at += length;
        Ok(bytes)
    }

    fn long_bytes(&mut self, length: u64) -> Result<Bytes, String> {
        if length < LONG {
            return self.taken(length).map(|bytes| Bytes::Here(bytes.into()));
        }
        self.fits(length)?;
        let at = self.at;
        self.at += length;
        self.reader.seek(SeekFrom::Start(self.at)).map_err(|e| format!("expected {length} bytes: {e}"))?;
        Ok(Bytes::There { at, length })
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = Vec::new();
        loop {
            match self.bytes()? {
                [b'\n'] => return Ok(String::from_utf8_lossy(&line).into_owned()),
                [byte] if line.len() < NAME => line.push(byte),
                _ => return Err(format!("expected a name of at most {NAME} bytes, found a longer one")),
            }
        }
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn pop(&mut self) -> Result<Id, String> {
        self.stack.pop().ok_or_else(|| "expected a value on the stack, found none".into())
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len());
        Ok(self.stack.split_off(mark.ok_or("expected a mark on the stack, found none")?))
    }

    fn append(&mut self, new: Vec<Id>) -> Result<(), String> {
        match self.stack.last().map(|id| &mut self.values[*id]) {
            Some(Value::Sequence(items)) => items.extend(new),
            _ => return Err("expected a list to append to, found something else".into()),
        }
        Ok(())
    }

    fn set(&mut self, new: Vec<Id>) -> Result<(), String> {
        match self.stack.last().map(|id| &mut self.values[*id]) {
            Some(Value::Dict(pairs)) if new.len().is_multiple_of(2) => {
                pairs.extend(new.chunks_exact(2).map(|pair| (pair[0], pair[1])));
                Ok(())
            }
            _ => Err("expected a dict and pairs to put into it, found something else".into()),
        }
    }

    fn remember(&mut self, slot: u64) -> Result<(), String> {
        let top = self.stack.last().copied().ok_or("expected a value to remember, found none")?;
        let slot = usize::try_from(slot).ok().filter(|slot| *slot < STEPS);
        let slot = slot.ok_or_else(|| format!("expected at most {STEPS} memos, found more"))?;
        if slot >= self.memo.len() {
            self.memo.resize(slot + 1, None);
        }
        self.memo[slot] = Some(top);
        Ok(())
    }

    /// Resolves a global: only those that NumPy's arrays need are allowed.
    fn global(&mut self, module: &str, name: &str) -> Result<(), String> {
        // NumPy 2 renamed its core module.
        let global = match (module.replace("numpy.core.", "numpy._core.").as_str(), name) {
            ("numpy", "ndarray") => Global::Ndarray,
            ("numpy", "dtype") => Global::Dtype,
            ("numpy._core.multiarray", "_reconstruct") => Global::Reconstruct,
            ("numpy._core.multiarray", "scalar") => Global::Scalar,
            ("numpy._core.numeric", "_frombuffer") => Global::FromBuffer,
            ("_codecs", "encode") => Global::Encode,
            _ => return Err(format!("expected nothing but NumPy's arrays, found {module:?}.{name:?}")),
        };
        self.push(Value::Global(global));
        Ok(())
    }
}
