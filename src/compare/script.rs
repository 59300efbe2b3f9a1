//! The whole of both texts, stretch by stretch: what is copied, what is form, what is an edit.
//!
//! Here the gaps between tokens are looked at, moves and removals get their place, and everything
//! is put in the order of the new text. What a byte of the new text is, is said once.

use super::edits::{Edits, NOWHERE};
use super::form;
use super::region::Region;
use super::side::Side;
use super::{Change, Kind, Noise, NoiseKind, Op, Source, Span, Weight};

/// Something that stands in both texts: a token, or a whole block of the same bytes.
#[derive(Clone, Copy)]
struct Atom {
    old: Span,
    new: Span,
    /// The region, and the blocks of both sides.
    region: usize,
    blocks: (usize, usize),
}

/// Completes the edits and gives the script. Changes and noise are in their final order then.
pub(super) fn script<'b>(
    old: &Side<'b>,
    new: &Side<'b>,
    edits: &mut Edits<'_>,
) -> Vec<(Span, Source)> {
    let atoms = atoms(old, new, &edits.regions);
    place(&atoms, edits, old, new);
    encoding(old, new, edits);
    let mut writer = Writer::new(old, new, atoms, edits);
    writer.gaps();
    let script = writer.out;
    let order = Order::new(edits);
    order.apply(edits);
    script.into_iter().map(|(span, source)| (span, order.source(source))).collect()
}

/// A byte order mark that came or went, or another encoding: no word of it is in the text.
fn encoding(old: &Side<'_>, new: &Side<'_>, edits: &mut Edits<'_>) {
    let (one, two) = (old.document.encoding(), new.document.encoding());
    if (one.name, one.bom) != (two.name, two.bom) {
        let nowhere = Span::new(0, 0);
        let kind = NoiseKind::Encoding;
        edits.noise.push(Noise { kind, weight: Weight::Noise, old: nowhere, new: nowhere });
    }
}

/// Everything that stays, in the order of the new text.
fn atoms(old: &Side<'_>, new: &Side<'_>, regions: &[Region]) -> Vec<Atom> {
    let mut found = Vec::new();
    for (index, region) in regions.iter().enumerate() {
        let blocks = |i: usize, j: usize| {
            (
                region.old.blocks.start + region.old.block_of(i),
                region.new.blocks.start + region.new.block_of(j),
            )
        };
        if region.same {
            let (a, b) = (region.old.blocks.start, region.new.blocks.start);
            found.push(Atom { old: old.span(a), new: new.span(b), region: index, blocks: (a, b) });
        }
        for (i, j) in &region.pairs {
            if let (Some(one), Some(two)) = (region.old.tokens.get(*i), region.new.tokens.get(*j)) {
                found.push(Atom {
                    old: Span::new(one.start(), one.end()),
                    new: Span::new(two.start(), two.end()),
                    region: index,
                    blocks: blocks(*i, *j),
                });
            }
        }
    }
    // Long runs are in order already, which a stable sort makes use of.
    found.sort_by_key(|atom| atom.new.start);
    found
}

/// Gives changes with one empty side a place on that side: behind what stays before them.
fn place(atoms: &[Atom], edits: &mut Edits<'_>, old: &Side<'_>, new: &Side<'_>) {
    let mut by_old: Vec<(usize, usize)> =
        atoms.iter().map(|atom| (atom.old.start, atom.new.end)).collect();
    by_old.sort_by_key(|(start, _)| *start);
    let behind = |list: &[(usize, usize)], at: usize, length: usize| {
        let index = list.partition_point(|(start, _)| *start < at);
        index
            .checked_sub(1)
            .and_then(|index| list.get(index))
            .map_or(0, |(_, end)| *end)
            .min(length)
    };
    let by_new: Vec<(usize, usize)> =
        atoms.iter().map(|atom| (atom.new.start, atom.old.end)).collect();
    for change in &mut edits.changes {
        if change.new_at == NOWHERE {
            change.new_at = behind(&by_old, change.old_at, new.text().len());
        }
        if change.old_at == NOWHERE {
            change.old_at = behind(&by_new, change.new_at, old.text().len());
        }
    }
    for noise in &mut edits.noise {
        if noise.new.start == NOWHERE {
            let at = behind(&by_old, noise.old.start, new.text().len());
            noise.new = Span::new(at, at);
        }
        if noise.old.start == NOWHERE {
            let at = behind(&by_new, noise.new.start, old.text().len());
            noise.old = Span::new(at, at);
        }
    }
}

