//! From regions to edits: hunks, whole sentences, moves; each with its kinds and weight.

use super::boilerplate::{is_boilerplate, is_strictly};
use super::hunk::{self, Hunk, Scene};
use super::region::{Part, Region};
use super::sentences::Bead;
use super::side::Side;
use super::{Change, FactChange, Kind, Noise, NoiseKind, Op, Span, Weight, kinds, quoted, weigh};
use crate::text::lexicon::{Lexicon, Section};
use crate::text::token::{Class, Token, Vocabulary, is_currency};
use std::ops::Range;

/// Edits and differences in form, still without those of gaps.
pub(super) struct Edits<'a> {
    pub(super) regions: Vec<Region>,
    pub(super) changes: Vec<Change>,
    pub(super) noise: Vec<Noise>,
    /// For each region, the change that says that it moved.
    pub(super) moves: Vec<Option<usize>>,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) lexicon: &'a Lexicon,
}

/// The edits of all regions.
pub(super) fn edits<'a, 'b>(
    old: &Side<'b>,
    new: &Side<'b>,
    regions: Vec<Region>,
    vocabulary: &'a Vocabulary,
    lexicon: &'a Lexicon,
) -> Edits<'a> {
    let mut regions = regions;
    let far = usize::MAX;
    let place = |region: &Region| {
        let new_at = region.new.tokens.first().map(Token::start);
        let by_block = if region.new.blocks.is_empty() {
            far
        } else {
            new.span(region.new.blocks.start).start
        };
        (new_at.unwrap_or(by_block), old.span(region.old.blocks.start).start)
    };
    regions.sort_by_key(place);
    let edits = Edits {
        moves: vec![None; regions.len()],
        regions: Vec::new(),
        changes: Vec::new(),
        noise: Vec::new(),
        vocabulary,
        lexicon,
    };
    let mut maker = Maker { old, new, edits };
    for (at, region) in regions.iter().enumerate() {
        let before =
            at.checked_sub(1).and_then(|at| regions.get(at).zip(maker.edits.moves.get(at)));
        let moved = match before {
            Some((last, Some(change))) if goes_along(last, region) => {
                Some(maker.moved_along(*change, region))
            }
            _ => region.moved.then(|| maker.moved(region)),
        };
        if let Some(slot) = maker.edits.moves.get_mut(at) {
            *slot = moved;
        }
        maker.region(region, moved);
    }
    let mut edits = maker.edits;
    edits.regions = regions;
    edits
}

/// Makes the edits, region by region; `lone` and `written` have the rest of it.
pub(super) struct Maker<'s, 'b, 'a> {
    pub(super) old: &'s Side<'b>,
    pub(super) new: &'s Side<'b>,
    pub(super) edits: Edits<'a>,
}

impl<'s, 'b, 'a> Maker<'s, 'b, 'a> {
    /// Says that a region moved together with the one before it.
    fn moved_along(&mut self, change: usize, region: &Region) -> usize {
        let (old, new) =
            (self.old.span(region.old.blocks.end - 1), self.new.span(region.new.blocks.end - 1));
        if let Some(change) = self.edits.changes.get_mut(change) {
            change.old.iter_mut().for_each(|span| span.end = old.end);
            change.new.iter_mut().for_each(|span| span.end = new.end);
        }
        change
    }

