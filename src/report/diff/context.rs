//! The sentences around a change, for readers who want to see more than its own.
//!
//! Sentences are those of Unicode (UAX #29) in unwrapped lines: good enough to read on. What
//! counts as a sentence for the comparison was decided elsewhere.

use super::entries::{Entry, Form};
use super::inline::{self, Breaks, Piece};
use super::view::View;
use crate::compare::Span;
use unicode_segmentation::UnicodeSegmentation;

/// How many bytes are looked through for each sentence that is asked for.
const WINDOW: usize = 2_000;

/// What stands before and after an entry in the new text; edits in it are marked.
pub(super) fn around(entry: &Entry, view: &View<'_>) -> (Option<Vec<Piece>>, Option<Vec<Piece>>) {
    let words = matches!(entry.form, Form::Sentence | Form::Whole);
    if view.shown.context == 0 || !words {
        return (None, None);
    }
    let text = view.comparison.new.text();
    let range = entry.range(view);
    let pieces = |span: Span| {
        let mut edits = view.edits_in_new(span);
        edits.retain(|edit| !entry.changes.contains(edit));
        inline::merged(view.comparison, &edits, span, Breaks::Blanks)
    };
    let before = before(text, range.start, view.shown.context).map(pieces);
    (before, after(text, range.end, view.shown.context).map(pieces))
}

/// The last sentences before an offset.
fn before(text: &str, end: usize, count: usize) -> Option<Span> {
    let start = text.floor_char_boundary(end.saturating_sub(count.saturating_mul(WINDOW)));
    let mut sentences = sentences(text, Span::new(start, end));
    let cut = start > 0 && sentences.len() > 1;
    sentences.drain(..usize::from(cut));
    let first = sentences.get(sentences.len().saturating_sub(count))?;
    Some(Span::new(first.start, end))
}

/// The first sentences behind an offset.
fn after(text: &str, start: usize, count: usize) -> Option<Span> {
    let window = start.saturating_add(count.saturating_mul(WINDOW)).min(text.len());
    let end = text.ceil_char_boundary(window);
    let sentences = sentences(text, Span::new(start, end));
    let last = sentences.get(count.min(sentences.len()).checked_sub(1)?)?;
    Some(Span::new(start, last.end))
}

/// The sentences of a stretch that have words in them.
fn sentences(text: &str, span: Span) -> Vec<Span> {
    let unwrapped = unwrapped(span.of(text));
    let sentences = unwrapped.split_sentence_bound_indices();
    let worded = sentences.filter(|(_, sentence)| sentence.chars().any(char::is_alphanumeric));
    worded
        .map(|(at, sentence)| Span::new(span.start + at, span.start + at + sentence.len()))
        .collect()
}

/// The text with a blank for each line end that no empty line follows: as long as it was.
fn unwrapped(text: &str) -> String {
    let mut lines = text.split_inclusive('\n').peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(line) = lines.next() {
        let next = lines.peek().is_some_and(|next| !next.trim().is_empty());
        if next && !line.trim().is_empty() {
            out.push_str(&line.replace(['\n', '\r'], " "));
        } else {
            out.push_str(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_sentences_on_both_sides() {
        let text = "One is\r\nhere. Two is here.\n\nThree is here. Four is\nhere. Five.";
        let at = text.find("Three").expect("it is there");
        let end = at + "Three is here.".len();
        let said = |span: Option<Span>| span.map(|span| inline::collapse(span.of(text)));
        assert_eq!(said(before(text, at, 1)).as_deref(), Some("Two is here."));
        assert_eq!(said(before(text, at, 9)).as_deref(), Some("One is here. Two is here."));
        assert_eq!(said(after(text, end, 1)).as_deref(), Some("Four is here."));
        assert_eq!(said(after(text, end, 9)).as_deref(), Some("Four is here. Five."));
        assert_eq!(before(text, 0, 1), None);
        assert_eq!(after(text, text.len(), 1), None);
    }
}