/// A stretch of one text that does not stay.
#[derive(Clone, Copy)]
struct Item {
    span: Span,
    source: Source,
}

struct Writer<'a, 'b, 'c> {
    old: &'a Side<'b>,
    new: &'a Side<'b>,
    edits: &'a mut Edits<'c>,
    atoms: Vec<Atom>,
    /// For each atom, the one that follows it in the old text.
    next: Vec<usize>,
    old_items: Vec<Item>,
    new_items: Vec<Item>,
    out: Vec<(Span, Source)>,
}

impl<'a, 'b, 'c> Writer<'a, 'b, 'c> {
    fn new(
        old: &'a Side<'b>,
        new: &'a Side<'b>,
        atoms: Vec<Atom>,
        edits: &'a mut Edits<'c>,
    ) -> Self {
        let mut by_old: Vec<usize> = (0..atoms.len()).collect();
        by_old.sort_by_key(|at| atoms.get(*at).map(|atom| atom.old.start));
        let mut next = vec![usize::MAX; atoms.len()];
        for pair in by_old.windows(2) {
            if let [one, two] = pair
                && let Some(slot) = next.get_mut(*one)
            {
                *slot = *two;
            }
        }
        let old_items = items(edits, true);
        let new_items = items(edits, false);
        Self { old, new, edits, atoms, next, old_items, new_items, out: Vec::new() }
    }

    /// Goes through the new text.
    fn gaps(&mut self) {
        let first_old = self.atoms.iter().map(|atom| atom.old.start).min();
        let mut before: Option<(usize, Atom)> = None;
        for at in 0..self.atoms.len() {
            let Some(atom) = self.atoms.get(at).copied() else { continue };
            let adjacent = match before {
                Some((index, _)) => self.next.get(index) == Some(&at),
                None => first_old == Some(atom.old.start),
            };
            self.gap(before.map(|(_, atom)| atom), Some(atom), adjacent);
            self.atom(atom);
            before = Some((at, atom));
        }
        let last = before.is_none_or(|(index, _)| self.next.get(index) == Some(&usize::MAX));
        self.gap(before.map(|(_, atom)| atom), None, last);
    }

    /// A stretch that stays, or reads the same: its difference in form is booked already.
    fn atom(&mut self, atom: Atom) {
        let same = atom.old.of(self.old.text()) == atom.new.of(self.new.text());
        if same {
            self.push(atom.new, Source::Old(atom.old));
            return;
        }
        let item = covering(&self.new_items, atom.new);
        self.push(atom.new, item.map_or(Source::Old(atom.old), |item| item.source));
    }

    /// What lies between two atoms of the new text; `adjacent` if they follow each other in the old.
    fn gap(&mut self, before: Option<Atom>, after: Option<Atom>, adjacent: bool) {
        let old = Span::new(
            before.map_or(0, |atom| atom.old.end),
            after.map_or(self.old.text().len(), |atom| atom.old.start),
        );
        let new = Span::new(
            before.map_or(0, |atom| atom.new.end),
            after.map_or(self.new.text().len(), |atom| atom.new.start),
        );
        let gone = adjacent && between(&self.old_items, old).next().is_some();
        let come: Vec<Item> = between(&self.new_items, new).copied().collect();
        if adjacent && !gone && come.is_empty() {
            self.clean(before, after, old, new);
        } else {
            self.changed(before, after, new, &come);
            if let Some((one, two)) = before.zip(after).filter(|_| adjacent) {
                self.parted_beside(one, two, old, new);
            }
        }
    }

    /// A gap with no edit in it on either side.
    fn clean(&mut self, before: Option<Atom>, after: Option<Atom>, old: Span, new: Span) {
        let (a, b) = (old.of(self.old.text()), new.of(self.new.text()));
        let mut at = new.start;
        let mut copied = old.start;
        let parted = before.zip(after).and_then(|(one, two)| self.parting(one, two, a, b));
        let differences = match parted {
            Some(_) => {
                vec![form::Difference { kind: NoiseKind::Wrap, old: 0..a.len(), new: 0..b.len() }]
            }
            None => form::gap(a, b),
        };
        for difference in differences {
            let x = Span::new(old.start + difference.old.start, old.start + difference.old.end);
            let y = Span::new(new.start + difference.new.start, new.start + difference.new.end);
            self.push(Span::new(at, y.start), Source::Old(Span::new(copied, x.start)));
            let source = match parted {
                Some(op) => self.parted(op, x, y),
                None => self.noise(difference.kind, x, y),
            };
            self.push(y, source);
            (at, copied) = (y.end, x.end);
        }
        self.push(Span::new(at, new.end), Source::Old(Span::new(copied, old.end)));
    }

