//! Axes that may be other than they were meant: channels that are missing or in another place.

/// The numbers of channels that images usually have.
const USUAL: [usize; 3] = [1, 3, 4];

/// What to do about a shape with too few or too many axes.
pub(super) fn missing(shape: &[usize]) -> String {
    match shape {
        [_, values] => {
            let side = (*values as f64).sqrt().round() as usize;
            if side > 1 && side * side == *values {
                format!(
                    ": for images of {side}×{side}, x = x.reshape(-1, 1, {side}, {side}); for signals, x = x[:, None]"
                )
            } else {
                ": for signals, x = x[:, None]; for images, x = x.reshape(-1, channels, height, width)".into()
            }
        }
        _ => String::new(),
    }
}

/// A note on an order of axes that can be read and yet looks like another one; `last` says whether the
/// channels were read as the last axis.
pub(super) fn doubtful(last: bool, channels: usize, extents: &[usize]) -> Option<String> {
    let read = format!("x is read as {channels} channels of {}", times(extents));
    if USUAL.contains(&channels) {
        return None;
    }
    match (last, extents) {
        (false, [rows @ .., end]) if !rows.is_empty() && USUAL.contains(end) && channels > 4 => {
            let order = if rows.len() == 1 { "0, 3, 1, 2" } else { "0, 4, 1, 2, 3" };
            Some(format!(
                "{read}: if the channels are the last axis, set \"layout\": \"nhwc\", or store x = x.transpose({order})"
            ))
        }
        (true, [first, rest @ ..]) if !rest.is_empty() && USUAL.contains(first) && channels > 4 => {
            let order = if rest.len() == 1 { "0, 2, 3, 1" } else { "0, 2, 3, 4, 1" };
            Some(format!(
                "{read}: if the channels are the first axis, leave \"layout\" out, or store x = x.transpose({order})"
            ))
        }
        (false, [length]) if channels >= 8 && channels <= 2 * length && *length <= 2 * channels => Some(
            format!("{read} values: if they are images without an axis of channels, store x = x[:, None]"),
        ),
        _ => None,
    }
}

/// What to do about test examples whose axes are those of the training examples in another order.
pub(super) fn moved(
    (channels, extents): &(usize, Vec<usize>),
    (other, others): &(usize, Vec<usize>),
) -> &'static str {
    let [trained, tested] = [(channels, extents), (other, others)].map(|(channels, extents)| {
        let mut axes = extents.clone();
        axes.push(*channels);
        axes.sort_unstable();
        axes
    });
    if trained == tested { ": the axes are in another order; x = x.transpose(…) moves them" } else { "" }
}

fn times(extents: &[usize]) -> String {
    extents.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}
