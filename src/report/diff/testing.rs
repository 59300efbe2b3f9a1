//! Comparisons made by hand, for the tests of the renderers.

use super::Shown;
use crate::compare::{
    Change, Comparison, FactChange, Kind, Noise, NoiseKind, Op, Row, RowKind, Source, Span,
    Verdict, Weight,
};
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
                let first = rest.chars().next().map_or(0, char::len_utf8);
                let next = [rest[first..].find("[-"), rest[first..].find("{+")];
                let next = next.into_iter().flatten().min().map_or(rest.len(), |at| at + first);
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

    /// One row for each pair of paragraphs.
    fn rows(&self) -> Vec<Row> {
        let (old, new) = (paragraphs(&self.old), paragraphs(&self.new));
        let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
        let mut rows = Vec::new();
        loop {
            let (left, right) = (old.peek().copied(), new.peek().copied());
            let gone = left.filter(|left| self.whole(Op::Delete, |c| &c.old, *left));
            let come = right.filter(|right| self.whole(Op::Insert, |c| &c.new, *right));
            let (kind, left, right) = match (gone, come) {
                (Some(_), _) => (RowKind::Removed, old.next(), None),
                (None, Some(_)) => (RowKind::Added, None, new.next()),
                (None, None) if left.is_none() || right.is_none() => return rows,
                (None, None) => {
                    let inside = |c: &&Change| {
                        right.is_some_and(|right| (right.start..=right.end).contains(&c.new_at))
                    };
                    let changed = self.changes.iter().find(inside).is_some();
                    let kind = if changed { RowKind::Changed } else { RowKind::Same };
                    (kind, old.next(), new.next())
                }
            };
            let heading = rows.is_empty();
            rows.push(Row { kind, old: left, new: right, heading, boilerplate: false });
        }
    }

    fn whole(&self, op: Op, side: impl Fn(&Change) -> &Vec<Span>, paragraph: Span) -> bool {
        self.changes.iter().any(|change| change.op == op && side(change).contains(&paragraph))
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
        let rows = self.rows();
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
            rows,
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
        Kind::Number
        | Kind::Date
        | Kind::Name
        | Kind::Negation
        | Kind::Modality
        | Kind::Quantifier
        | Kind::Quotation
        | Kind::Attribution
        | Kind::Homoglyph
        | Kind::BidiControl => Weight::Critical,
    }
}

/// The paragraph around an offset.
fn paragraph(text: &str, at: usize) -> Span {
    let start = text[..at].rfind("\n\n").map_or(0, |start| start + 2);
    let end = text[at..].find("\n\n").map_or(text.trim_end().len().max(at), |end| at + end);
    Span::new(start, end)
}

/// The paragraphs of a text.
fn paragraphs(text: &str) -> Vec<Span> {
    let mut at = 0;
    let mut spans = Vec::new();
    for part in text.split("\n\n") {
        let start = at + part.len() - part.trim_start().len();
        let end = at + part.trim_end().len();
        if start < end {
            spans.push(Span::new(start, end));
        }
        at += part.len() + 2;
    }
    spans
}

