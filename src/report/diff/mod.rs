//! The renderers of the differ: one [`Comparison`](crate::compare::Comparison) as text for a
//! terminal, JSON, HTML, Markdown, a unified diff, SARIF and GitHub annotations; and several of
//! them as the report on two folders.
//!
//! Pure functions that return a string and write nowhere. Words of the documents, names of files
//! and labels come in as they are and are escaped here, for the format at hand: nothing of them
//! becomes markup, a mark of ours, or a control character. No renderer judges: what a change is
//! and how much it matters was decided before.

mod context;
mod entries;
mod form;
mod github;
pub(super) mod html;
mod inline;
mod json;
mod markdown;
mod names;
mod place;
mod sarif;
mod text;
mod tree;
mod unified;
mod verdict;
mod view;
mod wrap;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod testing;

pub use github::github;
pub use html::html;
pub use json::{SCHEMA, json, refused};
pub use markdown::markdown;
pub use sarif::sarif;
pub use text::text;
pub use tree::{Status, TREE_SCHEMA, Tree, TreeDocument};
pub use tree::{tree_html, tree_json, tree_markdown, tree_text};
pub use unified::unified;

use super::Style;
use crate::compare::Kind;

/// What is shown of a comparison, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown<'a> {
    /// What the old text is called, as it is: a path or `-`.
    pub old: &'a str,
    /// What the new text is called.
    pub new: &'a str,
    /// Colour and width, for the terminal.
    pub style: Style,
    /// In the order of the document instead of the heaviest first.
    pub in_order: bool,
    /// Whether each difference in form is listed.
    pub show_noise: bool,
    /// How many sentences before and after a change are shown with it.
    pub context: usize,
    /// Only sentences with a change of one of these kinds; all of them where it is empty.
    pub only: Vec<Kind>,
}

impl Shown<'_> {
    /// Whether a change of these kinds was asked for.
    fn asks_for(&self, kinds: &[Kind]) -> bool {
        self.only.is_empty() || kinds.iter().any(|kind| self.only.contains(kind))
    }
}
