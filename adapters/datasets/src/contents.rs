//! What bytes are that are not what their file's name says, and what to do about them.

/// How many bytes [`found`] looks at.
pub(crate) const LOOKED_AT: usize = 512;

/// Describes the first bytes of a file: their format and, where there is one, the way on. Empty and text
/// files are told apart from formats by their first bytes.
pub(crate) fn found(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(LOOKED_AT)];
    known(bytes).unwrap_or_else(|| {
        let (what, help) = if bytes.iter().all(|byte| *byte == 0) {
            ("nothing but zeros", DOWNLOAD)
        } else if std::str::from_utf8(bytes)
            .is_ok_and(|text| !text.contains(|c: char| c.is_control() && !c.is_whitespace()))
        {
            ("a text", DOWNLOAD)
        } else {
            ("bytes of no known format", "")
        };
        joined(what, help)
    })
}

/// Describes bytes whose format can be told by their beginning.
pub(crate) fn known(bytes: &[u8]) -> Option<String> {
    format_of(&bytes[..bytes.len().min(LOOKED_AT)]).map(|(what, help)| joined(what, help))
}

fn joined(what: &str, help: &str) -> String {
    if help.is_empty() { what.to_owned() } else { format!("{what}: {help}") }
}

const CONVERT: &str = "convert it to PNG or JPEG, or move it out of the folder";
const DOWNLOAD: &str = "get the file again, or remove it";
const UNPACK: &str = "unpack it";

/// The format of bytes that can be told by their beginning, and what to do.
fn format_of(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let text = text(bytes);
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    let box_of = |brands: &[&[u8]]| {
        bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..12).is_some_and(|found| brands.contains(&found))
    };
    Some(match bytes {
        [] => ("an empty file", DOWNLOAD),
        _ if text.starts_with("version https://git-lfs") => {
            ("a Git LFS pointer", "get the file itself with `git lfs pull`")
        }
        _ if ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| text.starts_with(tag)) => {
            ("an HTML page, perhaps of a failed download", DOWNLOAD)
        }
        _ if text.contains("<svg") => ("an SVG drawing", CONVERT),
        _ if text.starts_with("<?xml") && text.contains("<error") => {
            ("an XML error message, perhaps of a failed download", DOWNLOAD)
        }
        _ if text.starts_with("<?xml") && text.contains("<html") => {
            ("an HTML page, perhaps of a failed download", DOWNLOAD)
        }
        _ if text.starts_with("<?xml") => ("an XML document", DOWNLOAD),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => ("a WebP image", CONVERT),
        _ if begins(b"GIF87a") || begins(b"GIF89a") => ("a GIF image", CONVERT),
        _ if begins(b"\x89PNG\r\n\x1a\n") => ("a PNG image", ""),
        _ if begins(b"\xff\xd8\xff") => ("a JPEG image", ""),
        _ if begins(b"II*\0") || begins(b"MM\0*") || begins(b"II+\0") || begins(b"MM\0+") => {
            ("a TIFF image", CONVERT)
        }
        _ if box_of(&[b"avif", b"avis"]) => ("an AVIF image", CONVERT),
        _ if box_of(&[b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"]) => {
            ("a HEIC image", CONVERT)
        }
        _ if bytes.get(4..8) == Some(b"ftyp") => ("a video", "move it out of the folder"),
        _ if begins(b"\0\0\0\x0cJXL \r\n\x87\n") || begins(b"\xff\x0a") => ("a JPEG XL image", CONVERT),
        _ if begins(b"\0\0\0\x0cjP  \r\n\x87\n") || begins(b"\xff\x4f\xff\x51") => {
            ("a JPEG 2000 image", CONVERT)
        }
        _ if begins(b"8BPS") => ("a Photoshop image", CONVERT),
        _ if begins(b"\0\0\x01\0") => ("an icon (ICO)", CONVERT),
        _ if begins(b"qoif") => ("a QOI image", CONVERT),
        _ if begins(b"BM") && bytes.get(6..10) == Some(&[0; 4]) => ("a BMP image", CONVERT),
        [b'P', b'1'..=b'7', b' ' | b'\n' | b'\r' | b'\t' | b'#', ..] => ("a PNM image", CONVERT),
        _ if begins(b"%PDF") => ("a PDF document", CONVERT),
        _ if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") => ("a ZIP archive", UNPACK),
        _ if begins(b"\x1f\x8b") => ("a gzip stream", UNPACK),
        _ if begins(b"BZh") => ("a bzip2 stream", UNPACK),
        _ if begins(b"\xfd7zXZ") => ("an xz stream", UNPACK),
        _ if begins(b"\x28\xb5\x2f\xfd") => ("a zstd stream", UNPACK),
        _ if begins(b"7z\xbc\xaf") => ("a 7-Zip archive", UNPACK),
        _ if begins(b"Rar!") => ("a RAR archive", UNPACK),
        _ if bytes.get(257..262) == Some(b"ustar") => ("a tar archive", UNPACK),
        _ if begins(b"\x93NUMPY") => ("a NumPy array", ""),
        _ if begins(b"\x89HDF\r\n\x1a\n") => ("an HDF5 file", ""),
        _ if begins(b"\0\x05\x16\x07") || begins(b"\0\x05\x16\0") => {
            ("a sidecar file of macOS (AppleDouble)", "remove it")
        }
        _ => return None,
    })
}

/// The bytes as lower-case text, without what editors put before it.
fn text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    String::from_utf8_lossy(bytes.trim_ascii_start()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_by_what_they_are() {
        for (bytes, expected) in [
            (&b""[..], "an empty file: get"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
                "a Git LFS pointer: get the file itself",
            ),
            (b"  <!DOCTYPE HTML PUBLIC", "an HTML page"),
            (b"\xef\xbb\xbf<html>", "an HTML page"),
            (b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey", "an XML error message"),
            (b"<?xml version=\"1.0\"?><svg>", "an SVG drawing: convert"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP image: convert it to PNG or JPEG"),
            (b"GIF89a\x01\0", "a GIF image"),
            (b"II*\0", "a TIFF image"),
            (b"BM\x36\0\x0c\0\0\0\0\0", "a BMP image"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC image"),
            (b"\0\0\0\x18ftypavif\0\0\0\0", "an AVIF image"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", "a video"),
            (b"P6 2 2 255\n", "a PNM image"),
            (b"PK\x03\x04", "a ZIP archive: unpack it"),
            (b"\x1f\x8b\x08", "a gzip stream"),
            (b"\0\0\0\0", "nothing but zeros"),
            (b"not found", "a text"),
            (b"\x01\x02\x03", "bytes of no known format"),
        ] {
            let text = found(bytes);
            assert!(text.starts_with(expected), "{bytes:?}: {text}");
        }
    }
}
