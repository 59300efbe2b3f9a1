//! The words of a sentence as the lists have them: elisions and endings taken apart.
//!
//! `n'est` is `n'` and `est`, `don't` is also `n't`, `Ukraine's` is `ukraine`.

use super::Sentence;
use crate::text::lexicon::{Entry, Language, Section};
use crate::text::token::Class;

/// One word: its folded form, and the token it is from.
pub(super) struct Word {
    pub(super) folded: String,
    pub(super) token: usize,
}

/// All words of a sentence; marks stand among them.
pub(super) struct Words {
    pub(super) all: Vec<Word>,
}

/// A phrase of a list that was found: words `first..last`.
pub(super) struct Found {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) entry: Entry,
}

impl Words {
    pub(super) fn new(sentence: &Sentence<'_>) -> Self {
        let mut all = Vec::with_capacity(sentence.tokens.len() + 4);
        for (token, at) in sentence.tokens.iter().zip(0..) {
            let folded = sentence.folded(at);
            if token.class != Class::Word || !folded.contains('\'') {
                all.push(Word { folded: folded.to_owned(), token: at });
                continue;
            }
            for part in parts(folded, sentence.lexicon.language) {
                all.push(Word { folded: part.to_owned(), token: at });
            }
        }
        Self { all }
    }

    /// The folded form at a position; empty behind the end.
    pub(super) fn at(&self, at: usize) -> &str {
        self.all.get(at).map_or("", |word| word.folded.as_str())
    }

    /// The tokens of words `first..last`.
    pub(super) fn tokens(&self, first: usize, last: usize) -> (usize, usize) {
        let begin = self.all.get(first).map_or(0, |word| word.token);
        let end =
            last.checked_sub(1).and_then(|at| self.all.get(at)).map_or(begin, |word| word.token);
        (begin, end + 1)
    }

    /// The longest phrase of a section that begins at a position.
    pub(super) fn phrase(
        &self,
        sentence: &Sentence<'_>,
        at: usize,
        section: Section,
    ) -> Option<Found> {
        let entries = sentence.lexicon.entries(self.at(at));
        entries
            .filter(|entry| entry.section == section)
            .filter_map(|entry| {
                let denied = section == Section::Modality;
                self.follows(at + 1, sentence.lexicon.rest(&entry), denied)
                    .map(|last| (last, entry))
            })
            .max_by_key(|(last, _)| *last)
            .map(|(last, entry)| Found { first: at, last, entry })
    }

    /// Behind the words of `rest`, where they follow at `at`; hyphens and dots between are passed
    /// over, and where `denied` a word that denies.
    fn follows(
        &self,
        mut at: usize,
        rest: impl Iterator<Item = &'static str>,
        denied: bool,
    ) -> Option<usize> {
        for want in rest {
            while self.at(at) != want
                && (matches!(self.at(at), "-" | ".")
                    || denied && matches!(self.at(at), "not" | "pas" | "nicht"))
            {
                at += 1;
            }
            if self.at(at) != want {
                return None;
            }
            at += 1;
        }
        Some(at)
    }
}

/// The parts of a word with an apostrophe.
fn parts(folded: &str, language: Language) -> Vec<&str> {
    match language {
        Language::French => {
            let mut parts = Vec::new();
            let mut rest = folded;
            while let Some(at) = rest.find('\'').filter(|at| *at < 8 && *at + 1 < rest.len()) {
                let (elided, tail) = rest.split_at(at + 1);
                parts.push(elided);
                rest = tail;
            }
            parts.push(rest);
            if folded == "aujourd'hui" { vec![folded] } else { parts }
        }
        Language::English | Language::German => {
            if folded.ends_with("n't") {
                vec![folded, "n't"]
            } else {
                vec![folded.strip_suffix("'s").unwrap_or(folded)]
            }
        }
    }
}