    /// Says that a region moved; gives the index of the change.
    fn moved(&mut self, region: &Region) -> usize {
        let whole = |side: &Side<'_>, part: &Part| {
            if region.sentence {
                around(&part.tokens)
            } else {
                Span::new(
                    side.span(part.blocks.start).start,
                    side.span(part.blocks.end.saturating_sub(1)).end,
                )
            }
        };
        let (old, new) = (whole(self.old, &region.old), whole(self.new, &region.new));
        self.edits.changes.push(Change {
            op: Op::Move,
            kinds: vec![Kind::Move],
            weight: Weight::Minor,
            within: None,
            old: vec![old],
            new: vec![new],
            old_at: old.start,
            new_at: new.start,
            facts: Vec::new(),
            old_sentence: None,
            new_sentence: None,
        });
        self.edits.changes.len() - 1
    }

    fn region(&mut self, region: &Region, within: Option<usize>) {
        if region.same {
            return;
        }
        let old_quoted = quoted::quoted(self.old.text(), &region.old);
        let new_quoted = quoted::quoted(self.new.text(), &region.new);
        let any = old_quoted.contains(&true) || new_quoted.contains(&true);
        let quotes = Quotes { old: &old_quoted, new: &new_quoted, any };
        self.forms(region, within);
        let mut lone: Vec<&Bead> = Vec::new();
        for bead in &region.beads {
            let alone = bead.old.is_empty() || bead.new.is_empty();
            if alone && lone.last().is_some_and(|last| follows(region, last, bead)) {
                lone.push(bead);
                continue;
            }
            self.lone(region, &lone, within);
            lone.clear();
            if alone {
                lone.push(bead);
            } else {
                self.bead(region, bead, within, &quotes);
            }
        }
        self.lone(region, &lone, within);
    }

    pub(super) fn noise(&mut self, kind: NoiseKind, old: Span, new: Span) {
        let weight = if kind == NoiseKind::Invisible { Weight::Major } else { Weight::Noise };
        self.edits.noise.push(Noise { kind, weight, old, new });
    }

    pub(super) fn is_heading(&self, region: &Region) -> bool {
        self.old.is_heading(&region.old.blocks) || self.new.is_heading(&region.new.blocks)
    }

    fn bead(&mut self, region: &Region, bead: &Bead, within: Option<usize>, quotes: &Quotes<'_>) {
        let (x, y, pairs) = hunk::of_bead(region, bead);
        let hunks = hunk::hunks(&pairs, x.len(), y.len());
        if hunks.is_empty() {
            return;
        }
        let (Some(a), Some(b)) =
            (region.old.tokens.get(x.clone()), region.new.tokens.get(y.clone()))
        else {
            return;
        };
        let whole = Hunk { old: 0..a.len(), new: 0..b.len() };
        let stage = Stage { region, quotes, from: (x.start, y.start), pairs: &pairs };
        if a.len().max(b.len()) <= LONGEST_SENTENCE {
            let scene = self.scene(&stage, &whole);
            hunks.iter().for_each(|hunk| self.hunk(&scene, hunk, within));
            return;
        }
        for hunk in &hunks {
            let window = Hunk {
                old: hunk.old.start.saturating_sub(AROUND)..(hunk.old.end + AROUND).min(a.len()),
                new: hunk.new.start.saturating_sub(AROUND)..(hunk.new.end + AROUND).min(b.len()),
            };
            let scene = self.scene(&stage, &window);
            let inner = Hunk {
                old: hunk.old.start - window.old.start..hunk.old.end - window.old.start,
                new: hunk.new.start - window.new.start..hunk.new.end - window.new.start,
            };
            self.hunk(&scene, &inner, within);
        }
    }

    /// A part of a bead as a scene; facts are looked for where that is not too long.
    fn scene<'x>(&self, stage: &Stage<'x>, window: &Hunk) -> Scene<'x>
    where
        Self: 'x,
        's: 'x,
        'b: 'x,
        'a: 'x,
    {
        let (i, j) = stage.from;
        let old = window.old.start + i..window.old.end + i;
        let new = window.new.start + j..window.new.end + j;
        let first =
            stage.pairs.partition_point(|(i, j)| *i < window.old.start || *j < window.new.start);
        let pairs = stage.pairs.iter().skip(first);
        let pairs = pairs.take_while(|(i, j)| *i < window.old.end && *j < window.new.end);
        let (region, quotes) = (stage.region, stage.quotes);
        let mut scene = Scene {
            old_text: self.old.text(),
            new_text: self.new.text(),
            old: region.old.tokens.get(old.clone()).unwrap_or_default(),
            new: region.new.tokens.get(new.clone()).unwrap_or_default(),
            pairs: pairs.map(|(i, j)| (i - window.old.start, j - window.new.start)).collect(),
            old_facts: Vec::new(),
            new_facts: Vec::new(),
            old_quoted: quotes.old.get(old).unwrap_or_default(),
            new_quoted: quotes.new.get(new).unwrap_or_default(),
            has_quotation: quotes.any,
            heading: self.is_heading(region),
            boilerplate: self.stands_apart(region),
            vocabulary: self.edits.vocabulary,
            lexicon: self.edits.lexicon,
        };
        if scene.old.len().max(scene.new.len()) <= LONGEST_SENTENCE {
            scene.look();
        }
        scene
    }

    fn hunk(&mut self, scene: &Scene<'_>, hunk: &Hunk, within: Option<usize>) {
        let (a, b) = (
            scene.old.get(hunk.old.clone()).unwrap_or_default(),
            scene.new.get(hunk.new.clone()).unwrap_or_default(),
        );
        let at = |tokens: &[Token], place: usize| match place
            .checked_sub(1)
            .and_then(|at| tokens.get(at))
        {
            Some(token) => token.end(),
            None => tokens.first().map_or(0, Token::start),
        };
        let x = if a.is_empty() {
            Span::new(at(scene.old, hunk.old.start), at(scene.old, hunk.old.start))
        } else {
            around(a)
        };
        let y = if b.is_empty() {
            Span::new(at(scene.new, hunk.new.start), at(scene.new, hunk.new.start))
        } else {
            around(b)
        };
        let marks = |text: &str, tokens: &[Token]| tokens.is_empty() || only_marks(text, tokens);
        if marks(scene.old_text, a) && marks(scene.new_text, b) {
            self.noise(NoiseKind::Markup, x, y);
            return;
        }
        let phrase =
            |side: &Side<'_>, span: Span| is_boilerplate(side.document, span, scene.lexicon);
        let alone = (a.is_empty() && phrase(self.new, y)) || (b.is_empty() && phrase(self.old, x));
        if scene.boilerplate && (alone || self.is_harmless(a) && self.is_harmless(b)) {
            self.noise(NoiseKind::Boilerplate, x, y);
            return;
        }
        let (kinds, facts) = kinds::kinds(scene, hunk);
        let op = match (a.is_empty(), b.is_empty()) {
            (true, _) => Op::Insert,
            (_, true) => Op::Delete,
            (false, false) => Op::Replace,
        };
        let some = |span: Span| if span.is_empty() { Vec::new() } else { vec![span] };
        let sentences = (Some(around(scene.old)), Some(around(scene.new)));
        self.change(op, kinds, facts, (some(x), some(y)), within, sentences);
        if let Some(change) = self.edits.changes.last_mut() {
            (change.old_at, change.new_at) = (x.start, y.start);
        }
    }

    /// Whether both sides of a region are boilerplate as a whole: a phrase inside a sentence of the
    /// document is text.
    fn stands_apart(&self, region: &Region) -> bool {
        let whole = |side: &Side<'_>, part: &Part| {
            let span = around(&part.tokens);
            span.is_empty() || is_strictly(side.document, span, self.edits.lexicon)
        };
        whole(self.old, &region.old) && whole(self.new, &region.new)
    }

    /// Whether words hold no number and none that turns a meaning, and so may change in a menu.
    fn is_harmless(&self, tokens: &[Token]) -> bool {
        tokens.iter().all(|token| {
            let word = self.edits.vocabulary.folded(token.id);
            token.class != Class::Number
                && !self.edits.lexicon.has(Section::Negation, word)
                && !self.edits.lexicon.has(Section::Modality, word)
        })
    }

    pub(super) fn change(
        &mut self,
        op: Op,
        mut kinds: Vec<Kind>,
        facts: Vec<FactChange>,
        (old, new): (Vec<Span>, Vec<Span>),
        within: Option<usize>,
        sentences: (Option<Span>, Option<Span>),
    ) {
        kinds.sort_by_key(|kind| (std::cmp::Reverse(weigh::of_kind(*kind)), *kind));
        let weight = weigh::of_kinds(&kinds);
        let weight = if within.is_some() { weight.max(Weight::Major) } else { weight };
        let start = |spans: &[Span]| spans.first().map_or(0, |span| span.start);
        self.edits.changes.push(Change {
            op,
            kinds,
            weight,
            within,
            old_at: start(&old),
            new_at: start(&new),
            old,
            new,
            facts,
            old_sentence: sentences.0,
            new_sentence: sentences.1,
        });
    }
}

