//! The words by which the differ tells what an edit means: one data file a language.
//!
//! The lists say that a word can have a meaning, not that it has it wherever it stands. The files
//! are read when a language is first asked for.

use rustc_hash::FxBuildHasher;
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
    /// The entry with the same first word before this one.
    before: Option<usize>,
}

/// The lists of one language.
#[derive(Debug)]
pub struct Lexicon {
    /// Which language.
    pub language: Language,
    entries: Vec<Entry>,
    /// The last entry that begins with a word.
    last: HashMap<&'static str, usize, FxBuildHasher>,
    stop: HashSet<&'static str, FxBuildHasher>,
    abbreviations: HashSet<String, FxBuildHasher>,
    /// Pairs of words and their denied form.
    denied: HashMap<&'static str, &'static str, FxBuildHasher>,
    spelling: Vec<(&'static str, &'static str)>,
    /// Phrases by their first word.
    boilerplate: HashMap<&'static str, Vec<Phrase>, FxBuildHasher>,
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
        let beginning = |text: &&'_ str| {
            let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
            words.take(LOOKED_AT).map(str::to_lowercase).collect::<Vec<_>>()
        };
        for lower in texts.iter().flat_map(beginning) {
            all += 1;
            for at in stop.get(lower.as_str()).into_iter().flatten() {
                counts.iter_mut().skip(*at).take(1).for_each(|count| *count += 1);
            }
        }
        let best = Self::ALL.into_iter().zip(counts).max_by_key(|(_, count)| *count);
        best.filter(|(_, count)| *count > 0 && count * 20 >= all).map(|(language, _)| language)
    }
}

/// The function words of all languages, each with the languages that have it.
fn stop_words() -> &'static HashMap<&'static str, Vec<usize>, FxBuildHasher> {
    static WORDS: OnceLock<HashMap<&'static str, Vec<usize>, FxBuildHasher>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut words: HashMap<&str, Vec<usize>, FxBuildHasher> = HashMap::default();
        for (at, language) in Language::ALL.into_iter().enumerate() {
            section(language.file(), "[stop]")
                .for_each(|word| words.entry(word).or_default().push(at));
        }
        words
    })
}

/// The entries of one section of a file.
fn section(file: &'static str, header: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines()
        .skip_while(move |line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

impl Lexicon {
    fn read(language: Language) -> Self {
        let mut lexicon = Self {
            language,
            entries: Vec::with_capacity(9_000),
            last: HashMap::with_capacity_and_hasher(9_000, FxBuildHasher),
            stop: HashSet::default(),
            abbreviations: HashSet::default(),
            denied: HashMap::default(),
            spelling: Vec::new(),
            boilerplate: HashMap::default(),
        };
        let mut name = "";
        for line in language.file().lines() {
            if let Some(header) = line.strip_prefix('[') {
                name = header.trim_end_matches(']');
            } else if !line.is_empty() && !line.starts_with('#') {
                let (text, value) = line.split_once('\t').unwrap_or((line, ""));
                lexicon.add(name, text, value);
            }
        }
        lexicon
    }

    fn add(&mut self, section: &str, text: &'static str, value: &'static str) {
        let section = match section {
            "stop" => {
                self.stop.insert(text);
                return;
            }
            "abbreviation" => {
                self.abbreviations.insert(text.chars().filter(|c| *c != ' ').collect());
                return;
            }
            "negation-pair" => {
                self.denied.insert(text, value);
                return;
            }
            "spelling" => {
                self.spelling.push((text.trim_end_matches('*'), value.trim_end_matches('*')));
                return;
            }
            "boilerplate" => {
                let open = text.ends_with('*');
                let mut words = text.trim_end_matches('*').split_whitespace().map(bare);
                if let Some(first) = words.next() {
                    let rest = words.filter(|word| !word.is_empty()).collect();
                    self.boilerplate.entry(first).or_default().push(Phrase { rest, open });
                }
                return;
            }
            "negation" => Section::Negation,
            "modality" => Section::Modality,
            "quantifier" => Section::Quantifier,
            "hedge" => Section::Hedge,
            "saying" => Section::Saying,
            "month" => Section::Month,
            "weekday" => Section::Weekday,
            "number" => Section::Number,
            "number-weak" => Section::NumberWeak,
            "unit" => Section::Unit,
            "place" => Section::Place,
            "demonym" => Section::Demonym,
            "first-name" => Section::FirstName,
            "title" => Section::Title,
            "organisation" => Section::Organisation,
            "case" => Section::Case,
            _ => return,
        };
        let Some((first, rest)) = self.split_first(text.trim_start_matches('*')) else { return };
        let before = self.last.insert(first, self.entries.len());
        self.entries.push(Entry { rest, section, value, before });
    }

    /// The first word of an entry and what follows. Hyphens are words of their own, and so are
    /// French elisions: `d'après`, `n'est`.
    fn split_first(&self, text: &'static str) -> Option<(&'static str, &'static str)> {
        let text = text.trim_start_matches([' ', '.']);
        let elided = self.language == Language::French && text != "aujourd'hui";
        let at = text.find(|c| matches!(c, ' ' | '.' | '-') || (elided && c == '\''));
        let cut = match at {
            None => text.len(),
            Some(0) => 1,
            Some(at) => at + usize::from(text.as_bytes().get(at) == Some(&b'\'')),
        };
        (!text.is_empty()).then(|| text.split_at(cut))
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
    pub fn entries(&self, first: &str) -> impl Iterator<Item = &Entry> {
        let mut next = self.last.get(first).copied();
        std::iter::from_fn(move || {
            let entry = self.entries.get(next?)?;
            next = entry.before;
            Some(entry)
        })
    }

    /// Whether a folded word by itself is in a list.
    pub fn has(&self, section: Section, word: &str) -> bool {
        self.value(section, word).is_some()
    }

    /// What a list says of a folded word by itself.
    pub fn value(&self, section: Section, word: &str) -> Option<&'static str> {
        self.entries(word)
            .find(|entry| entry.section == section && entry.rest.is_empty())
            .map(|entry| entry.value)
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
        let tail = |word: &str, stem: &str| word.strip_prefix(stem).map(str::to_owned);
        self.spelling.iter().any(|(a, b)| {
            let same = |x: &str, y: &str| match (tail(x, a), tail(y, b)) {
                (Some(x), Some(y)) => x == y,
                (None, _) | (_, None) => false,
            };
            same(one, other) || same(other, one)
        })
    }

    /// Phrases of menus and banners that begin with a word, in lower case, without marks.
    pub fn boilerplate(&self, first: &str) -> &[Phrase] {
        self.boilerplate.get(first).map_or(&[], Vec::as_slice)
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
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\u{a9}')
}
