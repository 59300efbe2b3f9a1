//! Detached signatures over the bytes of one file: minisign and OpenSSH's SSHSIG.
//!
//! These modules parse, print and check. Whether a key is trusted, and for what, is decided
//! above. Nothing here signs by itself: the private key stays behind a closure of the caller.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

mod ssh_armour;
mod ssh_proof;

pub mod minisign;
pub mod sshsig;

/// Signs bytes with an Ed25519 private key that the caller has, in memory or in an agent.
pub type RawSign<'a, E> = dyn FnMut(&[u8]) -> Result<[u8; 64], E> + 'a;

/// Most bytes from outside that an error message repeats.
const EXCERPT: usize = 64;

/// Bytes from outside for an error message: escaped, and cut when they are long.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    match bytes.get(..EXCERPT) {
        Some(begin) if bytes.len() > EXCERPT => format!("{}...", begin.escape_ascii()),
        _ => bytes.escape_ascii().to_string(),
    }
}
