//! Numbers: digits in any common form, spelled numbers, scales and units.

use super::words::Words;
use super::{Fact, Sentence, Sort};
use crate::text::lexicon::{Language, Section};
use crate::text::token::{Class, is_currency};

/// All numbers of a sentence with what stands behind them as unit.
pub(super) fn numbers(sentence: &Sentence<'_>, words: &Words) -> Vec<Fact> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.all.len() {
        match digits(sentence, words, at).or_else(|| spelled(sentence, words, at)) {
            Some(number) => {
                let (fact, last) = with_unit(sentence, words, number);
                found.push(fact);
                at = last;
            }
            None => at += 1,
        }
    }
    found
}

/// A value at words `first..last`.
struct Number {
    first: usize,
    last: usize,
    /// Digits with one `.` for the decimal mark, and whatever letters follow.
    value: String,
    rank: Option<f64>,
    weak: bool,
    /// The currency or percent sign that is part of it.
    sign: Option<char>,
}

/// A number in digits, thousands parted by blanks included.
fn digits(sentence: &Sentence<'_>, words: &Words, at: usize) -> Option<Number> {
    let token = words.all.get(at)?.token;
    if sentence.tokens.get(token)?.class != Class::Number {
        return None;
    }
    let whole = words.at(at);
    let bare = whole.trim_start_matches(is_currency).trim_end_matches('%');
    let sign = whole.chars().find(|c| is_currency(*c) || *c == '%');
    let mut text = bare.to_owned();
    let mut last = at + 1;
    while text.len() <= 12
        && text.bytes().all(|b| b.is_ascii_digit())
        && grouped(sentence, words, last)
    {
        text.push_str(words.at(last));
        last += 1;
    }
    let negative = at > 0
        && words.at(at - 1) == "-"
        && sentence
            .tokens
            .get(token.wrapping_sub(1))
            .zip(sentence.tokens.get(token))
            .is_some_and(|(dash, own)| dash.end() == own.start())
        && (at == 1
            || sentence
                .tokens
                .get(token.wrapping_sub(2))
                .zip(sentence.tokens.get(token.wrapping_sub(1)))
                .is_some_and(|(before, dash)| before.end() < dash.start()));
    let value = normal(&text, sentence.lexicon.language);
    let value = if negative { format!("-{value}") } else { value };
    let rank = value.parse().ok();
    let first = if negative { at - 1 } else { at };
    Some(Number { first, last, value, rank, weak: false, sign })
}

/// Whether three digits follow behind a blank that parts thousands.
fn grouped(sentence: &Sentence<'_>, words: &Words, at: usize) -> bool {
    let (Some(word), Some(before)) = (words.all.get(at), at.checked_sub(1)) else { return false };
    let (Some(token), Some(last)) = (
        sentence.tokens.get(word.token),
        words.all.get(before).and_then(|word| sentence.tokens.get(word.token)),
    ) else {
        return false;
    };
    let gap = sentence.text.get(last.end()..token.start()).unwrap_or_default();
    let hard = matches!(gap, "\u{a0}" | "\u{202f}" | "\u{2009}");
    let soft = gap == " " && sentence.lexicon.language != Language::English;
    token.class == Class::Number
        && word.folded.len() == 3
        && word.folded.bytes().all(|byte| byte.is_ascii_digit())
        && words.at(before).trim_start_matches(is_currency).len() <= 3
        && (hard || soft)
}

/// Digits without the marks that part thousands, `.` for the decimal mark.
fn normal(text: &str, language: Language) -> String {
    let (digits, tail) = text.split_at(text.find(char::is_alphabetic).unwrap_or(text.len()));
    let digits: String = digits.chars().map(crate::text::fold::narrow).collect();
    let (thousands, decimal) = match language {
        Language::English => (',', '.'),
        Language::French | Language::German => ('.', ','),
    };
    let bare: String = digits.chars().filter(|c| *c != '\'').collect();
    let parts: Vec<&str> = bare.split(thousands).collect();
    let in_threes = parts.len() > 1
        && parts
            .iter()
            .skip(1)
            .all(|part| part.split(decimal).next().is_some_and(|p| p.len() == 3));
    let plain = if in_threes {
        parts.concat().replace(decimal, ".")
    } else if parts.len() == 2 && !bare.contains(decimal) {
        bare.replace(thousands, ".")
    } else {
        bare.replace(decimal, ".")
    };
    let plain = plain.trim_start_matches('0');
    let plain = if plain.is_empty() || plain.starts_with('.') {
        format!("0{plain}")
    } else {
        plain.to_owned()
    };
    format!("{plain}{tail}")
}

/// A number in words: `forty-five`, `deux cent trois`, `fünfundvierzig`.
fn spelled(sentence: &Sentence<'_>, words: &Words, at: usize) -> Option<Number> {
    let mut sum = Sum::default();
    let mut next = at;
    let mut last = at;
    let mut weak = true;
    loop {
        let passed = last > at && matches!(words.at(next), "-" | "and" | "et" | "und");
        let here = if passed { next + 1 } else { next };
        let Some((value, sure, behind)) = value_at(sentence, words, here) else { break };
        if !sum.add(value, sentence.lexicon.language) || (passed && !sure && words.at(next) != "-")
        {
            break;
        }
        weak &= !sure;
        (next, last) = (behind, behind);
    }
    (last > at).then(|| {
        let value = sum.total();
        Number { first: at, last, value: shown(value), rank: Some(value), weak, sign: None }
    })
}