    /// Whether a paragraph was cut in two, or two joined, at this gap.
    fn parting(&self, one: Atom, two: Atom, old: &str, new: &str) -> Option<Op> {
        let same_region = one.region == two.region;
        let (x, y) = (one.blocks.0 != two.blocks.0, one.blocks.1 != two.blocks.1);
        let empty_line = |gap: &str| form::line_ends(gap) > 1;
        let banner = |side: &Side<'_>, block: usize| {
            super::boilerplate::is_boilerplate(side.document, side.span(block), self.edits.lexicon)
        };
        if !same_region || x == y || empty_line(old) == empty_line(new) {
            return None;
        }
        let (side, blocks) = if y {
            (self.new, (one.blocks.1, two.blocks.1))
        } else {
            (self.old, (one.blocks.0, two.blocks.0))
        };
        if banner(side, blocks.0) || banner(side, blocks.1) {
            return None;
        }
        Some(if y { Op::Split } else { Op::Merge })
    }

    /// A paragraph cut in two, or two joined, where words differ as well.
    fn parted_beside(&mut self, one: Atom, two: Atom, old: Span, new: Span) {
        let steps = (two.blocks.0.abs_diff(one.blocks.0), two.blocks.1.abs_diff(one.blocks.1));
        if one.region != two.region || steps.0 + steps.1 != 1 {
            return;
        }
        let (side, block) =
            if steps.1 == 1 { (self.new, one.blocks.1) } else { (self.old, one.blocks.0) };
        let gap = Span::new(side.span(block).end, side.span(block + 1).start);
        if form::line_ends(gap.of(side.text())) < 2 {
            return;
        }
        if steps.1 == 1 {
            self.parted(Op::Split, Span::new(old.end, old.end), gap);
        } else {
            self.parted(Op::Merge, gap, Span::new(new.end, new.end));
        }
    }

    fn parted(&mut self, op: Op, old: Span, new: Span) -> Source {
        let kind = if op == Op::Split { Kind::Split } else { Kind::Merge };
        self.change(op, kind, vec![old], vec![new])
    }

    fn change(&mut self, op: Op, kind: Kind, old: Vec<Span>, new: Vec<Span>) -> Source {
        let start = |spans: &[Span]| spans.first().map_or(0, |span| span.start);
        let around = |spans: &[Span], side: &Side<'_>| {
            let at = start(spans);
            let block = side.blocks.partition_point(|block| block.start <= at).checked_sub(1)?;
            Some(side.span(block))
        };
        self.edits.changes.push(Change {
            op,
            kinds: vec![kind],
            weight: super::weigh::of_kind(kind),
            within: None,
            old_at: start(&old),
            new_at: start(&new),
            old_sentence: around(&old, self.old),
            new_sentence: around(&new, self.new),
            old,
            new,
            facts: Vec::new(),
        });
        Source::Change(self.edits.changes.len() - 1)
    }

    fn noise(&mut self, kind: NoiseKind, old: Span, new: Span) -> Source {
        self.edits.noise.push(Noise { kind, weight: Weight::Noise, old, new });
        Source::Noise(self.edits.noise.len() - 1)
    }

    /// A gap in which something is new, or from which something is gone.
    fn changed(&mut self, before: Option<Atom>, after: Option<Atom>, new: Span, come: &[Item]) {
        if new.is_empty() {
            return;
        }
        let Some(first) = come.first() else {
            let source = self.blank(before, after, new);
            self.push(new, source);
            return;
        };
        let mut at = new.start;
        let mut source = first.source;
        for item in come.iter().skip(1) {
            self.push(Span::new(at, item.span.start), source);
            (at, source) = (item.span.start, item.source);
        }
        self.push(Span::new(at, new.end), source);
    }

    /// White space where something is gone or moved: what stood behind the atom before, or before
    /// the one after, or else part of that edit.
    fn blank(&mut self, before: Option<Atom>, after: Option<Atom>, new: Span) -> Source {
        let length = new.end - new.start;
        let text = new.of(self.new.text());
        let from = before.map_or(0, |atom| atom.old.end);
        let to = after.map_or(self.old.text().len(), |atom| atom.old.start);
        let candidates = [
            Some(Span::new(from, from + length)),
            to.checked_sub(length).map(|start| Span::new(start, to)),
        ];
        for span in candidates.into_iter().flatten() {
            if span.of(self.old.text()) == text {
                return Source::Old(span);
            }
        }
        let near = self
            .edits
            .changes
            .iter()
            .position(|change| change.old.iter().any(|span| span.start >= from));
        match near.or_else(|| self.edits.changes.len().checked_sub(1)) {
            Some(index) => Source::Change(index),
            None if !self.edits.noise.is_empty() => {
                let near = self.edits.noise.iter().position(|noise| noise.old.start >= from);
                Source::Noise(near.unwrap_or(self.edits.noise.len() - 1))
            }
            None => self.noise(NoiseKind::Whitespace, Span::new(from, from), new),
        }
    }

    fn push(&mut self, span: Span, source: Source) {
        if !span.is_empty() {
            self.out.push((span, source));
        }
    }
}

