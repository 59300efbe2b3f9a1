//! Tokens that stay and are written otherwise: form, unless a capital or a hidden character makes
//! another word of it.

use super::edits::{Maker, around};
use super::region::{Part, Region};
use super::{Kind, NoiseKind, Op, Span, form};
use crate::text::lexicon::Section;
use crate::text::token::Class;
use std::ops::Range;

impl Maker<'_, '_, '_> {
    /// Tokens that stay and are written otherwise.
    pub(super) fn forms(&mut self, region: &Region, within: Option<usize>) {
        for (i, j) in &region.pairs {
            let (Some(one), Some(two)) = (region.old.tokens.get(*i), region.new.tokens.get(*j))
            else {
                continue;
            };
            let (a, b) = (one.of(self.old.text()), two.of(self.new.text()));
            let Some(what) = form::token(a, b) else { continue };
            let (x, y) = (Span::new(one.start(), one.end()), Span::new(two.start(), two.end()));
            let kind = match what {
                form::What::Bidi => Err(Kind::BidiControl),
                form::What::Noise(NoiseKind::Case) => self.case(region, (*i, *j), (a, b)),
                form::What::Noise(kind) => Ok(kind),
            };
            match kind {
                Ok(kind) => self.noise(kind, x, y),
                Err(kind) => {
                    let sentences = self.sentences(region, &(*i..i + 1), &(*j..j + 1));
                    self.change(
                        Op::Replace,
                        vec![kind],
                        Vec::new(),
                        (vec![x], vec![y]),
                        within,
                        sentences,
                    );
                }
            }
        }
    }

    /// Whether a difference in case is form, or makes another word: `us`, `US`.
    fn case(
        &self,
        region: &Region,
        at: (usize, usize),
        words: (&str, &str),
    ) -> Result<NoiseKind, Kind> {
        let lexicon = self.edits.lexicon;
        let folded = words.0.to_lowercase();
        let shouted = |word: &str| word.chars().count() > 1 && word.chars().all(char::is_uppercase);
        let first = |part: &Part, at: usize| {
            part.sentences.iter().any(|range| {
                (range.start..at).all(|before| {
                    part.tokens.get(before).is_some_and(|token| token.class != Class::Word)
                }) && range.contains(&at)
            })
        };
        let unit = |part: &Part, at: usize| {
            let number = |at: usize| part.tokens.get(at).is_some_and(|t| t.class == Class::Number);
            number(at) || at.checked_sub(1).is_some_and(number)
        };
        if folded.chars().count() <= 4 && unit(&region.old, at.0) && unit(&region.new, at.1) {
            // `mW` and `MW`
            return Err(Kind::Number);
        }
        let matters = lexicon.has(Section::Case, &folded);
        let short = folded.chars().count() <= 4 && shouted(words.0) != shouted(words.1) && matters;
        let begins = first(&region.old, at.0) || first(&region.new, at.1);
        let heading = self.is_heading(region);
        let all_caps = (shouted(words.0) || shouted(words.1)) && folded.chars().count() > 4;
        if short || (matters && !begins && !heading && !all_caps) {
            Err(Kind::Name)
        } else {
            Ok(NoiseKind::Case)
        }
    }

    /// The sentences around tokens of a region.
    fn sentences(
        &self,
        region: &Region,
        old: &Range<usize>,
        new: &Range<usize>,
    ) -> (Option<Span>, Option<Span>) {
        let of = |part: &Part, at: usize| {
            let range = part.sentences.iter().find(|range| range.contains(&at))?;
            part.tokens.get(range.clone()).map(around)
        };
        (of(&region.old, old.start), of(&region.new, new.start))
    }
}
