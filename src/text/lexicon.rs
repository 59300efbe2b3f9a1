//! The words by which the differ tells what an edit means: one data file a language.
//!
//! The lists say that a word can have a meaning, not that it has it wherever it stands. The files
//! are read when a language is first asked for.

mod lines;
mod read;

use lines::{Lines, List};
use rustc_hash::FxBuildHasher;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// A language with word lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
    /// German.
    German,
}

/// Which list an entry is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// `not`, `never`.
    Negation,
    /// `must`, `should`, with a rank.
    Modality,
    /// `all`, `some`, with a rank.
    Quantifier,
    /// `allegedly`, `about`.
    Hedge,
    /// `said`, `according to`.
    Saying,
    /// Months, 1 to 12.
    Month,
    /// Days of the week, Monday 1.
    Weekday,
    /// Spelled numbers.
    Number,
    /// Spelled numbers that are articles or ordinary words as well.
    NumberWeak,
    /// Units, currencies and scales.
    Unit,
    /// Countries, cities, regions.
    Place,
    /// What belongs to a country.
    Demonym,
    /// Given names.
    FirstName,
    /// `Mr`, `President`.
    Title,
    /// `Ministry`, `Council`.
    Organisation,
    /// Words whose capital letter changes what they mean.
    Case,
}

/// One entry: what stands behind its first word, and what the file says of it.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    rest: &'static str,
    /// The list.
    pub section: Section,
    /// The value, or nothing.
    pub value: &'static str,
}

/// The lists of one language.
#[derive(Debug)]
pub struct Lexicon {
    /// Which language.
    pub language: Language,
    lines: Lines,
    stop: HashSet<&'static str, FxBuildHasher>,
    abbreviations: HashSet<Cow<'static, str>, FxBuildHasher>,
    /// Pairs of words and their denied form.
    denied: HashMap<&'static str, &'static str, FxBuildHasher>,
    spelling: Vec<(&'static str, &'static str)>,
}

impl Language {
    /// Every language with lists.
    pub const ALL: [Self; 3] = [Self::English, Self::French, Self::German];

    /// Its ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::German => "de",
        }
    }

    /// Its lists.
    pub fn lexicon(self) -> &'static Lexicon {
        static ENGLISH: OnceLock<Lexicon> = OnceLock::new();
        static FRENCH: OnceLock<Lexicon> = OnceLock::new();
        static GERMAN: OnceLock<Lexicon> = OnceLock::new();
        let cell = match self {
            Self::English => &ENGLISH,
            Self::French => &FRENCH,
            Self::German => &GERMAN,
        };
        cell.get_or_init(|| Lexicon::read(self))
    }

    const fn file(self) -> &'static str {
        match self {
            Self::English => include_str!("language/en.txt"),
            Self::French => include_str!("language/fr.txt"),
            Self::German => include_str!("language/de.txt"),
        }
    }

    /// The language whose function words are the most frequent in the beginnings of some texts
    /// together; `None` where they are rare in all.
    pub fn of(texts: &[&str]) -> Option<Self> {
        const LOOKED_AT: usize = 600;
        let stop = stop_words();
        let mut counts = [0_usize; 3];
        let mut all = 0_usize;
        let mut lower = String::new();
        for text in texts {
            let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
            for word in words.take(LOOKED_AT) {
                all += 1;
                lower.clear();
                if word.is_ascii() {
                    super::fold::word(word, &mut lower);
                } else {
                    lower.push_str(&word.to_lowercase());
                }
                let languages = stop.get(lower.as_str()).copied().unwrap_or_default();
                counts
                    .iter_mut()
                    .zip(languages)
                    .for_each(|(count, has)| *count += usize::from(has));
            }
        }
        let best = Self::ALL.into_iter().zip(counts).max_by_key(|(_, count)| *count);
        best.filter(|(_, count)| *count > 0 && count * 20 >= all).map(|(language, _)| language)
    }
}

/// The function words of all languages, and which languages have each.
fn stop_words() -> &'static HashMap<&'static str, [bool; 3], FxBuildHasher> {
    static WORDS: OnceLock<HashMap<&'static str, [bool; 3], FxBuildHasher>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut words: HashMap<&str, [bool; 3], FxBuildHasher> =
            HashMap::with_capacity_and_hasher(200, FxBuildHasher);
        for (at, language) in Language::ALL.into_iter().enumerate() {
            for word in section(language.file(), "\n[stop]\n") {
                words.entry(word).or_default().get_mut(at).into_iter().for_each(|has| *has = true);
            }
        }
        words
    })
}

