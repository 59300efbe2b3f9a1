//! The whole new text as it reads, with what is gone and what is new in it.

use super::inert::words;
use super::markup::{Ids, anchored, line};
use super::rows::Rows;
use crate::compare::{Change, Op, Row, RowKind};
use crate::report::diff::entries::excerpt;
use crate::report::diff::inline::{self, Breaks, Mark};
use crate::report::diff::view::{View, hull};

/// The section.
pub(super) fn section(view: &View<'_>, rows: &Rows, ids: &Ids<'_>, lang: &str) -> String {
    let mut reading = Reading { view, rows, ids, seen: vec![false; view.comparison.changes.len()] };
    let body: String = (0..rows.all.len()).map(|index| reading.row(index)).collect();
    let heading = ids.heading("text", "The new text with its changes");
    format!("{heading}<div class=\"reading\" lang=\"{lang}\">\n{body}</div>\n")
}

struct Reading<'a> {
    view: &'a View<'a>,
    rows: &'a Rows,
    ids: &'a Ids<'a>,
    /// Which changes have their anchor.
    seen: Vec<bool>,
}

impl Reading<'_> {
    fn row(&mut self, index: usize) -> String {
        let Some(row) = self.rows.all.get(index) else { return String::new() };
        let notes = self.notes(index);
        let (class, body) = match row.kind {
            RowKind::Same => ("same", self.new_text(row, index)),
            RowKind::Noise => ("same noise", self.new_text(row, index)),
            RowKind::Changed => ("changed", self.new_text(row, index)),
            RowKind::Added => ("added", self.new_text(row, index)),
            RowKind::Removed => ("removed", self.old_text(row, index)),
            RowKind::MovedHere(change) => {
                return self.moved_here(row, index, change) + &notes;
            }
            RowKind::MovedAway(change) => return notes + &self.moved_away(row, change),
        };
        notes + &paragraph(row, class, &body)
    }

    /// What stands in the new text, with its edits.
    fn new_text(&mut self, row: &Row, index: usize) -> String {
        let Some(range) = row.new else { return self.old_text(row, index) };
        let edits = self.rows.edits.get(index).map(Vec::as_slice).unwrap_or_default();
        let pieces = inline::merged(self.view.comparison, edits, range, Breaks::Kept);
        anchored(&pieces, self.view.comparison, self.ids, &mut self.seen)
    }

    /// What is gone; all of it where no change says which part.
    fn old_text(&mut self, row: &Row, index: usize) -> String {
        let Some(range) = row.old else { return String::new() };
        let gone = self.rows.gone.get(index).filter(|gone| !gone.is_empty());
        let whole = [(range, None)];
        let gone = gone.map_or(&whole[..], Vec::as_slice);
        let text = self.view.comparison.old.text();
        let pieces = inline::marked(text, range, gone, Mark::Gone, Breaks::Kept);
        anchored(&pieces, self.view.comparison, self.ids, &mut self.seen)
    }

    fn moved_here(&mut self, row: &Row, index: usize, change: usize) -> String {
        let body = self.new_text(row, index);
        self.seen.get_mut(change).into_iter().for_each(|seen| *seen = true);
        let from = self.link(change, &self.ids.left(change), |place| place.old, "old");
        let note = format!("<p class=\"note\">Moved here from {from}:</p>\n");
        let id = self.ids.change(change);
        format!(
            "<div class=\"moved\" id=\"{id}\">\n{note}{}</div>\n",
            paragraph(row, "here", &body)
        )
    }

    fn moved_away(&self, row: &Row, change: usize) -> String {
        let to = self.link(change, &self.ids.change(change), |place| place.new, "new");
        let text = row.old.map(|span| excerpt(span.of(self.view.comparison.old.text())));
        format!(
            "<div class=\"moved\" id=\"{}\">\n<p class=\"note\">Moved from here to {to}: <q \
             class=\"away\"><bdi>{}</bdi></q></p>\n</div>\n",
            self.ids.left(change),
            words(&text.unwrap_or_default()),
        )
    }

    /// A link to the other place of a move.
    fn link(
        &self,
        change: usize,
        id: &str,
        side: impl Fn(crate::report::diff::place::Place) -> Option<(usize, usize)>,
        name: &str,
    ) -> String {
        let change = self.view.comparison.changes.get(change);
        let lines = change.and_then(|change| side(self.view.stretch(change)));
        let lines = lines.map(crate::report::diff::place::lines_in_words).unwrap_or_default();
        format!("<a href=\"#{id}\">{name} {lines}</a>")
    }

    /// What is said beside a row.
    fn notes(&mut self, index: usize) -> String {
        let here = self.rows.notes.get(index).map(Vec::as_slice).unwrap_or_default();
        let left = self.rows.left.get(index).map(Vec::as_slice).unwrap_or_default();
        let mut out = String::new();
        for change in here {
            out.push_str(&self.note(*change));
            self.seen.get_mut(*change).into_iter().for_each(|seen| *seen = true);
        }
        for change in left {
            let to = self.link(*change, &self.ids.change(*change), |place| place.new, "new");
            let id = self.ids.left(*change);
            out.push_str(&format!(
                "<p class=\"note\" id=\"{id}\">Text moved from here to {to}.</p>\n"
            ));
        }
        out
    }

    fn note(&self, index: usize) -> String {
        let Some(change) = self.view.comparison.changes.get(index) else { return String::new() };
        let said = match change.op {
            Op::Split => "This was one paragraph.".to_owned(),
            Op::Merge => "These were several paragraphs.".to_owned(),
            Op::Move | Op::Insert | Op::Delete | Op::Replace => self.moved(index, change),
        };
        format!("<p class=\"note\" id=\"{}\">{said}</p>\n", self.ids.change(index))
    }

    /// Text moved within its paragraph, or between paragraphs that stayed.
    fn moved(&self, index: usize, change: &Change) -> String {
        let from = self.link(index, &self.ids.left(index), |place| place.old, "old");
        let text = hull(&change.new).map(|span| span.of(self.view.comparison.new.text()));
        let text = words(&excerpt(text.unwrap_or_default()));
        format!("Text moved here from {from}: <q><bdi>{text}</bdi></q>")
    }
}

/// A paragraph or heading of the text.
fn paragraph(row: &Row, class: &str, body: &str) -> String {
    let menu = if row.boilerplate { " menu" } else { "" };
    let heading = if row.heading { " heading" } else { "" };
    format!("<p class=\"{class}{menu}{heading}\"><bdi>{body}</bdi></p>\n")
}

/// One side of a row in the view with two columns.
pub(super) fn cell(pieces: &[inline::Piece]) -> String {
    format!("<bdi>{}</bdi>", line(pieces))
}
