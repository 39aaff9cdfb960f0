//! Text on its way to a terminal: the one place where it is written, and where what is not ours loses its
//! power.
//!
//! Names of files and classes, errors of plugins, strings of a job may hold characters that a terminal takes
//! as commands: that move the cursor, change its title, or turn the direction of writing. They are shown as
//! `\u001b`, which is also how JSON writes them: documents that pass here stay the same documents.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write, stderr, stdout};

use crate::streams;

/// Whether a terminal may obey a character, or hide what stands beside it, instead of showing it.
pub(crate) fn is_command(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

/// The text with everything that a terminal would obey made visible, ends of lines as well: a name or a cell.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    visible(text, false)
}

/// The same, with ends of lines as they are.
pub(crate) fn lines(text: &str) -> Cow<'_, str> {
    visible(text, true)
}

fn visible(text: &str, ends: bool) -> Cow<'_, str> {
    let obeyed = |c: char| is_command(c) && !(ends && c == '\n');
    // Nearly all text is plain, and some is megabytes long.
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') || ends && *byte == b'\n';
    if text.as_bytes().iter().all(plain) || !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if obeyed(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A stream that shows what a terminal would obey. Each write has whole characters, as all text has.
pub(crate) struct Shown<W>(pub(crate) W);

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(lines(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Standard output, which fails if it was closed when the program began.
pub(crate) struct Output(BufWriter<Stdout>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        streams::check_output()?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Where results are written.
pub(crate) fn output() -> Shown<Output> {
    Shown(Output(BufWriter::new(stdout())))
}

/// Whether somebody looks at standard error: what is long is not said to a file or a pipe.
pub(crate) fn is_watched() -> bool {
    stderr().is_terminal()
}

/// Writes a message to standard error. Its later lines are indented, so that text of others cannot pass for a
/// message of its own.
pub(crate) fn say(message: &str) {
    let message = message.trim_end().replace('\n', "\n  ");
    // There is nowhere left to say that this failed.
    let _ = writeln!(Shown(stderr()), "{message}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown() {
        assert_eq!(line("cats \u{1b}[31mred\u{7}\u{9b}2J"), r"cats \u001b[31mred\u0007\u009b2J");
        assert_eq!(line("a\nb\r\u{202e}gpj.exe\u{7f}"), r"a\u000ab\u000d\u202egpj.exe\u007f");
        assert_eq!(lines("a\nb\tc"), "a\nb\\u0009c");
        assert_eq!(line("\u{e0041}x"), r"\udb40\udc41x");
        for plain in ["", "3×32×32 → 10 classes – \\u001b", "猫 🐈\u{200d}⬛ Ελλάδα ‘x’"]
        {
            assert!(matches!(line(plain), Cow::Borrowed(_)), "{plain}");
            assert_eq!(line(plain), plain);
        }
        // What was shown once is not changed again.
        assert_eq!(line(&line("\u{1b}")), r"\u001b");
    }

    #[test]
    fn a_document_stays_the_same_document() {
        let value = serde_json::json!({"\u{9b}name\n": "a\u{1b}b\u{202e}\u{7f}\u{e0041}\u{2028}\"\\ü"});
        for text in [value.to_string(), format!("{value:#}")] {
            let mut out = Vec::new();
            Shown(&mut out).write_all(text.as_bytes()).unwrap();
            let out = String::from_utf8(out).unwrap();
            assert!(!out.contains(|c| is_command(c) && c != '\n'), "{out:?}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), value);
        }
    }
}
