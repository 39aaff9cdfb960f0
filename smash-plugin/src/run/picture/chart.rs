//! Draws panels as an SVG chart.

use std::io;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::numbers::{Point, below, decimals, text_width};
use super::panels::{Colour, Mark, Panel, Series};

/// Size of the picture in pixels.
const SIZE: (i32, i32) = (1200, 380);
/// Drawing units per pixel: the plotting library rounds to whole units.
const FINE: i32 = 8;
/// Margin in pixels at the left and right, and between panels.
const EDGE: i32 = 16;
/// Top edge of the panels in pixels.
const TOP: i32 = 46;
/// Margins of a panel for axes and labels, in pixels: left, right, above, below.
const ROOM: (i32, i32, i32, i32) = (42, 52, 48, 40);

const TEXT: Colour = (0x33, 0x3B, 0x45);
const QUIET: Colour = (0x66, 0x70, 0x7C);
const AXIS: Colour = (0xB4, 0xBC, 0xC5);
const GRID: Colour = (0xEB, 0xEE, 0xF1);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<io::Error>>;

/// Draws the picture as SVG.
pub(super) fn draw(title: &str, panels: &[Panel]) -> Drawn<String> {
    let mut svg = String::new();
    {
        let size = (fine(SIZE.0) as u32, fine(SIZE.1) as u32);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        root.draw_text(title, &text(15, TEXT), (fine(EDGE), fine(22)))?;
        let count = panels.len().max(1) as i32;
        let width = (SIZE.0 - EDGE * (count + 1)) / count;
        for (panel, i) in panels.iter().zip(0..) {
            let corner = (EDGE + i * (width + EDGE), TOP);
            draw_panel(&root, panel, corner, width)?;
        }
        root.present()?;
    }
    // The SVG's width and height are in pixels, its view box in the finer drawing units.
    let (from, to) = (SIZE.0 * FINE, SIZE.1 * FINE);
    let (fine, real) = (size_of(from, to), size_of(SIZE.0, SIZE.1));
    Ok(svg.replacen(&fine, &real, 1))
}

fn size_of(width: i32, height: i32) -> String {
    format!("width=\"{width}\" height=\"{height}\"")
}

fn draw_panel(root: &Area<'_>, panel: &Panel, (left, top): (i32, i32), width: i32) -> Drawn {
    let (room_left, room_right, room_above, room_below) = ROOM;
    root.draw_text(&panel.title, &text(14, TEXT), (fine(left), fine(top + 8)))?;
    draw_legend(root, &panel.series, (left, top + 30))?;

    let height = SIZE.1 - top - EDGE / 2;
    let area = root.clone().shrink((fine(left), fine(top)), (fine(width), fine(height)));
    let mut chart = ChartBuilder::on(&area)
        .margin_top(fine(room_above))
        .margin_right(fine(room_right))
        .set_label_area_size(LabelAreaPosition::Left, fine(room_left))
        .set_label_area_size(LabelAreaPosition::Bottom, fine(room_below))
        .build_cartesian_2d(panel.x.0..panel.x.1, panel.y.0..panel.y.1)?;
    let places = decimals(panel.y);
    chart
        .configure_mesh()
        .disable_x_mesh()
        .max_light_lines(1)
        .bold_line_style(stroke(GRID, 1.0))
        .light_line_style(TRANSPARENT)
        .axis_style(stroke(AXIS, 1.0))
        .set_all_tick_mark_size(fine(4))
        .label_style(font(12).color(&colour(QUIET)))
        .axis_desc_style(font(12).color(&colour(QUIET)))
        .x_labels((width / 70).max(2) as usize)
        .y_labels(6)
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y:.places$}"))
        .x_desc(panel.x_label)
        .draw()?;
    for series in &panel.series {
        draw_series(&mut chart, series, panel.y)?;
    }
    if let Some((y, note, ink)) = &panel.note {
        let (x, y) = chart.backend_coord(&(panel.x.1, y.clamp(panel.y.0, panel.y.1)));
        root.draw_text(note, &text(12, *ink), (x + fine(5), y))?;
    }
    Ok(())
}

