//! Dates and times: days, months, years, days of the week, hours.

use super::words::Words;
use super::{Fact, Sentence, Sort};
use crate::text::lexicon::{Language, Section};
use crate::text::token::Class;

/// All dates of a sentence.
pub(super) fn dates(sentence: &Sentence<'_>, words: &Words) -> Vec<Fact> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.all.len() {
        match date(sentence, words, at) {
            Some(last) => {
                let (first, behind) = words.tokens(at, last);
                let value = value(sentence, words, at, last);
                found.push(Fact {
                    sort: Sort::Date,
                    first,
                    last: behind,
                    value,
                    rank: None,
                    weak: false,
                });
                at = last;
            }
            None => at += 1,
        }
    }
    found
}

/// The parts of a date in one form: months as numbers, no commas.
fn value(sentence: &Sentence<'_>, words: &Words, first: usize, last: usize) -> String {
    let mut parts: Vec<String> = Vec::new();
    for at in first..last {
        let word = words.at(at);
        let of = |section| sentence.lexicon.value(section, word);
        match (of(Section::Month), of(Section::Weekday)) {
            (Some(month), _) => parts.push(format!("m{month}")),
            (None, Some(day)) => parts.push(format!("w{day}")),
            (None, None)
                if matches!(word, "," | "." | "of" | "the" | "de" | "den" | "dem" | "le") => {}
            (None, None) => parts.push(bare(word).unwrap_or(word).to_owned()),
        }
    }
    if let Some(written) = in_figures(sentence, words, first, last) {
        parts = written;
    }
    parts.sort_unstable();
    parts.join(" ")
}

/// Day, month and year of `12.03.2024`, and of `12/03/2024` where the day is written first.
fn in_figures(
    sentence: &Sentence<'_>,
    words: &Words,
    first: usize,
    last: usize,
) -> Option<Vec<String>> {
    let day_first = sentence.lexicon.language != Language::English;
    let figures: Vec<&str> = match last - first {
        1 => words.at(first).split('.').collect(),
        5 if matches!(words.at(first + 1), "/" | "-") => {
            [0, 2, 4].iter().map(|step| words.at(first + step)).collect()
        }
        _ => return None,
    };
    let [one, two, three] = figures.as_slice() else { return None };
    let (day, month, year) = match (one.len(), last - first) {
        (4, _) => (three, two, one),
        (_, 5) if !day_first => (two, one, three),
        (_, _) => (one, two, three),
    };
    let plain = |text: &str| text.trim_start_matches('0').to_owned();
    (year.len() == 4).then(|| vec![plain(day), format!("m{}", plain(month)), plain(year)])
}

/// Behind the date that begins at a position, if one does.
fn date(sentence: &Sentence<'_>, words: &Words, at: usize) -> Option<usize> {
    iso(words, at)
        .or_else(|| dotted(sentence, words, at))
        .or_else(|| clock(sentence, words, at))
        .or_else(|| named(sentence, words, at))
        .or_else(|| year(sentence, words, at))
}

fn number(words: &Words, at: usize) -> Option<u32> {
    bare(words.at(at))?.parse().ok()
}

/// The digits of `12`, `12th`, `1er`.
fn bare(word: &str) -> Option<&str> {
    let digits = word.trim_end_matches(char::is_alphabetic);
    let tail = word.get(digits.len()..)?;
    let ordinal = matches!(tail, "" | "st" | "nd" | "rd" | "th" | "er" | "ter" | "e");
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (ordinal && plain).then_some(digits)
}

fn is_day(words: &Words, at: usize) -> bool {
    number(words, at).is_some_and(|day| (1..=31).contains(&day))
}

fn is_year(words: &Words, at: usize) -> bool {
    words.at(at).len() == 4 && number(words, at).is_some_and(|year| (1000..2200).contains(&year))
}

