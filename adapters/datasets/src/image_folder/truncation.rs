//! Whether a PNG or JPEG file is all there. The decoders show as much of a picture as they find.

/// The end of every PNG file: the chunk IEND and its checksum.
const PNG_END: &[u8] = b"IEND\xAE\x42\x60\x82";

/// Refuses a file without its end. What follows the end is not looked at: some cameras add their own.
pub(super) fn whole(bytes: &[u8]) -> Result<(), String> {
    let ended = match bytes {
        [0xFF, 0xD8, rest @ ..] => jpeg(rest).is_some(),
        _ => bytes.windows(PNG_END.len()).any(|window| window == PNG_END),
    };
    if ended { Ok(()) } else { Err("truncated: expected the end of a PNG or JPEG image, found none".into()) }
}

/// Goes from marker to marker to the end of a JPEG image. A small picture within a segment has an end of its own, which
/// does not count.
fn jpeg(mut rest: &[u8]) -> Option<()> {
    loop {
        // Bytes 0xFF may stand before a marker; in between two markers are the coded pixels, in which 0xFF 0x00 and the
        // markers that restart the decoder have no meaning here.
        let at = rest
            .windows(2)
            .position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF))?;
        let marker = rest[at + 1];
        rest = &rest[at + 2..];
        match marker {
            0xD9 => return Some(()),
            0x01 => {}
            _ => {
                let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
                rest = rest.get(length..)?;
            }
        }
    }
}