/// Draws the legend: names in a row, each after its mark.
fn draw_legend(root: &Area<'_>, series: &[Series], (mut x, y): (i32, i32)) -> Drawn {
    for series in series.iter().filter(|series| !series.name.is_empty()) {
        let (sign, at) = (if matches!(series.mark, Mark::Dot | Mark::Faint) { 8 } else { 16 }, fine(y));
        let line = |from: i32, to: i32| {
            PathElement::new(vec![(fine(x + from), at), (fine(x + to), at)], stroke(series.colour, 2.0))
        };
        match series.mark {
            Mark::Dot => {
                root.draw(&Circle::new((fine(x + 4), at), fine(4), colour(series.colour).filled()))?
            }
            Mark::Faint => {
                root.draw(&Circle::new((fine(x + 4), at), fine(2), colour(series.colour).mix(0.4).filled()))?;
            }
            Mark::Line => root.draw(&line(0, sign))?,
            Mark::Dashes => {
                root.draw(&line(0, 6))?;
                root.draw(&line(10, sign))?;
            }
        }
        x += sign + 5;
        root.draw_text(&series.name, &text(12, QUIET), (fine(x), at))?;
        x += (12.0 * text_width(&series.name)) as i32 + 14;
    }
    Ok(())
}

fn draw_series(chart: &mut Chart<'_, '_>, series: &Series, (low, high): Point) -> Drawn {
    let ink = colour(series.colour);
    match series.mark {
        Mark::Faint => {
            let inside = series.points.iter().filter(|p| (low..=high).contains(&p.1));
            let dots = inside.map(|p| Circle::new(*p, fine(1) * 3 / 2, ink.mix(0.18).filled()));
            chart.draw_series(dots)?;
        }
        Mark::Dot => {
            let edge = series.points.iter().map(|&(x, y)| (x, y.clamp(low, high)));
            let dots = edge.map(|p| Circle::new(p, fine(3), ink.mix(0.85).filled()));
            chart.draw_series(dots)?;
        }
        Mark::Line => {
            let style = stroke(series.colour, 1.75);
            chart.draw_series(
                below(&series.points, high).into_iter().map(|part| PathElement::new(part, style)),
            )?;
        }
        Mark::Dashes => {
            // One by one: dashes of the plotting library need a function of glibc 2.35, `hypotf`, and nothing
            // else of SMASH needs one after 2.34.
            let style = stroke(series.colour, 1.5);
            let [first, .., last] = series.points[..] else { return Ok(()) };
            let length = chart.backend_coord(&last).0 - chart.backend_coord(&first).0;
            let dash = |from: i32| vec![(from, 0), ((from + fine(6)).min(length), 0)];
            chart.draw_series(
                (0..length)
                    .step_by(fine(10) as usize)
                    .map(|from| EmptyElement::at(first) + PathElement::new(dash(from), style)),
            )?;
        }
    }
    Ok(())
}

fn fine(pixels: i32) -> i32 {
    pixels * FINE
}

fn colour((red, green, blue): Colour) -> RGBColor {
    RGBColor(red, green, blue)
}

fn stroke(ink: Colour, width: f64) -> ShapeStyle {
    colour(ink).stroke_width((width * f64::from(FINE)) as u32)
}

/// The plotting library renders letters smaller than asked for, by this factor.
fn font(pixels: i32) -> FontDesc<'static> {
    ("sans-serif", f64::from(fine(pixels)) * 1.24).into_font()
}

/// Text style: anchored at the left, vertically centred.
fn text(pixels: i32, ink: Colour) -> TextStyle<'static> {
    font(pixels).color(&colour(ink)).pos(Pos::new(HPos::Left, VPos::Center))
}
