//! What must hold of every comparison, as checks that say what does not. Shared by the property
//! tests and the fuzz target; they read the public result only and know nothing of how it is made.

use std::collections::HashSet;
use unicode_segmentation::GraphemeCursor;
use vidimus::compare::{
    Change, Comparison, FactChange, Kind, Noise, NoiseKind, Op, RowKind, Source, Span, Verdict,
    Weight, compare,
};
use vidimus::text::Document;

/// What was checked, or what is wrong.
pub(crate) type Checked = Result<(), String>;

macro_rules! ensure {
    ($holds:expr, $($say:tt)+) => {
        if !$holds {
            return Err(format!($($say)+));
        }
    };
}

/// Everything that can be said of one comparison by itself.
pub(crate) fn whole(found: &Comparison) -> Checked {
    script(found)?;
    booked(found)?;
    spans(found)?;
    moves(found)?;
    weights(found)?;
    order(found)?;
    rows(found)
}

/// Everything about a pair: the comparison, the other direction, each side with itself.
pub(crate) fn pair(old: &Document, new: &Document) -> Checked {
    let found = compare(old.clone(), new.clone());
    whole(&found)?;
    let again = compare(old.clone(), new.clone());
    same(&found, &again)?;
    let back = compare(new.clone(), old.clone());
    whole(&back).map_err(|wrong| format!("mirrored: {wrong}"))?;
    mirror(&found, &back)?;
    itself(old)?;
    itself(new)
}

/// The script gives the new text, stretch by stretch, from the old one.
pub(crate) fn script(found: &Comparison) -> Checked {
    let (old, new) = (found.old.text(), found.new.text());
    let mut built = String::with_capacity(new.len());
    let mut at = 0;
    for (span, source) in &found.script {
        ensure!(span.start == at && span.end > at, "script: gap or overlap at {at}: {span:?}");
        let here = slice(new, *span, "script")?;
        match source {
            Source::Old(from) => {
                let copied = slice(old, *from, "source")?;
                ensure!(copied == here, "copy differs: {from:?} {copied:?}, {span:?} {here:?}");
                built.push_str(copied);
            }
            Source::Noise(index) => {
                ensure!(*index < found.noise.len(), "no noise {index}");
                built.push_str(here);
            }
            Source::Change(index) => {
                ensure!(*index < found.changes.len(), "no change {index}");
                built.push_str(here);
            }
        }
        at = span.end;
    }
    ensure!(at == new.len() && built == new, "the script ends at {at} of {}", new.len());
    Ok(())
}

/// Each letter and digit of both texts is copied once, or lies in one difference in form or in one
/// change that is no move.
pub(crate) fn booked(found: &Comparison) -> Checked {
    let copies = found.script.iter().filter_map(|(span, source)| match source {
        Source::Old(from) => Some((*from, *span)),
        Source::Noise(_) | Source::Change(_) => None,
    });
    let (from, to): (Vec<Span>, Vec<Span>) = copies.unzip();
    let edits = || found.changes.iter().filter(|change| change.op != Op::Move);
    let old = from
        .into_iter()
        .chain(found.noise.iter().map(|noise| noise.old))
        .chain(edits().flat_map(|change| change.old.iter().copied()));
    let new = to
        .into_iter()
        .chain(found.noise.iter().map(|noise| noise.new))
        .chain(edits().flat_map(|change| change.new.iter().copied()));
    once(found.old.text(), old, "old")?;
    once(found.new.text(), new, "new")
}

fn once(text: &str, spans: impl Iterator<Item = Span>, side: &str) -> Checked {
    let mut steps = vec![0_i32; text.len() + 1];
    for span in spans {
        slice(text, span, side)?;
        steps[span.start] += 1;
        steps[span.end] -= 1;
    }
    let mut depth = 0;
    for (at, step) in steps.iter().enumerate() {
        depth += step;
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { continue };
        // The look around is long: only where something is wrong.
        let counts = || c.is_alphanumeric() && !in_tag(text, at);
        ensure!(
            depth == 1 || !counts(),
            "{side}: {c:?} at {at} is booked {depth} times, near {:?}",
            near(text, at)
        );
    }
    Ok(())
}

