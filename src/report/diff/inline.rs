//! Both sides of a stretch in one line: what stays, what is gone, what is new.
//!
//! Every run of white space is one blank, and blanks at the edge of a change stand outside its
//! marks. The words outside are those of the new text. Nothing is escaped here.

use super::view::{is_edit, new_start};
use crate::compare::{Change, Comparison, Kind, Span};

/// What becomes of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Both sides have it.
    Same,
    /// Only the old side has it.
    Gone,
    /// Only the new side has it.
    New,
}

/// A piece of a merged line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) mark: Mark,
    /// The change that it belongs to: an index into [`Comparison::changes`].
    pub(super) change: Option<usize>,
    pub(super) text: String,
}

/// What parts two pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Blank,
    /// An empty line.
    Break,
}

/// Whether empty lines are kept, as one line feed each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    /// They are blanks like all white space.
    Blanks,
    /// They part paragraphs.
    Kept,
}

/// `text` with one blank for each run of white space.
pub(super) fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A stretch of the new text with the edits among `changes` marked in it. What an edit has beyond
/// the stretch is left out; its old side stands where it begins.
pub(super) fn merged(
    comparison: &Comparison,
    changes: &[usize],
    range: Span,
    breaks: Breaks,
) -> Vec<Piece> {
    let mut weaver = Weaver::new(breaks);
    let text = comparison.new.text();
    let clip = |span: Span| Span::new(span.start.max(range.start), span.end.min(range.end));
    let mut at = range.start;
    for (start, index, change) in in_new_order(comparison, changes) {
        let first = clip(change.new.first().copied().unwrap_or(Span::new(start, start)));
        weaver.same(Span::new(at, first.start.max(at)).of(text));
        if start < range.start {
            weaver.put(Mark::New, Some(index), first.of(text));
        } else {
            weaver.change(index, change, comparison, first);
        }
        at = at.max(first.end);
        for more in change.new.iter().skip(1).map(|span| clip(*span)) {
            weaver.same(Span::new(at, more.start.max(at)).of(text));
            weaver.put(Mark::New, Some(index), more.of(text));
            at = at.max(more.end);
        }
    }
    weaver.same(Span::new(at, range.end.max(at)).of(text));
    unmask(comparison, &mut weaver.pieces);
    weaver.pieces
}

/// Letters that look like others are written by number where they differ: otherwise both sides
/// would look the same.
fn unmask(comparison: &Comparison, pieces: &mut [Piece]) {
    let masked = |piece: &Piece| {
        let change = piece.change.and_then(|index| comparison.changes.get(index));
        change.is_some_and(|change| change.kinds.contains(&Kind::Homoglyph))
    };
    for at in 1..pieces.len() {
        let (head, tail) = pieces.split_at_mut(at);
        if let (Some(one), Some(two)) = (head.last_mut(), tail.first_mut())
            && masked(one)
            && one.change == two.change
        {
            let (a, b) = (numbered(&one.text, &two.text), numbered(&two.text, &one.text));
            (one.text, two.text) = (a, b);
        }
    }
}

