//! Lines: where something stands, in numbers that a reader can look up.

use crate::compare::Span;
use crate::text::Document;

/// The first and the last line of a stretch. White space at its end does not count, unless there is
/// nothing else in it.
pub(super) fn lines_of(document: &Document, span: Span) -> (usize, usize) {
    let text = span.of(document.text());
    let shown = if text.trim().is_empty() { text.len() } else { text.trim_end().len() };
    (document.line(span.start), document.line(span.start + shown))
}

/// A place on one or both sides: first and last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// In the old text.
    pub(super) old: Option<(usize, usize)>,
    /// In the new text.
    pub(super) new: Option<(usize, usize)>,
    /// Whether it lies in moved text.
    pub(super) inside_move: bool,
}

impl Place {
    /// `old line 4, new lines 5-6; inside moved text`.
    pub(super) fn words(&self) -> String {
        let sides = [("old", self.old), ("new", self.new)];
        let sides = sides.into_iter().filter_map(|(side, lines)| {
            lines.map(|lines| format!("{side} {}", lines_in_words(lines)))
        });
        let mut out = sides.collect::<Vec<_>>().join(", ");
        if self.inside_move {
            out.push_str("; inside moved text");
        }
        out
    }
}

/// `line 4`, `lines 4-6`.
pub(super) fn lines_in_words((first, last): (usize, usize)) -> String {
    if first >= last { format!("line {first}") } else { format!("lines {first}-{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_stretches() {
        let document = Document::plain("a\nb\nc\n\nd");
        for (span, want) in [((0, 6), (1, 3)), ((7, 8), (5, 5)), ((5, 7), (3, 5))] {
            assert_eq!(lines_of(&document, Span::new(span.0, span.1)), want, "{span:?}");
        }
    }
}