/// Whether a letter belongs to a tag without attributes: markup, which is form.
fn in_tag(text: &str, at: usize) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || c == '/';
    let (left, right) = text.split_at(at);
    left.trim_end_matches(name).ends_with('<') && right.trim_start_matches(name).starts_with('>')
}

fn near(text: &str, at: usize) -> String {
    let from =
        text.get(..at).map_or(0, |head| head.char_indices().rev().nth(15).map_or(0, |c| c.0));
    text.get(from..).unwrap_or_default().chars().take(32).collect()
}

/// No span leaves its text or cuts a grapheme cluster; sentences hold their changes.
pub(crate) fn spans(found: &Comparison) -> Checked {
    let (old, new) = (found.old.text(), found.new.text());
    for (at, change) in found.changes.iter().enumerate() {
        let sides = [
            ("old", old, &change.old, change.old_at, change.old_sentence),
            ("new", new, &change.new, change.new_at, change.new_sentence),
        ];
        for (side, text, spans, place, sentence) in sides {
            let say = format!("change {at} {:?} {:?} {side}", change.op, change.kinds);
            for span in spans {
                clean(text, *span, &say)?;
                ensure!(!span.is_empty() || change.op_parts(), "{say}: empty {span:?}");
            }
            clean(text, Span::new(place, place), &format!("{say} place"))?;
            if let Some(sentence) = sentence {
                clean(text, sentence, &format!("{say} sentence"))?;
                let inside = spans.iter().all(|span| sentence.holds(span));
                ensure!(inside || change.op_parts(), "{say}: {spans:?} outside {sentence:?}");
            }
        }
        let (o, n) = (change.old.is_empty(), change.new.is_empty());
        let fits = match change.op {
            Op::Insert => o && !n,
            Op::Delete => !o && n,
            Op::Replace | Op::Move | Op::Split | Op::Merge => !o && !n,
        };
        ensure!(fits, "change {at}: {:?} with {:?} and {:?}", change.op, change.old, change.new);
    }
    for (at, noise) in found.noise.iter().enumerate() {
        clean(old, noise.old, &format!("noise {at} {:?} old", noise.kind))?;
        clean(new, noise.new, &format!("noise {at} {:?} new", noise.kind))?;
        // An encoding or a byte order mark lies outside of the text.
        let outside = noise.kind == NoiseKind::Encoding;
        let some = outside || !noise.old.is_empty() || !noise.new.is_empty();
        ensure!(some, "noise {at} {:?} is empty on both sides", noise.kind);
    }
    Ok(())
}

trait Parts {
    /// Whether it is about where a paragraph ends, not about words.
    fn op_parts(&self) -> bool;
}

impl Parts for Change {
    fn op_parts(&self) -> bool {
        matches!(self.op, Op::Split | Op::Merge)
    }
}

fn slice<'a>(text: &'a str, span: Span, say: &str) -> Result<&'a str, String> {
    text.get(span.start..span.end).ok_or_else(|| format!("{say}: {span:?} is not in the text"))
}

fn clean(text: &str, span: Span, say: &str) -> Checked {
    slice(text, span, say)?;
    for at in [span.start, span.end] {
        let mut cursor = GraphemeCursor::new(at, text.len(), true);
        let whole = cursor.is_boundary(text, 0) == Ok(true);
        ensure!(whole, "{say}: {span:?} cuts a cluster at {at}, near {:?}", near(text, at));
    }
    Ok(())
}

/// `within` names a move that holds the spans.
pub(crate) fn moves(found: &Comparison) -> Checked {
    for (at, change) in found.changes.iter().enumerate() {
        let Some(index) = change.within else { continue };
        let Some(outer) = found.changes.get(index) else {
            return Err(format!("change {at} lies in {index}, which is none"));
        };
        ensure!(outer.op == Op::Move, "change {at} lies in {index}, a {:?}", outer.op);
        let held = |spans: &[Span], outer: &[Span]| {
            spans.iter().all(|span| outer.iter().any(|outer| outer.holds(span)))
        };
        let inside = held(&change.old, &outer.old) && held(&change.new, &outer.new);
        ensure!(inside, "change {at} {change:?} is not inside {outer:?}");
    }
    Ok(())
}

