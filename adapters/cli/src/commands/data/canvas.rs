//! An image to draw text, lines and other images on.

use image::{Rgb, RgbImage, imageops};
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

/// A colour: red, green, blue.
pub(crate) type Ink = [u8; 3];

/// A font: weight and height.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Font {
    weight: FontWeight,
    height: RasterHeight,
}

impl Font {
    pub(crate) const TITLE: Self = Self { weight: FontWeight::Bold, height: RasterHeight::Size24 };
    pub(crate) const LABEL: Self = Self { weight: FontWeight::Regular, height: RasterHeight::Size16 };

    /// Width of a text in pixels.
    pub(crate) fn width(self, text: &str) -> u32 {
        (get_raster_width(self.weight, self.height) * text.chars().count()) as u32
    }

    pub(crate) fn height(self) -> u32 {
        self.height.val() as u32
    }
}

/// An image with a background colour.
pub(crate) struct Canvas(pub(crate) RgbImage);

impl Canvas {
    pub(crate) fn new(width: u32, height: u32, ground: Ink) -> Self {
        Self(RgbImage::from_pixel(width, height, Rgb(ground)))
    }

    /// Copies an image to a position.
    pub(crate) fn put(&mut self, picture: &RgbImage, x: u32, y: u32) {
        imageops::replace(&mut self.0, picture, x.into(), y.into());
    }

    /// Draws a text whose top left corner is at a position. Characters that the font lacks become question
    /// marks.
    pub(crate) fn write(&mut self, text: &str, x: u32, y: u32, font: Font, ink: Ink) {
        let mut left = x;
        for letter in text.chars() {
            let raster = |letter| get_raster(letter, font.weight, font.height);
            let Some(glyph) = raster(letter).or_else(|| raster('?')) else { continue };
            for (row, line) in (y..).zip(glyph.rows()) {
                for (column, &cover) in (left..).zip(line) {
                    if let Some(pixel) = self.0.get_pixel_mut_checked(column, row) {
                        pixel.0 = mix(pixel.0, ink, f32::from(cover) / 255.0);
                    }
                }
            }
            left += glyph.width() as u32;
        }
    }

    /// Draws an anti-aliased line.
    pub(crate) fn line(&mut self, from: [f32; 2], to: [f32; 2], ink: Ink) {
        let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
        let steps = (dx.abs().max(dy.abs()) * 2.0).ceil().clamp(1.0, 1e5);
        for step in 0..=steps as u32 {
            let at = step as f32 / steps;
            let [x, y] = [from[0] + at * dx, from[1] + at * dy];
            // The coverage of a point, distributed among the four pixels around it (bilinear).
            for [i, j] in [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]] {
                let [column, row] = [x.floor() + i, y.floor() + j];
                let cover = (1.0 - (x - column).abs()).max(0.0) * (1.0 - (y - row).abs()).max(0.0);
                if column >= 0.0
                    && row >= 0.0
                    && let Some(pixel) = self.0.get_pixel_mut_checked(column as u32, row as u32)
                {
                    pixel.0 = mix(pixel.0, ink, cover);
                }
            }
        }
    }
}

/// Interpolates between two colours.
pub(crate) fn mix(from: Ink, to: Ink, share: f32) -> Ink {
    std::array::from_fn(|i| {
        let (from, to) = (f32::from(from[i]), f32::from(to[i]));
        (from + share * (to - from)).round() as u8
    })
}
