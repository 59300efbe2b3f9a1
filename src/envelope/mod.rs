//! What carries a signature and what is signed: DSSE, the in-toto Statement, Sigstore bundles,
//! and the signed notes, checkpoints, cosignatures and proofs of C2SP.
//!
//! These modules parse, print and check signatures under a given key. Which keys are trusted,
//! and whether a statement is true, is decided above. JSON is read by
//! [`codec::json`](crate::codec::json): duplicate members and trailing bytes are refused.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

mod members;
mod vkey;

pub mod bundle;
pub mod checkpoint;
pub mod cosignature;
pub mod dsse;
pub mod evidence;
pub mod note;
pub mod predicate;
pub mod statement;
pub mod tlog_proof;

pub use members::MemberError;
pub use predicate::build_statement;
