//! Workflow commands for GitHub Actions: one annotation for each sentence that changed, at its
//! line in the new file.
//!
//! GitHub shows at most ten annotations of each level for a step, so that is how many there are;
//! the last line says how many were left out. A path has to be relative to the repository.

use super::Shown;
use super::entries::{Entry, entries, excerpt, fact_in_words};
use super::inline::{Mark, Piece};
use super::verdict::{counted, sentence};
use super::view::{View, new_start};
use crate::compare::{Comparison, Weight};
use crate::report::escape;
use crate::text::Format;

/// The most annotations of one level.
const MOST: usize = 10;

/// The commands, the heaviest change first, and the verdict in a last line.
pub fn github(comparison: &Comparison, shown: &Shown<'_>) -> String {
    let shown = &Shown { in_order: false, ..shown.clone() };
    let view = View::new(comparison, shown);
    let entries = entries(&view);
    let mut out = String::new();
    for weight in Weight::ALL {
        let level = entries.iter().filter(|entry| entry.weight == weight);
        out.extend(level.take(MOST).map(|entry| annotation(entry, &view)));
    }
    let left = left_out(&entries);
    out.push_str(&sentence(comparison));
    if left > 0 {
        let left = counted(left, "annotation was", "annotations were");
        out.push_str(&format!("; {left} left out, GitHub shows {MOST} of each level"));
    }
    out.push('\n');
    out
}

fn left_out(entries: &[Entry]) -> usize {
    let count = |weight| entries.iter().filter(|entry| entry.weight == weight).count();
    Weight::ALL.into_iter().map(|weight| count(weight).saturating_sub(MOST)).sum()
}

/// `::error file=a.txt,line=5,title=critical%3A number::45 -> 54 (up): ...`.
fn annotation(entry: &Entry, view: &View<'_>) -> String {
    let level = match entry.weight {
        Weight::Critical => "error",
        Weight::Major => "warning",
        Weight::Minor | Weight::Noise => "notice",
    };
    let first = entry.members(view).next();
    // Lines of text taken out of a document are no lines of the file.
    let plain = view.comparison.new.format() == Format::Plain;
    let line = first.filter(|_| plain).map(|change| view.new_line(new_start(change)).0);
    let line = line.map(|line| format!("line={line},")).unwrap_or_default();
    let title = format!("{}: {}", entry.weight.as_str(), entry.kinds_in_words());
    format!(
        "::{level} {}{line}title={}::{}\n",
        file(view.shown.new),
        property(&title),
        data(&message(entry, view)),
    )
}

/// The file, where there is one.
fn file(label: &str) -> String {
    if label == "-" { String::new() } else { format!("file={},", property(label)) }
}

/// Facts and the sentence with its marks.
fn message(entry: &Entry, view: &View<'_>) -> String {
    let facts = entry.facts(view).into_iter().map(fact_in_words).collect::<Vec<_>>().join("; ");
    let lines = entry.lines(view);
    let lines: Vec<String> =
        lines.iter().map(|line| line.iter().map(piece).collect::<String>()).collect();
    let text = lines.join("; ");
    if facts.is_empty() { text } else { format!("{facts}. {text}") }
}

fn piece(piece: &Piece) -> String {
    let text = excerpt_of(&piece.text);
    match piece.mark {
        Mark::Same => text,
        Mark::Gone => format!("[-{text}-]"),
        Mark::New => format!("{{+{text}+}}"),
    }
}

/// A long text shortened; blanks at its ends stay.
fn excerpt_of(text: &str) -> String {
    if text.len() <= 400 {
        return text.to_owned();
    }
    let front = if text.starts_with(' ') { " " } else { "" };
    let back = if text.ends_with(' ') { " " } else { "" };
    let short = excerpt(text);
    // Some scripts part no words, and there are longer ones.
    match short.char_indices().nth(400) {
        None => format!("{front}{short}{back}"),
        Some((end, _)) => format!("{front}{} ...{back}", short.get(..end).unwrap_or_default()),
    }
}

/// The message of a command: nothing hidden, and nothing that ends it.
fn data(text: &str) -> String {
    escape::message(text).replace('%', "%25")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Kind;
    use crate::report::diff::testing::{plainly, sample};

    #[test]
    fn commands_are_escaped_and_the_heaviest_come_first() {
        let marked = "100% {+new+}: yes\n\na\nb [-45-]{+54+}\n\n[-gone-]";
        let kinds: [&[Kind]; 3] = [&[Kind::Wording], &[Kind::Number], &[Kind::Removed]];
        let comparison = sample(marked, &kinds);
        let shown = Shown { new: "a,b:c%\n.txt", ..plainly() };
        assert_eq!(
            github(&comparison, &shown),
            "::error file=a%2Cb%3Ac%25\\n.txt,line=4,title=critical%3A number::a b [-45-]{+54+}\n\
             ::warning file=a%2Cb%3Ac%25\\n.txt,line=6,title=major%3A removed::[-gone-]\n\
             ::notice file=a%2Cb%3Ac%25\\n.txt,line=1,title=minor%3A wording::100%25 {+new+}: yes\n\
             meaning: 3 changes (1 critical, 1 major, 1 minor); no difference of form\n"
        );
    }

    #[test]
    fn ten_of_each_level_and_the_rest_counted() {
        let marked: String = (0..23).map(|n| format!("[-a-]{{+b+}} {n}\n\n")).collect();
        let kinds: Vec<&[Kind]> =
            (0..23).map(|n| if n < 11 { &[Kind::Number][..] } else { &[Kind::Wording] }).collect();
        let out = github(&sample(&marked, &kinds), &plainly());
        assert_eq!(out.matches("::error ").count(), 10);
        assert_eq!(out.matches("::notice ").count(), 10);
        assert!(out.ends_with(
            "; no difference of form; 3 annotations were left out, GitHub shows 10 of each level\n"
        ));
    }
}
