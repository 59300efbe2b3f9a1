//! Encodings with one accepted spelling each: hex, base64, JSON.
//!
//! Nothing here knows what the bytes mean. Every reader refuses what its writer would not
//! print, so that one input has one meaning.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

pub mod base64;
pub mod hex;
pub mod json;
