//! A comparison as text for people: the verdict, both files, then what changed, the heaviest
//! first, each with its place, its facts and its sentence with marks in it.
//!
//! ```text
//! critical: number, quotation  (old line 4, new line 5)
//!   number: 45 -> 54 (up)
//!     “At least [-45-]{+54+} civilians were killed,” the organisation said.
//! ```
//! `[-...-]` is gone and `{+...+}` is new, with and without colour; where a document has such a
//! mark in its own words, a backslash stands in it. Differences in form are one folded line.

use super::Shown;
use super::context;
use super::entries::{Entry, entries, fact_in_words};
use super::form::{self, Invisible};
use super::inline::{Mark, Piece, collapse};
use super::verdict::{counted, folded, sentence};
use super::view::View;
use super::wrap::Flow;
use crate::codec::hex;
use crate::compare::{Comparison, Noise, NoiseKind, Verdict, Weight};
use crate::report::{Style, escape};
use crate::text::Document;
use anstyle::AnsiColor;

/// The whole report. Ends in LF.
pub fn text(comparison: &Comparison, shown: &Shown<'_>) -> String {
    let mut out = flowed(&sentence(comparison), shown.style, 2);
    out.push_str(&side("old", shown.old, &comparison.old, shown.style));
    out.push_str(&side("new", shown.new, &comparison.new, shown.style));
    if comparison.coarse {
        out.push_str(&indented(2, COARSE, shown.style));
    }
    if comparison.verdict != Verdict::Identical {
        out.push_str(&body(comparison, shown));
    }
    out
}

/// What is said of a comparison that was not made closely.
pub(super) const COARSE: &str =
    "coarse: a part was too large to be compared closely, and is shown as one replacement";

/// Everything below the two files.
pub(super) fn body(comparison: &Comparison, shown: &Shown<'_>) -> String {
    let view = View::new(comparison, shown);
    let entries = entries(&view);
    let mut out = left_out(&view, &entries);
    for entry in &entries {
        out.push('\n');
        out.push_str(&one(entry, &view));
    }
    out.push_str(&invisible(&view));
    out.push_str(&noise(&view));
    out
}

/// `old  OLDPATH  812 words  utf-8`, and the digest below it.
fn side(side: &str, label: &str, document: &Document, style: Style) -> String {
    let encoding = document.encoding();
    let mut name = encoding.name.to_owned();
    name.push_str(if encoding.assumed { " (assumed)" } else { "" });
    name.push_str(if encoding.bom { " with BOM" } else { "" });
    let mut line = Flow::default();
    line.unit(0, &format!("{side}  {}", escape::path(label.as_bytes())));
    line.unit(2, &counted(document.words(), "word", "words"));
    line.unit(2, &name);
    let digest = hex::encode(document.sha256());
    line.lines(style, 2, 7) + "       sha256:" + &digest + "\n"
}

/// How much `--only` leaves out.
fn left_out(view: &View<'_>, entries: &[Entry]) -> String {
    if view.shown.only.is_empty() {
        return String::new();
    }
    let kinds: Vec<_> = view.shown.only.iter().map(|kind| kind.as_str()).collect();
    let seen: usize = entries.iter().map(|entry| entry.changes.len()).sum();
    let all = counted(view.comparison.changes.len(), "change", "changes");
    let line = format!("only {}: {seen} of {all} shown", kinds.join(", "));
    indented(2, &line, view.shown.style)
}

/// One entry: head, facts, text.
fn one(entry: &Entry, view: &View<'_>) -> String {
    let style = view.shown.style;
    let place = entry.place(view).words();
    let mut out = head(entry.weight, &entry.kinds_in_words(), &place, style);
    for fact in entry.facts(view) {
        out.push_str(&indented(2, &escape::message(&fact_in_words(fact)), style));
    }
    let (before, after) = context::around(entry, view);
    out.extend(before.map(|line| marked(&line, style)));
    out.extend(entry.lines(view).iter().map(|line| marked(line, style)));
    out.extend(after.map(|line| marked(&line, style)));
    out
}

/// `critical: number  (old line 4, new line 5)`.
fn head(weight: Weight, kinds: &str, place: &str, style: Style) -> String {
    let color = match weight {
        Weight::Critical => AnsiColor::Red.on_default().bold(),
        Weight::Major => AnsiColor::Yellow.on_default().bold(),
        Weight::Minor | Weight::Noise => AnsiColor::Cyan.on_default(),
    };
    let mut line = Flow::default();
    line.text(Some(color), weight.as_str());
    line.text(None, &format!(": {kinds}"));
    line.unit(2, &format!("({place})"));
    line.lines(style, 0, 4)
}

/// Text with its marks, four blanks in.
fn marked(pieces: &[Piece], style: Style) -> String {
    let mut line = Flow::default();
    for Piece { mark, text, .. } in pieces {
        let text = unmarked(&escape::message(text));
        match mark {
            Mark::Same => line.text(None, &text),
            Mark::Gone => {
                line.text(Some(AnsiColor::Red.on_default()), &format!("[-{text}-]"));
            }
            Mark::New => {
                line.text(Some(AnsiColor::Green.on_default()), &format!("{{+{text}+}}"));
            }
        }
    }
    line.lines(style, 4, 4)
}

