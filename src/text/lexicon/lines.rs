//! The lines of a data file by their first word: what is left of reading it is one pass and one
//! table, because a short run of the program has to read it too.
//!
//! Sixteen bytes a line and four a slot; words stay where they are in the file.

use super::Section;
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Which list a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// One that says something of phrases.
    Of(Section),
    /// Phrases of menus and banners.
    Boilerplate,
}

/// One line: where its first word, what follows that, and its value stand in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    at: u32,
    first: u16,
    rest: u16,
    value: u16,
    pub(super) list: List,
    /// The line with the same first word before this one, counted from 1.
    before: u32,
}

impl Line {
    /// A line whose first word begins at `at` and is `first` bytes long.
    pub(super) fn new(list: List, at: usize, first: usize, rest: usize, value: usize) -> Self {
        let short = |length: usize| u16::try_from(length).unwrap_or(0);
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let (first, rest, value) = (short(first), short(rest), short(value));
        Self { at, first, rest, value, list, before: 0 }
    }

    /// Whether nothing follows the first word.
    pub(super) const fn is_single(&self) -> bool {
        self.rest == 0
    }
}

/// All lines that are looked up by their first word.
#[derive(Debug)]
pub(super) struct Lines {
    file: &'static str,
    all: Vec<Line>,
    /// The last line that begins with the word whose hash leads there, counted from 1.
    slots: Vec<u32>,
}

impl Lines {
    /// None of a file yet, with room for as many lines as it can have.
    pub(super) fn of(file: &'static str) -> Self {
        let most = memchr::memchr_iter(b'\n', file.as_bytes()).count();
        // At most half of the slots are taken, so that every search ends soon.
        let slots = vec![0; (2 * most + 2).next_power_of_two()];
        Self { file, all: Vec::with_capacity(most), slots }
    }

    pub(super) fn add(&mut self, mut line: Line) {
        let place = self.place(self.first(&line));
        let number = u32::try_from(self.all.len() + 1).unwrap_or(u32::MAX);
        if let Some(slot) = self.slots.get_mut(place) {
            line.before = std::mem::replace(slot, number);
            self.all.push(line);
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The lines that begin with a word, the last one first.
    pub(super) fn starting(&self, first: &str) -> impl Iterator<Item = &Line> {
        let mut next = self.slots.get(self.place(first.as_bytes())).copied().unwrap_or(0);
        std::iter::from_fn(move || {
            let line = self.number(next)?;
            next = line.before;
            Some(line)
        })
    }

    /// What follows the first word.
    pub(super) fn rest(&self, line: &Line) -> &'static str {
        self.part(line.at, line.first, line.rest)
    }

    /// What stands behind the tabulator.
    pub(super) fn value(&self, line: &Line) -> &'static str {
        let before = line.first.saturating_add(line.rest).saturating_add(1);
        self.part(line.at, before, line.value)
    }

    fn number(&self, number: u32) -> Option<&Line> {
        self.all.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// The bytes of the first word.
    fn first(&self, line: &Line) -> &'static [u8] {
        let from = usize::try_from(line.at).unwrap_or(usize::MAX);
        let range = from..from.saturating_add(usize::from(line.first));
        self.file.as_bytes().get(range).unwrap_or_default()
    }

    fn part(&self, at: u32, skip: u16, length: u16) -> &'static str {
        let from = usize::try_from(at).unwrap_or(usize::MAX).saturating_add(usize::from(skip));
        self.file.get(from..from.saturating_add(usize::from(length))).unwrap_or_default()
    }

    /// The slot of a word, taken or not.
    fn place(&self, word: &[u8]) -> usize {
        let mut hasher = FxHasher::default();
        hasher.write(word);
        let last = self.slots.len() - 1;
        let begin = usize::try_from(hasher.finish() & 0xffff_ffff).unwrap_or(0);
        let is_it = |slot: &usize| {
            let line = self.slots.get(*slot).and_then(|number| self.number(*number));
            line.is_none_or(|line| self.first(line) == word)
        };
        (begin..begin + self.slots.len()).map(|at| at & last).find(is_it).unwrap_or(0)
    }
}
