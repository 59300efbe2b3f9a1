//! Of which kinds an edit is: the facts of both sides set against each other.
//!
//! Rules and lists, no understanding: an edit that changes the meaning in words that are on no list
//! is `wording`.

use super::gain::gained_or_lost;
use super::hunk::{Hunk, Scene};
use super::{FactChange, Kind, speech, spelling};
use crate::text::fact::{Fact, Sort};
use crate::text::lexicon::Language;
use crate::text::token::{Class, Token, is_bidi};
use std::ops::Range;

/// The kinds of a hunk and the facts behind them, no kind twice, none at all only for marks that
/// are form.
pub(super) fn kinds(scene: &Scene<'_>, hunk: &Hunk) -> (Vec<Kind>, Vec<FactChange>) {
    let mut found = Found::default();
    let bidi = bidi(scene, hunk);
    if bidi != Bidi::None {
        found.add(Kind::BidiControl);
    }
    if bidi == Bidi::Only {
        return (found.kinds, found.facts);
    }
    let same_word = if spelling::homoglyph(scene, hunk) {
        Some(Kind::Homoglyph)
    } else {
        spelling::respelled(scene, hunk).then_some(Kind::Spelling)
    };
    if let Some(kind) = same_word {
        found.add(kind);
        quotation(scene, hunk, &mut found);
        heading(scene, &mut found);
        return (found.kinds, found.facts);
    }
    if link(scene, hunk) {
        found.add(Kind::Link);
    }
    let wide = scene.widened(hunk);
    let rewritten = facts(scene, hunk, &wide, &mut found);
    negation(scene, hunk, &wide, &mut found);
    ranked(scene, hunk, &wide, Sort::Modality, Kind::Modality, &mut found);
    ranked(scene, hunk, &wide, Sort::Quantifier, Kind::Quantifier, &mut found);
    hedge(scene, hunk, &wide, &mut found);
    attribution(scene, hunk, &wide, &mut found);
    quotation(scene, hunk, &mut found);
    heading(scene, &mut found);
    if found.kinds.is_empty() {
        let spelling = rewritten || spelling::slip(scene, hunk);
        found.add(if spelling { Kind::Spelling } else { Kind::Wording });
    }
    (found.kinds, found.facts)
}

#[derive(Default)]
struct Found {
    kinds: Vec<Kind>,
    facts: Vec<FactChange>,
}

impl Found {
    fn add(&mut self, kind: Kind) {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }

    fn fact(
        &mut self,
        kind: Kind,
        old: Option<String>,
        new: Option<String>,
        direction: Option<&'static str>,
    ) {
        self.add(kind);
        let fact = FactChange { kind, old, new, direction };
        if !self.facts.contains(&fact) {
            self.facts.push(fact);
        }
    }
}

/// Whether a hunk holds characters that reorder text.
#[derive(PartialEq, Eq)]
enum Bidi {
    None,
    Some,
    Only,
}

fn bidi(scene: &Scene<'_>, hunk: &Hunk) -> Bidi {
    let old = scene.old.get(hunk.old.clone()).unwrap_or_default();
    let new = scene.new.get(hunk.new.clone()).unwrap_or_default();
    let old = old.iter().map(|token| token.of(scene.old_text));
    let all: Vec<&str> = old.chain(new.iter().map(|token| token.of(scene.new_text))).collect();
    match all.iter().filter(|raw| is_bidi(raw)).count() {
        0 => Bidi::None,
        count if count == all.len() => Bidi::Only,
        _ => Bidi::Some,
    }
}

/// Facts of one sort within a range of tokens.
fn within<'a>(
    facts: &'a [Fact],
    sort: Sort,
    range: &'a Range<usize>,
) -> impl Iterator<Item = &'a Fact> {
    facts
        .iter()
        .filter(move |fact| fact.sort == sort && fact.first < range.end && fact.last > range.start)
}

/// What is left of both lists without what both have.
fn leftover<'a>(old: Vec<&'a Fact>, new: Vec<&'a Fact>) -> (Vec<&'a Fact>, Vec<&'a Fact>) {
    let mut rest = new;
    let mut gone = Vec::new();
    for fact in old {
        match rest.iter().position(|other| other.value == fact.value) {
            Some(at) => drop(rest.remove(at)),
            None => gone.push(fact),
        }
    }
    (gone, rest)
}