/// Edits and differences in form by their place on one side, moves left out.
fn items(edits: &Edits<'_>, old: bool) -> Vec<Item> {
    let mut found = Vec::new();
    for (index, change) in
        edits.changes.iter().enumerate().filter(|(_, change)| change.op != Op::Move)
    {
        let spans = if old { &change.old } else { &change.new };
        found.extend(spans.iter().map(|span| Item { span: *span, source: Source::Change(index) }));
    }
    for (index, noise) in edits.noise.iter().enumerate() {
        let span = if old { noise.old } else { noise.new };
        found.push(Item { span, source: Source::Noise(index) });
    }
    found.retain(|item| !item.span.is_empty());
    found.sort_unstable_by_key(|item| (item.span.start, item.span.end));
    found
}

/// The items that lie in a stretch.
fn between(items: &[Item], span: Span) -> impl Iterator<Item = &Item> {
    let from = items.partition_point(|item| item.span.start < span.start);
    items.get(from..).unwrap_or_default().iter().take_while(move |item| item.span.start < span.end)
}

/// The item that covers a stretch.
fn covering(items: &[Item], span: Span) -> Option<Item> {
    between(items, span).find(|item| item.span.holds(&span)).copied()
}

/// The final order of changes and noise.
struct Order {
    changes: Vec<usize>,
    noise: Vec<usize>,
}

impl Order {
    fn new(edits: &Edits<'_>) -> Self {
        let rank = |keys: Vec<(usize, usize, usize)>| {
            let mut order: Vec<usize> = (0..keys.len()).collect();
            order.sort_by_key(|at| keys.get(*at).copied());
            let mut to = vec![0; order.len()];
            for (place, at) in order.iter().enumerate() {
                if let Some(slot) = to.get_mut(*at) {
                    *slot = place;
                }
            }
            to
        };
        Self {
            changes: rank(
                edits
                    .changes
                    .iter()
                    .map(|c| (c.new_at, c.old_at, usize::from(c.op != Op::Move)))
                    .collect(),
            ),
            noise: rank(edits.noise.iter().map(|n| (n.new.start, n.old.start, 0)).collect()),
        }
    }

    fn apply(&self, edits: &mut Edits<'_>) {
        let changes = std::mem::take(&mut edits.changes);
        edits.changes = sorted(changes, &self.changes);
        edits.noise = sorted(std::mem::take(&mut edits.noise), &self.noise);
        for change in &mut edits.changes {
            change.within = change.within.and_then(|at| self.changes.get(at)).copied();
        }
        for slot in &mut edits.moves {
            *slot = slot.and_then(|at| self.changes.get(at)).copied();
        }
    }

    fn source(&self, source: Source) -> Source {
        match source {
            Source::Old(span) => Source::Old(span),
            Source::Noise(at) => Source::Noise(self.noise.get(at).copied().unwrap_or(at)),
            Source::Change(at) => Source::Change(self.changes.get(at).copied().unwrap_or(at)),
        }
    }
}

/// Values in the order of their ranks.
fn sorted<T>(values: Vec<T>, ranks: &[usize]) -> Vec<T> {
    let mut pairs: Vec<(usize, T)> = ranks.iter().copied().zip(values).collect();
    pairs.sort_by_key(|(rank, _)| *rank);
    pairs.into_iter().map(|(_, value)| value).collect()
}