fn is_month(sentence: &Sentence<'_>, words: &Words, at: usize) -> bool {
    let Some(word) = words.all.get(at) else { return false };
    let capital = sentence.raw(word.token).chars().next().is_some_and(char::is_uppercase);
    let written = capital || sentence.lexicon.language == Language::French;
    // `dix-sept` is no September.
    let joined = at.checked_sub(1).is_some_and(|before| words.at(before) == "-");
    written && !joined && sentence.lexicon.has(Section::Month, &word.folded)
}

/// `2024-03-12`, `12/03/2024`.
fn iso(words: &Words, at: usize) -> Option<usize> {
    let mark = words.at(at + 1);
    if !matches!(mark, "-" | "/") || words.at(at + 3) != mark {
        return None;
    }
    let parts = [number(words, at)?, number(words, at + 2)?, number(words, at + 4)?];
    let (years, days) =
        (is_year(words, at) || is_year(words, at + 4), parts.iter().filter(|n| **n <= 31).count());
    (years && days >= 2).then_some(at + 5)
}

/// `12.03.2024`, one token.
fn dotted(sentence: &Sentence<'_>, words: &Words, at: usize) -> Option<usize> {
    let token = words.all.get(at)?.token;
    if sentence.tokens.get(token)?.class != Class::Number {
        return None;
    }
    let parts: Vec<&str> = words.at(at).split('.').collect();
    let fits = parts.len() == 3
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        && parts.first().is_some_and(|day| day.len() <= 2)
        && parts.get(1).is_some_and(|month| month.len() <= 2)
        && parts.get(2).is_some_and(|year| matches!(year.len(), 2 | 4));
    fits.then_some(at + 1)
}

/// `14:30`, `14.30 Uhr`, `14h30`, `3 p.m.`.
fn clock(sentence: &Sentence<'_>, words: &Words, at: usize) -> Option<usize> {
    let word = words.at(at);
    if let Some((hours, minutes)) = word.split_once('h') {
        let hour = hours.parse::<u32>().is_ok_and(|hour| hour < 25);
        let minute = minutes.is_empty() || minutes.parse::<u32>().is_ok_and(|minute| minute < 60);
        return (hour && minute).then_some(at + 1);
    }
    let hour =
        word.split('.').next().and_then(|hour| hour.parse::<u32>().ok()).filter(|hour| *hour < 25);
    if hour.is_none() {
        return (is_hour_with_suffix(word)).then_some(at + 1);
    }
    let token = |at: usize| words.all.get(at).and_then(|word| sentence.tokens.get(word.token));
    let close = token(at)
        .zip(token(at + 1))
        .zip(token(at + 2))
        .is_some_and(|((a, b), c)| a.end() == b.start() && b.end() == c.start());
    let mut last = at + 1;
    if words.at(at + 1) == ":"
        && close
        && words.at(at + 2).len() == 2
        && number(words, at + 2).is_some_and(|m| m < 60)
    {
        last = at + 3;
    }
    let suffix = match (words.at(last), words.at(last + 1), words.at(last + 2)) {
        ("uhr", _, _) => Some(if number(words, last + 1).is_some_and(|m| m < 60) { 2 } else { 1 }),
        ("am" | "pm", _, _) if sentence.lexicon.language == Language::English => Some(1),
        ("a" | "p", ".", "m") => Some(if words.at(last + 3) == "." { 4 } else { 3 }),
        ("heures" | "heure", _, _) => {
            Some(if number(words, last + 1).is_some_and(|m| m < 60) { 2 } else { 1 })
        }
        ("h", _, _) => Some(if number(words, last + 1).is_some_and(|m| m < 60) { 2 } else { 1 }),
        ("o'clock", _, _) => Some(1),
        _ => None,
    };
    match suffix {
        Some(length) => Some(last + length),
        None => (last > at + 1).then_some(last),
    }
}

/// `3pm`.
fn is_hour_with_suffix(word: &str) -> bool {
    let digits = word.trim_end_matches(char::is_alphabetic);
    matches!(word.get(digits.len()..), Some("am" | "pm"))
        && digits.parse::<u32>().is_ok_and(|hour| hour < 25)
}

