//! How heavy edits are, and what they come to.

use super::{Change, Kind, Noise, Verdict, Weight};

/// The weight of a kind by itself.
pub(super) const fn of_kind(kind: Kind) -> Weight {
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

/// The heaviest of several kinds.
pub(super) fn of_kinds(kinds: &[Kind]) -> Weight {
    kinds.iter().map(|kind| of_kind(*kind)).max().unwrap_or(Weight::Minor)
}

/// What changes and differences in form come to.
pub(super) fn verdict(changes: &[Change], noise: &[Noise]) -> Verdict {
    let heaviest = changes.iter().map(|change| change.weight).max();
    let hidden = noise.iter().any(|noise| noise.weight > Weight::Noise);
    match heaviest {
        Some(Weight::Critical | Weight::Major) => Verdict::Meaning,
        Some(Weight::Minor | Weight::Noise) => Verdict::Surface,
        None if hidden => Verdict::Surface,
        None => Verdict::NoiseOnly,
    }
}