/// The value of the words at a position, whether they are surely a number, and what is behind.
fn value_at(sentence: &Sentence<'_>, words: &Words, at: usize) -> Option<(f64, bool, usize)> {
    for (section, sure) in [(Section::Number, true), (Section::NumberWeak, false)] {
        if let Some(found) = words.phrase(sentence, at, section)
            && let Ok(value) = found.entry.value.parse()
        {
            return Some((value, sure, found.last));
        }
    }
    let value = match sentence.lexicon.language {
        Language::German => compound(words.at(at), sentence)?,
        Language::English | Language::French => return None,
    };
    Some((value, true, at + 1))
}

/// Longer words, in bytes, are no numbers.
const LONGEST_COMPOUND: usize = 80;

/// A German compound: `fünfundvierzig`, `zweihundertdrei`, `dreitausend`.
fn compound(word: &str, sentence: &Sentence<'_>) -> Option<f64> {
    let simple = |word: &str| -> Option<f64> {
        let of = |section| sentence.lexicon.value(section, word);
        of(Section::Number).or_else(|| of(Section::NumberWeak))?.parse().ok()
    };
    let part = |word: &str, empty: f64| {
        if word.is_empty() { Some(empty) } else { compound(word, sentence) }
    };
    if word.len() > LONGEST_COMPOUND {
        return None;
    }
    if let Some(value) = simple(word).or_else(|| (word == "ein").then_some(1.0)) {
        return Some(value);
    }
    if let Some((head, tail)) = word.split_once("tausend") {
        return Some(part(head, 1.0)? * 1000.0 + part(tail, 0.0)?);
    }
    if let Some((head, tail)) = word.split_once("hundert") {
        return Some(
            part(head, 1.0)? * 100.0 + part(tail.strip_prefix("und").unwrap_or(tail), 0.0)?,
        );
    }
    let (units, tens) = word.split_once("und")?;
    let units = if units == "ein" { Some(1.0) } else { simple(units) };
    Some(units? + simple(tens).filter(|tens| *tens >= 20.0)?)
}

/// A number that grows word by word.
#[derive(Default)]
struct Sum {
    done: f64,
    current: Option<f64>,
}

impl Sum {
    /// Takes the next word in, if it can belong to the same number.
    fn add(&mut self, value: f64, language: Language) -> bool {
        let current = self.current;
        match current {
            None => self.current = Some(value),
            Some(current) if value >= 1000.0 => {
                self.done += current.max(1.0) * value;
                self.current = Some(0.0);
            }
            Some(current) if value >= 99.5 => {
                if current >= 100.0 {
                    return false;
                }
                self.current = Some(current.max(1.0) * value);
            }
            Some(4.0) if language == Language::French && (value - 20.0).abs() < 0.5 => {
                self.current = Some(80.0);
            }
            Some(current) => {
                let room = if current % 1000.0 < 0.5 || current % 100.0 < 0.5 {
                    100.0
                } else if current % 20.0 < 0.5 && language == Language::French {
                    20.0
                } else if current % 10.0 < 0.5 {
                    10.0
                } else {
                    0.0
                };
                if value >= room || value < 1.0 || (current < 0.5 && self.done < 0.5) {
                    return false;
                }
                self.current = Some(current + value);
            }
        }
        true
    }

    fn total(&self) -> f64 {
        self.done + self.current.unwrap_or(0.0)
    }
}

fn shown(value: f64) -> String {
    format!("{value}")
}

/// The number with the scale and unit behind it, or the currency before it; and what is behind.
fn with_unit(sentence: &Sentence<'_>, words: &Words, number: Number) -> (Fact, usize) {
    let Number { first, mut last, value, rank, weak, sign } = number;
    let mut value = value;
    let mut rank = rank;
    let mut first_word = first;
    if let Some(found) = words.phrase(sentence, last, Section::Unit) {
        let scale = match found.entry.value {
            "thousand" => Some(1e3),
            "million" => Some(1e6),
            "billion" => Some(1e9),
            "trillion" => Some(1e12),
            _ => None,
        };
        match (scale, rank) {
            (Some(scale), Some(before)) => {
                rank = Some(before * scale);
                value = shown(before * scale);
            }
            _ => value = format!("{value} {}", found.entry.value),
        }
        last = found.last;
    } else if let Some(scale) = scale_at(sentence, words, last)
        && let Some(before) = rank
    {
        rank = Some(before * scale);
        value = shown(before * scale);
        last += 1;
        if let Some(found) = words.phrase(sentence, last, Section::Unit) {
            value = format!("{value} {}", found.entry.value);
            last = found.last;
        }
    }
    if let Some(before) = first.checked_sub(1)
        && let Some(found) = words.phrase(sentence, before, Section::Unit)
        && found.last == first
        && words.at(before).chars().all(|c| !c.is_alphabetic())
    {
        value = format!("{value} {}", found.entry.value);
        first_word = before;
    }
    if let Some(sign) = sign {
        value = format!("{value} {sign}");
    }
    let (first, end) = words.tokens(first_word, last);
    (Fact { sort: Sort::Number, first, last: end, value, rank, weak }, last)
}

/// `million` behind digits.
fn scale_at(sentence: &Sentence<'_>, words: &Words, at: usize) -> Option<f64> {
    let value: f64 = sentence.lexicon.value(Section::Number, words.at(at))?.parse().ok()?;
    (value >= 100.0).then_some(value)
}
