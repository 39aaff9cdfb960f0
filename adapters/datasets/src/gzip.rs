//! The gzip format: one or more members, one after the other, then perhaps zeros that fill a block.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The first bytes of every member.
pub(crate) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The unpacked bytes of all members of a gzip stream. The checksum of each member is verified at its end.
#[derive(Debug)]
pub(crate) struct Gzip<R> {
    /// `None` only while a member gives way to the next, and after an error.
    member: Option<GzDecoder<R>>,
    ended: bool,
}

impl<R: BufRead> Gzip<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { member: Some(GzDecoder::new(reader)), ended: false }
    }

    /// Begins the next member; false when there is none.
    fn next(&mut self) -> io::Result<bool> {
        let Some(mut reader) = self.member.take().map(GzDecoder::into_inner) else { return Ok(false) };
        loop {
            let bytes = reader.fill_buf()?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            match bytes.first() {
                None => return Ok(false),
                Some(_) if zeros > 0 => reader.consume(zeros),
                Some(first) if *first == MAGIC[0] => break,
                Some(_) => {
                    let problem =
                        "expected the end or a further member, found other bytes after a gzip member";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
                }
            }
        }
        self.member = Some(GzDecoder::new(reader));
        Ok(true)
    }
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while !self.ended {
            let Some(member) = &mut self.member else { break };
            let read = member.read(out)?;
            if read > 0 {
                return Ok(read);
            }
            self.ended = !self.next()?;
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder};

    use super::*;

    fn member(builder: GzBuilder, bytes: &[u8]) -> Vec<u8> {
        let mut encoder = builder.write(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
        // Small buffers: a member may end anywhere in them.
        let mut out = Vec::new();
        Gzip::new(io::BufReader::with_capacity(7, bytes)).read_to_end(&mut out).map(|_| out)
    }

    #[test]
    fn every_valid_stream_is_read() {
        let plain = || member(GzBuilder::new(), b"abc");
        let named =
            GzBuilder::new().filename("train.bin").comment("by another tool").extra(vec![1; 40]).mtime(1);
        let named = member(named, b"def");
        let nothing = || member(GzBuilder::new(), b"");
        for (what, bytes, expected) in [
            ("one member", plain(), &b"abc"[..]),
            ("a name, a comment and an extra field", named.clone(), b"def"),
            ("several members", [plain(), named.clone(), plain()].concat(), b"abcdefabc"),
            ("an empty member between", [plain(), nothing(), named.clone()].concat(), b"abcdef"),
            ("zeros at the end", [plain(), vec![0; 100]].concat(), b"abc"),
            ("an empty member", nothing(), b""),
        ] {
            assert_eq!(unpacked(&bytes).unwrap(), expected, "{what}");
        }
        let two = [plain(), named].concat();
        for length in plain().len() + 1..two.len() {
            unpacked(&two[..length]).unwrap_err();
        }
        unpacked(&[plain(), b"more".to_vec()].concat()).unwrap_err();
    }
}
