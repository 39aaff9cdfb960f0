//! A contact sheet: a row of example pictures for each class.

use image::RgbImage;
use smash_core::dataset::Split;
use smash_core::random::Seed;

use super::canvas::{Canvas, Font, Ink};
use super::report::Report;
use super::thumbnail::Drawer;
use crate::error::Result;
use crate::table::thousands;

/// Limit on the classes that are drawn; a larger picture could not be viewed.
const CLASSES: usize = 200;
/// Limit on the length of a label, in letters.
const LETTERS: usize = 24;

const MARGIN: u32 = 28;
const GAP: u32 = 4;
/// Distance between the columns of classes, in pixels.
const GUTTER: u32 = 36;
/// Height of the title above the classes, in pixels.
const HEAD: u32 = 104;

const PAPER: Ink = [250, 250, 248];
const INK: Ink = [32, 36, 42];
const FAINT: Ink = [128, 134, 142];

/// The settings of a contact sheet.
pub(crate) struct Sheet<'a> {
    pub(crate) report: &'a Report<'a>,
    /// The split that examples are taken from; `None` for all.
    pub(crate) part: Option<Split>,
    /// Most examples of each class.
    pub(crate) examples: usize,
}

impl Sheet<'_> {
    /// Draws the contact sheet. The same data and seed give the same picture.
    ///
    /// # Errors
    /// When the dataset cannot read an example.
    pub(crate) fn draw(&self) -> Result<RgbImage> {
        let report = self.report;
        let (data, task) = (report.data, report.data.task());
        let classes = self.classes();
        let drawer = Drawer::new(task, &report.statistics.read, data.dataset().shown_range());
        let [width, height] = drawer.size();
        let labels: Vec<String> = report.names.iter().take(CLASSES).map(|name| shortened(name)).collect();
        let widest = labels.iter().map(|label| Font::LABEL.width(label)).max().unwrap_or(0);
        let label = widest.max(Font::LABEL.width("000,000")) + 16;
        let row = height.max(2 * Font::LABEL.height()) + GAP;
        let most = classes.iter().map(|(_, chosen)| chosen.len()).max().unwrap_or(0) as u32;
        let block = label + most.max(1) * (width + GAP);

        let columns = columns(classes.len() as u32, block, row);
        let rows = (classes.len() as u32).div_ceil(columns).max(1);
        let [title, second, third] = self.head(classes.len());
        let head = Font::TITLE.width(&title).max(Font::LABEL.width(&second)).max(Font::LABEL.width(&third));
        let inner = (columns * (block + GUTTER) - GUTTER).max(head);
        let mut canvas = Canvas::new(2 * MARGIN + inner, HEAD + rows * row + MARGIN, PAPER);
        canvas.write(&title, MARGIN, MARGIN - 6, Font::TITLE, INK);
        canvas.write(&second, MARGIN, MARGIN + 26, Font::LABEL, FAINT);
        canvas.write(&third, MARGIN, MARGIN + 46, Font::LABEL, FAINT);

        let mut values = vec![0.0; task.example_len()];
        for (number, (count, chosen)) in (0..).zip(&classes) {
            let x = MARGIN + number / rows * (block + GUTTER);
            let y = HEAD + number % rows * row;
            let middle = y + (row - GAP).saturating_sub(2 * Font::LABEL.height()) / 2;
            canvas.write(&labels[number as usize], x, middle, Font::LABEL, INK);
            canvas.write(&thousands(*count), x, middle + Font::LABEL.height(), Font::LABEL, FAINT);
            for (place, &index) in (0..).zip(chosen) {
                data.dataset().read(index, &mut values)?;
                canvas.put(&drawer.draw(&values), x + label + place * (width + GAP), y);
            }
        }
        Ok(canvas.0)
    }

    /// For each class, its number of examples in the split, and the indices of those that are drawn, in their
    /// order.
    fn classes(&self) -> Vec<(u64, Vec<usize>)> {
        let dataset = self.report.data.dataset();
        let mut members = vec![Vec::new(); self.report.names.len().min(CLASSES)];
        let all: Vec<usize>;
        let part = match self.part {
            Some(part) => self.report.data.splits().of(part),
            None => {
                all = (0..dataset.len()).collect();
                &all
            }
        };
        for &index in part {
            if let Some(members) = members.get_mut(dataset.label(index)) {
                members.push(index);
            }
        }
        let seed = Seed::new(self.report.seed).split("sheet");
        let chosen = |(class, members): (u64, Vec<usize>)| {
            let places = seed.at(class).random().distinct(members.len(), self.examples);
            (members.len() as u64, places.into_iter().map(|place| members[place]).collect())
        };
        (0..).zip(members).map(chosen).collect()
    }

    fn head(&self, drawn: usize) -> [String; 3] {
        let report = self.report;
        let of = match self.part {
            Some(Split::Train) => "training examples",
            Some(Split::Valid) => "validation examples",
            Some(Split::Test) => "test examples",
            None => "examples of all splits",
        };
        let all = report.names.len();
        let classes = if drawn < all {
            format!("the first {drawn} of {} classes", thousands(all as u64))
        } else {
            "each class".to_owned()
        };
        let title = format!("{} · {}", report.kind(), report.task().replace(" → ", " · "));
        [title, report.examples(), format!("Drawn: {of} of {classes}, seed {}", report.seed)]
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    name.chars().take(LETTERS - 2).chain("..".chars()).collect()
}

/// The number of columns of classes that comes nearest to a picture slightly wider than high.
fn columns(classes: u32, block: u32, row: u32) -> u32 {
    let off = |columns: &u32| {
        let (width, height) = (columns * (block + GUTTER), classes.div_ceil(*columns) * row + HEAD);
        (i64::from(width) * 4 - i64::from(height) * 5).abs()
    };
    (1..=classes.max(1)).min_by_key(off).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_classes_stand_in_several_columns() {
        assert_eq!(columns(10, 800, 68), 1);
        assert_eq!(columns(100, 800, 68), 3);
        assert_eq!(columns(0, 800, 68), 1);
        assert_eq!((shortened("bed"), shortened(&"x".repeat(30)).len()), ("bed".to_owned(), 24));
    }
}
