//! The words for what a comparison says: those of the JSON contract, used by every format and by
//! the command line. They are as stable as the schema.

use crate::compare::{Kind, NoiseKind, Op, Verdict, Weight};

impl Verdict {
    /// The word used in text and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::NoiseOnly => "noise-only",
            Self::Surface => "surface",
            Self::Meaning => "meaning",
        }
    }
}

impl Weight {
    /// Every weight, the heaviest first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::Major, Self::Minor, Self::Noise];

    /// The word used in text, JSON and for `--fail-on`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    /// The weight of that name; `None` for any other word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|weight| weight.as_str() == name)
    }
}

impl Op {
    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Delete => "delete",
            Self::Replace => "replace",
            Self::Move => "move",
            Self::Split => "split",
            Self::Merge => "merge",
        }
    }
}

impl Kind {
    /// Every kind, in the order in which they are named: the heaviest first.
    pub const ALL: [Self; 20] = [
        Self::Number,
        Self::Date,
        Self::Name,
        Self::Negation,
        Self::Modality,
        Self::Quantifier,
        Self::Quotation,
        Self::Attribution,
        Self::Homoglyph,
        Self::BidiControl,
        Self::Added,
        Self::Removed,
        Self::Hedge,
        Self::Heading,
        Self::Link,
        Self::Wording,
        Self::Move,
        Self::Split,
        Self::Merge,
        Self::Spelling,
    ];

    /// The word used in text, JSON and for `--only`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Date => "date",
            Self::Name => "name",
            Self::Negation => "negation",
            Self::Modality => "modality",
            Self::Quantifier => "quantifier",
            Self::Quotation => "quotation",
            Self::Attribution => "attribution",
            Self::Homoglyph => "homoglyph",
            Self::BidiControl => "bidi-control",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Hedge => "hedge",
            Self::Heading => "heading",
            Self::Link => "link",
            Self::Wording => "wording",
            Self::Move => "move",
            Self::Split => "split",
            Self::Merge => "merge",
            Self::Spelling => "spelling",
        }
    }

    /// The kind of that name; `None` for any other word.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What it says in a few words, for readers who meet the name for the first time.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Number => "a number, an amount or a unit differs",
            Self::Date => "a date, a year or a time of day differs",
            Self::Name => "a proper name differs",
            Self::Negation => "what was affirmed is denied, or the other way",
            Self::Modality => "must, shall, will, should, may or can differ",
            Self::Quantifier => "all, most, many, some, few or none differ",
            Self::Quotation => "words within quotation marks differ",
            Self::Attribution => "who said it, or how it was said, differs",
            Self::Homoglyph => "a letter of another script that looks the same",
            Self::BidiControl => "a character that reorders what is shown",
            Self::Added => "text that was not there",
            Self::Removed => "text that is gone",
            Self::Hedge => "how sure the text is differs",
            Self::Heading => "a heading differs",
            Self::Link => "where a link leads differs",
            Self::Wording => "other words, and no known fact among them",
            Self::Move => "the same text in another place",
            Self::Split => "one paragraph became several",
            Self::Merge => "several paragraphs became one",
            Self::Spelling => "the same word, spelled otherwise",
        }
    }
}

impl NoiseKind {
    /// Every kind of difference in form, in the order in which they are named.
    pub const ALL: [Self; 8] = [
        Self::Typography,
        Self::Whitespace,
        Self::Wrap,
        Self::Case,
        Self::Markup,
        Self::Encoding,
        Self::Boilerplate,
        Self::Invisible,
    ];

    /// The word used in text and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Typography => "typography",
            Self::Whitespace => "whitespace",
            Self::Wrap => "wrap",
            Self::Case => "case",
            Self::Markup => "markup",
            Self::Encoding => "encoding",
            Self::Boilerplate => "boilerplate",
            Self::Invisible => "invisible",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_and_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert!(kind.as_str().chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        }
        for weight in Weight::ALL {
            assert_eq!(Weight::parse(weight.as_str()), Some(weight));
        }
        for bad in ["", "Number", "number ", "bidi_control", "noise"] {
            assert_eq!(Kind::parse(bad), None, "{bad:?}");
        }
        assert_eq!(Weight::parse("heavy"), None);
    }

    #[test]
    fn the_lists_are_complete_and_in_order() {
        assert!(Kind::ALL.is_sorted() && Kind::ALL.len() == Kind::Spelling as usize + 1);
        assert!(NoiseKind::ALL.is_sorted());
        assert_eq!(NoiseKind::ALL.len(), NoiseKind::Invisible as usize + 1);
        assert!(Weight::ALL.is_sorted_by(|a, b| a > b));
    }
}
