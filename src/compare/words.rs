//! Which tokens of two stretches stay: patience diff on token numbers, then the edges tidied.
//!
//! Large stretches are first cut at tokens that stand once on each side; what is too large even
//! then is one replacement, and that is said (`coarse`).

use super::chain::once_on_each_side;
use super::side::is_word;
use crate::text::lexicon::Lexicon;
use crate::text::token::{Class, Token, Vocabulary};
use similar::{Algorithm, DiffOp};
use std::ops::Range;

/// Larger products of two lengths are cut before they are compared.
const AT_ONCE: usize = 4_000_000;

/// The tokens that stay, as ascending pairs of positions.
pub(super) struct Kept {
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) coarse: bool,
}

/// Compares two stretches of tokens.
pub(super) fn kept(
    old: &[Token],
    new: &[Token],
    vocabulary: &Vocabulary,
    lexicon: &Lexicon,
) -> Kept {
    let ids = |tokens: &[Token]| -> Vec<u32> { tokens.iter().map(|token| token.id).collect() };
    let mut search = Search { a: ids(old), b: ids(new), pairs: Vec::new(), coarse: false };
    search.range(0..old.len(), 0..new.len(), 0);
    let Search { pairs, coarse, .. } = search;
    let tidy = Tidy { old, new, vocabulary, lexicon };
    Kept { pairs: tidy.slid(tidy.joined(pairs)), coarse }
}

struct Search {
    a: Vec<u32>,
    b: Vec<u32>,
    pairs: Vec<(usize, usize)>,
    coarse: bool,
}

impl Search {
    /// The pairs of a stretch, appended in order.
    fn range(&mut self, mut x: Range<usize>, mut y: Range<usize>, depth: usize) {
        while !x.is_empty() && !y.is_empty() && self.a.get(x.start) == self.b.get(y.start) {
            self.pairs.push((x.start, y.start));
            (x.start, y.start) = (x.start + 1, y.start + 1);
        }
        let mut tail = 0;
        while !x.is_empty() && !y.is_empty() && self.a.get(x.end - 1) == self.b.get(y.end - 1) {
            (x.end, y.end, tail) = (x.end - 1, y.end - 1, tail + 1);
        }
        let behind = (x.end, y.end);
        if !x.is_empty() && !y.is_empty() {
            if x.len().saturating_mul(y.len()) <= AT_ONCE {
                self.patience(x, y);
            } else {
                self.cut(x, y, depth);
            }
        }
        self.pairs.extend((0..tail).map(|at| (behind.0 + at, behind.1 + at)));
    }

    fn patience(&mut self, x: Range<usize>, y: Range<usize>) {
        let (Some(a), Some(b)) = (self.a.get(x.clone()), self.b.get(y.clone())) else { return };
        for op in similar::capture_diff_slices(Algorithm::Patience, a, b) {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                let pair = |at| (x.start + old_index + at, y.start + new_index + at);
                self.pairs.extend((0..len).map(pair));
            }
        }
    }

    /// Cuts a large stretch at the tokens that stand once on each side.
    fn cut(&mut self, x: Range<usize>, y: Range<usize>, depth: usize) {
        const DEEPEST: usize = 8;
        let chain = self.unique(&x, &y);
        if chain.is_empty() || depth >= DEEPEST {
            self.coarse = true;
            return;
        }
        let mut last = (x.start, y.start);
        for (i, j) in chain {
            self.range(last.0..i, last.1..j, depth + 1);
            self.pairs.push((i, j));
            last = (i + 1, j + 1);
        }
        self.range(last.0..x.end, last.1..y.end, depth + 1);
    }

    fn unique(&self, x: &Range<usize>, y: &Range<usize>) -> Vec<(usize, usize)> {
        let of = |ids: &[u32], range: &Range<usize>| -> Vec<(u32, usize)> {
            range.clone().filter_map(|at| ids.get(at).map(|id| (*id, at))).collect()
        };
        once_on_each_side(of(&self.a, x).into_iter(), of(&self.b, y).into_iter(), |_| 1)
    }
}

/// Makes the edges those that a reader would draw.
struct Tidy<'a> {
    old: &'a [Token],
    new: &'a [Token],
    vocabulary: &'a Vocabulary,
    lexicon: &'a Lexicon,
}

