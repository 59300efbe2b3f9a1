//! A page taken apart: its steps in order, and what was counted in each element.

use super::attributes::Hint;
use super::tag::Tag;

/// One step through the page.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    /// An element begins: an index into [`Page::elements`].
    Open(usize),
    /// It ends.
    Close(usize),
    /// A stretch of [`Page::raw`].
    Text { start: usize, end: usize },
    /// A link begins: an index into [`Page::targets`].
    Link(usize),
    /// The link ends.
    Unlink,
    /// A line break.
    Line,
    /// What follows is another paragraph.
    Rule,
}

/// What is known of an element once it is closed.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) tag: Tag,
    pub(super) hint: Hint,
    /// Whether it stands in an article or the like.
    pub(super) inside: bool,
    pub(super) sums: Sums,
}

/// What was counted inside an element.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    /// Characters that are no white space.
    pub(super) text: usize,
    /// Those of them in links.
    pub(super) linked: usize,
    pub(super) links: usize,
    /// `h1`, itself included.
    pub(super) titles: usize,
    /// `main`, itself included.
    pub(super) mains: usize,
}

impl Sums {
    pub(super) const fn add(&mut self, other: Self) {
        self.text = self.text.saturating_add(other.text);
        self.linked = self.linked.saturating_add(other.linked);
        self.links = self.links.saturating_add(other.links);
        self.titles = self.titles.saturating_add(other.titles);
        self.mains = self.mains.saturating_add(other.mains);
    }
}

/// A page taken apart.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) events: Vec<Event>,
    pub(super) elements: Vec<Element>,
    pub(super) targets: Vec<String>,
    pub(super) raw: String,
    pub(super) sums: Sums,
}
