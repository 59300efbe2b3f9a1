//! From regions to edits: hunks, whole sentences, moves; each with its kinds and weight.

use super::boilerplate::{is_boilerplate, is_strictly};
use super::hunk::{self, Hunk, Scene};
use super::region::{Part, Region, span};
use super::sentences::Bead;
use super::side::{Side, is_word};
use super::{Change, FactChange, Kind, Noise, NoiseKind, Op, Span, Weight, kinds, quoted, weigh};
use crate::text::block::BlockKind;
use crate::text::fact::{self, Sentence, Sort};
use crate::text::lexicon::{Lexicon, Section};
use crate::text::token::{Class, Token, Vocabulary, is_bidi, is_currency};
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

struct Maker<'s, 'b, 'a> {
    old: &'s Side<'b>,
    new: &'s Side<'b>,
    edits: Edits<'a>,
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

    /// Tokens that stay and are written otherwise.
    fn forms(&mut self, region: &Region, within: Option<usize>) {
        for (i, j) in &region.pairs {
            let (Some(one), Some(two)) = (region.old.tokens.get(*i), region.new.tokens.get(*j))
            else {
                continue;
            };
            let (a, b) = (one.of(self.old.text()), two.of(self.new.text()));
            let Some(what) = super::form::token(a, b) else { continue };
            let (x, y) = (Span::new(one.start(), one.end()), Span::new(two.start(), two.end()));
            let kind = match what {
                super::form::What::Bidi => Err(Kind::BidiControl),
                super::form::What::Noise(NoiseKind::Case) => self.case(region, (*i, *j), (a, b)),
                super::form::What::Noise(kind) => Ok(kind),
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

    fn noise(&mut self, kind: NoiseKind, old: Span, new: Span) {
        let weight = if kind == NoiseKind::Invisible { Weight::Major } else { Weight::Noise };
        self.edits.noise.push(Noise { kind, weight, old, new });
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

    fn is_heading(&self, region: &Region) -> bool {
        let heading = |side: &Side<'_>, blocks: &Range<usize>| {
            blocks.len() == 1
                && side
                    .blocks
                    .get(blocks.start)
                    .is_some_and(|block| block.kind == BlockKind::Heading)
        };
        heading(self.old, &region.old.blocks) || heading(self.new, &region.new.blocks)
    }

    /// Sentences that only one side has: added, removed, or boilerplate.
    fn lone(&mut self, region: &Region, beads: &[&Bead], within: Option<usize>) {
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

    fn change(
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

/// Whether tokens are all of one block.
fn is_whole_block(part: &Part, range: &Range<usize>) -> bool {
    let block = part.block_of(range.start);
    let start = part.starts.get(block).copied().unwrap_or(0);
    let end = part.starts.get(block + 1).copied().unwrap_or(part.tokens.len());
    range.start <= start && end <= range.end
}

/// Bullets and dashes that stand at the beginning of a line before a blank: how a list is marked. A
/// dash before a number is a minus.
fn only_marks(text: &str, tokens: &[Token]) -> bool {
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
