//! Lines: where something stands, in numbers that a reader can look up.

use crate::compare::Span;

/// Where the lines of a text begin. [`Document::line`](crate::text::Document::line) says the
/// same and counts anew each time; a report asks thousands of times.
pub(super) struct Lines {
    ends: Vec<usize>,
}

impl Lines {
    /// Looks for the line ends of `text`.
    pub(super) fn of(text: &str) -> Self {
        Self { ends: memchr::memchr_iter(b'\n', text.as_bytes()).collect() }
    }

    /// The line, counted from 1, in which an offset lies.
    pub(super) fn line(&self, offset: usize) -> usize {
        1 + self.ends.partition_point(|end| *end < offset)
    }

    /// The first and the last line of a stretch; the white space at its end does not count.
    pub(super) fn range(&self, span: Span, text: &str) -> (usize, usize) {
        let shown = span.of(text).trim_end().len();
        (self.line(span.start), self.line(span.start + shown))
    }
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
    use crate::text::Document;

    #[test]
    fn lines_are_those_of_the_document() {
        for text in ["", "\n", "a\nb\n\nc", "a\r\nb\r\n", "a\rb\n", "ä\n日本\n"] {
            let (lines, document) = (Lines::of(text), Document::plain(text));
            for offset in 0..=text.len() {
                assert_eq!(lines.line(offset), document.line(offset), "{text:?} {offset}");
            }
        }
        let text = "a\nb\nc\n\nd";
        assert_eq!(Lines::of(text).range(Span::new(0, 6), text), (1, 3));
        assert_eq!(Lines::of(text).range(Span::new(7, 8), text), (5, 5));
    }
}