/// Words of a document in which nothing looks like a mark of ours.
fn unmarked(text: &str) -> String {
    let mut out = text.to_owned();
    for mark in ["[-", "-]", "{+", "+}"] {
        if out.contains(mark) {
            let (first, second) = mark.split_at(1);
            out = out.replace(mark, &format!("{first}\\{second}"));
        }
    }
    out
}

/// The words with characters in them that show nothing: each once, never folded.
fn invisible(view: &View<'_>) -> String {
    let style = view.shown.style;
    let one = |word: &Invisible<'_>| {
        let head = head(Weight::Major, NoiseKind::Invisible.as_str(), &word.place.words(), style);
        format!("\n{head}    {}\n", unmarked(&escape::message(&collapse(word.word))))
    };
    form::invisible(view).iter().map(one).collect()
}

/// The differences in form: one line with counts, or all of them.
fn noise(view: &View<'_>) -> String {
    let Some(counts) = folded(view.comparison) else { return String::new() };
    let style = view.shown.style;
    if !view.shown.show_noise {
        return format!(
            "\n{}",
            flowed(&format!("noise, folded: {counts} (--show-noise lists them)"), style, 4)
        );
    }
    let entries = view.comparison.noise.iter();
    let entries = entries.filter(|noise| noise.kind != NoiseKind::Invisible);
    let entries: String = entries.map(|noise| difference(noise, view)).collect();
    format!("\nnoise:\n{entries}")
}

/// `typography  (old line 3, new line 3): “ -> "`.
fn difference(noise: &Noise, view: &View<'_>) -> String {
    let (place, old, new) = form::sides(noise, view);
    let mut line = Flow::default();
    line.unit(0, noise.kind.as_str());
    line.unit(2, &format!("({}):", place.words()));
    line.text(None, &format!(" {old} -> {new}"));
    line.lines(view.shown.style, 2, 6)
}

/// A line of our own words.
fn flowed(line: &str, style: Style, rest: usize) -> String {
    let mut flow = Flow::default();
    flow.text(None, line);
    flow.lines(style, 0, rest)
}

