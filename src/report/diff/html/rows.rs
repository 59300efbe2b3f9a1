//! Which change belongs to which row of the view, on either side.

use crate::compare::{Change, Op, Row, RowKind, Span};
use crate::report::diff::view::{View, is_edit, new_start, old_start};
use std::collections::BTreeSet;

/// A stretch of a text, and the change it belongs to.
pub(super) type Stretch = (Span, Option<usize>);

/// The rows, and what lies in each.
pub(super) struct Rows {
    pub(super) all: Vec<Row>,
    /// The edits that are shown with the new text of a row.
    pub(super) edits: Vec<Vec<usize>>,
    /// What is gone from the old text of a row.
    pub(super) gone: Vec<Vec<Stretch>>,
    /// What is new in the new text of a row.
    pub(super) come: Vec<Vec<Stretch>>,
    /// Moves, splits and merges that are said beside a row, because no row of their own says it.
    pub(super) notes: Vec<Vec<usize>>,
    /// The same, for the place that a moved text left.
    pub(super) left: Vec<Vec<usize>>,
}

impl Rows {
    /// Sorts the changes into the rows.
    pub(super) fn of(view: &View<'_>) -> Self {
        let rows = rows(view);
        let empty = || vec![Vec::new(); rows.len()];
        let old = Sides::of(&rows, |row| row.old, |kind| !matches!(kind, RowKind::MovedHere(_)));
        let new = Sides::of(&rows, |row| row.new, |kind| !matches!(kind, RowKind::MovedAway(_)));
        let mut out = Self {
            edits: empty(),
            notes: empty(),
            left: empty(),
            gone: vec![Vec::new(); rows.len()],
            come: vec![Vec::new(); rows.len()],
            all: rows,
        };
        let (here, away) = moves(&out.all);
        for (index, change) in view.comparison.changes.iter().enumerate() {
            if is_edit(change) {
                out.edit(index, change, &old, &new);
            } else {
                let said = (here.contains(&index), away.contains(&index));
                out.note(index, change, (&old, &new), said);
            }
        }
        out.gone.iter_mut().chain(&mut out.come).for_each(|stretches| stretches.sort_unstable());
        out
    }

    fn edit(&mut self, index: usize, change: &Change, old: &Sides, new: &Sides) {
        for span in &change.old {
            old.over(*span, |row| add(&mut self.gone, row, (*span, Some(index))));
        }
        for span in &change.new {
            new.over(*span, |row| {
                add(&mut self.come, row, (*span, Some(index)));
                add(&mut self.edits, row, index);
            });
        }
        if change.new.is_empty() {
            let own = old.at(old_start(change));
            let kind = own.and_then(|row| self.all.get(row)).map(|row| row.kind);
            let shown = if kind == Some(RowKind::Removed) { own } else { None };
            let shown = shown.or_else(|| new.at(change.new_at)).or(own);
            shown.into_iter().for_each(|row| add(&mut self.edits, row, index));
        }
    }

    fn note(
        &mut self,
        index: usize,
        change: &Change,
        (old, new): (&Sides, &Sides),
        said: (bool, bool),
    ) {
        let (here, away) = said;
        if let Some(row) = new.at(new_start(change)).filter(|_| !here) {
            add(&mut self.notes, row, index);
        }
        let moved = change.op == Op::Move;
        if let Some(row) = old.at(old_start(change)).filter(|_| moved && !away) {
            add(&mut self.left, row, index);
        }
    }
}

/// The moves that have a row of their own where they came to, and where they left.
fn moves(rows: &[Row]) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let (mut here, mut away) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        match row.kind {
            RowKind::MovedHere(index) => here.insert(index),
            RowKind::MovedAway(index) => away.insert(index),
            RowKind::Same
            | RowKind::Noise
            | RowKind::Changed
            | RowKind::Added
            | RowKind::Removed => false,
        };
    }
    (here, away)
}

/// The rows of the comparison; all of both texts where it has none.
fn rows(view: &View<'_>) -> Vec<Row> {
    if !view.comparison.rows.is_empty() {
        return view.comparison.rows.clone();
    }
    let (old, new) = (view.comparison.old.text(), view.comparison.new.text());
    vec![Row {
        kind: RowKind::Changed,
        old: Some(Span::new(0, old.len())),
        new: Some(Span::new(0, new.len())),
        heading: false,
        boilerplate: false,
    }]
}

fn add<T>(rows: &mut [Vec<T>], row: usize, what: T) {
    if let Some(row) = rows.get_mut(row) {
        row.push(what);
    }
}

/// The stretches of one text that the rows cover, in its order.
struct Sides {
    spans: Vec<(Span, usize)>,
}

impl Sides {
    fn of(
        rows: &[Row],
        side: impl Fn(&Row) -> Option<Span>,
        counts: impl Fn(RowKind) -> bool,
    ) -> Self {
        let rows = rows.iter().enumerate().filter(|(_, row)| counts(row.kind));
        let spans = rows.filter_map(|(index, row)| side(row).map(|span| (span, index)));
        let mut spans: Vec<_> = spans.collect();
        spans.sort_unstable();
        Self { spans }
    }

    /// The row in which an offset lies, or the one before it.
    fn at(&self, offset: usize) -> Option<usize> {
        let behind = self.spans.partition_point(|(span, _)| span.start <= offset);
        self.spans.get(behind.saturating_sub(1)).map(|(_, row)| *row)
    }

    /// Calls for each row that has a part of a stretch.
    fn over(&self, span: Span, mut call: impl FnMut(usize)) {
        let behind = self.spans.partition_point(|(row, _)| row.end <= span.start);
        let rest = self.spans.get(behind..).unwrap_or_default();
        rest.iter().take_while(|(row, _)| row.start < span.end).for_each(|(_, row)| call(*row));
    }
}
