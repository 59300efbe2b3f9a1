//! Differences in form: what is different to a program and the same to a reader.

use super::NoiseKind;
use crate::text::fold::{Glyph, glyph};

/// One difference between two gaps, as ranges of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) kind: NoiseKind,
    pub(super) old: std::ops::Range<usize>,
    pub(super) new: std::ops::Range<usize>,
}

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Form only.
    Noise(NoiseKind),
    /// A character that reorders text; never form only.
    Bidi,
}

/// How a token differs from one that reads the same; `None` where the bytes are the same.
pub(super) fn token(old: &str, new: &str) -> Option<What> {
    if old == new {
        return None;
    }
    let bidi = |text: &str| text.chars().filter(|c| glyph(*c) == Glyph::Bidi).collect::<String>();
    let visible =
        |text: &str| text.chars().filter(|c| glyph(*c) != Glyph::Invisible).collect::<String>();
    if bidi(old) != bidi(new) {
        Some(What::Bidi)
    } else if visible(old) == visible(new)
        || visible(old).chars().count() != old.chars().count()
        || visible(new).chars().count() != new.chars().count()
    {
        Some(What::Noise(NoiseKind::Invisible))
    } else if old.to_lowercase() == new.to_lowercase() {
        Some(What::Noise(NoiseKind::Case))
    } else {
        Some(What::Noise(NoiseKind::Typography))
    }
}

/// How two gaps differ that stand between the same tokens. Where both have as many line ends, each
/// line end is looked at by itself.
pub(super) fn gap(old: &str, new: &str) -> Vec<Difference> {
    if old == new {
        return Vec::new();
    }
    let (one, two) = (pieces(old), pieces(new));
    if one.len() > 1 && one.len() == two.len() {
        let pairs = one.into_iter().zip(two);
        return pairs
            .filter(|(x, y)| old.get(x.clone()) != new.get(y.clone()))
            .map(|(x, y)| {
                let kind = kind(
                    old.get(x.clone()).unwrap_or_default(),
                    new.get(y.clone()).unwrap_or_default(),
                );
                Difference { kind, old: x, new: y }
            })
            .collect();
    }
    vec![Difference { kind: kind(old, new), old: 0..old.len(), new: 0..new.len() }]
}

/// A gap cut behind each line end.
fn pieces(gap: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, _) in gap.match_indices('\n') {
        found.push(from..at + 1);
        from = at + 1;
    }
    if from < gap.len() {
        found.push(from..gap.len());
    }
    found
}

fn kind(old: &str, new: &str) -> NoiseKind {
    let marks = |text: &str| {
        text.chars()
            .filter(|c| !matches!(glyph(*c), Glyph::Space | Glyph::Invisible | Glyph::Bidi))
            .collect::<String>()
    };
    let ends = |text: &str| {
        text.chars()
            .filter(|c| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'))
            .collect::<String>()
    };
    if marks(old) != marks(new) {
        NoiseKind::Markup
    } else if ends(old) != ends(new) {
        NoiseKind::Wrap
    } else {
        NoiseKind::Whitespace
    }
}

/// How many line ends a gap has, CR LF being one.
pub(super) fn line_ends(gap: &str) -> usize {
    let lone = gap.matches('\r').count() - gap.matches("\r\n").count();
    gap.matches('\n').count() + lone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        use NoiseKind::{Case, Invisible, Typography};
        for (old, new, want) in [
            ("a", "a", None),
            ("\"", "\u{201c}", Some(What::Noise(Typography))),
            ("Users", "users", Some(What::Noise(Case))),
            ("information", "infor\u{ad}mation", Some(What::Noise(Invisible))),
            ("abc", "a\u{202e}bc", Some(What::Bidi)),
        ] {
            assert_eq!(token(old, new), want, "{old} {new}");
        }
    }

    #[test]
    fn gaps() {
        use NoiseKind::{Markup, Whitespace, Wrap};
        for (old, new, want) in [
            (" ", " ", &[][..]),
            (" ", "\n", &[Wrap]),
            (" ", "\u{a0}", &[Whitespace]),
            ("\n\n", "\r\n\r\n", &[Wrap, Wrap]),
            (" ", " **", &[Markup]),
        ] {
            let found: Vec<NoiseKind> =
                gap(old, new).iter().map(|difference| difference.kind).collect();
            assert_eq!(found, want, "{old:?} {new:?}");
        }
    }
}
