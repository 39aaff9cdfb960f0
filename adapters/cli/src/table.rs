//! Plain text tables, and numbers for people.

use crate::terminal;

/// Alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows under a header, in columns as wide as their cells, two spaces apart. A cell may hold any text.
pub(crate) fn table(columns: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let row = |row: &Vec<String>| row.iter().map(|cell| terminal::line(cell).into_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    let width = |i: usize| {
        let cells = rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.chars().count());
        cells.chain([columns[i].0.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let header: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut out = String::new();
    for row in std::iter::once(&header).chain(&rows) {
        let cells = row.iter().zip(columns).zip(&widths).map(|((cell, (_, align)), &width)| match align {
            Align::Left => format!("{cell:<width$}"),
            Align::Right => format!("{cell:>width$}"),
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// A number with thousands separators: `1234567` as `1,234,567`.
pub(crate) fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in the largest fitting unit.
pub(crate) fn bytes(value: u64) -> String {
    let value = value as f64;
    match value {
        v if v >= 1024.0 * 1024.0 * 1024.0 => format!("{:.1} GiB", v / (1024.0 * 1024.0 * 1024.0)),
        v if v >= 1024.0 * 1024.0 => format!("{:.1} MiB", v / (1024.0 * 1024.0)),
        v if v >= 1024.0 => format!("{:.1} KiB", v / 1024.0),
        v => format!("{v} B"),
    }
}

/// Seconds in the largest fitting unit.
pub(crate) fn seconds(value: f64) -> String {
    let whole = value.round().max(0.0) as u64;
    if value < 99.95 {
        format!("{value:.1} s")
    } else if whole < 3600 {
        format!("{} min {:02} s", whole / 60, whole % 60)
    } else {
        format!("{} h {:02} min", whole / 3600, whole % 3600 / 60)
    }
}

/// A fraction as a percentage with two decimals; `–` when there is none.
pub(crate) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{:.2} %", 100.0 * value))
}

/// A shape as people write it: `3×32×32`.
pub(crate) fn joined(dims: &[usize]) -> String {
    dims.iter().map(ToString::to_string).collect::<Vec<_>>().join("×")
}

#[cfg(test)]
mod tests {
    use smash_plugin::format_count;

    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["1".into(), "chain".into()], vec!["10".into(), "random".into()]];
        let text = table(&[("rank", Align::Right), ("phase", Align::Left)], &rows);
        assert_eq!(text, "rank  phase\n   1  chain\n  10  random\n");
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!([thousands(7), thousands(1_234_567)], ["7", "1,234,567"]);
        assert_eq!(
            [format_count(999), format_count(12_345), format_count(12_345_678), format_count(345_678_901)],
            ["999", "12.3k", "12.3M", "346M"]
        );
        assert_eq!([bytes(12), bytes(2048), bytes(3 << 20)], ["12 B", "2.0 KiB", "3.0 MiB"]);
        assert_eq!([seconds(1.25), seconds(125.0), seconds(7260.0)], ["1.2 s", "2 min 05 s", "2 h 01 min"]);
        assert_eq!([percent(Some(0.123_44)), percent(None)], ["12.34 %", "–"]);
    }
}