/// Numbers, dates, names. Gives whether a number is only written otherwise.
fn facts(scene: &Scene<'_>, hunk: &Hunk, wide: &Hunk, found: &mut Found) -> bool {
    let mut respelled = false;
    for (sort, kind) in
        [(Sort::Number, Kind::Number), (Sort::Date, Kind::Date), (Sort::Name, Kind::Name)]
    {
        let mut old: Vec<&Fact> = within(&scene.old_facts, sort, &wide.old).collect();
        let mut new: Vec<&Fact> = within(&scene.new_facts, sort, &wide.new).collect();
        drop_weak(&mut old, &mut new);
        if sort == Sort::Number {
            drop_quantities(scene, wide, &mut old, &mut new);
        }
        let any = !old.is_empty() && !new.is_empty();
        let (old, new) = leftover(old, new);
        respelled |= any
            && old.is_empty()
            && new.is_empty()
            && sort != Sort::Name
            && touches(scene, hunk, sort);
        let overlap =
            |fact: &&Fact, range: &Range<usize>| fact.first < range.end && fact.last > range.start;
        if !old.iter().any(|fact| overlap(fact, &hunk.old))
            && !new.iter().any(|fact| overlap(fact, &hunk.new))
        {
            // What is left lies beside the edit: it was part of another fact there.
            continue;
        }
        let length = old.len().max(new.len());
        for at in 0..length {
            let (before, after) = (old.get(at), new.get(at));
            let direction =
                match (before.and_then(|fact| fact.rank), after.and_then(|fact| fact.rank)) {
                    (Some(before), Some(after)) if before < after => Some("up"),
                    (Some(before), Some(after)) if before > after => Some("down"),
                    (_, _) => None,
                };
            let show = |fact: Option<&&Fact>, old: bool| fact.map(|fact| scene.shown(fact, old));
            found.fact(kind, show(before, true), show(after, false), direction);
        }
    }
    respelled
}

/// Whether every word of the hunk belongs to facts of a sort.
fn touches(scene: &Scene<'_>, hunk: &Hunk, sort: Sort) -> bool {
    let covered = |facts: &[Fact], tokens: &[Token], range: &Range<usize>| {
        range.clone().all(|at| {
            tokens
                .get(at)
                .is_some_and(|token| token.class == Class::Dash || token.class == Class::Sign)
                || facts
                    .iter()
                    .any(|fact| fact.sort == sort && (fact.first..fact.last).contains(&at))
        })
    };
    covered(&scene.old_facts, scene.old, &hunk.old)
        && covered(&scene.new_facts, scene.new, &hunk.new)
}

/// `half` is a quantity where `most` takes its place.
fn drop_quantities(scene: &Scene<'_>, wide: &Hunk, old: &mut Vec<&Fact>, new: &mut Vec<&Fact>) {
    let has = |facts: &[Fact], range: &Range<usize>| {
        within(facts, Sort::Quantifier, range).next().is_some()
    };
    if has(&scene.old_facts, &wide.old) && has(&scene.new_facts, &wide.new) {
        let quantity = |facts: &[Fact], number: &Fact| {
            facts.iter().any(|fact| {
                fact.sort == Sort::Quantifier
                    && fact.first <= number.first
                    && number.last <= fact.last
            })
        };
        old.retain(|number| !quantity(&scene.old_facts, number));
        new.retain(|number| !quantity(&scene.new_facts, number));
    }
}

/// A weak fact counts only where the other side has one as well.
fn drop_weak(old: &mut Vec<&Fact>, new: &mut Vec<&Fact>) {
    let (any_old, any_new) = (!old.is_empty(), !new.is_empty());
    old.retain(|fact| !fact.weak || any_new);
    new.retain(|fact| !fact.weak || any_old);
    // Names of which neither is more than a guess.
    let hardly = |fact: &&Fact| fact.sort == Sort::Name && fact.rank.is_some();
    if old.iter().all(hardly) && new.iter().all(hardly) {
        old.retain(|fact| !hardly(fact));
        new.retain(|fact| !hardly(fact));
    }
}

