//! From placed pieces to words, lines and paragraphs.

use super::page::Piece;
use crate::text::extract::writer::Writer;
use crate::text::extract::{Extracted, What};

/// A line of text.
#[derive(Debug, Clone)]
struct Line {
    text: String,
    right: f64,
    base: f64,
    size: f64,
}

/// Writes pages out.
pub(super) fn lay_out(pages: &[Vec<Piece>]) -> Extracted {
    let pages: Vec<Vec<Line>> = pages.iter().map(|page| lines(page)).collect();
    let all = || pages.iter().flatten();
    let body = body_size(all());
    let step = usual_step(&pages);
    let edge = all().map(|line| line.right).fold(f64::MIN, f64::max);
    let margins = repeated(&pages);
    let mut writer = Writer::default();
    for page in &pages {
        writer.paragraph();
        let mut before: Option<&Line> = None;
        let last = page.len().saturating_sub(1);
        let mut heading = None;
        for (index, line) in page.iter().enumerate() {
            let margin = (index == 0 || index == last) && margins.contains(&masked(&line.text));
            let parts = before.is_none_or(|before| parts(before, line, step, edge)) || margin;
            if parts {
                writer.paragraph();
                if let Some(mark) = heading.take() {
                    writer.close(mark);
                }
                heading = (line.size > body * 1.15 && !margin).then(|| writer.open(What::Heading));
            } else {
                writer.line();
            }
            let mark = margin.then(|| writer.open(What::Boilerplate));
            writer.flow(&line.text);
            if let Some(mark) = mark {
                writer.close(mark);
            }
            before = (!margin).then_some(line);
        }
        if let Some(mark) = heading {
            writer.close(mark);
        }
    }
    writer.finish()
}

/// Joins pieces that stand on one base line, in the order in which they were drawn.
fn lines(pieces: &[Piece]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for piece in pieces.iter().filter(|piece| !piece.text.is_empty()) {
        let tall = piece.size.max(1.0);
        match lines.last_mut().filter(|line| continues(line, piece)) {
            Some(line) => {
                if piece.left - line.right > tall * 0.15 {
                    line.text.push(' ');
                }
                line.text.push_str(&piece.text);
                line.right = line.right.max(piece.right);
                line.size = line.size.max(piece.size);
            }
            None => lines.push(Line {
                text: piece.text.clone(),
                right: piece.right,
                base: piece.base,
                size: piece.size,
            }),
        }
    }
    lines.retain(|line| !line.text.trim().is_empty());
    lines
}

/// On the same base line (raised and lowered characters included), not back to the left.
fn continues(line: &Line, piece: &Piece) -> bool {
    let tall = line.size.max(piece.size).max(1.0);
    (line.base - piece.base).abs() < tall * 0.5 && piece.left > line.right - tall
}

/// Whether another paragraph begins: a wider gap, another size, a jump, or a sentence that ends
/// short of the edge.
fn parts(before: &Line, line: &Line, step: f64, edge: f64) -> bool {
    let tall = line.size.max(before.size).max(1.0);
    let gap = before.base - line.base;
    let resized = (line.size - before.size).abs() > tall * 0.1;
    let ends = before.text.trim_end().ends_with(['.', '!', '?', ':', '”', '"', '»', '“']);
    gap > step * tall * 1.2 || gap < tall * 0.5 || resized || (ends && before.right < edge * 0.8)
}

/// The size of most characters.
fn body_size<'a>(lines: impl Iterator<Item = &'a Line>) -> f64 {
    let mut sizes: Vec<(f64, usize)> = lines.map(|line| (line.size, line.text.len())).collect();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = sizes.iter().map(|(_, count)| count).sum::<usize>() / 2;
    let mut sum = 0_usize;
    let middle = sizes.iter().find(|(_, count)| {
        sum = sum.saturating_add(*count);
        sum > half
    });
    middle.map_or(1.0, |(size, _)| *size)
}

/// How far lines of one paragraph stand apart, in sizes of their text: what a quarter of all
/// lines stay under, within reason.
fn usual_step(pages: &[Vec<Line>]) -> f64 {
    let pairs = pages.iter().flat_map(|page| page.iter().zip(page.iter().skip(1)));
    let steps = pairs.map(|(a, b)| (a.base - b.base) / b.size.max(1.0));
    let mut steps: Vec<f64> = steps.filter(|step| (0.8..3.0).contains(step)).collect();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len() / 4).map_or(1.2, |step| step.clamp(1.0, 1.7))
}

/// First and last lines that stand on at least three pages and on half of them, digits aside.
fn repeated(pages: &[Vec<Line>]) -> std::collections::BTreeSet<String> {
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    for page in pages {
        let ends = [page.first(), page.last().filter(|_| page.len() > 1)];
        for line in ends.into_iter().flatten() {
            let count = counts.entry(masked(&line.text)).or_default();
            *count = count.saturating_add(1);
        }
    }
    let enough = |count: usize| count >= 3 && count.saturating_mul(2) >= pages.len();
    counts.into_iter().filter(|(_, count)| enough(*count)).map(|(line, _)| line).collect()
}

/// A line without its numbers: page numbers differ from page to page.
fn masked(text: &str) -> String {
    text.chars().filter(|c| !c.is_numeric() && !c.is_whitespace()).collect()
}
