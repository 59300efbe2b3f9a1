//! The words by which the differ tells what an edit means: one data file a language.
//!
//! The lists say that a word can have a meaning, not that it has it wherever it stands. The files
//! are read when a language is first asked for.

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

/// One entry: its words, folded, and what the file says of it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The words behind the first.
    pub rest: Vec<&'static str>,
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
    entries: HashMap<&'static str, Vec<Entry>>,
    stop: HashSet<&'static str>,
    abbreviations: HashSet<String>,
    /// Pairs of words and their denied form.
    denied: HashMap<&'static str, &'static str>,
    spelling: Vec<(&'static str, &'static str)>,
    /// Phrases by their first word.
    boilerplate: HashMap<&'static str, Vec<Phrase>>,
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

    /// The language whose function words are the most frequent in the beginning of a text;
    /// `None` where they are rare in all.
    pub fn of(text: &str) -> Option<Self> {
        const LOOKED_AT: usize = 2_000;
        let words = || {
            text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).take(LOOKED_AT)
        };
        let all = words().count();
        let mut best = (0, None);
        for language in Self::ALL {
            let stop: HashSet<&str> = section(language.file(), "stop").collect();
            let count = words().filter(|word| stop.contains(word.to_lowercase().as_str())).count();
            if count > best.0 {
                best = (count, Some(language));
            }
        }
        best.1.filter(|_| best.0 * 12 >= all)
    }
}

/// The entries of one section of a file.
fn section<'a>(file: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    file.lines()
        .skip_while(move |line| *line != format!("[{name}]"))
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

impl Lexicon {
    fn read(language: Language) -> Self {
        let mut lexicon = Self {
            language,
            entries: HashMap::with_capacity(6_000),
            stop: HashSet::new(),
            abbreviations: HashSet::new(),
            denied: HashMap::new(),
            spelling: Vec::new(),
            boilerplate: HashMap::new(),
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
        // French elisions are words of their own: `d'après`, `n'est`.
        let elided = self.language == Language::French && text != "aujourd'hui";
        let parts = move |word: &'static str| {
            word.split_inclusive(if elided { '\'' } else { ' ' }).map(str::trim_end)
        };
        let words = text.trim_start_matches('*').split([' ', '.']).flat_map(hyphened);
        let mut words = words.flat_map(parts).filter(|word| !word.is_empty());
        if let Some(first) = words.next() {
            let entry = Entry { rest: words.collect(), section, value };
            self.entries.entry(first).or_default().push(entry);
        }
    }

    /// The entries that begin with a folded word.
    pub fn entries(&self, first: &str) -> &[Entry] {
        self.entries.get(first).map_or(&[], Vec::as_slice)
    }

    /// Whether a folded word by itself is in a list.
    pub fn has(&self, section: Section, word: &str) -> bool {
        self.value(section, word).is_some()
    }

    /// What a list says of a folded word by itself.
    pub fn value(&self, section: Section, word: &str) -> Option<&'static str> {
        self.entries(word)
            .iter()
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

/// The parts of a word and the hyphens between them.
fn hyphened(word: &'static str) -> impl Iterator<Item = &'static str> {
    word.split_inclusive('-').flat_map(|part| match part.strip_suffix('-') {
        Some(head) => [head, "-"],
        None => [part, ""],
    })
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