/// What a kind weighs: the table of `differ.md`.
fn weight_of(kind: Kind) -> Weight {
    match kind {
        Kind::Number
        | Kind::Date
        | Kind::Name
        | Kind::Negation
        | Kind::Modality
        | Kind::Quantifier
        | Kind::Quotation
        | Kind::Attribution
        | Kind::Homoglyph
        | Kind::BidiControl => Weight::Critical,
        Kind::Added | Kind::Removed | Kind::Hedge | Kind::Heading | Kind::Link => Weight::Major,
        Kind::Wording | Kind::Move | Kind::Split | Kind::Merge | Kind::Spelling => Weight::Minor,
    }
}

/// Kinds are there, once each, the heaviest first; weights and verdict follow from them.
pub(crate) fn weights(found: &Comparison) -> Checked {
    for (at, change) in found.changes.iter().enumerate() {
        let weights: Vec<Weight> = change.kinds.iter().map(|kind| weight_of(*kind)).collect();
        let once: HashSet<Kind> = change.kinds.iter().copied().collect();
        ensure!(!weights.is_empty(), "change {at} has no kind");
        ensure!(once.len() == weights.len(), "change {at}: a kind twice in {:?}", change.kinds);
        ensure!(weights.is_sorted_by(|a, b| a >= b), "change {at}: order of {:?}", change.kinds);
        let least = if change.within.is_some() { Weight::Major } else { weights[0] };
        ensure!(
            change.weight >= weights[0].max(least),
            "change {at}: {:?} weighs {:?}",
            change.kinds,
            change.weight
        );
        let shown = change.facts.iter().all(|fact| fact.old.is_some() || fact.new.is_some());
        ensure!(shown, "change {at}: a fact of neither side");
        let named = change.facts.iter().all(|fact| change.kinds.contains(&fact.kind));
        ensure!(named, "change {at}: {:?} lacks the kind of a fact", change.kinds);
    }
    let hidden = |noise: &Noise| noise.kind == NoiseKind::Invisible;
    for noise in &found.noise {
        let right = (noise.weight == Weight::Major) == hidden(noise);
        ensure!(right, "noise {:?} weighs {:?}", noise.kind, noise.weight);
    }
    let heaviest = found.changes.iter().map(|change| change.weight).max();
    let identical = found.old.sha256() == found.new.sha256();
    let want = match heaviest {
        Some(Weight::Critical | Weight::Major) => Verdict::Meaning,
        Some(Weight::Minor | Weight::Noise) => Verdict::Surface,
        None if found.noise.iter().any(hidden) => Verdict::Surface,
        None if identical => Verdict::Identical,
        None => Verdict::NoiseOnly,
    };
    ensure!(found.verdict == want, "the verdict is {:?}, not {want:?}", found.verdict);
    Ok(())
}

/// Changes and noise stand in the order of the new text.
pub(crate) fn order(found: &Comparison) -> Checked {
    let changes = found.changes.is_sorted_by_key(|change| change.new_at);
    ensure!(changes, "changes are not in the order of the new text");
    let noise = found.noise.is_sorted_by_key(|noise| noise.new.start);
    ensure!(noise, "noise is not in the order of the new text");
    Ok(())
}

/// Rows hold every letter of both texts; what a row is called, it is.
pub(crate) fn rows(found: &Comparison) -> Checked {
    let old: Vec<Span> = found
        .rows
        .iter()
        .filter(|row| !matches!(row.kind, RowKind::MovedHere(_)))
        .filter_map(|row| row.old)
        .collect();
    let new: Vec<Span> = found.rows.iter().filter_map(|row| row.new).collect();
    once(found.old.text(), old.into_iter(), "rows, old")?;
    once(found.new.text(), new.into_iter(), "rows, new")?;
    for row in &found.rows {
        let text = |document: &Document, span: Option<Span>| {
            span.map(|span| span.of(document.text()).to_owned())
        };
        let (one, two) = (text(&found.old, row.old), text(&found.new, row.new));
        match row.kind {
            RowKind::Same => ensure!(one == two, "rows: {one:?} is not the same as {two:?}"),
            RowKind::Added => ensure!(one.is_none() && two.is_some(), "rows: {row:?}"),
            RowKind::Removed => ensure!(one.is_some() && two.is_none(), "rows: {row:?}"),
            RowKind::MovedAway(index) | RowKind::MovedHere(index) => {
                let moved = found.changes.get(index).is_some_and(|change| change.op == Op::Move);
                ensure!(moved, "rows: {row:?} names no move");
            }
            RowKind::Noise | RowKind::Changed => {
                ensure!(one.is_some() && two.is_some(), "rows: {row:?}");
            }
        }
    }
    Ok(())
}

