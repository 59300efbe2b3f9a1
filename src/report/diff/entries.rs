//! Changes in the groups in which they are shown: one entry for each pair of sentences that
//! differs, one for each paragraph that came, went, moved, was cut or joined.

use super::inline::{self, Breaks, Mark, Piece, collapse};
use super::place::Place;
use super::view::{View, hull, is_edit, new_start, old_start};
use crate::compare::{Change, FactChange, Kind, Op, Span, Weight};
use std::collections::HashMap;

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A sentence that both sides have.
    Sentence,
    /// Text that only one side has.
    Whole,
    /// Text in another place.
    Move,
    /// One paragraph cut in several.
    Split,
    /// Several paragraphs joined.
    Merge,
}

/// One entry.
pub(super) struct Entry {
    pub(super) form: Form,
    pub(super) weight: Weight,
    /// Every kind of its changes once, the heaviest first.
    pub(super) kinds: Vec<Kind>,
    /// Its changes: indices, in the order of the document.
    pub(super) changes: Vec<usize>,
}

/// The entries that are asked for, in the order that is asked for.
pub(super) fn entries(view: &View<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut pairs: HashMap<(Span, Span), usize> = HashMap::new();
    for (index, change) in view.comparison.changes.iter().enumerate() {
        let pair = change.old_sentence.zip(change.new_sentence).filter(|_| is_edit(change));
        let known = pair.and_then(|pair| pairs.get(&pair).copied());
        match known.and_then(|at| entries.get_mut(at)) {
            Some(entry) => entry.add(index, change),
            None => {
                pairs.extend(pair.map(|pair| (pair, entries.len())));
                entries.push(Entry::of(index, change));
            }
        }
    }
    entries.retain(|entry| view.shown.asks_for(&entry.kinds));
    if !view.shown.in_order {
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.weight));
    }
    entries
}

impl Entry {
    fn of(index: usize, change: &Change) -> Self {
        let form = match change.op {
            Op::Move => Form::Move,
            Op::Split => Form::Split,
            Op::Merge => Form::Merge,
            Op::Insert | Op::Delete | Op::Replace => {
                let both = change.old_sentence.is_some() && change.new_sentence.is_some();
                if both { Form::Sentence } else { Form::Whole }
            }
        };
        let mut entry =
            Self { form, weight: change.weight, kinds: Vec::new(), changes: Vec::new() };
        entry.add(index, change);
        entry
    }

    fn add(&mut self, index: usize, change: &Change) {
        self.changes.push(index);
        self.weight = self.weight.max(change.weight);
        self.kinds.extend(&change.kinds);
        self.kinds.sort_unstable();
        self.kinds.dedup();
    }

    /// The changes themselves.
    pub(super) fn members<'a>(&self, view: &View<'a>) -> impl Iterator<Item = &'a Change> {
        let changes = &view.comparison.changes;
        self.changes.iter().filter_map(|index| changes.get(*index))
    }

    /// `number, quotation`.
    pub(super) fn kinds_in_words(&self) -> String {
        self.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Where it is: the line of the first change, or all lines of what came, went or moved.
    pub(super) fn place(&self, view: &View<'_>) -> Place {
        let inside_move = self.members(view).any(|change| change.within.is_some());
        let Some(first) = self.members(view).next() else {
            return Place { old: None, new: None, inside_move };
        };
        match self.form {
            Form::Sentence => Place {
                old: Some(view.old_line(old_start(first))),
                new: Some(view.new_line(new_start(first))),
                inside_move,
            },
            Form::Whole | Form::Move | Form::Split | Form::Merge => view.stretch(first),
        }
    }

    /// The facts that differ, in the order of the document.
    pub(super) fn facts<'a>(&self, view: &View<'a>) -> Vec<&'a FactChange> {
        self.members(view).flat_map(|change| &change.facts).collect()
    }

    /// The lines of text that show it: one, but for text cut or joined in several places.
    pub(super) fn lines(&self, view: &View<'_>) -> Vec<Vec<Piece>> {
        let Some(first) = self.members(view).next() else { return Vec::new() };
        let (old, new) = (view.comparison.old.text(), view.comparison.new.text());
        let same = |text| vec![Piece { mark: Mark::Same, change: None, text }];
        match self.form {
            Form::Sentence | Form::Whole => {
                let range = self.range(view);
                vec![inline::merged(view.comparison, &self.changes, range, Breaks::Blanks)]
            }
            Form::Move => {
                let moved = hull(&first.new).map(|span| excerpt(span.of(new)));
                vec![same(moved.unwrap_or_default())]
            }
            Form::Split => breaks(&first.new, new).into_iter().map(same).collect(),
            Form::Merge => breaks(&first.old, old).into_iter().map(same).collect(),
        }
    }

    /// The stretch of the new text that shows it: its sentence, and what reaches beyond.
    pub(super) fn range(&self, view: &View<'_>) -> Span {
        let mut range: Option<Span> = None;
        for change in self.members(view) {
            let own = hull(&change.new).unwrap_or(Span::new(change.new_at, change.new_at));
            let whole = self.form == Form::Whole;
            let sentence = change.new_sentence.filter(|_| !whole).unwrap_or(own);
            let both = [Some(own), Some(sentence), range];
            range = hull(&both.into_iter().flatten().collect::<Vec<_>>());
        }
        range.unwrap_or(Span::new(0, 0))
    }
}

