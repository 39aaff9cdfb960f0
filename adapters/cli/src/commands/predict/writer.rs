//! Predictions as lines of JSON or CSV.

use std::borrow::Cow;
use std::io::Write;

use serde::Serialize;
use smash_core::train::argmax;

use super::classes::{Class, Classes};
use crate::error::{Error, Result};
use crate::output::write_line;

/// An example in the output.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    /// The file that it comes from; `None` in a dataset and in standard input.
    pub(crate) file: Option<String>,
    /// Its index in its dataset, array or list, or that of its file among all files.
    pub(crate) index: usize,
    /// Its class, where that is known.
    pub(crate) label: Option<usize>,
}

/// A line of JSON.
#[derive(Serialize)]
struct Prediction<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    index: usize,
    class: Class<'a>,
    /// Only where the class is a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    class_index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probabilities: Option<&'a [f32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top: Option<Vec<Ranked<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Class<'a>>,
}

/// One of the most probable classes.
#[derive(Serialize)]
struct Ranked<'a> {
    class: Class<'a>,
    probability: f32,
}

/// Writes predictions.
pub(crate) struct Writer<'a> {
    pub(crate) out: &'a mut dyn Write,
    pub(crate) csv: bool,
    /// Only the most probable classes, so many.
    pub(crate) top: Option<usize>,
}

impl Writer<'_> {
    /// Writes the header, if there is one.
    pub(crate) fn begin(&mut self, classes: &Classes) -> Result<()> {
        if !self.csv {
            return Ok(());
        }
        let mut header: Vec<String> =
            ["file", "index", "label", "class", "probability"].map(str::to_owned).into();
        match self.top {
            None => header.extend(classes.names().iter().map(|name| format!("p_{name}"))),
            Some(top) => {
                let rank = |rank: usize| [format!("class_{rank}"), format!("probability_{rank}")];
                header.extend((1..=top.min(classes.names().len())).flat_map(rank));
            }
        }
        self.row(&header)
    }

    /// Writes one prediction; returns the predicted class.
    pub(crate) fn write(
        &mut self,
        classes: &Classes,
        example: &Example,
        probabilities: &[f32],
    ) -> Result<usize> {
        let class = argmax(probabilities);
        let ranked = |top: usize| -> Vec<(usize, f32)> {
            let mut ranked: Vec<_> = probabilities.iter().copied().enumerate().collect();
            ranked.sort_by(|(i, a), (j, b)| b.total_cmp(a).then(i.cmp(j)));
            ranked.truncate(top);
            ranked
        };
        if self.csv {
            let name = |class: usize| classes.names().get(class).cloned().unwrap_or_default();
            let mut row = vec![
                example.file.clone().unwrap_or_default(),
                example.index.to_string(),
                example.label.map(name).unwrap_or_default(),
                name(class),
                probabilities.get(class).map(f32::to_string).unwrap_or_default(),
            ];
            match self.top {
                None => row.extend(probabilities.iter().map(f32::to_string)),
                Some(top) => {
                    row.extend(ranked(top).into_iter().flat_map(|(class, p)| [name(class), p.to_string()]));
                }
            }
            self.row(&row)?;
            return Ok(class);
        }
        let top = self.top.map(|top| {
            let class = |(class, probability)| Ranked { class: classes.class(class), probability };
            ranked(top).into_iter().map(class).collect()
        });
        let prediction = Prediction {
            file: example.file.as_deref(),
            index: example.index,
            class: classes.class(class),
            class_index: classes.named().then_some(class),
            probabilities: top.is_none().then_some(probabilities),
            top,
            label: example.label.map(|label| classes.class(label)),
        };
        write_line(self.out, &prediction)?;
        Ok(class)
    }

    fn row(&mut self, cells: &[String]) -> Result<()> {
        let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
        writeln!(self.out, "{}", cells.join(",")).map_err(Error::Output)
    }
}

/// A cell of CSV, quoted as RFC 4180 has it where that is needed.
fn quoted(cell: &str) -> Cow<'_, str> {
    if cell.contains([',', '"', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(csv: bool, top: Option<usize>, names: Option<&[String]>) -> String {
        let classes = Classes::new(names, 3);
        let mut out = Vec::new();
        let mut writer = Writer { out: &mut out, csv, top };
        writer.begin(&classes).unwrap();
        let example = Example { file: Some("a \"b\", ü.png".into()), index: 4, label: Some(2) };
        assert_eq!(writer.write(&classes, &example, &[0.25, 0.5, 0.25]).unwrap(), 1);
        let plain = Example { file: None, index: 5, label: None };
        writer.write(&classes, &plain, &[1.0, 0.0, 0.0]).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_of_json() {
        let names = ["cat", "dog", "a,b"].map(str::to_owned);
        assert_eq!(
            written(false, None, None),
            "{\"file\":\"a \\\"b\\\", ü.png\",\"index\":4,\"class\":1,\"probabilities\":[0.25,0.5,0.25],\"label\":2}\n\
             {\"index\":5,\"class\":0,\"probabilities\":[1.0,0.0,0.0]}\n"
        );
        let text = written(false, Some(2), Some(&names));
        let first = "\"index\":4,\"class\":\"dog\",\"class_index\":1,\"top\":[{\"class\":\"dog\",\"probability\":0.5},\
                     {\"class\":\"cat\",\"probability\":0.25}],\"label\":\"a,b\"}";
        assert!(text.lines().next().unwrap().ends_with(first), "{text}");
    }

    #[test]
    fn rows_of_csv() {
        let names = ["cat", "dog", "a,b"].map(str::to_owned);
        assert_eq!(
            written(true, None, Some(&names)),
            "file,index,label,class,probability,p_cat,p_dog,\"p_a,b\"\n\
             \"a \"\"b\"\", ü.png\",4,\"a,b\",dog,0.5,0.25,0.5,0.25\n,5,,cat,1,1,0,0\n"
        );
        assert_eq!(
            written(true, Some(1), None),
            "file,index,label,class,probability,class_1,probability_1\n\
             \"a \"\"b\"\", ü.png\",4,2,1,0.5,1,0.5\n,5,,0,1,0,1\n"
        );
    }
}
