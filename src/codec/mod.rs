//! Encodings with one accepted spelling each: hex, base64, JSON.
//!
//! Nothing here knows what the bytes mean. Every reader refuses what its writer would not
//! print, so that one input has one meaning.

pub mod base64;
pub mod hex;
pub mod json;