/// A place that is found when everything is in order (`script`): behind the partner of the block
/// before.
pub(super) const NOWHERE: usize = usize::MAX;

/// Longer sentences, in tokens, are looked at edit by edit.
const LONGEST_SENTENCE: usize = 1_200;
/// How many tokens around an edit are looked at then.
const AROUND: usize = 80;

/// For each token of a region, whether it is quoted.
struct Quotes<'a> {
    old: &'a [bool],
    new: &'a [bool],
    /// Whether any is.
    any: bool,
}

/// A bead while its edits are made.
struct Stage<'x> {
    region: &'x Region,
    quotes: &'x Quotes<'x>,
    /// Its first tokens.
    from: (usize, usize),
    pairs: &'x [(usize, usize)],
}

/// Whether a region moved and stands right behind another one on both sides.
fn goes_along(last: &Region, region: &Region) -> bool {
    last.moved
        && region.moved
        && !last.sentence
        && !region.sentence
        && last.old.blocks.end == region.old.blocks.start
        && last.new.blocks.end == region.new.blocks.start
}

/// From the first to the last of some tokens.
pub(super) fn around(tokens: &[Token]) -> Span {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => Span::new(first.start(), last.end()),
        (_, _) => Span::new(0, 0),
    }
}

/// Whether a lone bead goes on where the one before ended: the same side, the same block.
fn follows(region: &Region, last: &Bead, next: &Bead) -> bool {
    let (part, one, two) = if last.new.is_empty() && next.new.is_empty() {
        (&region.old, &last.old, &next.old)
    } else if last.old.is_empty() && next.old.is_empty() {
        (&region.new, &last.new, &next.new)
    } else {
        return false;
    };
    let token = |sentences: &Range<usize>| {
        part.sentences.get(sentences.start).map_or(0, |range| range.start)
    };
    one.end == two.start && part.block_of(token(one)) == part.block_of(token(two))
}

/// Bullets and dashes that stand at the beginning of a line before a blank: how a list is marked. A
/// dash before a number is a minus.
pub(super) fn only_marks(text: &str, tokens: &[Token]) -> bool {
    tokens.iter().all(|token| {
        let before = text.get(..token.start()).unwrap_or_default().trim_end_matches([' ', '\t']);
        let after = text.get(token.end()..).unwrap_or_default();
        let word = after.trim_start_matches([' ', '\t', '\u{a0}']).chars().next();
        token.class == Class::Dash
            && (before.is_empty() || before.ends_with(['\n', '\r', '>']))
            && after.chars().next().is_none_or(char::is_whitespace)
            && !word.is_some_and(|c| c.is_numeric() || is_currency(c))
    })
}
