//! Comparisons made by hand, for the tests of the renderers.

use super::Shown;
use crate::compare::{Change, Comparison, Kind, Op, Row, RowKind, Source, Span, Verdict, Weight};
use crate::report::Style;
use crate::text::Document;

/// What the tests show unless they say otherwise.
pub(super) fn plainly() -> Shown<'static> {
    Shown {
        old: "old.txt",
        new: "new.txt",
        style: Style { color: false, width: 0 },
        in_order: false,
        show_noise: false,
        context: 0,
        only: Vec::new(),
    }
}

/// A comparison from one text with both sides in it: `[-gone-]{+new+}`. Paragraphs are parted by
/// empty lines, and each is one sentence. `kinds` are those of the changes in their order.
pub(super) fn sample(marked: &str, kinds: &[&[Kind]]) -> Comparison {
    let mut build = Build::default();
    let mut rest = marked;
    while !rest.is_empty() {
        rest = build.step(rest);
    }
    build.finish(kinds)
}

#[derive(Default)]
struct Build {
    old: String,
    new: String,
    changes: Vec<Change>,
}

impl Build {
    fn step<'a>(&mut self, rest: &'a str) -> &'a str {
        let gone = rest.strip_prefix("[-").and_then(|rest| rest.split_once("-]"));
        let come = |rest: &'a str| rest.strip_prefix("{+").and_then(|rest| rest.split_once("+}"));
        match (gone, come(rest)) {
            (Some((gone, rest)), _) => {
                let (new, rest) = come(rest).unwrap_or(("", rest));
                self.change(gone, new);
                rest
            }
            (None, Some((new, rest))) => {
                self.change("", new);
                rest
            }
            (None, None) => {
                let next = [rest[1..].find("[-"), rest[1..].find("{+")];
                let next = next.into_iter().flatten().min().map_or(rest.len(), |at| at + 1);
                self.old.push_str(&rest[..next]);
                self.new.push_str(&rest[..next]);
                &rest[next..]
            }
        }
    }

    fn change(&mut self, old: &str, new: &str) {
        let (old_at, new_at) = (self.old.len(), self.new.len());
        self.old.push_str(old);
        self.new.push_str(new);
        let span = |text: &str, at| match text.len() {
            0 => Vec::new(),
            len => vec![Span::new(at, at + len)],
        };
        self.changes.push(Change {
            op: match (old.is_empty(), new.is_empty()) {
                (true, _) => Op::Insert,
                (_, true) => Op::Delete,
                (false, false) => Op::Replace,
            },
            kinds: vec![Kind::Wording],
            weight: Weight::Minor,
            within: None,
            old: span(old, old_at),
            new: span(new, new_at),
            old_at,
            new_at,
            facts: Vec::new(),
            old_sentence: None,
            new_sentence: None,
        });
    }

    fn finish(mut self, kinds: &[&[Kind]]) -> Comparison {
        for (change, kinds) in self.changes.iter_mut().zip(kinds) {
            change.kinds = kinds.to_vec();
            change.weight = kinds.iter().map(|kind| weight(*kind)).max().unwrap();
        }
        for change in &mut self.changes {
            let old = paragraph(&self.old, change.old_at);
            let new = paragraph(&self.new, change.new_at);
            let whole = |spans: &[Span], around: Span, text: &str| {
                spans.first().is_some_and(|s| s.of(text).trim() == around.of(text).trim())
            };
            let added = change.op == Op::Insert && whole(&change.new, new, &self.new);
            let removed = change.op == Op::Delete && whole(&change.old, old, &self.old);
            change.old_sentence = (!added).then_some(old);
            change.new_sentence = (!removed).then_some(new);
        }
        let heaviest = self.changes.iter().map(|change| change.weight).max();
        let (old, new) = (Document::plain(&self.old), Document::plain(&self.new));
        let everything = Span::new(0, self.new.len());
        Comparison {
            old,
            new,
            verdict: match heaviest {
                None => Verdict::Identical,
                Some(Weight::Noise | Weight::Minor) => Verdict::Surface,
                Some(_) => Verdict::Meaning,
            },
            changes: self.changes,
            noise: Vec::new(),
            rows: vec![Row {
                kind: RowKind::Changed,
                old: Some(Span::new(0, self.old.len())),
                new: Some(everything),
                heading: false,
                boilerplate: false,
            }],
            script: vec![(everything, Source::Old(everything))],
            coarse: false,
        }
    }
}

/// What a kind weighs by itself.
fn weight(kind: Kind) -> Weight {
    match kind {
        Kind::Wording | Kind::Move | Kind::Split | Kind::Merge | Kind::Spelling => Weight::Minor,
        Kind::Added | Kind::Removed | Kind::Hedge | Kind::Heading | Kind::Link => Weight::Major,
        _ => Weight::Critical,
    }
}

/// The paragraph around an offset.
fn paragraph(text: &str, at: usize) -> Span {
    let start = text[..at].rfind("\n\n").map_or(0, |start| start + 2);
    let end = text[at..].find("\n\n").map_or(text.trim_end().len().max(at), |end| at + end);
    Span::new(start, end)
}