/// A day of the week, a month with its day and year, in either order.
fn named(sentence: &Sentence<'_>, words: &Words, at: usize) -> Option<usize> {
    let weekday = |at: usize| {
        let Some(word) = words.all.get(at) else { return false };
        let capital = sentence.raw(word.token).chars().next().is_some_and(char::is_uppercase);
        let written = capital || sentence.lexicon.language == Language::French;
        written && sentence.lexicon.has(Section::Weekday, &word.folded)
    };
    if weekday(at) {
        let mut next = at + 1;
        while matches!(words.at(next), "," | "the" | "le" | "den" | "dem" | ".") {
            next += 1;
        }
        return Some(month_day(sentence, words, next).unwrap_or(at + 1));
    }
    month_day(sentence, words, at)
}

/// `12 March 2024`, `March 12, 2024`, `12. März`, `1er mai`, `March 2024`, `March`.
fn month_day(sentence: &Sentence<'_>, words: &Words, at: usize) -> Option<usize> {
    let mut next = at;
    if is_day(words, next) {
        next += 1;
        while matches!(words.at(next), "." | "of" | "th" | "st") {
            next += 1;
        }
        if !is_month(sentence, words, next) {
            return None;
        }
        next += 1;
    } else if is_month(sentence, words, next) {
        next += 1;
        if words.at(next) == "." && is_day(words, next + 1) {
            next += 1;
        }
        if is_day(words, next) && sentence.lexicon.language == Language::English {
            next += 1;
        } else if !is_year(words, next) && is_cue(sentence, words, at) {
            return None;
        }
    } else {
        return None;
    }
    let year = if words.at(next) == "," { next + 1 } else { next };
    Some(if is_year(words, year) { year + 1 } else { next })
}

/// Whether a month by itself is also another word (`may`, `march`) or begins the sentence.
fn is_cue(sentence: &Sentence<'_>, words: &Words, at: usize) -> bool {
    let word = words.at(at);
    sentence.lexicon.has(Section::Modality, word)
        || (sentence.lexicon.has(Section::Case, word)
            && words.all.get(at).is_some_and(|w| w.token == 0))
}

/// A year by itself: 1000 to 2199 where a preposition or the end of a clause says so.
fn year(sentence: &Sentence<'_>, words: &Words, at: usize) -> Option<usize> {
    if !is_year(words, at) {
        return None;
    }
    let value = number(words, at)?;
    let before = at.checked_sub(1).map_or("", |before| words.at(before));
    let led = matches!(
        before,
        "in" | "since"
            | "until"
            | "by"
            | "before"
            | "after"
            | "from"
            | "during"
            | "year"
            | "mid"
            | "early"
            | "late"
            | "en"
            | "depuis"
            | "avant"
            | "après"
            | "dès"
            | "jusqu'en"
            | "année"
            | "l'année"
            | "début"
            | "fin"
            | "seit"
            | "im"
            | "bis"
            | "ab"
            | "jahr"
            | "jahre"
            | "jahres"
            | "anfang"
            | "ende"
            | "mitte"
            | "vor"
            | "nach"
            | "von"
            | "of"
            | "de"
            | "and"
            | "to"
            | "et"
            | "à"
            | "und"
            | "zwischen"
            | "between"
            | "entre"
    );
    let next = words.all.get(at + 1).and_then(|word| sentence.tokens.get(word.token));
    let followed = next.is_some_and(|next| next.class == Class::Word)
        && !sentence.lexicon.is_stop(words.at(at + 1));
    let unit = words.phrase(sentence, at + 1, Section::Unit).is_some()
        || at
            .checked_sub(1)
            .is_some_and(|before| words.phrase(sentence, before, Section::Unit).is_some());
    let likely = (1800..2100).contains(&value);
    (!unit && likely && (led || !followed)).then_some(at + 1)
}
