//! Detects truncated PNG and JPEG files, which the decoders would decode as far as they go.

/// The end of every PNG file: the chunk IEND and its checksum.
const PNG_END: &[u8] = b"IEND\xAE\x42\x60\x82";

/// Refuses a file without its end marker. Data after it is ignored: some cameras add their own.
pub(super) fn check_complete(bytes: &[u8]) -> Result<(), String> {
    let ended = match bytes {
        [0xFF, 0xD8, rest @ ..] => jpeg(rest).is_some(),
        _ => bytes.windows(PNG_END.len()).any(|window| window == PNG_END),
    };
    if ended { Ok(()) } else { Err("truncated: expected the end of a PNG or JPEG image, found none".into()) }
}

/// Walks the markers of a JPEG image up to its end-of-image marker. A thumbnail embedded in a segment has an
/// end marker of its own, which does not count.
fn jpeg(mut rest: &[u8]) -> Option<()> {
    loop {
        // Fill bytes 0xFF may precede a marker. Entropy-coded data lies between two markers; in it, 0xFF 0x00
        // and the restart markers are no segments.
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