/// The same, some blanks in.
fn indented(blanks: usize, line: &str, style: Style) -> String {
    let mut flow = Flow::default();
    flow.text(None, line);
    flow.lines(style, blanks, blanks + 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{FactChange, Kind, Op, Span};
    use crate::report::diff::testing::{plainly, sample};

    /// What stands below the two files.
    fn below(comparison: &Comparison, shown: &Shown<'_>) -> String {
        let text = text(comparison, shown);
        text.split_inclusive('\n').skip(5).collect()
    }

    fn fact(kind: Kind, old: &str, new: &str, direction: Option<&'static str>) -> FactChange {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        FactChange { kind, old: some(old), new: some(new), direction }
    }

    fn noise(kind: NoiseKind, old: (usize, usize), new: (usize, usize)) -> Noise {
        Noise {
            kind,
            weight: if kind == NoiseKind::Invisible { Weight::Major } else { Weight::Noise },
            old: Span::new(old.0, old.1),
            new: Span::new(new.0, new.1),
        }
    }

    #[test]
    fn a_report_in_full() {
        let marked = "A heading\n\n“At least [-45-]{+54+} civilians\nwere killed,” it said.\n\n\
                      They are {+not +}governed.\n\n[-All of\nit.-]\n";
        let kinds: [&[Kind]; 3] =
            [&[Kind::Number, Kind::Quotation], &[Kind::Negation], &[Kind::Removed]];
        let mut comparison = sample(marked, &kinds);
        comparison.changes[0].facts = vec![fact(Kind::Number, "45", "54", Some("up"))];
        comparison.changes[1].facts = vec![fact(Kind::Negation, "", "not", None)];
        comparison.noise = vec![
            noise(NoiseKind::Typography, (9, 9), (9, 10)),
            noise(NoiseKind::Wrap, (0, 1), (0, 1)),
            noise(NoiseKind::Typography, (9, 9), (9, 10)),
        ];
        let expected = "\
meaning: 3 changes (2 critical, 1 major); 3 differences of form
  old  old.txt  16 words  utf-8
       sha256:OLD
  new  new.txt  14 words  utf-8
       sha256:NEW

critical: number, quotation  (old line 3, new line 3)
  number: 45 -> 54 (up)
    “At least [-45-]{+54+} civilians were killed,” it said.

critical: negation  (old line 6, new line 6)
  negation: + not
    They are {+not+} governed.

major: removed  (old lines 8-9)
    [-All of it.-]

noise, folded: 2 typography, 1 wrap (--show-noise lists them)
";
        let expected = expected
            .replace("OLD", &hex::encode(comparison.old.sha256()))
            .replace("NEW", &hex::encode(comparison.new.sha256()));
        assert_eq!(text(&comparison, &plainly()), expected);

        let only = Shown { only: vec![Kind::Negation], ..plainly() };
        assert_eq!(
            below(&comparison, &only),
            "  only negation: 1 of 3 changes shown\n\n\
             critical: negation  (old line 6, new line 6)\n  negation: + not\n\
             \x20   They are {+not+} governed.\n\n\
             noise, folded: 2 typography, 1 wrap (--show-noise lists them)\n"
        );
        let context = Shown { context: 1, ..only };
        assert!(below(&comparison, &context).contains(
            "  negation: + not\n    “At least [-45-]{+54+} civilians were killed,” it said.\n\
             \x20   They are {+not+} governed.\n\nnoise"
        ));
    }

    #[test]
    fn moves_splits_and_merges() {
        let words: Vec<_> = (1..=30).map(|number| format!("w{number}")).collect();
        let (long, old) = (words.join(" "), "x\n\na b c d e f g h");
        let mut comparison = sample(&format!("{old}\n\n{{+{long}+}}\n\n{{+z+}}"), &[]);
        let moved = &mut comparison.changes[0];
        (moved.op, moved.kinds) = (Op::Move, vec![Kind::Move]);
        moved.old = vec![Span::new(0, 1)];
        let split = &mut comparison.changes[1];
        (split.op, split.kinds) = (Op::Split, vec![Kind::Split]);
        (split.old, split.new) = (vec![Span::new(14, 15)], vec![Span::new(14, 15)]);
        let expected = "
minor: move  (old line 1, new line 5)
    w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 ... w23 w24 w25 w26 w27 w28 w29 w30

minor: split  (old line 3, new line 3)
    b c d e f | g h
";
        assert_eq!(below(&comparison, &plainly()), expected);
        let merge = &mut comparison.changes[1];
        (merge.op, merge.kinds) = (Op::Merge, vec![Kind::Merge]);
        std::mem::swap(&mut merge.old, &mut merge.new);
        merge.within = Some(0);
        let text = below(&comparison, &plainly());
        assert!(text.ends_with(
            "minor: merge  (old line 3, new line 3; inside moved text)\n    b c d e f | g h\n"
        ));
    }

    #[test]
    fn invisible_characters_are_never_folded() {
        let mut comparison = sample("x\nthe “infor\u{ad}ma\u{200b}tion”, yes", &[]);
        comparison.verdict = Verdict::Surface;
        let of = |c, len| {
            let at = comparison.new.text().find(c).unwrap();
            noise(NoiseKind::Invisible, (0, 0), (at, at + len))
        };
        comparison.noise = vec![of('\u{ad}', 2), of('\u{200b}', 3)];
        assert_eq!(
            below(&comparison, &plainly()),
            "\nmajor: invisible  (new line 2)\n    infor\\u{ad}ma\\u{200b}tion\n"
        );
    }

    #[test]
    fn noise_is_listed_where_asked() {
        let mut comparison = sample("a\u{a0}b “ \n\t c", &[]);
        comparison.verdict = Verdict::NoiseOnly;
        comparison.noise = vec![
            noise(NoiseKind::Whitespace, (8, 9), (1, 3)),
            noise(NoiseKind::Typography, (5, 8), (0, 0)),
            noise(NoiseKind::Wrap, (8, 9), (9, 11)),
        ];
        let shown = Shown { show_noise: true, ..plainly() };
        assert_eq!(
            below(&comparison, &shown),
            "\nnoise:\n  whitespace  (old line 1, new line 1): \" \" -> \\u{a0}\n\
             \x20 typography  (old line 1, new line 1): “ -> (nothing)\n\
             \x20 wrap  (old line 1, new line 1): \" \" -> \\n\\t\n"
        );
        comparison.verdict = Verdict::Identical;
        assert_eq!(below(&comparison, &shown), "");
    }

    #[test]
    fn marks_in_the_words_of_a_document_are_not_ours() {
        let comparison = sample("a [x] {+b+}\x1b[31m c", &[]);
        assert_eq!(unmarked("[-45-]{+54+}"), "[\\-45-\\]{\\+54+\\}");
        let text = text(&comparison, &plainly());
        assert!(text.contains("\\x1b[31m") && !text.contains('\x1b'));
    }

    #[test]
    fn a_terminal_of_80_columns() {
        let marked = "This sentence is rather long, so that it has to be wrapped [-at-]{+in+} \
                      a terminal, and [-there is nothing that could be done about it-]{+so on+}.";
        let comparison = sample(marked, &[&[Kind::Wording], &[Kind::Wording]]);
        let style = Style { color: true, width: 80 };
        let shown = Shown { style, ..plainly() };
        let colored = text(&comparison, &shown);
        let (red, green) = (AnsiColor::Red.on_default(), AnsiColor::Green.on_default());
        assert!(colored.contains(&format!("{red}[-at-]{red:#}{green}{{+in+}}{green:#}")));
        let plain = Shown { style: Style { color: false, width: 80 }, ..plainly() };
        let plain = text(&comparison, &plain);
        assert!(plain.lines().all(|line| line.chars().count() <= 80), "{plain}");
        assert!(plain.ends_with(
            "    This sentence is rather long, so that it has to be wrapped [-at-]{+in+} a\n\
             \x20   terminal, and [-there is nothing that could be done about it-]{+so on+}.\n"
        ));
    }
}
