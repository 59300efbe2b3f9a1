//! The renderers: one outcome as text for people, JSON for programs, CSV for the archivist; and
//! in [`diff`] what changed between two texts, in these and more formats.
//!
//! A renderer sees an [`Outcome`](crate::finding::Outcome) or a
//! [`Comparison`](crate::compare::Comparison) and nothing else; it returns a string and writes
//! nowhere. Whatever comes from outside (paths, names, messages) is escaped
//! here and nowhere else, so that output is inert (promise 9): no control character, no
//! character that reorders or hides text reaches a terminal, and no cell is a formula.

mod closing;
mod csv;
pub mod diff;
pub mod escape;
mod json;
mod pack;
mod signed;
mod text;
mod wire;

pub use csv::csv;
pub use json::{json, usage_json};
pub use pack::{PackPage, pack_page};
pub use text::{Style, findings, text};
pub use wire::SCHEMA;
