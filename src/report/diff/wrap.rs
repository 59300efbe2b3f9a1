//! Lines of words for a terminal: colour belongs to words, and a line breaks between them.
//!
//! Columns are counted in characters, as everywhere in the reports: wide ones may stand out.

use crate::report::Style;

type Paint = Option<anstyle::Style>;

/// Words in the order in which they are laid into lines.
#[derive(Default)]
pub(super) struct Flow {
    words: Vec<Word>,
}

/// What stands together; its pieces may differ in colour.
#[derive(Default)]
struct Word {
    /// Blanks in front, unless it begins a line.
    blanks: usize,
    pieces: Vec<(Paint, String)>,
}

impl Word {
    fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.chars().count()).sum()
    }

    fn painted(&self, color: bool) -> String {
        let one = |(paint, text): &(Paint, String)| match paint {
            Some(paint) if color => format!("{paint}{text}{paint:#}"),
            Some(_) | None => text.clone(),
        };
        self.pieces.iter().map(one).collect()
    }
}

impl Flow {
    /// Adds text that goes on where the last one ended and may break at each blank.
    pub(super) fn text(&mut self, paint: Paint, text: &str) {
        for (index, part) in text.split(' ').enumerate() {
            if index > 0 || self.words.is_empty() {
                self.words.push(Word { blanks: usize::from(index > 0), pieces: Vec::new() });
            }
            if let Some(word) = self.words.last_mut().filter(|_| !part.is_empty()) {
                word.pieces.push((paint, part.to_owned()));
            }
        }
    }

    /// Adds a word that is never broken, after some blanks.
    pub(super) fn unit(&mut self, blanks: usize, text: &str) {
        self.words.push(Word { blanks, pieces: vec![(None, text.to_owned())] });
    }

    /// The lines, each ending in LF: the first after `first` blanks, the others after `rest`.
    pub(super) fn lines(self, style: Style, first: usize, rest: usize) -> String {
        let mut out = " ".repeat(first);
        let (mut column, mut begun) = (first, false);
        for word in self.words {
            let width = word.width();
            let over = style.width > 0 && column + word.blanks + width > style.width;
            if over && begun {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                out.push_str(&" ".repeat(rest));
                column = rest + width;
            } else {
                let blanks = if begun { word.blanks } else { 0 };
                out.push_str(&" ".repeat(blanks));
                column += blanks + width;
            }
            out.push_str(&word.painted(style.color));
            begun = true;
        }
        out.push('\n');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anstyle::AnsiColor;

    #[test]
    fn words_wrap_and_units_stay_whole() {
        let mut flow = Flow::default();
        flow.text(None, "one two ");
        flow.text(None, "[-three-]");
        flow.text(None, "{+four five+}");
        flow.unit(2, "(old line 6)");
        let lines = flow.lines(Style { color: false, width: 22 }, 2, 4);
        assert_eq!(lines, "  one two\n    [-three-]{+four\n    five+}\n    (old line 6)\n");
    }

    #[test]
    fn nothing_wraps_without_a_width_and_colour_ends_with_the_word() {
        let red = Some(AnsiColor::Red.on_default());
        let flow = |style| {
            let mut flow = Flow::default();
            flow.text(None, "a ");
            flow.text(red, "[-b c-]");
            flow.lines(style, 0, 0)
        };
        assert_eq!(flow(Style { color: false, width: 0 }), "a [-b c-]\n");
        let red = AnsiColor::Red.on_default();
        let expected = format!("a {red}[-b{red:#}\n{red}c-]{red:#}\n");
        assert_eq!(flow(Style { color: true, width: 5 }), expected);
    }
}
