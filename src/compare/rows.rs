//! The paragraphs side by side.

use super::boilerplate::is_boilerplate;
use super::edits::Edits;
use super::region::Region;
use super::side::Side;
use super::{Op, Row, RowKind, Span};
use std::ops::Range;

/// One row a region; a moved one has two, where it was and where it is.
pub(super) fn rows<'b>(old: &Side<'b>, new: &Side<'b>, edits: &Edits<'_>) -> Vec<Row> {
    let (old_starts, new_starts) = (starts(edits, true), starts(edits, false));
    let maker = Maker { old, new, edits, old_starts, new_starts };
    let mut found: Vec<((usize, usize, usize), Row)> = Vec::new();
    let mut at = (0, 0);
    let mut in_order: Vec<(usize, &Region)> =
        edits.regions.iter().enumerate().filter(|(_, region)| !region.sentence).collect();
    in_order.sort_by_key(|(_, region)| {
        if region.old.blocks.is_empty() {
            (1, region.new.blocks.start)
        } else {
            (0, region.old.blocks.start)
        }
    });
    // Where the blocks of the old side stand among those of the new one: behind the last partner.
    let mut behind = vec![0; old.blocks.len() + 1];
    for (_, region) in &in_order {
        if !region.moved && !region.old.blocks.is_empty() && !region.new.blocks.is_empty() {
            at = (region.old.blocks.end, region.new.blocks.end);
        }
        for block in region.old.blocks.clone() {
            if let Some(slot) = behind.get_mut(block) {
                *slot = at.1;
            }
        }
    }
    for (index, region) in in_order {
        maker.push(index, region, &behind, &mut found);
    }
    found.sort_by_key(|(key, _)| *key);
    found.into_iter().map(|(_, row)| row).collect()
}

struct Maker<'a, 'b> {
    old: &'a Side<'b>,
    new: &'a Side<'b>,
    edits: &'a Edits<'a>,
    /// Where the edits begin, moves left out, ascending.
    old_starts: Vec<usize>,
    new_starts: Vec<usize>,
}

/// Where on one side the edits begin that are no moves, ascending.
fn starts(edits: &Edits<'_>, old: bool) -> Vec<usize> {
    let edits = edits.changes.iter().filter(|change| change.op != Op::Move);
    let spans = edits.flat_map(|change| if old { &change.old } else { &change.new });
    let mut starts: Vec<usize> = spans.map(|span| span.start).collect();
    starts.sort_unstable();
    starts
}

impl Maker<'_, '_> {
    fn push(
        &self,
        index: usize,
        region: &Region,
        behind: &[usize],
        found: &mut Vec<((usize, usize, usize), Row)>,
    ) {
        let (o, n) = (&region.old.blocks, &region.new.blocks);
        let place = behind.get(o.start).copied().unwrap_or(0);
        let moved = self.edits.moves.get(index).copied().flatten();
        match moved {
            Some(change) => {
                found.push((
                    (place, 0, o.start),
                    self.row(RowKind::MovedAway(change), Some(o), None),
                ));
                found.push((
                    (n.start, 1, o.start),
                    self.row(RowKind::MovedHere(change), Some(o), Some(n)),
                ));
            }
            None if n.is_empty() => {
                found.push(((place, 0, o.start), self.row(RowKind::Removed, Some(o), None)));
            }
            None if o.is_empty() => {
                found.push(((n.start, 1, 0), self.row(RowKind::Added, None, Some(n))));
            }
            None => {
                let kind = self.kind(region, o, n);
                found.push(((n.start, 1, o.start), self.row(kind, Some(o), Some(n))));
            }
        }
    }

    fn kind(&self, region: &Region, o: &Range<usize>, n: &Range<usize>) -> RowKind {
        let touched = |starts: &[usize], span: Span| {
            let from = starts.partition_point(|start| *start < span.start);
            starts.get(from).is_some_and(|start| *start < span.end.max(span.start + 1))
        };
        if region.same {
            RowKind::Same
        } else if touched(&self.old_starts, whole(self.old, o))
            || touched(&self.new_starts, whole(self.new, n))
        {
            RowKind::Changed
        } else {
            RowKind::Noise
        }
    }

    fn row(&self, kind: RowKind, old: Option<&Range<usize>>, new: Option<&Range<usize>>) -> Row {
        let span = |side: &Side<'_>, blocks: Option<&Range<usize>>| {
            blocks.filter(|blocks| !blocks.is_empty()).map(|blocks| whole(side, blocks))
        };
        let (x, y) = (span(self.old, old), span(self.new, new));
        let heading = |side: &Side<'_>, blocks: Option<&Range<usize>>| {
            blocks.is_some_and(|blocks| side.is_heading(blocks))
        };
        let banner = |side: &Side<'_>, span: Option<Span>| {
            span.is_none_or(|span| is_boilerplate(side.document, span, self.edits.lexicon))
        };
        let boilerplate = kind != RowKind::Same && banner(self.old, x) && banner(self.new, y);
        Row {
            kind,
            old: x,
            new: y,
            heading: heading(self.old, old) || heading(self.new, new),
            boilerplate,
        }
    }
}

/// From the first to the last of some blocks.
fn whole(side: &Side<'_>, blocks: &Range<usize>) -> Span {
    Span::new(side.span(blocks.start).start, side.span(blocks.end.saturating_sub(1)).end)
}
