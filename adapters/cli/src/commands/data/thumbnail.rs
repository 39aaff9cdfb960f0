//! Thumbnails: one example as a small picture.

use image::{Rgb, RgbImage, imageops};
use smash_core::task::Task;

use super::canvas::{Canvas, Ink, mix};
use super::statistics::ChannelStatistics;
use super::voxels;

/// Target size that pictures are scaled towards by whole factors, and the largest size that is not scaled
/// down; in pixels.
const NEAR: usize = 72;
const LARGEST: usize = 128;
/// The target size of voxel slices, in pixels.
const SLICE: usize = 32;
/// Gap between the pictures of one example, in pixels.
const GAP: u32 = 1;
/// Size of a signal's plot, in pixels.
const SIGNAL: [u32; 2] = [168, 64];

const BLACK: Ink = [0; 3];
const FILLED: Ink = [208, 228, 244];
const LINES: [Ink; 4] = [[86, 180, 233], [230, 159, 0], [0, 158, 115], [204, 121, 167]];

/// Values are shown within this many standard deviations of the mean; what is beyond is black or white.
const REACH: f64 = 8.0;

/// Draws the examples of one task, all at the same size.
pub(crate) struct Drawer<'a> {
    task: &'a Task,
    /// Black and white point of each channel, so that photographs look as they are stored.
    ranges: Vec<[f32; 2]>,
}

impl<'a> Drawer<'a> {
    /// A drawer for examples whose channels have these statistics. `shown` are the values of black and white
    /// where the dataset knows them; otherwise all channels share one range: 0 to 1 or 0 to 255 where the
    /// values look like it, or else that of the values, with far outliers clipped.
    pub(crate) fn new(task: &'a Task, spreads: &[ChannelStatistics], shown: Option<Vec<[f32; 2]>>) -> Self {
        if let Some(ranges) = shown.filter(|ranges| ranges.len() == task.channels) {
            return Self { task, ranges };
        }
        let ends = spreads.iter().map(|spread| {
            let low = spread.lowest.max(spread.mean - REACH * spread.deviation);
            let high = spread.highest.min(spread.mean + REACH * spread.deviation);
            [low, high]
        });
        let [low, high] = ends
            .reduce(|[low, high], [other, another]| [low.min(other), high.max(another)])
            .unwrap_or([0.0, 1.0]);
        let highest = spreads.iter().map(|spread| spread.highest).fold(f64::MIN, f64::max);
        let range = match highest {
            _ if low < 0.0 || high <= low => [low, high],
            highest if highest <= 1.0 => [0.0, 1.0],
            highest if (64.0..=255.0).contains(&highest) => [0.0, 255.0],
            _ => [low, high],
        };
        Self { task, ranges: vec![range.map(|end| end as f32); task.channels] }
    }

    /// Width and height of each picture, in pixels.
    pub(crate) fn size(&self) -> [u32; 2] {
        match self.task.extents[..] {
            [height, width] => self.image_size(height, width),
            [x, y, z] => {
                let slice = Self::slice_size(x.max(y).max(z));
                let object = 3 * slice + 2 * GAP;
                [object + GAP + slice, object]
            }
            _ => SIGNAL,
        }
    }

    /// Draws an example, `[channels, extents…]` row-major.
    pub(crate) fn draw(&self, values: &[f32]) -> RgbImage {
        match self.task.extents[..] {
            [height, width] => self.image(values, height, width),
            [x, y, z] => self.grid(values, [x, y, z]),
            _ => self.signal(values),
        }
    }