/// The entries of one section of a file.
fn section(file: &'static str, header: &str) -> impl Iterator<Item = &'static str> {
    let from = memchr::memmem::find(file.as_bytes(), header.as_bytes());
    let body = from.and_then(|from| file.get(from + header.len()..)).unwrap_or_default();
    body.lines()
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

impl Lexicon {
    /// The first word of an entry and what follows. Hyphens are words of their own, and so are
    /// French elisions: `d'après`, `n'est`.
    fn split_first(&self, text: &'static str) -> Option<(&'static str, &'static str)> {
        let text = text.trim_start_matches([' ', '.']);
        (!text.is_empty()).then(|| text.split_at(self.first_length(text.as_bytes())))
    }

    /// How long the first word of an entry is that begins with no blank and no dot.
    fn first_length(&self, text: &[u8]) -> usize {
        let elided = self.language == Language::French && text != b"aujourd'hui";
        let ends = |byte: &u8| matches!(byte, b' ' | b'.' | b'-') || (elided && *byte == b'\'');
        match text.iter().position(ends) {
            None => text.len(),
            Some(0) => 1,
            Some(at) => at + usize::from(text.get(at) == Some(&b'\'')),
        }
    }

    /// The words of an entry behind its first.
    pub fn rest(&self, entry: &Entry) -> impl Iterator<Item = &'static str> {
        let mut text = entry.rest;
        std::iter::from_fn(move || {
            let (word, tail) = self.split_first(text)?;
            text = tail;
            Some(word)
        })
    }

    /// The entries that begin with a folded word.
    pub fn entries(&self, first: &str) -> impl Iterator<Item = Entry> {
        self.lines.starting(first).filter_map(|line| match line.list {
            List::Of(section) => {
                Some(Entry { rest: self.lines.rest(line), section, value: self.lines.value(line) })
            }
            List::Boilerplate => None,
        })
    }

    /// Whether a folded word by itself is in a list.
    pub fn has(&self, section: Section, word: &str) -> bool {
        self.value(section, word).is_some()
    }

    /// What a list says of a folded word by itself.
    pub fn value(&self, section: Section, word: &str) -> Option<&'static str> {
        let list = List::Of(section);
        let mut lines = self.lines.starting(word);
        let line = lines.find(|line| line.list == list && line.is_single());
        line.map(|line| self.lines.value(line))
    }

    /// Whether a folded word is a function word.
    pub fn is_stop(&self, word: &str) -> bool {
        self.stop.contains(word)
    }

    /// Whether no sentence ends behind a word with its dot, both in lower case.
    pub fn is_abbreviation(&self, word: &str) -> bool {
        self.abbreviations.contains(word)
    }

    /// Whether one of two folded words denies the other: `able`, `unable`.
    pub fn is_denial(&self, one: &str, other: &str) -> bool {
        self.denied.get(one).is_some_and(|denied| *denied == other)
            || self.denied.get(other).is_some_and(|denied| *denied == one)
    }

    /// Whether two folded words are two spellings of one: `colour`, `color`.
    pub fn is_respelling(&self, one: &str, other: &str) -> bool {
        self.spelling.iter().any(|(a, b)| {
            let same = |x: &str, y: &str| {
                x.strip_prefix(a).is_some_and(|tail| y.strip_prefix(b) == Some(tail))
            };
            same(one, other) || same(other, one)
        })
    }

    /// Phrases of menus and banners that begin with a word, in lower case, without marks.
    pub fn boilerplate(&self, first: &str) -> impl Iterator<Item = Phrase> {
        let lines = self.lines.starting(first).filter(|line| line.list == List::Boilerplate);
        lines.map(|line| {
            let text = self.lines.rest(line);
            let words = text.split_whitespace().map(bare).filter(|word| !word.is_empty());
            Phrase { rest: words.collect(), open: text.ends_with('*') }
        })
    }
}

/// A phrase of a menu or banner behind its first word.
#[derive(Debug, Clone)]
pub struct Phrase {
    /// The other words.
    pub rest: Vec<&'static str>,
    /// Whether anything may follow.
    pub open: bool,
}

/// A word without the marks around it; the copyright sign stays.
pub fn bare(word: &str) -> &str {
    word.trim_matches(is_around)
}

/// Whether a character is a mark, and not the copyright sign.
fn is_around(c: char) -> bool {
    !c.is_alphanumeric() && c != '\u{a9}'
}
