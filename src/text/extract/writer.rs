//! Lays out extracted text: white space as a browser collapses it, paragraphs, lines, cells, and
//! marks that begin and end at words.
//!
//! It does not know what it writes: HTML, PDF or DOCX decide what is a paragraph.

use super::{Extracted, Mark, What};

/// A mark that was opened and is yet to be closed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opened(usize);

/// What stands between the text so far and the next word, if one comes.
#[derive(Debug, Clone, Copy, Default)]
struct Gap {
    lines: u8,
    tabs: u32,
    space: bool,
}

/// A row of a table that is being written.
#[derive(Debug, Clone, Copy)]
struct Row {
    start: usize,
    cells: u32,
}

/// Where the start of a mark is not known yet: its first word has not come.
const UNBEGUN: usize = usize::MAX;

/// Writes text and marks; see the module.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    marks: Vec<Mark>,
    unbegun: Vec<usize>,
    gap: Gap,
    rows: Vec<Row>,
    cell_start: bool,
}

impl Writer {
    /// Adds text, every run of white space as one blank.
    pub(super) fn flow(&mut self, text: &str) {
        for piece in text.split_inclusive(is_space) {
            let word = piece.trim_end_matches(is_space);
            if self.is_shown(word) {
                self.begin();
                self.text.push_str(word);
            }
            self.gap.space |= word.len() < piece.len();
        }
    }

    /// Adds text with its white space as it is. Blanks at the end of a line are left out.
    pub(super) fn verbatim(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.line();
            }
            self.verbatim_line(line.trim_end_matches('\r'));
        }
    }

    fn verbatim_line(&mut self, line: &str) {
        if line.chars().all(char::is_whitespace) {
            self.gap.space |= !line.is_empty();
            return;
        }
        self.begin();
        let kept = line.trim_end_matches([' ', '\t']);
        self.text.push_str(kept);
        self.gap.space |= kept.len() < line.len();
    }

    /// A line break: what follows stands on another line; two make a paragraph.
    pub(super) fn line(&mut self) {
        if !self.cell_start {
            self.gap = Gap { lines: self.gap.lines.saturating_add(1).min(2), ..Gap::default() };
        }
    }

    /// What follows is another paragraph.
    pub(super) fn paragraph(&mut self) {
        if !self.cell_start {
            self.gap = Gap { lines: 2, ..Gap::default() };
        }
    }

    /// A blank, unless there is some gap already.
    pub(super) fn space(&mut self) {
        self.gap.space = true;
    }

    /// A tab between two words of a line; at the start of one it only indents.
    pub(super) fn tab(&mut self) {
        if !(self.gap.lines > 0 || self.cell_start || self.text.is_empty()) {
            self.gap.tabs = 1;
        }
    }

    /// A row of a table begins.
    pub(super) fn open_row(&mut self) {
        if !self.cell_start {
            self.gap.lines = self.gap.lines.max(1);
        }
        self.rows.push(Row { start: self.text.len(), cells: 0 });
    }

    /// A cell of the row begins: parted from the one before by a tab.
    pub(super) fn open_cell(&mut self) {
        let Some(row) = self.rows.last_mut() else { return self.paragraph() };
        row.cells = row.cells.saturating_add(1);
        if row.cells > 1 {
            let lines = if row.start == self.text.len() { self.gap.lines } else { 0 };
            let tabs = if self.cell_start { self.gap.tabs.saturating_add(1) } else { 1 };
            self.gap = Gap { lines, tabs, space: false };
        }
        self.cell_start = true;
    }

    /// The row ends.
    pub(super) fn close_row(&mut self) {
        if self.rows.pop().is_some() {
            let lines = self.gap.lines.max(1);
            self.gap = Gap { lines: if self.cell_start { lines } else { 1 }, ..Gap::default() };
            self.cell_start = false;
        }
    }

    /// Opens a mark over what is written until it is closed.
    pub(super) fn open(&mut self, what: What) -> Opened {
        let index = self.marks.len();
        self.marks.push(Mark { start: UNBEGUN, end: UNBEGUN, what });
        self.unbegun.push(index);
        Opened(index)
    }

    /// Closes a mark; one over nothing is dropped.
    pub(super) fn close(&mut self, Opened(index): Opened) {
        let end = self.text.len();
        match self.marks.get_mut(index) {
            Some(mark) if mark.start != UNBEGUN => mark.end = end,
            _ => self.unbegun.retain(|unbegun| *unbegun != index),
        }
    }

    /// The text and the marks that hold some of it; one never closed runs to the end.
    pub(super) fn finish(mut self) -> Extracted {
        let end = self.text.len();
        self.marks.retain_mut(|mark| {
            mark.end = mark.end.min(end);
            mark.start < mark.end
        });
        Extracted { text: self.text, marks: self.marks }
    }

    /// A no-break space at the start of a line is only a spacer.
    fn is_shown(&self, word: &str) -> bool {
        let starts_line = self.gap.lines > 0 || self.cell_start || self.text.is_empty();
        if starts_line { word.chars().any(|c| !c.is_whitespace()) } else { !word.is_empty() }
    }

    /// Writes the gap and lets the waiting marks begin.
    fn begin(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        self.cell_start = false;
        if !self.text.is_empty() {
            for _ in 0..gap.lines {
                self.text.push('\n');
            }
            if gap.lines == 0 && gap.tabs == 0 && gap.space {
                self.text.push(' ');
            }
        }
        for _ in 0..gap.tabs {
            self.text.push('\t');
        }
        for index in self.unbegun.drain(..) {
            if let Some(mark) = self.marks.get_mut(index) {
                mark.start = self.text.len();
            }
        }
    }
}

/// White space that HTML collapses: no-break spaces are none.
const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\x0c' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_rows_keep_their_columns() {
        let mut writer = Writer::default();
        writer.flow("Before");
        writer.paragraph();
        for row in [["a", ""], ["", "b"]] {
            writer.open_row();
            for cell in row {
                writer.open_cell();
                writer.paragraph();
                writer.flow(cell);
                writer.paragraph();
            }
            writer.close_row();
        }
        writer.paragraph();
        writer.flow("After");
        assert_eq!(writer.finish().text, "Before\n\na\n\tb\n\nAfter");
    }

    #[test]
    fn marks_lie_over_words_and_not_over_gaps() {
        let mut writer = Writer::default();
        let empty = writer.open(What::Quote);
        writer.close(empty);
        writer.flow("one ");
        let mark = writer.open(What::Heading);
        writer.flow(" two ");
        writer.close(mark);
        writer.flow("three");
        let out = writer.finish();
        assert_eq!(out.text, "one two three");
        assert_eq!(out.marks, [Mark { start: 4, end: 7, what: What::Heading }]);
    }
}