    /// A value of a channel, scaled to 0 … 1.
    fn scaled(&self, channel: usize, value: f32) -> f32 {
        let [low, high] = self.ranges.get(channel).copied().unwrap_or([0.0, 1.0]);
        // A constant channel is drawn mid-grey.
        if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 }
    }

    fn image_size(&self, height: usize, width: usize) -> [u32; 2] {
        let longest = height.max(width).max(1);
        let fit = |extent: usize| {
            let fitted = if longest > LARGEST {
                extent * LARGEST / longest
            } else {
                extent * ((NEAR + longest / 2) / longest).max(1)
            };
            fitted.max(1) as u32
        };
        [fit(width), fit(height)]
    }

    /// An image: three channels are colours; for any other number their mean is drawn.
    fn image(&self, values: &[f32], height: usize, width: usize) -> RgbImage {
        let (plane, channels) = (height * width, self.task.channels);
        let at = |channel: usize, place: usize| {
            self.scaled(channel, values.get(channel * plane + place).copied().unwrap_or_default())
        };
        let byte = |share: f32| (share * 255.0).round() as u8;
        let picture = RgbImage::from_fn(width as u32, height as u32, |x, y| {
            let place = y as usize * width + x as usize;
            Rgb(match channels {
                3 => std::array::from_fn(|channel| byte(at(channel, place))),
                _ => {
                    let sum: f32 = (0..channels).map(|channel| at(channel, place)).sum();
                    [byte(sum / channels.max(1) as f32); 3]
                }
            })
        });
        let [to_width, to_height] = self.image_size(height, width);
        let filter = if to_width < picture.width() || to_height < picture.height() {
            imageops::FilterType::Triangle
        } else {
            imageops::FilterType::Nearest
        };
        imageops::resize(&picture, to_width, to_height, filter)
    }

    fn slice_size(longest: usize) -> u32 {
        let longest = longest.max(1);
        if longest > 2 * SLICE { 2 * SLICE as u32 } else { (longest * (SLICE / longest).max(1)) as u32 }
    }

    /// A voxel grid: the object seen from above a corner, and the slices through its middle across x, y and
    /// z. Of several channels the first is drawn.
    fn grid(&self, values: &[f32], extents: [usize; 3]) -> RgbImage {
        let [x, y, z] = extents;
        let slice = Self::slice_size(x.max(y).max(z));
        let [width, height] = self.size();
        let [low, high] = self.ranges.first().copied().unwrap_or([0.0, 1.0]);
        let mut canvas = Canvas::new(width, height, [255; 3]);
        let values = &values[..(x * y * z).min(values.len())];
        canvas.put(&voxels::draw(values, extents, (low + high) / 2.0, height), 0, 0);
        let at = |i: usize, j: usize, k: usize| values.get((i * y + j) * z + k).copied().unwrap_or(low);
        for (number, [wide, high]) in (0..).zip([[y, z], [x, z], [x, y]]) {
            let picture = RgbImage::from_fn(wide as u32, high as u32, |column, row| {
                let (column, up) = (column as usize, high - 1 - row as usize);
                let value = match number {
                    0 => at(x / 2, column, up),
                    1 => at(column, y / 2, up),
                    _ => at(column, up, z / 2),
                };
                Rgb(mix(voxels::GROUND, FILLED, self.scaled(0, value)))
            });
            let picture = imageops::resize(&picture, slice, slice, imageops::FilterType::Nearest);
            canvas.put(&picture, height + GAP, number * (slice + GAP));
        }
        canvas.0
    }

    /// A signal: a line for each channel.
    fn signal(&self, values: &[f32]) -> RgbImage {
        let [width, height] = SIGNAL;
        let mut canvas = Canvas::new(width, height, BLACK);
        let length = values.len() / self.task.channels.max(1);
        let place = |channel: usize, at: usize, value: f32| {
            let x = at as f32 / length.saturating_sub(1).max(1) as f32 * (width - 1) as f32;
            [x, (1.0 - self.scaled(channel, value)) * (height - 9) as f32 + 4.0]
        };
        for (channel, line) in values.chunks_exact(length.max(1)).enumerate() {
            for (at, pair) in line.windows(2).enumerate() {
                let ends = [place(channel, at, pair[0]), place(channel, at + 1, pair[1])];
                canvas.line(ends[0], ends[1], LINES[channel % LINES.len()]);
            }
        }
        canvas.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(lowest: f64, highest: f64) -> ChannelStatistics {
        ChannelStatistics {
            lowest,
            highest,
            mean: (lowest + highest) / 2.0,
            deviation: (highest - lowest) / 4.0,
        }
    }

    #[test]
    fn images_look_as_they_are_stored() {
        let task = Task { channels: 3, extents: vec![2, 4], classes: 2 };
        // Three channels, each with normalisation statistics of its own.
        let bytes: Vec<u8> = (0..24).map(|i| (i * 11) as u8).collect();
        let scale = |channel: usize| [0.1 * channel as f32, 1.0 + channel as f32];
        let normalised = |(i, byte): (usize, &u8)| {
            let [mean, deviation] = scale(i / 8);
            (f32::from(*byte) / 255.0 - mean) / deviation
        };
        let values: Vec<f32> = bytes.iter().enumerate().map(normalised).collect();
        let spreads: Vec<ChannelStatistics> = (0..3)
            .map(|channel| {
                let [mean, deviation] = scale(channel).map(f64::from);
                spread(-mean / deviation, (1.0 - mean) / deviation)
            })
            .collect();
        let shown = spreads.iter().map(|spread| [spread.lowest as f32, spread.highest as f32]).collect();
        let drawer = Drawer::new(&task, &spreads, Some(shown));
        let picture = drawer.draw(&values);
        // The image has 4 × 2 pixels, each drawn 18 wide and high.
        assert_eq!((picture.dimensions(), drawer.size()), ((72, 36), [72, 36]));
        for (place, pixel) in [(0, picture.get_pixel(17, 17)), (7, picture.get_pixel(54, 18))] {
            assert_eq!(pixel.0, [bytes[place], bytes[8 + place], bytes[16 + place]]);
        }
    }

    #[test]
    fn channels_are_not_stretched_one_by_one() {
        let task = Task { channels: 3, extents: vec![1, 2], classes: 2 };
        // Dark red on black: the green and blue channels hold next to nothing.
        let values = [0.0, 0.5, 0.0, 0.02, 0.0, 0.01];
        let spreads = [spread(0.0, 0.5), spread(0.0, 0.02), spread(0.0, 0.01)];
        for (scale, lowest) in [(1.0, 0), (255.0, 0)] {
            let scaled = |s: &ChannelStatistics| spread(s.lowest * scale, s.highest * scale);
            let spreads: Vec<ChannelStatistics> = spreads.iter().map(scaled).collect();
            let values = values.map(|value| value * scale as f32);
            let picture = Drawer::new(&task, &spreads, None).draw(&values);
            assert_eq!(picture.get_pixel(0, 0).0, [lowest; 3]);
            assert_eq!(picture.get_pixel(71, 0).0, [128, 5, 3]);
        }
    }

    #[test]
    fn every_rank_and_size_has_its_picture() {
        for extents in [
            vec![1],
            vec![500],
            vec![1, 1],
            vec![8, 8],
            vec![28, 28],
            vec![512, 3],
            vec![96, 96],
            vec![1, 1, 1],
            vec![32, 32, 32],
            vec![5, 90, 7],
        ] {
            for channels in [1, 2, 3, 5] {
                let task = Task { channels, extents: extents.clone(), classes: 2 };
                let values: Vec<f32> = (0..task.example_len()).map(|i| (i % 7) as f32).collect();
                let flat = ChannelStatistics { lowest: 1.0, highest: 1.0, mean: 1.0, deviation: 0.0 };
                for spread in [spread(0.0, 6.0), flat] {
                    let drawer = Drawer::new(&task, &vec![spread; channels], None);
                    let [width, height] = drawer.size();
                    assert_eq!(drawer.draw(&values).dimensions(), (width, height), "{task:?}");
                    assert!(width <= 300 && height <= 300, "{task:?}: {width}×{height}");
                }
            }
        }
    }
}
