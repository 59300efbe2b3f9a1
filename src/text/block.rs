//! Blocks: paragraphs, headings, items, as far as line ends tell.
//!
//! An empty line always parts two blocks. A single line end does where the line is plainly not a
//! wrapped one. That guess can differ between two versions that are wrapped differently; whoever
//! compares blocks must be able to join neighbours.

use super::fold::{Glyph, glyph};
use unicode_segmentation::GraphemeCursor;

/// What a block seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// A line with a heading sign before it or an underline below it.
    Heading,
    /// An item of a list.
    Item,
    /// Anything else.
    Paragraph,
}

/// A block: bytes `start..end` of the text, without the line end behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
    /// What it seems to be.
    pub kind: BlockKind,
    /// Whether an empty line, or the beginning of the text, stands before it.
    pub parted: bool,
}

/// A line without its end.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    end: usize,
}

impl Line {
    fn of<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// The blocks of a text in order. What lies between them is white space.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut chunk: Vec<Line> = Vec::new();
    for line in lines(text) {
        if line.of(text).trim().is_empty() {
            part(text, &chunk, &mut found);
            chunk.clear();
        } else {
            chunk.push(line);
        }
    }
    part(text, &chunk, &mut found);
    found
}

/// Lines end at LF, CR LF or a lone CR.
fn lines(text: &str) -> impl Iterator<Item = Line> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = Line { start: at, end: at + length };
        let crlf = rest.get(length..).is_some_and(|rest| rest.starts_with(b"\r\n"));
        at = (at + length + if crlf { 2 } else { 1 }).min(bytes.len());
        Some(line)
    })
}

/// Cuts what stands between two empty lines into blocks.
fn part(text: &str, chunk: &[Line], found: &mut Vec<Block>) {
    let width = chunk.iter().map(|line| line.end - line.start).max().unwrap_or(0);
    let mut parted = true;
    let mut from = 0;
    for at in 0..chunk.len() {
        let (Some(line), next) = (chunk.get(at), chunk.get(at + 1)) else { continue };
        if next.is_some_and(|next| !ends_block(line.of(text), next.of(text), width)) {
            continue;
        }
        let lines = chunk.get(from..=at).unwrap_or_default();
        if let (Some(first), Some(last)) = (lines.first(), lines.last()) {
            let (start, end) = trimmed(text, first.start, last.end);
            found.push(Block { start, end, kind: kind_of(text, lines), parted });
        }
        parted = false;
        from = at + 1;
    }
}

/// Without the white space at both ends, but for what a mark joins to the text.
fn trimmed(text: &str, start: usize, end: usize) -> (usize, usize) {
    let raw = text.get(start..end).unwrap_or_default();
    let begun = start + (raw.len() - raw.trim_start().len());
    let ended = begun + raw.trim().len();
    let ascii = |at: usize| text.as_bytes().get(at).is_none_or(u8::is_ascii);
    let boundary = |at: usize, back: bool| {
        if ascii(at) && ascii(at.saturating_sub(1)) {
            return at;
        }
        let mut cursor = GraphemeCursor::new(at, text.len(), true);
        match (cursor.is_boundary(text, 0), back) {
            (Ok(false), true) => cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(at),
            (Ok(false), false) => cursor.next_boundary(text, 0).ok().flatten().unwrap_or(at),
            (Ok(true) | Err(_), _) => at,
        }
    };
    (boundary(begun, true).max(start), boundary(ended, false).min(end))
}

/// Whether the line end between two lines parts blocks. `width` is that of the widest line of the
/// chunk, in bytes.
fn ends_block(line: &str, next: &str, width: usize) -> bool {
    const WRAPPED: usize = 160;
    const SHORT: usize = 24;
    if is_underline(next) {
        return false;
    }
    if is_heading(line) || is_heading(next) || is_underline(line) || width > WRAPPED {
        return true;
    }
    let item = is_item(next);
    let word =
        next.trim_start().split([' ', '\t']).take(if item { 2 } else { 1 }).map(|w| w.len() + 1);
    let would_fit = line.trim_end().len() + word.sum::<usize>() + SHORT.min(width / 4) <= width;
    let ended = line.trim_end().ends_with(['.', '!', '?', ':', ';', '"', '\u{201d}', '\u{bb}']);
    would_fit && (item || ended)
}

