//! Smoothing, thinning and ranges of curves.

/// A point of a chart, (x, y).
pub(super) type Point = (f64, f64);

/// Moving average over a window of `window` points.
pub(super) fn smooth(points: &[Point], window: usize) -> Vec<Point> {
    let mut sums = vec![0.0];
    for (i, &(_, y)) in points.iter().enumerate() {
        sums.push(sums[i] + y);
    }
    let mean = |(i, &(x, _)): (usize, &Point)| {
        let from = i.saturating_sub(window / 2);
        let to = (i + window.div_ceil(2)).max(i + 1).min(points.len());
        (x, (sums[to] - sums[from]) / (to - from) as f64)
    };
    points.iter().enumerate().map(mean).collect()
}

/// At most `most` of the points, evenly spread, always with the first and the last.
pub(super) fn thin(points: &[Point], most: usize) -> Vec<Point> {
    if points.len() <= most {
        return points.to_vec();
    }
    (0..most).map(|i| points[i * (points.len() - 1) / (most - 1)]).collect()
}

/// The quantile: the least value that at least this share of the values does not exceed.
pub(super) fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    sorted.get((share * last as f64).ceil() as usize).copied()
}

/// The smallest range that holds all values, widened by a margin; never empty.
pub(super) fn range(values: impl IntoIterator<Item = f64>, margin: f64) -> (f64, f64) {
    let ends = |(low, high): (f64, f64), y: f64| (low.min(y), high.max(y));
    let (low, high) = values.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
    if low > high {
        return (0.0, 1.0);
    }
    let height = (high - low).max(1e-3 * high.abs());
    // Of zeros alone any range will do.
    let space = margin * if height > 0.0 { height } else { 1.0 };
    (low - space, high + space)
}

/// The segments of a curve that are not above a height.
pub(super) fn below(points: &[Point], high: f64) -> Vec<Vec<Point>> {
    let mut parts: Vec<Vec<Point>> = Vec::new();
    let mut before: Option<Point> = None;
    for &(x, y) in points {
        // The point where the line crosses the height.
        let crossing = before.filter(|p| (p.1 > high) != (y > high));
        let crossing = crossing.map(|(x0, y0)| (x0 + (x - x0) * (high - y0) / (y - y0), high));
        if before.is_none_or(|p| p.1 > high) && y <= high {
            parts.push(Vec::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(crossing);
            part.extend((y <= high).then_some((x, y)));
        }
        before = Some((x, y));
    }
    parts
}

/// Decimals that axis labels need to differ: an axis has at most six ticks, at 1, 2 or 5 times a power of
/// ten.
pub(super) fn decimals((low, high): (f64, f64)) -> usize {
    (-((high - low) / 3.5).log10()).ceil().clamp(0.0, 9.0) as usize
}

/// Estimated width of a text, in units of its font size; the font that a viewer will use is not known.
pub(super) fn text_width(text: &str) -> f64 {
    let width = |letter| match letter {
        'i' | 'j' | 'l' | '.' | ',' | ' ' => 0.31,
        'f' | 't' | 'r' => 0.4,
        'm' | 'w' => 0.92,
        _ => 0.61,
    };
    text.chars().map(width).sum()
}
