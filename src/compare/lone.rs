//! Sentences and paragraphs that only one side has: added, removed, or a menu.

use super::boilerplate::is_boilerplate;
use super::edits::{Maker, NOWHERE, around, only_marks};
use super::region::{Part, Region, span};
use super::sentences::Bead;
use super::side::{Side, is_word};
use super::{Kind, NoiseKind, Op, Span, Weight, quoted};
use crate::text::fact::{self, Sentence, Sort};
use crate::text::token::{Token, is_bidi};
use std::ops::Range;

impl Maker<'_, '_, '_> {
    /// Sentences that only one side has: added, removed, or boilerplate.
    pub(super) fn lone(&mut self, region: &Region, beads: &[&Bead], within: Option<usize>) {
        let (Some(first), Some(last)) = (beads.first(), beads.last()) else { return };
        let is_old = first.new.is_empty();
        let (part, side) = if is_old { (&region.old, self.old) } else { (&region.new, self.new) };
        let range =
            if is_old { first.old.start..last.old.end } else { first.new.start..last.new.end };
        let tokens_at = span(&part.sentences, &range);
        let tokens = part.tokens.get(tokens_at.clone()).unwrap_or_default();
        if tokens.is_empty() {
            return;
        }
        let here = around(tokens);
        let gap = self.gap(region, first, is_old);
        let spans = if is_old { (vec![here], Vec::new()) } else { (Vec::new(), vec![here]) };
        let (x, y) = if is_old { (here, Span::new(gap, gap)) } else { (Span::new(gap, gap), here) };
        if is_boilerplate(side.document, here, self.edits.lexicon) {
            self.noise(NoiseKind::Boilerplate, x, y);
            return;
        }
        if !tokens.iter().any(is_word) && only_marks(side.text(), tokens) {
            self.noise(NoiseKind::Markup, x, y);
            return;
        }
        let kind = if is_old { Kind::Removed } else { Kind::Added };
        let paragraph = part.block_of(tokens_at.start) != part.block_of(tokens_at.end)
            || is_whole_block(part, &tokens_at);
        let heavy = is_old && paragraph && self.holds_facts(side, tokens);
        let mut kinds = vec![kind];
        if !tokens.iter().any(is_word) {
            let bidi = tokens.iter().any(|token| is_bidi(token.of(side.text())));
            kinds = vec![if bidi { Kind::BidiControl } else { Kind::Wording }];
        }
        let op = if is_old { Op::Delete } else { Op::Insert };
        let sentences = if is_old { (Some(here), None) } else { (None, Some(here)) };
        self.change(op, kinds, Vec::new(), spans, within, sentences);
        if let Some(change) = self.edits.changes.last_mut() {
            (change.old_at, change.new_at) = (x.start, y.start);
            if heavy {
                change.weight = Weight::Critical;
            }
        }
    }

    /// Whether a text holds what must not vanish unseen.
    fn holds_facts(&self, side: &Side<'_>, tokens: &[Token]) -> bool {
        let sentence = Sentence {
            text: side.text(),
            tokens,
            vocabulary: self.edits.vocabulary,
            lexicon: self.edits.lexicon,
        };
        fact::facts(&sentence).iter().any(|fact| {
            !fact.weak
                && matches!(
                    fact.sort,
                    Sort::Number | Sort::Date | Sort::Name | Sort::Negation | Sort::Modality
                )
        }) || tokens.iter().any(|token| quoted::is_double(side.text(), token))
    }

    /// Where, on the side that lacks it, a lone sentence would stand.
    fn gap(&self, region: &Region, bead: &Bead, is_old: bool) -> usize {
        let before = region.beads.iter().take_while(|other| *other != bead);
        let (part, side) = if is_old { (&region.new, self.new) } else { (&region.old, self.old) };
        let last = before
            .filter_map(|other| {
                let own = if is_old { &other.new } else { &other.old };
                own.end
                    .checked_sub(1)
                    .filter(|_| !own.is_empty())
                    .and_then(|at| part.sentences.get(at))
            })
            .last();
        match last.and_then(|range| range.end.checked_sub(1)).and_then(|at| part.tokens.get(at)) {
            Some(token) => token.end(),
            None if part.blocks.is_empty() => NOWHERE,
            None => side.span(part.blocks.start).start,
        }
    }
}

/// Whether tokens are all of one block.
fn is_whole_block(part: &Part, range: &Range<usize>) -> bool {
    let block = part.block_of(range.start);
    let start = part.starts.get(block).copied().unwrap_or(0);
    let end = part.starts.get(block + 1).copied().unwrap_or(part.tokens.len());
    range.start <= start && end <= range.end
}