/// Two comparisons of the same pair say the same.
pub(crate) fn same(one: &Comparison, two: &Comparison) -> Checked {
    ensure!(one.changes == two.changes, "other changes the second time");
    ensure!(one.noise == two.noise, "other noise the second time");
    ensure!(one.script == two.script, "another script the second time");
    ensure!(one.rows == two.rows, "other rows the second time");
    ensure!(one.coarse == two.coarse && one.verdict == two.verdict, "another verdict");
    Ok(())
}

/// A text against itself.
pub(crate) fn itself(document: &Document) -> Checked {
    let found = compare(document.clone(), document.clone());
    ensure!(found.verdict == Verdict::Identical, "with itself: {:?}", found.verdict);
    ensure!(found.changes.is_empty() && found.noise.is_empty(), "with itself: not empty");
    script(&found)
}

/// The comparison of new with old says the same with sides exchanged.
pub(crate) fn mirror(found: &Comparison, back: &Comparison) -> Checked {
    let mut one: Vec<String> = found.changes.iter().map(|c| shown(c, false)).collect();
    let mut two: Vec<String> = back.changes.iter().map(|c| shown(c, true)).collect();
    one.sort_unstable();
    two.sort_unstable();
    differ("changes", &one, &two)?;
    let noise = |n: &Noise, turned: bool| {
        let (old, new) = if turned { (n.new, n.old) } else { (n.old, n.new) };
        format!("{:?} {old:?} {new:?}", n.kind)
    };
    let mut one: Vec<String> = found.noise.iter().map(|n| noise(n, false)).collect();
    let mut two: Vec<String> = back.noise.iter().map(|n| noise(n, true)).collect();
    one.sort_unstable();
    two.sort_unstable();
    differ("noise", &one, &two)
}

fn differ(what: &str, one: &[String], two: &[String]) -> Checked {
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|entry| !b.contains(entry)).take(4).cloned().collect()
    };
    let (here, there) = (only(one, two), only(two, one));
    ensure!(one == two, "mirror, {what}: only forward {here:#?}, only back {there:#?}");
    Ok(())
}

/// A change with its sides exchanged, as words; weights apart, since what is removed can weigh
/// more than what is added.
fn shown(change: &Change, turned: bool) -> String {
    if !turned {
        let mut kinds = change.kinds.clone();
        kinds.sort_unstable();
        return format!(
            "{:?} {kinds:?} {:?} {:?} {:?}",
            change.op, change.old, change.new, change.facts
        );
    }
    let op = match change.op {
        Op::Insert => Op::Delete,
        Op::Delete => Op::Insert,
        Op::Split => Op::Merge,
        Op::Merge => Op::Split,
        Op::Replace | Op::Move => change.op,
    };
    let mut kinds: Vec<Kind> = change.kinds.iter().map(|kind| turned_kind(*kind)).collect();
    kinds.sort_unstable();
    let facts: Vec<FactChange> = change.facts.iter().map(turned_fact).collect();
    format!("{op:?} {kinds:?} {:?} {:?} {facts:?}", change.new, change.old)
}

#[allow(clippy::wildcard_enum_match_arm, reason = "all other kinds are their own mirror")]
fn turned_kind(kind: Kind) -> Kind {
    match kind {
        Kind::Added => Kind::Removed,
        Kind::Removed => Kind::Added,
        Kind::Split => Kind::Merge,
        Kind::Merge => Kind::Split,
        other => other,
    }
}

fn turned_fact(fact: &FactChange) -> FactChange {
    let direction = fact.direction.map(|direction| match direction {
        "up" => "down",
        "down" => "up",
        "stronger" => "weaker",
        "weaker" => "stronger",
        other => other,
    });
    FactChange { kind: fact.kind, old: fact.new.clone(), new: fact.old.clone(), direction }
}