/// `# Heading`, at most 200 bytes.
fn is_heading(line: &str) -> bool {
    let signs = line.bytes().take_while(|byte| *byte == b'#').count();
    (1..=6).contains(&signs)
        && line.len() <= 200
        && line.as_bytes().get(signs).is_some_and(|byte| *byte == b' ')
}

/// A line of nothing but `===` or `---`.
fn is_underline(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3 && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
}

/// A line that begins with a bullet or a number and a blank.
fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let Some(first) = line.chars().next() else { return false };
    if super::markup::is_bullet(first) || glyph(first) == Glyph::Dash {
        return line.chars().nth(1).is_some_and(|c| glyph(c) == Glyph::Space);
    }
    let line = line.strip_prefix('(').unwrap_or(line);
    let number = line.bytes().take(4).take_while(u8::is_ascii_alphanumeric).count();
    let tail = line.get(number..).unwrap_or_default();
    let digits = line.bytes().take(number).all(|b| b.is_ascii_digit());
    (1..=3).contains(&number)
        && (digits || number == 1)
        && (tail.starts_with(". ") || tail.starts_with(") "))
}

/// A short line without a mark at its end that begins with a capital or a number.
fn reads_as_heading(line: &str) -> bool {
    let line = line.trim();
    let bare = line.trim_end_matches(['*', '_', '"', '\'', '\u{201d}', '\u{2019}', '\u{bb}']);
    let begins = line.chars().find(|c| !matches!(glyph(*c), Glyph::Quote | Glyph::Apostrophe));
    let address = line.contains("www.") || line.contains("://") || line.contains('@');
    line.len() <= 120
        && !address
        && line.split_whitespace().count() <= 14
        && begins.is_some_and(|c| c.is_uppercase() || c.is_numeric())
        && bare.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == ')')
}

fn kind_of(text: &str, lines: &[Line]) -> BlockKind {
    let first = lines.first().map(|line| line.of(text)).unwrap_or_default();
    let underlined =
        lines.len() == 2 && lines.last().is_some_and(|line| is_underline(line.of(text)));
    if is_heading(first) || underlined || lines.len() == 1 && reads_as_heading(first) {
        BlockKind::Heading
    } else if is_item(first) {
        BlockKind::Item
    } else {
        BlockKind::Paragraph
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (text, want) in [
            ("", &[][..]),
            ("one\n\ntwo", &["one", "two"]),
            ("one\r\n\r\ntwo\r\n", &["one", "two"]),
            ("one\rtwo\r\rthree", &["one\rtwo", "three"]),
            ("# Head\ntext", &["# Head", "text"]),
            ("Head\n====\ntext", &["Head\n====", "text"]),
            (
                "one line that is wrapped\nafter some words and then\nends",
                &["one line that is wrapped\nafter some words and then\nends"],
            ),
            (
                "We ask for:\n- one thing, which is long enough to stand alone\n- another\n",
                &["We ask for:", "- one thing, which is long enough to stand alone\n- another"],
            ),
            (" \u{a0}\n  x  \n", &["x"]),
        ] {
            let found: Vec<&str> =
                blocks(text).iter().map(|block| &text[block.start..block.end]).collect();
            assert_eq!(found, want, "{text:?}");
        }
    }

    #[test]
    fn kinds() {
        let kinds: Vec<BlockKind> = blocks("# A\n\n- b\n\nc\n\nD\n---\n\nOur demands\n\nWe ask.")
            .iter()
            .map(|block| block.kind)
            .collect();
        use BlockKind::{Heading, Item, Paragraph};
        assert_eq!(kinds, [Heading, Item, Paragraph, Heading, Heading, Paragraph]);
    }
}