impl Tidy<'_> {
    fn folded(&self, token: &Token) -> &str {
        self.vocabulary.folded(token.id)
    }

    /// Lets go of a lone function word or mark between two replacements: it stayed by accident.
    fn joined(&self, pairs: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
        let runs = runs(&pairs);
        let mut out = Vec::with_capacity(pairs.len());
        for (at, run) in runs.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| runs.get(at));
            let left = self.changed_words(before, Some(run));
            let right = self.changed_words(Some(run), runs.get(at + 1));
            let alone =
                self.is_slight(run) && left.0 > 0 && left.1 > 0 && right.0 > 0 && right.1 > 0;
            if !alone {
                out.extend((0..run.length).map(|step| (run.old + step, run.new + step)));
            }
        }
        out
    }

    /// How many words lie between two runs on each side.
    fn changed_words(&self, before: Option<&Run>, after: Option<&Run>) -> (usize, usize) {
        let from = before.map_or((0, 0), |run| (run.old + run.length, run.new + run.length));
        let to = after.map_or((self.old.len(), self.new.len()), |run| (run.old, run.new));
        let words = |tokens: &[Token], range: Range<usize>| {
            tokens.get(range).unwrap_or_default().iter().filter(|token| is_word(token)).count()
        };
        (words(self.old, from.0..to.0), words(self.new, from.1..to.1))
    }

    /// One article, or one mark of punctuation that ends nothing.
    fn is_slight(&self, run: &Run) -> bool {
        let Some(tokens) = self.old.get(run.old..run.old + run.length) else { return false };
        match tokens {
            [token] => match token.class {
                Class::Word => self.is_article(token),
                Class::Sign => matches!(self.folded(token), "," | ";" | "/"),
                Class::Dash => true,
                Class::Number | Class::Quote | Class::Url => false,
            },
            [first, second] => {
                self.folded(first) == "," && second.class == Class::Word && self.is_article(second)
            }
            _ => false,
        }
    }

    fn is_article(&self, token: &Token) -> bool {
        let word = self.folded(token);
        let short = word.chars().count() <= 4;
        short && self.lexicon.is_stop(word) && ARTICLES.contains(&word)
    }

    /// Slides what was only inserted or only removed, where it could as well begin one token
    /// later or earlier, so that it begins where a clause does.
    fn slid(&self, mut pairs: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
        for at in 0..=pairs.len() {
            let before = at.checked_sub(1).and_then(|at| pairs.get(at)).copied();
            let from = before.map_or((0, 0), |(i, j)| (i + 1, j + 1));
            let to = pairs.get(at).copied().unwrap_or((self.old.len(), self.new.len()));
            if from.0 == to.0 && from.1 < to.1 {
                let best = self.best_slide(self.new, from.1, to.1, &pairs, at, true);
                shift(&mut pairs, at, best, to.1 - from.1, true);
            } else if from.1 == to.1 && from.0 < to.0 {
                let best = self.best_slide(self.old, from.0, to.0, &pairs, at, false);
                shift(&mut pairs, at, best, to.0 - from.0, false);
            }
        }
        pairs
    }

    /// How far `tokens[from..to]` is best slid to the left (negative) or right.
    fn best_slide(
        &self,
        tokens: &[Token],
        from: usize,
        to: usize,
        pairs: &[(usize, usize)],
        at: usize,
        new: bool,
    ) -> isize {
        const FARTHEST: usize = 200;
        let id = |at: usize| tokens.get(at).map(|token| token.id);
        let of = |pair: &(usize, usize)| if new { pair.1 } else { pair.0 };
        let adjacent = |one: Option<&(usize, usize)>, two: Option<&(usize, usize)>| match (one, two)
        {
            (Some(one), Some(two)) => one.0 + 1 == two.0 && one.1 + 1 == two.1,
            (None, _) | (_, None) => false,
        };
        let mut best = (self.edge(tokens, from, to), 0_isize);
        let mut left = 0;
        while left < FARTHEST
            && left < at
            && (left == 0 || adjacent(pairs.get(at - left - 1), pairs.get(at - left)))
            && pairs.get(at - left - 1).map(of) == from.checked_sub(left + 1)
            && id(from - left - 1) == id(to - left - 1)
        {
            left += 1;
            let score = self.edge(tokens, from - left, to - left);
            if score > best.0 {
                best = (score, -isize::try_from(left).unwrap_or(0));
            }
        }
        let mut right = 0;
        while right < FARTHEST
            && pairs.get(at + right).map(of) == Some(to + right)
            && (right == 0 || adjacent(pairs.get(at + right - 1), pairs.get(at + right)))
            && id(from + right) == id(to + right)
        {
            right += 1;
            let score = self.edge(tokens, from + right, to + right);
            if score > best.0 {
                best = (score, isize::try_from(right).unwrap_or(0));
            }
        }
        best.1
    }

    /// How good an edge is: a stretch that ends with a mark, or begins behind one, reads well.
    fn edge(&self, tokens: &[Token], from: usize, to: usize) -> u32 {
        let mark = |at: Option<usize>| {
            at.and_then(|at| tokens.get(at)).map_or(3, |token| match self.folded(token) {
                "." | "!" | "?" => 3,
                ";" | ":" => 2,
                "," => 1,
                _ => 0,
            })
        };
        let starts_with_mark = tokens.get(from).is_some_and(|token| token.class == Class::Sign);
        let before = mark(from.checked_sub(1));
        let last = mark(to.checked_sub(1));
        let opens = u32::from(starts_with_mark && last == 0);
        (before.min(last) * 4).max(opens)
    }
}

/// Articles of the languages with lists.
const ARTICLES: [&str; 20] = [
    "a", "an", "the", "le", "la", "les", "un", "une", "des", "du", "der", "die", "das", "den",
    "dem", "ein", "eine", "of", "de", "and",
];

/// Moves the inserted or removed stretch of `length` tokens before pair `at`.
fn shift(pairs: &mut [(usize, usize)], at: usize, by: isize, length: usize, new: bool) {
    let move_one = |pair: &mut (usize, usize), up: bool| {
        let value = if new { &mut pair.1 } else { &mut pair.0 };
        *value = if up { *value + length } else { *value - length };
    };
    let steps = by.unsigned_abs();
    for step in 0..steps {
        if by < 0 {
            if let Some(pair) = pairs.get_mut(at - 1 - step) {
                move_one(pair, true);
            }
        } else if let Some(pair) = pairs.get_mut(at + step) {
            move_one(pair, false);
        }
    }
}

/// A run of pairs without a gap.
struct Run {
    old: usize,
    new: usize,
    length: usize,
}

fn runs(pairs: &[(usize, usize)]) -> Vec<Run> {
    let mut found: Vec<Run> = Vec::new();
    for (old, new) in pairs {
        match found.last_mut() {
            Some(run) if run.old + run.length == *old && run.new + run.length == *new => {
                run.length += 1;
            }
            Some(_) | None => found.push(Run { old: *old, new: *new, length: 1 }),
        }
    }
    found
}
