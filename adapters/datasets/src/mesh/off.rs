//! The OFF format: a text file of vertices, then of faces.
//!
//! Parsed here because the maintained crate for it, off-rs, refuses headers such as `OFF490 518 0`, of which
//! ModelNet has many.

use super::Mesh;
use crate::check;
use crate::contents;

/// Fewest bytes of a vertex (`0 0 0` and a line end) and of a face (`3 0 0 0` and a line end): a header that
/// claims more than the file's length allows is wrong.
const LEAST: [usize; 2] = [6, 8];

/// Limit on coordinates: beyond it differences and products may overflow.
const LARGEST: f64 = 1e100;

/// Non-empty lines, numbered from 1.
struct Lines<'a, I: Iterator<Item = &'a [u8]>> {
    lines: std::iter::Enumerate<I>,
}

/// The words of a line, up to a comment.
type Words<'a> = Box<dyn Iterator<Item = &'a str> + 'a>;

/// Parses a mesh. Colours and normals are skipped; a face of more than three corners becomes a triangle fan.
pub(super) fn read(text: &[u8]) -> Result<Mesh, String> {
    if let Some(what) = contents::known(text).filter(|_| !text.is_empty()) {
        return Err(format!("expected an OFF file, found {what}"));
    }
    // A few programs write several vertices or faces in a line, or a line for each count.
    by_line(text).or_else(|problem| packed(text).ok_or(problem))
}

/// Parses a mesh with a line for each vertex and each face.
fn by_line(text: &[u8]) -> Result<Mesh, String> {
    // Line ends of every system; one of two bytes makes an empty line, which only counts in line numbers.
    let unified = text.split(|byte| matches!(byte, b'\n' | b'\r'));
    let mut lines = Lines { lines: unified.enumerate() };
    let [vertices, faces] = lines.counts(text.len())?;
    let mut mesh = Mesh { vertices: check::reserve(vertices)?, triangles: Vec::new() };
    for _ in 0..vertices {
        mesh.vertices.push(lines.vertex()?);
    }
    for _ in 0..faces {
        lines.face(vertices, &mut mesh.triangles)?;
    }
    if let Some((line, _)) = lines.next() {
        return Err(format!("line {line}: expected the end after {faces} faces, found more"));
    }
    is_surface(mesh)
}

/// Parses a mesh with one or more whole vertices or faces in each line, without colours or normals, and its
/// counts in one or more lines; `None` for any other text.
fn packed(text: &[u8]) -> Option<Mesh> {
    let unified = text.split(|byte| matches!(byte, b'\n' | b'\r'));
    let mut lines = Lines { lines: unified.enumerate() };
    let (_, mut words) = lines.next()?;
    let first = words.next()?.trim_start_matches('\u{FEFF}').strip_prefix("OFF")?;
    let mut counts: Vec<&str> = (!first.is_empty()).then_some(first).into_iter().chain(words).collect();
    while counts.len() < 3 {
        counts.extend(lines.next()?.1);
    }
    let counts: Vec<usize> = counts.iter().map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let [vertices, faces, _edges] = counts[..] else { return None };
    if vertices == 0 || faces == 0 || vertices.max(faces) > text.len() {
        return None;
    }
    let mut mesh = Mesh { vertices: check::reserve(vertices).ok()?, triangles: Vec::new() };
    while mesh.vertices.len() < vertices {
        let values: Vec<f64> = lines.next()?.1.map(|word| word.parse().ok()).collect::<Option<_>>()?;
        let finite = values.iter().all(|value| value.abs() <= LARGEST);
        if !values.len().is_multiple_of(3) || !finite {
            return None;
        }
        mesh.vertices.extend(values.chunks_exact(3).map(|at| [at[0], at[1], at[2]]));
    }
    let mut read = 0;
    while read < faces {
        let line: Vec<usize> = lines.next()?.1.map(|word| word.parse().ok()).collect::<Option<_>>()?;
        let mut rest = &line[..];
        while let [corners, after @ ..] = rest {
            let (face, next) = after.split_at_checked(*corners)?;
            if *corners < 3 || face.iter().any(|corner| *corner >= vertices) {
                return None;
            }
            let corner = |at: usize| face[at] as u32;
            mesh.triangles.extend((2..*corners).map(|at| [corner(0), corner(at - 1), corner(at)]));
            (read, rest) = (read + 1, next);
        }
    }
    let whole = mesh.vertices.len() == vertices && read == faces && lines.next().is_none();
    whole.then(|| is_surface(mesh).ok()).flatten()
}

