//! Both texts side by side, one row for each pair of paragraphs; long stretches without a change
//! are folded. On a narrow screen the two sides stand below each other.

use super::markup::Ids;
use super::reading::cell;
use super::rows::{Rows, Stretch};
use crate::compare::{Row, RowKind, Span};
use crate::report::diff::inline::{Breaks, Mark, marked};
use crate::report::diff::verdict::counted;
use crate::report::diff::view::View;

/// How many rows without a change stay open on each side of a fold.
const OPEN: usize = 1;

/// The section, closed at first: the reading view says the same in less space.
pub(super) fn section(view: &View<'_>, rows: &Rows, ids: &Ids<'_>, lang: &str) -> String {
    let mut body = String::new();
    let mut at = 0;
    while at < rows.all.len() {
        let quiet = quiet(rows, at);
        if quiet > 2 * OPEN + 1 {
            body.push_str(&range(view, rows, ids, at, at + OPEN));
            let folded = range(view, rows, ids, at + OPEN, at + quiet - OPEN);
            let count = counted(quiet - 2 * OPEN, "paragraph", "paragraphs");
            body.push_str(&format!(
                "<details><summary>{count} without a change</summary>\n{folded}</details>\n"
            ));
            body.push_str(&range(view, rows, ids, at + quiet - OPEN, at + quiet));
            at += quiet;
        } else {
            body.push_str(&range(view, rows, ids, at, at + quiet.max(1)));
            at += quiet.max(1);
        }
    }
    let heading = ids.heading("columns", "Side by side");
    format!(
        "{heading}<details class=\"both\"><summary>Old text and new text in two columns</summary>\n\
         <div class=\"columns\" lang=\"{lang}\">\n{body}</div>\n</details>\n"
    )
}

/// How many rows from `at` on have no change.
fn quiet(rows: &Rows, at: usize) -> usize {
    let rest = rows.all.get(at..).unwrap_or_default();
    rest.iter().take_while(|row| matches!(row.kind, RowKind::Same | RowKind::Noise)).count()
}

fn range(view: &View<'_>, rows: &Rows, ids: &Ids<'_>, from: usize, to: usize) -> String {
    (from..to).map(|index| pair(view, rows, ids, index)).collect()
}

/// One row: the old side, the new side.
fn pair(view: &View<'_>, rows: &Rows, ids: &Ids<'_>, index: usize) -> String {
    let Some(row) = rows.all.get(index) else { return String::new() };
    let (old, new) = (view.comparison.old.text(), view.comparison.new.text());
    let here = matches!(row.kind, RowKind::MovedHere(_));
    let away = matches!(row.kind, RowKind::MovedAway(_));
    let left = row.old.filter(|_| !here);
    let right = row.new.filter(|_| !away);
    let left = left.map(|span| side(old, span, rows.gone.get(index), Mark::Gone));
    let right = right.map(|span| side(new, span, rows.come.get(index), Mark::New));
    let (from, to) = link(row, ids);
    format!(
        "<div class=\"pair\">{}{}</div>\n",
        column("old", left, &from, row),
        column("new", right, &to, row)
    )
}

fn side(text: &str, span: Span, stretches: Option<&Vec<Stretch>>, mark: Mark) -> String {
    let stretches = stretches.map(Vec::as_slice).unwrap_or_default();
    cell(&marked(text, span, stretches, mark, Breaks::Kept))
}

/// Where the other place of a moved text is.
fn link(row: &Row, ids: &Ids<'_>) -> (String, String) {
    match row.kind {
        RowKind::MovedAway(index) => (
            format!(
                "<a class=\"note\" href=\"#{}\">moved: to its new place</a>",
                ids.change(index)
            ),
            String::new(),
        ),
        RowKind::MovedHere(index) => (
            String::new(),
            format!("<a class=\"note\" href=\"#{}\">moved: to its old place</a>", ids.left(index)),
        ),
        RowKind::Same | RowKind::Noise | RowKind::Changed | RowKind::Added | RowKind::Removed => {
            (String::new(), String::new())
        }
    }
}

fn column(side: &str, text: Option<String>, link: &str, row: &Row) -> String {
    let heading = if row.heading { " heading" } else { "" };
    let menu = if row.boilerplate { " menu" } else { "" };
    match text {
        Some(text) => format!(
            "<div class=\"{side}{heading}{menu}\"><span class=\"heard\">{side}: </span>{link}{text}</div>"
        ),
        None => format!("<div class=\"{side} nothing\"></div>"),
    }
}
