//! What it all comes to, in one sentence, and how many of what: for every format the same.

use crate::compare::{Comparison, Kind, Noise, NoiseKind, Verdict, Weight};

/// `meaning: 4 changes (2 critical, 2 minor); 37 differences of form`.
pub(super) fn sentence(comparison: &Comparison) -> String {
    let form = form(comparison.noise.len());
    let changes = counted(comparison.changes.len(), "change", "changes");
    let weights = weights_in_words(comparison);
    match comparison.verdict {
        Verdict::Identical => "identical: the same bytes".to_owned(),
        Verdict::NoiseOnly => format!("noise-only: the same words; {form}"),
        Verdict::Surface => {
            format!("surface: {changes} of wording, spelling or place{weights}; {form}")
        }
        Verdict::Meaning => format!("meaning: {changes}{weights}; {form}"),
    }
}

/// The same as a sentence to read.
pub(super) fn prose(comparison: &Comparison) -> String {
    let form = form(comparison.noise.len());
    let changes = counted(comparison.changes.len(), "change", "changes");
    let weights = weights_in_words(comparison);
    match comparison.verdict {
        Verdict::Identical => "Both files are the same, byte for byte.".to_owned(),
        Verdict::NoiseOnly => format!("The words are the same; {form}."),
        Verdict::Surface => {
            format!(
                "No fact on the lists differs: {changes} of wording, spelling or place{weights}, \
                 {form}. Other words can turn a meaning too."
            )
        }
        Verdict::Meaning => format!("The meaning differs: {changes}{weights}, {form}."),
    }
}

/// ` (2 critical, 1 minor)`; nothing where there is no change.
fn weights_in_words(comparison: &Comparison) -> String {
    let counts = by_weight(comparison).into_iter();
    let counts: Vec<_> =
        counts.map(|(weight, count)| format!("{count} {}", weight.as_str())).collect();
    if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) }
}

fn form(count: usize) -> String {
    match count {
        0 => "no difference of form".to_owned(),
        count => counted(count, "difference of form", "differences of form"),
    }
}

/// `1 change`, `2 changes`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How many changes have each weight, the heaviest first; none with 0.
pub(super) fn by_weight(comparison: &Comparison) -> Vec<(Weight, usize)> {
    let count = |weight| comparison.changes.iter().filter(|change| change.weight == weight).count();
    let counts = Weight::ALL.into_iter().map(|weight| (weight, count(weight)));
    counts.filter(|(_, count)| *count > 0).collect()
}

/// How many changes are of each kind, the heaviest first; none with 0.
pub(super) fn by_kind(comparison: &Comparison) -> Vec<(Kind, usize)> {
    let mut tally = [0_usize; Kind::ALL.len()];
    for kind in comparison.changes.iter().flat_map(|change| &change.kinds) {
        let slot = Kind::ALL.iter().position(|other| other == kind);
        if let Some(slot) = slot.and_then(|slot| tally.get_mut(slot)) {
            *slot += 1;
        }
    }
    Kind::ALL.into_iter().zip(tally).filter(|(_, count)| *count > 0).collect()
}

/// Differences in form of one kind and weight.
pub(super) struct NoiseGroup<'a> {
    pub(super) kind: NoiseKind,
    pub(super) weight: Weight,
    pub(super) count: usize,
    pub(super) first: &'a Noise,
}

/// The differences in form by kind, in the order of the kinds.
pub(super) fn noise_groups(comparison: &Comparison) -> Vec<NoiseGroup<'_>> {
    let mut groups: Vec<NoiseGroup<'_>> = Vec::new();
    for noise in &comparison.noise {
        let same =
            |group: &&mut NoiseGroup<'_>| (group.kind, group.weight) == (noise.kind, noise.weight);
        match groups.iter_mut().find(same) {
            Some(group) => group.count += 1,
            None => groups.push(NoiseGroup {
                kind: noise.kind,
                weight: noise.weight,
                count: 1,
                first: noise,
            }),
        }
    }
    groups.sort_by_key(|group| (group.kind, group.weight));
    groups
}

/// `30 typography, 5 wrap`, most first; without the invisible ones, which are never folded.
pub(super) fn folded(comparison: &Comparison) -> Option<String> {
    let mut groups = noise_groups(comparison);
    groups.retain(|group| group.kind != NoiseKind::Invisible);
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    let counts = groups.iter().map(|group| format!("{} {}", group.count, group.kind.as_str()));
    let counts = counts.collect::<Vec<_>>().join(", ");
    (!counts.is_empty()).then_some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Span;
    use crate::report::diff::testing::sample;

    fn noise(kind: NoiseKind) -> Noise {
        let weight = if kind == NoiseKind::Invisible { Weight::Major } else { Weight::Noise };
        Noise { kind, weight, old: Span::new(0, 0), new: Span::new(0, 1) }
    }

    #[test]
    fn sentences() {
        use NoiseKind::{Invisible, Typography, Wrap};
        let table: [(&str, &[&[Kind]], &[NoiseKind], Verdict, &str); 7] = [
            ("a", &[], &[], Verdict::Identical, "identical: the same bytes"),
            (
                "a",
                &[],
                &[Wrap],
                Verdict::NoiseOnly,
                "noise-only: the same words; 1 difference of form",
            ),
            (
                "a",
                &[],
                &[Invisible, Wrap],
                Verdict::Surface,
                "surface: 0 changes of wording, spelling or place; 2 differences of form",
            ),
            (
                "a {+b+} c",
                &[&[Kind::Wording]],
                &[],
                Verdict::Surface,
                "surface: 1 change of wording, spelling or place (1 minor); no difference of form",
            ),
            (
                "{+a+} b [-c-]",
                &[&[Kind::Number], &[Kind::Wording]],
                &[Typography],
                Verdict::Meaning,
                "meaning: 2 changes (1 critical, 1 minor); 1 difference of form",
            ),
            (
                "{+a+} b [-c-]",
                &[&[Kind::Hedge], &[Kind::Number]],
                &[],
                Verdict::Meaning,
                "meaning: 2 changes (1 critical, 1 major); no difference of form",
            ),
            ("", &[], &[], Verdict::NoiseOnly, "noise-only: the same words; no difference of form"),
        ];
        for (marked, kinds, noises, verdict, expected) in table {
            let mut comparison = sample(marked, kinds);
            comparison.verdict = verdict;
            comparison.noise = noises.iter().copied().map(noise).collect();
            assert_eq!(sentence(&comparison), expected);
        }
    }

    #[test]
    fn noise_is_folded_by_count_and_then_by_kind() {
        use NoiseKind::{Case, Invisible, Typography, Wrap};
        let mut comparison = sample("a", &[]);
        assert_eq!(folded(&comparison), None);
        comparison.noise =
            [Wrap, Case, Invisible, Typography, Wrap].into_iter().map(noise).collect();
        assert_eq!(folded(&comparison).as_deref(), Some("2 wrap, 1 typography, 1 case"));
        let kinds: Vec<_> = noise_groups(&comparison).iter().map(|group| group.kind).collect();
        assert_eq!(kinds, [Typography, Wrap, Case, Invisible]);
    }
}