/// Refuses a mesh whose corners are all the same point.
fn is_surface(mesh: Mesh) -> Result<Mesh, String> {
    let first = mesh.triangles.first().map(|corners| mesh.vertices[corners[0] as usize]);
    let mut corners = mesh.triangles.iter().flatten().map(|corner| mesh.vertices[*corner as usize]);
    if corners.all(|corner| Some(corner) == first) {
        return Err("expected a surface, found a single point".into());
    }
    Ok(mesh)
}

impl<'a, I: Iterator<Item = &'a [u8]>> Lines<'a, I> {
    fn next(&mut self) -> Option<(usize, Words<'a>)> {
        self.lines.by_ref().find_map(|(index, line)| {
            let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
            let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            // Invalid UTF-8 becomes a word that is no number.
            let mut words = words.map(|word| std::str::from_utf8(word).unwrap_or("\u{FFFD}")).peekable();
            words.peek()?;
            Some((index + 1, Box::new(words) as Words))
        })
    }

    fn expect(&mut self, what: &str) -> Result<(usize, Words<'a>), String> {
        self.next().ok_or_else(|| format!("truncated: expected {what}, found the end"))
    }

    /// The numbers of vertices and faces, after `OFF`, with or without a space or line end between.
    fn counts(&mut self, length: usize) -> Result<[usize; 2], String> {
        let header = "an OFF file, which begins with OFF and the numbers of vertices and faces";
        let (mut line, mut words) = self.expect(header)?;
        let word = words.next().unwrap_or_default().trim_start_matches('\u{FEFF}');
        // The prefixes S, T, C and N announce further values per vertex.
        let rest = word.trim_start_matches(['S', 'T', 'C', 'N']).strip_prefix("OFF");
        let rest = rest.ok_or_else(|| format!("line {line}: expected {header}, found {word:?}"))?;
        let mut found: Vec<&str> = (!rest.is_empty()).then_some(rest).into_iter().chain(words).collect();
        if found.is_empty() {
            let (at, words) = self.expect("the numbers of vertices and faces")?;
            (line, found) = (at, words.collect());
        }
        let counts: Vec<usize> = found.iter().take(2).filter_map(|word| word.parse().ok()).collect();
        let [vertices, faces] = counts[..] else {
            let found = found.join(" ").chars().take(80).collect::<String>();
            return Err(format!("line {line}: expected the numbers of vertices and faces, found {found:?}"));
        };
        for (what, count, least) in [("vertices", vertices, LEAST[0]), ("faces", faces, LEAST[1])] {
            // The last line may lack its line end.
            if count == 0 || count > (length + 1) / least {
                let most = (length + 1) / least;
                return Err(format!(
                    "line {line}: expected 1 to {most} {what} in a file of {length} bytes, found {count}"
                ));
            }
        }
        Ok([vertices, faces])
    }

    fn vertex(&mut self) -> Result<[f64; 3], String> {
        let (line, mut words) = self.expect("a vertex")?;
        let mut vertex = [0.0; 3];
        for value in &mut vertex {
            let word = words.next().unwrap_or("nothing");
            *value = word.parse().ok().filter(|value: &f64| value.abs() <= LARGEST).ok_or_else(|| {
                format!("line {line}: expected three coordinates of a vertex, found {word:?}")
            })?;
        }
        Ok(vertex)
    }

    fn face(&mut self, vertices: usize, triangles: &mut Vec<[u32; 3]>) -> Result<(), String> {
        let (line, mut words) = self.expect("a face")?;
        let mut number = |what: &str, valid: &dyn Fn(usize) -> bool| {
            let word = words.next().unwrap_or("nothing");
            let number = word.parse().ok().filter(|number| valid(*number));
            number.ok_or_else(|| format!("line {line}: expected {what}, found {word:?}"))
        };
        let corners = number("three or more corners of a face", &|corners| corners >= 3)?;
        let expected = format!("{corners} corners of a face below {vertices}");
        let mut corner = || number(&expected, &|corner| corner < vertices).map(|corner| corner as u32);
        let [first, mut last] = [corner()?, corner()?];
        for _ in 2..corners {
            let next = corner()?;
            triangles.push([first, last, next]);
            last = next;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
