//! Reading a data file: one pass, in which nothing is copied.

use super::lines::{Line, Lines, List};
use super::{Language, Lexicon, Section, bare, is_around};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// What a list is made into.
#[derive(Clone, Copy)]
enum Use {
    Lines(Section),
    Boilerplate,
    Stop,
    Abbreviation,
    Denied,
    Spelling,
}

/// What the list under a header is made into.
fn use_of(header: &str) -> Option<Use> {
    Some(match header {
        "[stop]" => Use::Stop,
        "[abbreviation]" => Use::Abbreviation,
        "[negation-pair]" => Use::Denied,
        "[spelling]" => Use::Spelling,
        "[boilerplate]" => Use::Boilerplate,
        "[negation]" => Use::Lines(Section::Negation),
        "[modality]" => Use::Lines(Section::Modality),
        "[quantifier]" => Use::Lines(Section::Quantifier),
        "[hedge]" => Use::Lines(Section::Hedge),
        "[saying]" => Use::Lines(Section::Saying),
        "[month]" => Use::Lines(Section::Month),
        "[weekday]" => Use::Lines(Section::Weekday),
        "[number]" => Use::Lines(Section::Number),
        "[number-weak]" => Use::Lines(Section::NumberWeak),
        "[unit]" => Use::Lines(Section::Unit),
        "[place]" => Use::Lines(Section::Place),
        "[demonym]" => Use::Lines(Section::Demonym),
        "[first-name]" => Use::Lines(Section::FirstName),
        "[title]" => Use::Lines(Section::Title),
        "[organisation]" => Use::Lines(Section::Organisation),
        "[case]" => Use::Lines(Section::Case),
        _ => return None,
    })
}

impl Lexicon {
    pub(super) fn read(language: Language) -> Self {
        let file = language.file();
        let mut lexicon = Self {
            language,
            lines: Lines::of(file),
            stop: HashSet::default(),
            abbreviations: HashSet::default(),
            denied: HashMap::default(),
            spelling: Vec::new(),
        };
        let mut list = None;
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', file.as_bytes()) {
            let line = file.get(from..end).unwrap_or_default();
            match line.as_bytes().first() {
                Some(b'[') => list = use_of(line),
                Some(b'#') | None => {}
                Some(_) => list.into_iter().for_each(|list| lexicon.add(list, from, line)),
            }
            from = end + 1;
        }
        lexicon
    }

    /// Takes a line of a list, which stands at an offset of the file.
    fn add(&mut self, list: Use, at: usize, line: &'static str) {
        let length = line.bytes().position(|byte| byte == b'\t').unwrap_or(line.len());
        if let Use::Lines(section) = list {
            return self.add_entry(section, at, line.as_bytes(), length);
        }
        let (text, value) = line.split_at(length);
        let value = value.strip_prefix('\t').unwrap_or_default();
        match list {
            Use::Stop => {
                self.stop.insert(text);
            }
            Use::Abbreviation => {
                self.abbreviations.insert(unspaced(text));
            }
            Use::Denied => {
                self.denied.insert(text, value);
            }
            Use::Spelling => {
                let stem = |word: &'static str| word.trim_end_matches('*');
                self.spelling.push((stem(text), stem(value)));
            }
            Use::Boilerplate => self.add_phrase(at, text),
            Use::Lines(_) => {}
        }
    }

    /// An entry that ends at `length`, and behind that its value.
    fn add_entry(&mut self, section: Section, at: usize, line: &[u8], length: usize) {
        let is_mark = |byte: &&u8| matches!(byte, b'*' | b' ' | b'.');
        let skip = line.iter().take_while(is_mark).count();
        let text = line.get(skip..length).unwrap_or_default();
        let first = self.first_length(text);
        if first > 0 {
            let value = (line.len() - length).saturating_sub(1);
            let rest = text.len() - first;
            self.lines.add(Line::new(List::Of(section), at + skip, first, rest, value));
        }
    }

    /// A phrase of menus and banners; it is cut into words where it is asked for, which is seldom.
    fn add_phrase(&mut self, at: usize, text: &'static str) {
        let word = text.split_whitespace().next().unwrap_or_default();
        let first = bare(word);
        let skip = word.len() - word.trim_start_matches(is_around).len();
        let rest = text.len() - skip - first.len();
        if !first.is_empty() {
            self.lines.add(Line::new(List::Boilerplate, at + skip, first.len(), rest, 0));
        }
    }
}

/// Without blanks.
fn unspaced(text: &'static str) -> Cow<'static, str> {
    if text.contains(' ') { text.replace(' ', "").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::super::{Entry, Phrase};
    use super::*;

    /// The lines of one list, read plainly.
    fn plainly(language: Language, header: &str) -> Vec<(&'static str, &'static str)> {
        let lines = language.file().lines().skip_while(|line| *line != header).skip(1);
        let lines = lines.take_while(|line| !line.starts_with('['));
        lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| line.split_once('\t').unwrap_or((line, "")))
            .collect()
    }

    #[test]
    fn every_line_is_found_again() {
        for language in Language::ALL {
            let lexicon = language.lexicon();
            let headers = language.file().lines().filter(|line| line.starts_with('['));
            let mut lines = 0;
            for header in headers {
                match use_of(header).unwrap_or_else(|| panic!("{header} is no list")) {
                    Use::Lines(section) => {
                        for (text, value) in plainly(language, header) {
                            let text = text.trim_start_matches('*');
                            let (first, rest) = lexicon.split_first(text).unwrap();
                            let is_it = |entry: &Entry| {
                                (entry.section, entry.rest, entry.value) == (section, rest, value)
                            };
                            assert!(lexicon.entries(first).any(|entry| is_it(&entry)), "{text}");
                            lines += 1;
                        }
                    }
                    Use::Boilerplate => {
                        for (text, _) in plainly(language, header) {
                            let open = text.ends_with('*');
                            let text = text.trim_end_matches('*');
                            let mut words = text.split_whitespace().map(bare);
                            let first = words.next().unwrap();
                            let rest: Vec<_> = words.filter(|word| !word.is_empty()).collect();
                            let is_it = |found: &Phrase| found.rest == rest && found.open == open;
                            assert!(
                                lexicon.boilerplate(first).any(|found| is_it(&found)),
                                "{text}"
                            );
                            lines += 1;
                        }
                    }
                    Use::Stop => {
                        let all = plainly(language, header);
                        assert!(all.iter().all(|(word, _)| lexicon.is_stop(word)));
                        assert_eq!(all.len(), lexicon.stop.len());
                    }
                    Use::Abbreviation => {
                        let all = plainly(language, header);
                        let known = |text: &str| lexicon.is_abbreviation(&text.replace(' ', ""));
                        assert!(all.iter().all(|(text, _)| known(text)));
                    }
                    Use::Denied => {
                        let all = plainly(language, header);
                        assert!(all.iter().all(|(one, two)| lexicon.is_denial(two, one)));
                    }
                    Use::Spelling => {
                        assert_eq!(plainly(language, header).len(), lexicon.spelling.len());
                    }
                }
            }
            assert_eq!(lexicon.lines.len(), lines);
        }
    }

    #[test]
    fn a_word_of_no_list_has_no_lines() {
        for language in Language::ALL {
            let lexicon = language.lexicon();
            for word in ["", "xyzzy", "\u{4e2d}", "[stop]"] {
                assert_eq!(lexicon.entries(word).count(), 0, "{word}");
            }
        }
    }
}