/// Affirmed or denied: more or fewer denials, or a word against its denied form.
fn negation(scene: &Scene<'_>, hunk: &Hunk, wide: &Hunk, found: &mut Found) {
    let old: Vec<&Fact> = within(&scene.old_facts, Sort::Negation, &wide.old).collect();
    let new: Vec<&Fact> = within(&scene.new_facts, Sort::Negation, &wide.new).collect();
    let (old, new) = leftover(old, new);
    let strong =
        |facts: &[Fact]| facts.iter().filter(|f| f.sort == Sort::Negation && !f.weak).count();
    let whole = (strong(&scene.old_facts), strong(&scene.new_facts));
    let sure = |facts: &[&Fact]| facts.iter().filter(|fact| !fact.weak).count();
    let (n, m) = (sure(&old), sure(&new));
    if n != m {
        let first = |facts: &[&Fact], old: bool| {
            facts.iter().find(|fact| !fact.weak).map(|fact| scene.shown(fact, old))
        };
        found.fact(Kind::Negation, first(&old, true), first(&new, false), None);
    } else if n == 0 && old.len() != new.len() && whole.0 != whole.1 {
        // The partner of a denial that another hunk holds: `ne` of `ne pas`.
        found.add(Kind::Negation);
    }
    for (one, two) in scene.word_pairs(hunk) {
        let (x, y) = (scene.folded(one), scene.folded(two));
        if scene.lexicon.is_denial(x, y) || is_prefixed(x, y) {
            let show = |token: &Token, text: &str| Some(token.of(text).to_owned());
            found.fact(Kind::Negation, show(one, scene.old_text), show(two, scene.new_text), None);
        }
    }
}

/// `un` and at least four letters.
fn is_prefixed(one: &str, two: &str) -> bool {
    let denied = |long: &str, short: &str| {
        (short.len() >= 4 && long.strip_prefix("un") == Some(short))
            || (short.starts_with('r')
                && short.len() >= 5
                && long.strip_prefix("ir") == Some(short))
    };
    denied(one, two) || denied(two, one)
}

/// Words with a rank: obligation and quantity.
fn ranked(scene: &Scene<'_>, hunk: &Hunk, wide: &Hunk, sort: Sort, kind: Kind, found: &mut Found) {
    let old: Vec<&Fact> = within(&scene.old_facts, sort, &wide.old).collect();
    let new: Vec<&Fact> = within(&scene.new_facts, sort, &wide.new).collect();
    let (old, new) = leftover(old, new);
    let top = |facts: &[&Fact]| {
        facts
            .iter()
            .copied()
            .max_by(|a, b| a.rank.partial_cmp(&b.rank).unwrap_or(std::cmp::Ordering::Equal))
            .cloned()
    };
    let (before, after) = (top(&old), top(&new));
    let words = match sort {
        Sort::Modality => ("stronger", "weaker"),
        Sort::Number
        | Sort::Date
        | Sort::Name
        | Sort::Negation
        | Sort::Quantifier
        | Sort::Hedge
        | Sort::Saying => ("up", "down"),
    };
    let direction =
        match (before.as_ref().and_then(|f| f.rank), after.as_ref().and_then(|f| f.rank)) {
            (Some(x), Some(y)) if x < y => Some(words.0),
            (Some(x), Some(y)) if x > y => Some(words.1),
            (_, _) => None,
        };
    // `no` by itself is a denial, not a quantity.
    let none = |fact: &Option<Fact>| fact.as_ref().is_none_or(|fact| fact.rank == Some(0.0));
    let lone_denial = sort == Sort::Quantifier && none(&before) && none(&after);
    let exchanged = before.is_some() && after.is_some();
    let plain = exchanged
        || gained_or_lost(scene, hunk, before.as_ref().or(after.as_ref()), before.is_some());
    if (before.is_some() || after.is_some()) && !lone_denial && plain {
        let show = |fact: Option<Fact>, old: bool| fact.map(|fact| scene.shown(&fact, old));
        found.fact(kind, show(before, true), show(after, false), direction);
    }
}

