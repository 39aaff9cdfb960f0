use image::{DynamicImage, GrayImage, RgbImage};

use super::resized;

/// A picture with sharp edges.
fn pattern(height: usize, width: usize) -> Vec<u8> {
    let pixel = |(y, x): (usize, usize)| (x * x * 37 + y * 91 + x * y * 53) as u8;
    (0..height * width).map(|at| pixel((at / width, at % width))).collect()
}

/// What Pillow 12 makes of [`pattern`] with `Image.resize(…, Image.BILINEAR)`, which is a triangle filter
/// too: shrunk, enlarged, and by factors that are not whole.
#[test]
fn pictures_are_resized_as_by_pillow() {
    #[rustfmt::skip]
    let cases: [([usize; 2], [usize; 2], &[i16]); 7] = [
        ([8, 8], [4, 4], &[87, 94, 98, 122, 122, 110, 137, 159, 146, 101, 96, 111, 105, 96, 128, 160]),
        ([4, 4], [8, 8], &[
            0, 9, 28, 65, 120, 130, 95, 77, 23, 35, 61, 88, 118, 119, 90, 76, 68, 88, 126, 135, 114, 96, 81, 73, 114,
            124, 144, 133, 94, 74, 71, 70, 159, 144, 113, 84, 58, 51, 61, 67, 141, 132, 114, 99, 86, 76, 67, 64, 58,
            88, 147, 178, 178, 149, 90, 61, 17, 66, 164, 217, 224, 185, 101, 59,
        ]),
        ([7, 5], [3, 4], &[85, 102, 82, 108, 107, 153, 98, 124, 134, 144, 69, 61]),
        ([5, 7], [8, 3], &[
            48, 97, 103, 83, 94, 102, 127, 91, 102, 110, 87, 112, 115, 107, 151, 143, 150, 218, 130, 108, 141, 118,
            73, 76,
        ]),
        ([16, 16], [5, 5], &[
            103, 114, 124, 131, 143, 124, 109, 110, 102, 131, 117, 129, 122, 135, 144, 116, 112, 126, 124, 135, 133,
            140, 128, 147, 125,
        ]),
        ([3, 3], [7, 7], &[
            0, 5, 21, 37, 85, 132, 148, 13, 19, 38, 58, 93, 128, 140, 52, 62, 90, 119, 118, 115, 114, 91, 104, 142,
            181, 142, 102, 89, 130, 131, 131, 133, 103, 74, 64, 169, 157, 121, 85, 65, 45, 38, 182, 166, 117, 69, 52,
            36, 30,
        ]),
        ([1, 6], [2, 4], &[14, 103, 86, 128, 14, 103, 86, 128]),
    ];
    for ([height, width], size, expected) in cases {
        let grey = GrayImage::from_raw(width as u32, height as u32, pattern(height, width)).unwrap();
        let found = resized(&DynamicImage::ImageLuma8(grey), size, 1);
        assert_eq!(found.len(), expected.len());
        let off = found.iter().zip(expected).map(|(found, expected)| (i16::from(*found) - expected).abs());
        assert!(off.max() <= Some(1), "{height}×{width} to {size:?}: {found:?}, not {expected:?}");
    }
}

#[test]
fn channels_become_planes_and_colours_become_grey() {
    let rgb = RgbImage::from_raw(2, 1, vec![255, 0, 0, 9, 9, 9]).unwrap();
    let picture = DynamicImage::ImageRgb8(rgb);
    assert_eq!(resized(&picture, [1, 2], 3), [255, 9, 0, 9, 0, 9]);
    // Red is a fifth of what an eye sees.
    assert_eq!(resized(&picture, [1, 2], 1), [54, 9]);
    let grey = DynamicImage::ImageLuma8(GrayImage::from_raw(2, 1, vec![1, 2]).unwrap());
    assert_eq!(resized(&grey, [1, 2], 3), [1, 2, 1, 2, 1, 2]);
}