/// `text` with each letter beyond ASCII by number that the other text has not at its place.
fn numbered(text: &str, other: &str) -> String {
    let mut others = other.chars();
    let mut out = String::new();
    for c in text.chars() {
        if others.next() == Some(c) || c.is_ascii() {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// Some edits by their place in the new text.
fn in_new_order<'a>(
    comparison: &'a Comparison,
    changes: &[usize],
) -> Vec<(usize, usize, &'a Change)> {
    let known = |index: &usize| comparison.changes.get(*index).map(|change| (*index, change));
    let edits = changes.iter().filter_map(known).filter(|(_, change)| is_edit(change));
    let mut edits: Vec<_> =
        edits.map(|(index, change)| (new_start(change), index, change)).collect();
    edits.sort_by_key(|(start, index, _)| (*start, *index));
    edits
}

/// One text alone, with stretches of it marked.
pub(super) fn marked(
    text: &str,
    range: Span,
    stretches: &[(Span, Option<usize>)],
    mark: Mark,
    breaks: Breaks,
) -> Vec<Piece> {
    let mut weaver = Weaver::new(breaks);
    let mut at = range.start;
    for (span, index) in stretches {
        let span = Span::new(span.start.max(at), span.end.min(range.end));
        weaver.same(Span::new(at, span.start).of(text));
        weaver.put(mark, *index, span.of(text));
        at = at.max(span.end);
    }
    weaver.same(Span::new(at, range.end.max(at)).of(text));
    weaver.pieces
}

/// Puts pieces one behind the other and keeps the blanks outside the marks.
struct Weaver {
    pieces: Vec<Piece>,
    gap: Gap,
    breaks: Breaks,
}

impl Weaver {
    const fn new(breaks: Breaks) -> Self {
        Self { pieces: Vec::new(), gap: Gap::None, breaks }
    }

    fn same(&mut self, text: &str) {
        self.put(Mark::Same, None, text);
    }

    /// Adds text, with the white space at both its ends outside of it.
    fn put(&mut self, mark: Mark, change: Option<usize>, text: &str) {
        let (before, after) = self.edges(text);
        self.gap = self.gap.max(before);
        if !text.trim().is_empty() {
            self.part();
            self.push(mark, change, text);
            self.gap = after;
        }
    }

    /// Adds both sides of a change, with nothing between them.
    fn change(&mut self, index: usize, change: &Change, comparison: &Comparison, new: Span) {
        let old = joined(&change.old, comparison.old.text());
        let new = new.of(comparison.new.text());
        let (mut before, mut after) = self.edges(&old);
        if new.is_empty() {
            let (left, right) = neighbours(&change.old, comparison.old.text());
            (before, after) = (before.max(left), after.max(right));
        }
        let (new_before, new_after) = self.edges(new);
        self.gap = self.gap.max(before).max(new_before);
        if old.trim().is_empty() && new.trim().is_empty() {
            return;
        }
        self.part();
        self.push(Mark::Gone, Some(index), &old);
        self.push(Mark::New, Some(index), new);
        self.gap = after.max(new_after);
    }

    /// Writes the blank that is due; none stands at the beginning.
    fn part(&mut self) {
        let between = match self.gap {
            Gap::None => return,
            Gap::Blank => ' ',
            Gap::Break => '\n',
        };
        match self.pieces.last_mut() {
            None => {}
            Some(Piece { mark: Mark::Same, text, .. }) => text.push(between),
            Some(_) => {
                let text = between.to_string();
                self.pieces.push(Piece { mark: Mark::Same, change: None, text });
            }
        }
    }

    /// Adds the words of a text; to the last piece where both belong together.
    fn push(&mut self, mark: Mark, change: Option<usize>, text: &str) {
        let text = self.worded(text);
        match self.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.mark == mark && last.change == change => last.text.push_str(&text),
            Some(_) | None => self.pieces.push(Piece { mark, change, text }),
        }
    }

    fn worded(&self, text: &str) -> String {
        if self.breaks == Breaks::Blanks {
            return collapse(text);
        }
        let lines = text.split('\n').map(collapse).collect::<Vec<_>>();
        let paragraphs = lines.split(String::is_empty).filter(|lines| !lines.is_empty());
        paragraphs.map(|lines| lines.join(" ")).collect::<Vec<_>>().join("\n")
    }

    /// The white space at both ends of a text.
    fn edges(&self, text: &str) -> (Gap, Gap) {
        let front = text.len() - text.trim_start().len();
        let back = text.trim_end().len();
        (
            self.gap_of(text.get(..front).unwrap_or_default()),
            self.gap_of(text.get(back..).unwrap_or_default()),
        )
    }

    fn gap_of(&self, blanks: &str) -> Gap {
        match blanks.matches('\n').count() {
            _ if blanks.is_empty() => Gap::None,
            2.. if self.breaks == Breaks::Kept => Gap::Break,
            _ => Gap::Blank,
        }
    }
}

/// The words of several stretches, parted by empty lines.
fn joined(spans: &[Span], text: &str) -> String {
    spans.iter().map(|span| span.of(text)).collect::<Vec<_>>().join("\n\n")
}

/// Whether a blank stood on each side of what is gone: nothing in the new text says so.
fn neighbours(spans: &[Span], text: &str) -> (Gap, Gap) {
    let blank = |c: Option<char>| match c {
        Some(c) if c.is_whitespace() => Gap::Blank,
        Some(_) | None => Gap::None,
    };
    let first = spans.first().and_then(|span| text.get(..span.start));
    let last = spans.last().and_then(|span| text.get(span.end..));
    (
        blank(first.and_then(|text| text.chars().next_back())),
        blank(last.and_then(|text| text.chars().next())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diff::testing::sample;

    fn line(pieces: &[Piece]) -> String {
        let one = |piece: &Piece| match piece.mark {
            Mark::Same => piece.text.clone(),
            Mark::Gone => format!("[-{}-]", piece.text),
            Mark::New => format!("{{+{}+}}", piece.text),
        };
        pieces.iter().map(one).collect()
    }

    fn shown(marked: &str, breaks: Breaks) -> String {
        let comparison = sample(marked, &[]);
        let all: Vec<_> = (0..comparison.changes.len()).collect();
        let range = Span::new(0, comparison.new.text().len());
        line(&merged(&comparison, &all, range, breaks))
    }

    #[test]
    fn blanks_stand_outside_the_marks() {
        let table = [
            ("are {+not +}governed", "are {+not+} governed"),
            ("are{+ not+} governed", "are {+not+} governed"),
            ("are [-not -]governed", "are [-not-] governed"),
            ("are[- not-] governed", "are [-not-] governed"),
            ("apples[-, pears-] and", "apples[-, pears-] and"),
            ("a  b\n[-c\td-]{+e\u{a0}f+}.", "a b [-c d-]{+e f+}."),
            ("[-no-]{+yes+}", "[-no-]{+yes+}"),
            ("one[- -]two", "one two"),
            ("until [-now-]", "until [-now-]"),
        ];
        for (marked, expected) in table {
            assert_eq!(shown(marked, Breaks::Blanks), expected, "{marked:?}");
        }
    }

    #[test]
    fn a_gap_on_either_side_of_the_blank_reads_the_same() {
        let mut comparison = sample("are [-not -]governed", &[]);
        let change = &mut comparison.changes[0];
        change.old = vec![Span::new(4, 7)];
        change.new_at = 3;
        let pieces = merged(&comparison, &[0], Span::new(0, 12), Breaks::Blanks);
        assert_eq!(line(&pieces), "are [-not-] governed");
    }

    #[test]
    fn paragraphs_are_kept_where_asked() {
        assert_eq!(shown("a\nb\n\nc {+d+}\n\n\n{+e+}", Breaks::Kept), "a b\nc {+d+}\n{+e+}");
        assert_eq!(shown("a {+b\n\nc+} d", Breaks::Kept), "a {+b\nc+} d");
        assert_eq!(shown("a\n\nb", Breaks::Blanks), "a b");
    }

    #[test]
    fn what_reaches_beyond_is_shown_where_it_is() {
        let comparison = sample("a [-b-]{+c d+} e", &[]);
        let of =
            |start, end| line(&merged(&comparison, &[0], Span::new(start, end), Breaks::Blanks));
        assert_eq!(of(0, 3), "a [-b-]{+c+}");
        assert_eq!(of(4, 7), "{+d+} e");
    }

    #[test]
    fn one_side_alone() {
        let spans = [(Span::new(4, 7), Some(0))];
        let pieces =
            marked("are not governed", Span::new(0, 16), &spans, Mark::Gone, Breaks::Blanks);
        assert_eq!(line(&pieces), "are [-not-] governed");
    }
}
