//! Pairs of texts for measuring: made by rule from a fixed seed, edited in every way an editor
//! edits. They are like a statement in shape (paragraphs, quotations, numbers, dates, names,
//! headings), not in sense, and their words are made of syllables.

use std::fmt::Write as _;

/// A sequence that is the same on every machine (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

const SMALL: [&str; 24] = [
    "the", "of", "and", "to", "in", "a", "is", "that", "for", "it", "was", "on", "are", "by",
    "with", "as", "at", "from", "has", "this", "not", "which", "be", "their",
];
const CUES: [&str; 12] = [
    "must",
    "should",
    "may",
    "all",
    "some",
    "many",
    "never",
    "reportedly",
    "about",
    "no",
    "most",
    "can",
];
const SYLLABLES: [&str; 20] = [
    "ba", "cor", "den", "fi", "gal", "ho", "in", "ju", "ker", "lo", "mar", "ne", "ol", "per",
    "qui", "ra", "son", "ti", "ver", "wen",
];
const NAMES: [&str; 8] = [
    "Anna Verholt",
    "Tomas Brede",
    "Ostmark Relief",
    "Port Carrow",
    "Lindell Institute",
    "Mira Sand",
    "Eastvale",
    "Jonas Pell",
];
const MONTHS: [&str; 4] = ["January", "March", "June", "October"];

/// A word of a vocabulary of some ten thousand, of which some are far more frequent than others.
fn word(dice: &mut Dice) -> String {
    if dice.below(5) < 2 {
        return dice.pick(&SMALL).to_owned();
    }
    if dice.below(30) == 0 {
        return dice.pick(&CUES).to_owned();
    }
    let bound = 1 + dice.below(10_000);
    let mut rank = dice.below(bound) + 20;
    let mut word = String::new();
    while rank > 0 {
        word.push_str(SYLLABLES[rank % SYLLABLES.len()]);
        rank /= SYLLABLES.len();
    }
    word
}

fn sentence(dice: &mut Dice) -> String {
    let mut words: Vec<String> = (0..6 + dice.below(20)).map(|_| word(dice)).collect();
    match dice.below(8) {
        0 => words.push(format!("{} {}", dice.below(900) + 2, word(dice))),
        1 => words.push(format!(
            "on {} {} {}",
            1 + dice.below(28),
            dice.pick(&MONTHS),
            1990 + dice.below(36)
        )),
        2 => words.insert(0, format!("{} said", dice.pick(&NAMES))),
        3 => words.push(format!("\u{201c}{} {} {}\u{201d}", word(dice), word(dice), word(dice))),
        _ => {}
    }
    let text = words.join(" ");
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn paragraph(dice: &mut Dice) -> Vec<String> {
    (0..3 + dice.below(5)).map(|_| sentence(dice)).collect()
}

/// Words in lines of at most `width` characters.
fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut line = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if line > 0 && line + 1 + length > width {
            out.push('\n');
            line = 0;
        } else if line > 0 {
            out.push(' ');
            line += 1;
        }
        out.push_str(word);
        line += length;
    }
    out
}

/// One word of a paragraph becomes another.
fn change_word(dice: &mut Dice, sentences: &mut [String]) {
    let at = dice.below(sentences.len());
    let mut words: Vec<&str> = sentences[at].split(' ').collect();
    let other = word(dice);
    let place = dice.below(words.len());
    words[place] = &other;
    sentences[at] = words.join(" ");
}

/// Every sixth paragraph is edited in one of a dozen ways.
fn edited(dice: &mut Dice, old: &[Vec<String>]) -> Vec<(Vec<String>, usize)> {
    let mut new: Vec<(Vec<String>, usize)> = Vec::with_capacity(old.len());
    let mut moved = Vec::new();
    for sentences in old {
        let mut sentences = sentences.clone();
        let mut width = 80;
        match dice.below(72) {
            0..=3 => change_word(dice, &mut sentences),
            4 => {
                let at = dice.below(sentences.len());
                sentences.remove(at);
            }
            5 => {
                let at = dice.below(sentences.len() + 1);
                sentences.insert(at, sentence(dice));
            }
            6 => {
                moved.push(sentences);
                continue;
            }
            7 => width = 64,
            8 => {
                for text in &mut sentences {
                    *text = text.replace(['\u{201c}', '\u{201d}'], "\"").replacen(' ', "\u{a0}", 2);
                }
            }
            9 => {
                let last = sentences.split_off(sentences.len() / 2);
                new.push((sentences, width));
                sentences = last;
            }
            10 => new.push((paragraph(dice), width)),
            11 => continue,
            _ => {}
        }
        new.push((sentences, width));
    }
    for mut sentences in moved {
        change_word(dice, &mut sentences);
        let at = dice.below(new.len() + 1);
        new.insert(at, (sentences, 80));
    }
    new.retain(|(sentences, _)| !sentences.is_empty());
    new
}

fn text(paragraphs: impl Iterator<Item = (Vec<String>, usize)>) -> String {
    let mut out = String::new();
    for (at, (sentences, width)) in paragraphs.enumerate() {
        if at % 20 == 0 {
            let _ = write!(out, "# Part {}\n\n", at / 20 + 1);
        }
        out.push_str(&wrapped(&sentences.join(" "), width));
        out.push_str("\n\n");
    }
    out
}

/// An old text of about `bytes` bytes and its new version.
pub(crate) fn pair(bytes: usize) -> (String, String) {
    let mut dice = Dice::new(bytes as u64);
    let mut old = Vec::new();
    let mut length = 0;
    while length < bytes {
        let next = paragraph(&mut dice);
        length += next.iter().map(|text| text.len() + 1).sum::<usize>();
        old.push(next);
    }
    let new = edited(&mut dice, &old);
    (text(old.into_iter().map(|sentences| (sentences, 80))), text(new.into_iter()))
}