/// In French the conditional of an auxiliary says that somebody else says so: `a`, `aurait`.
fn is_conditional(scene: &Scene<'_>, hunk: &Hunk) -> bool {
    const PAIRS: [(&str, &str); 4] =
        [("a", "aurait"), ("ont", "auraient"), ("est", "serait"), ("sont", "seraient")];
    scene.lexicon.language == Language::French
        && scene.word_pairs(hunk).iter().any(|(one, two)| {
            let pair = (scene.folded(one), scene.folded(two));
            PAIRS.contains(&pair) || PAIRS.contains(&(pair.1, pair.0))
        })
}

fn hedge(scene: &Scene<'_>, hunk: &Hunk, wide: &Hunk, found: &mut Found) {
    if is_conditional(scene, hunk) {
        found.fact(
            Kind::Hedge,
            scene.words_of(scene.old, scene.old_text, &hunk.old),
            scene.words_of(scene.new, scene.new_text, &hunk.new),
            None,
        );
    }
    let old: Vec<&Fact> = within(&scene.old_facts, Sort::Hedge, &wide.old).collect();
    let new: Vec<&Fact> = within(&scene.new_facts, Sort::Hedge, &wide.new).collect();
    let (old, new) = leftover(old, new);
    let show = |fact: Option<&&Fact>, old: bool| fact.map(|fact| scene.shown(fact, old));
    let one = old.first().or(new.first()).copied();
    let plain =
        !old.is_empty() && !new.is_empty() || gained_or_lost(scene, hunk, one, !old.is_empty());
    if (!old.is_empty() || !new.is_empty()) && plain {
        found.fact(Kind::Hedge, show(old.first(), true), show(new.first(), false), None);
    }
}

/// Who said it, or how: the verb of saying, or what stands beside it outside the quotation.
fn attribution(scene: &Scene<'_>, hunk: &Hunk, wide: &Hunk, found: &mut Found) {
    if scene.inside(hunk) {
        return;
    }
    let old: Vec<&Fact> = within(&scene.old_facts, Sort::Saying, &wide.old).collect();
    let new: Vec<&Fact> = within(&scene.new_facts, Sort::Saying, &wide.new).collect();
    let (old, new) = leftover(old, new);
    let show = |fact: Option<&&Fact>, old: bool| fact.map(|fact| scene.shown(fact, old));
    let reports = |facts: &[&Fact], old: bool| {
        facts.first().is_some_and(|fact| scene.has_quotation || speech::reports(scene, fact, old))
    };
    let said = if old.is_empty() || new.is_empty() {
        scene.has_quotation && !(old.is_empty() && new.is_empty())
    } else {
        reports(&old, true) && reports(&new, false)
    };
    if said {
        found.fact(Kind::Attribution, show(old.first(), true), show(new.first(), false), None);
    }
    let dated = !found.kinds.is_empty()
        && found.kinds.iter().all(|kind| matches!(kind, Kind::Date | Kind::Number));
    if !dated && speech::speaker_differs(scene, hunk) {
        let named = found.facts.iter().find(|fact| fact.kind == Kind::Name).cloned();
        let (before, after) = match named {
            Some(name) => (name.old, name.new),
            None => (
                scene.words_of(scene.old, scene.old_text, &hunk.old),
                scene.words_of(scene.new, scene.new_text, &hunk.new),
            ),
        };
        found.fact(Kind::Attribution, before, after, None);
    }
}

/// Whether words change inside quotation marks, or marks come or go.
fn quotation(scene: &Scene<'_>, hunk: &Hunk, found: &mut Found) {
    let marks = |text: &str, tokens: &[Token], range: &Range<usize>| {
        tokens
            .get(range.clone())
            .unwrap_or_default()
            .iter()
            .filter(|token| super::quoted::is_double(text, token))
            .count()
    };
    let gone = marks(scene.old_text, scene.old, &hunk.old);
    let come = marks(scene.new_text, scene.new, &hunk.new);
    if scene.inside(hunk) || gone != come {
        found.add(Kind::Quotation);
    }
}

fn heading(scene: &Scene<'_>, found: &mut Found) {
    if scene.heading {
        found.add(Kind::Heading);
    }
}

fn link(scene: &Scene<'_>, hunk: &Hunk) -> bool {
    let has = |tokens: &[Token], range: &Range<usize>| {
        tokens.get(range.clone()).unwrap_or_default().iter().any(|token| token.class == Class::Url)
    };
    has(scene.old, &hunk.old) || has(scene.new, &hunk.new)
}