/// A statement with some of everything: facts, a moved paragraph with an edit in it, a paragraph
/// that is gone, one that was cut, hidden characters, right-to-left text, noise.
pub(super) fn showcase() -> Comparison {
    let marked = "Statement on the events in Norwick\n\n\
        “At least [-45-]{+54+} civilians were killed,” the Harbour Relief Office [-admitted-]{+said+} on Monday.\n\n\
        [-The council was told of the danger three times before the flood, and its members did nothing until the dam broke.-]\n\n\
        The council [-must-]{+should+} publish the plan. It is {+not +}bound by the old agreement.\n\n\
        One paragraph stays as it was.\n\nSo does a second one.\n\nAnd a third.\n\nAnd a fourth, to be folded.\n\n\
        And a fifth.\n\nAnd a sixth <b>with markup</b> & `code` | pipes.\n\n\
        [-All pumps were checked in March.-]\n\n\
        The file is called [-photo.txt-]{+gnp.\u{202e}txt+} now.\n\n\
        {+The council was told of the danger two times before the flood, and its members did nothing until the dam broke.+}\n\n\
        قال المتحدث إن [-45-]{+54+} شخصا قتلوا.\n\n\
        We are {+deeply+} sorry. This is a long paragraph that was cut in two at this place. Here the second half begins.\n\n\
        {+Contact: press@harbour-relief.example+}\n\n\
        Menu | Share | Imprint infor\u{ad}mation\n";
    let kinds: [&[Kind]; 12] = [
        &[Kind::Number, Kind::Quotation],
        &[Kind::Attribution],
        &[Kind::Removed],
        &[Kind::Modality],
        &[Kind::Negation],
        &[Kind::Removed],
        &[Kind::BidiControl],
        &[Kind::Added],
        &[Kind::Number],
        &[Kind::Wording],
        &[Kind::Added],
        &[Kind::Wording],
    ];
    let mut comparison = sample(marked, &kinds);
    let fact = |kind, old: &str, new: &str, direction| FactChange {
        kind,
        old: (!old.is_empty()).then(|| old.to_owned()),
        new: (!new.is_empty()).then(|| new.to_owned()),
        direction,
    };
    comparison.changes[0].facts = vec![fact(Kind::Number, "45", "54", Some("up"))];
    comparison.changes[1].facts = vec![fact(Kind::Attribution, "admitted", "said", None)];
    comparison.changes[3].facts = vec![fact(Kind::Modality, "must", "should", Some("weaker"))];
    comparison.changes[4].facts = vec![fact(Kind::Negation, "", "not", None)];
    comparison.changes[5].weight = Weight::Critical;
    // The paragraph that is gone and the one that came are one move, with an edit in it.
    let old = comparison.changes[2].old[0];
    let moved = &mut comparison.changes[7];
    (moved.op, moved.kinds, moved.weight) = (Op::Move, vec![Kind::Move], Weight::Minor);
    (moved.old, moved.old_at, moved.old_sentence) = (vec![old], old.start, None);
    let new = moved.new[0];
    let word = |text: &str, word: &str, span: Span| {
        let start = span.start + span.of(text).find(word).unwrap();
        Span::new(start, start + word.len())
    };
    let inner = &mut comparison.changes[2];
    inner.op = Op::Replace;
    inner.kinds = vec![Kind::Number];
    inner.weight = Weight::Critical;
    inner.old = vec![word(comparison.old.text(), "three", old)];
    inner.new = vec![word(comparison.new.text(), "two", new)];
    (inner.old_at, inner.new_at) = (inner.old[0].start, inner.new[0].start);
    (inner.old_sentence, inner.new_sentence) = (Some(old), Some(new));
    inner.facts = vec![fact(Kind::Number, "three", "two", Some("down"))];
    inner.within = Some(7);
    for row in &mut comparison.rows {
        if row.old == Some(old) {
            row.kind = RowKind::MovedAway(7);
        } else if row.new == Some(new) {
            (row.kind, row.old) = (RowKind::MovedHere(7), Some(old));
        }
    }
    let text = comparison.new.text();
    let at = text.find('\u{ad}').unwrap();
    let quote = text.find('“').unwrap();
    let noise = |kind, weight, old, new| Noise { kind, weight, old, new };
    comparison.noise = vec![
        noise(NoiseKind::Typography, Weight::Noise, Span::new(0, 0), Span::new(quote, quote + 3)),
        noise(NoiseKind::Wrap, Weight::Noise, Span::new(9, 10), Span::new(9, 10)),
        noise(NoiseKind::Invisible, Weight::Major, Span::new(0, 0), Span::new(at, at + 2)),
    ];
    comparison
}
