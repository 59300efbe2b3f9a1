//! Compares two versions of a text: what changed, of which kind, how heavy, and what is form only.
//!
//! It knows texts, not files, and says nothing about who wrote them. What it calls a kind is
//! found by rules and word lists; it does not understand a sentence.

pub mod model;

pub use model::{
    Change, Comparison, FactChange, Kind, Noise, NoiseKind, Op, Row, RowKind, Source, Span,
    Verdict, Weight,
};
