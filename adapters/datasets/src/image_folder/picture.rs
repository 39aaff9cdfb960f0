//! One image file: decoded, turned upright and resized.

use std::io::Cursor;
use std::path::Path;

use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use super::truncation::check_complete;
use crate::arrays::to_planes;
use crate::{check, contents};

/// Limits on the bytes of a file and the extents of its image: more is treated as damage.
const LONGEST: u64 = 1 << 28;
const EXTENT: u32 = 1 << 14;

/// Limit on the memory of a decoded image, in bytes.
const DECODED: u64 = 1 << 29;

/// The beginnings of PNG and JPEG files.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// Decodes an image to channel planes of `size`, height and width: one of grey, or else red, green and blue.
///
/// # Errors
/// What was expected and what was found.
pub(crate) fn read(path: &Path, size: [usize; 2], channels: usize) -> Result<Vec<u8>, String> {
    let (file, length) = check::open(path)?;
    if length > LONGEST {
        return Err(format!("expected an image of at most {LONGEST} bytes, found {length}"));
    }
    let bytes = check::bytes(file, length as usize)?;
    // A file cut within its first bytes is what its bytes still say.
    let begins = |magic: &[u8]| bytes.starts_with(magic) || (bytes.len() > 1 && magic.starts_with(&bytes));
    if !begins(PNG) && !begins(JPEG) {
        return Err(format!("expected a PNG or JPEG image, found {}", contents::found(&bytes)));
    }
    check_complete(&bytes)?;
    let image = decode(bytes).map_err(|e| format!("expected a whole PNG or JPEG image: {e}"))?;
    Ok(resized(&image, size, channels))
}

/// The channel planes of a picture, resized by a triangle filter: each side by itself, antialiased where it
/// shrinks.
fn resized(image: &DynamicImage, [height, width]: [usize; 2], channels: usize) -> Vec<u8> {
    let resized = image.resize_exact(width as u32, height as u32, FilterType::Triangle);
    if channels == 1 {
        return resized.into_luma8().into_raw();
    }
    let mut pixels = resized.into_rgb8().into_raw();
    to_planes(&mut pixels, 3, height * width);
    pixels
}

/// Decodes an image and turns it as its camera says.
fn decode(bytes: Vec<u8>) -> image::ImageResult<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(EXTENT), Some(EXTENT));
    limits.max_alloc = Some(DECODED);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    // Metadata that cannot be read says nothing.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

#[cfg(test)]
mod tests;