/// `number: 45 -> 54 (up)`, `negation: + not`, `negation: - not`. Nothing is escaped.
pub(super) fn fact_in_words(fact: &FactChange) -> String {
    let mut out = format!("{}: ", fact.kind.as_str());
    match (&fact.old, &fact.new) {
        (Some(old), Some(new)) => {
            out.push_str(&format!("{} -> {}", collapse(old), collapse(new)));
        }
        (None, Some(new)) => out.push_str(&format!("+ {}", collapse(new))),
        (Some(old), None) => out.push_str(&format!("- {}", collapse(old))),
        (None, None) => out.push_str("changed"),
    }
    out.extend(fact.direction.map(|direction| format!(" ({direction})")));
    out
}

/// The whole text when it is short; else its first and last words.
pub(super) fn excerpt(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    match (words.get(..12), words.get(words.len().saturating_sub(8)..)) {
        (Some(first), Some(last)) if words.len() > 24 => {
            format!("{} ... {}", first.join(" "), last.join(" "))
        }
        _ => words.join(" "),
    }
}

/// The last words before each gap that parts paragraphs, and the first ones behind it.
fn breaks(gaps: &[Span], text: &str) -> Vec<String> {
    const REACH: usize = 1_000;
    let around = |gap: &Span| {
        let head = text.get(..gap.start).unwrap_or_default();
        let from = head.char_indices().rev().nth(REACH).map_or(0, |(at, _)| at);
        let head = head.get(from..).unwrap_or_default();
        let head = head.rsplit("\n\n").next().unwrap_or_default();
        let before: Vec<&str> = head.split_whitespace().collect();
        let before = before.get(before.len().saturating_sub(5)..).unwrap_or_default();
        let tail = text.get(gap.end..).unwrap_or_default();
        let tail = tail.split("\n\n").next().unwrap_or_default();
        let after: Vec<&str> = tail.split_whitespace().take(5).collect();
        format!("{} | {}", before.join(" "), after.join(" "))
    };
    gaps.iter().map(around).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diff::testing::{plainly, sample};

    #[test]
    fn changes_of_one_sentence_are_one_entry_and_the_heaviest_comes_first() {
        let marked = "{+very+} well\n\n[-45-]{+54+} people [-may-]{+must+} go\n\n{+All of it.+}";
        let kinds: [&[Kind]; 4] =
            [&[Kind::Wording], &[Kind::Quotation, Kind::Number], &[Kind::Modality], &[Kind::Added]];
        let comparison = sample(marked, &kinds);
        let mut shown = plainly();
        let of = |shown: &_| {
            let view = View::new(&comparison, shown);
            let entries = entries(&view).into_iter();
            entries.map(|entry| entry.changes).collect::<Vec<_>>()
        };
        assert_eq!(of(&shown), [vec![1, 2], vec![3], vec![0]]);
        shown.in_order = true;
        assert_eq!(of(&shown), [vec![0], vec![1, 2], vec![3]]);
        shown.only = vec![Kind::Number, Kind::Added];
        assert_eq!(of(&shown), [vec![1, 2], vec![3]]);

        let view = View::new(&comparison, &shown);
        let entries = entries(&view);
        assert_eq!(entries[0].kinds_in_words(), "number, modality, quotation");
        assert_eq!(entries[0].place(&view).words(), "old line 3, new line 3");
        assert_eq!(entries[1].place(&view).words(), "new line 5");
    }

    #[test]
    fn facts_in_words() {
        let fact = |old: Option<&str>, new: Option<&str>, direction| {
            fact_in_words(&FactChange {
                kind: Kind::Number,
                old: old.map(str::to_owned),
                new: new.map(str::to_owned),
                direction,
            })
        };
        assert_eq!(fact(Some("45"), Some("5\n4"), Some("up")), "number: 45 -> 5 4 (up)");
        assert_eq!(fact(None, Some("not"), None), "number: + not");
        assert_eq!(fact(Some("not"), None, None), "number: - not");
    }

    #[test]
    fn long_texts_are_shortened_and_breaks_shown() {
        let text: Vec<_> = (1..=25).map(|number| number.to_string()).collect();
        assert_eq!(excerpt(&text[..24].join("\n")), text[..24].join(" "));
        assert_eq!(
            excerpt(&text.join(" ")),
            "1 2 3 4 5 6 7 8 9 10 11 12 ... 18 19 20 21 22 23 24 25"
        );
        let text = "a b c d e f\n\ng h\n\ni";
        let gaps = [Span::new(11, 13), Span::new(16, 18)];
        assert_eq!(breaks(&gaps, text), ["b c d e f | g h", "g h | i"]);
    }
}
