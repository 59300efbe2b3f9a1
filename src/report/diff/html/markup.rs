//! Pieces of text as markup: what is gone in `<del>`, what is new in `<ins>`, each with words
//! that are heard where marks are not seen.

use super::inert::words;
use crate::compare::Comparison;
use crate::report::diff::inline::{Mark, Piece};
use crate::report::diff::json;

/// How the parts of one comparison are named in the page.
pub(super) struct Ids<'a> {
    /// What all its anchors begin with.
    pub(super) prefix: &'a str,
    /// The level of its headings.
    pub(super) level: u8,
}

impl Ids<'_> {
    /// The anchor of a change in the reading view.
    pub(super) fn change(&self, index: usize) -> String {
        format!("{}{}", self.prefix, json::id(index))
    }

    /// The anchor of the place that a moved text left.
    pub(super) fn left(&self, index: usize) -> String {
        format!("{}-from", self.change(index))
    }

    /// The anchor of a part of the report.
    pub(super) fn part(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A heading.
    pub(super) fn heading(&self, id: &str, text: &str) -> String {
        format!("<h{0} id=\"{1}\">{text}</h{0}>\n", self.level, self.part(id))
    }
}

/// Pieces in a line of their own: no anchors.
pub(super) fn line(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| marked(piece.mark, &words(&piece.text))).collect()
}

/// Pieces in the reading view: each change has its anchor once, where it begins.
pub(super) fn anchored(
    pieces: &[Piece],
    comparison: &Comparison,
    ids: &Ids<'_>,
    seen: &mut [bool],
) -> String {
    let mut out = String::new();
    for piece in pieces {
        let text = marked(piece.mark, &words(&piece.text));
        let first = piece.change.filter(|index| {
            seen.get_mut(*index).is_some_and(|seen| !std::mem::replace(seen, true))
        });
        out.extend(first.and_then(|index| anchor(index, comparison, ids)));
        out.push_str(&text);
    }
    out
}

/// The number of a change, which names its kinds.
fn anchor(index: usize, comparison: &Comparison, ids: &Ids<'_>) -> Option<String> {
    let change = comparison.changes.get(index)?;
    let kinds: Vec<_> = change.kinds.iter().map(|kind| kind.as_str()).collect();
    let (weight, kinds) = (change.weight.as_str(), kinds.join(", "));
    Some(format!(
        "<sup class=\"number {weight}\" id=\"{}\" title=\"{weight}: {kinds}\">{}<span \
         class=\"heard\"> {weight}: {kinds} </span></sup>",
        ids.change(index),
        index + 1,
    ))
}

fn marked(mark: Mark, text: &str) -> String {
    match mark {
        Mark::Same => text.to_owned(),
        Mark::Gone => format!(
            "<del><span class=\"heard\">deleted: </span>{text}<span class=\"heard\"> end </span></del>"
        ),
        Mark::New => format!(
            "<ins><span class=\"heard\">inserted: </span>{text}<span class=\"heard\"> end </span></ins>"
        ),
    }
}
