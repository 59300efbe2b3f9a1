//! Keys: what a public key is and how it verifies; reading and making private ones.
//!
//! Trust is decided elsewhere: a key that loads here is well-formed and not weak, no more.
//! [`parse_public`] and [`parse_private`] find out the format by themselves; a private key is
//! always the seed, and its public half is always derived from it.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

pub mod agent;
pub mod cost;
mod error;
mod minisign;
mod minisign_private;
mod openssh;
mod openssh_private;
mod pem;
mod pkcs8;
mod private;
mod public;
mod public_file;
mod spki;
pub mod wire;

pub use error::KeyError;
pub use minisign::{minisign_id_of, minisign_public, minisign_public_with_id};
pub use openssh::{fingerprint, openssh_blob, openssh_line, parse_openssh_blob};
pub use pkcs8::{PemSalt, write_private_pem};
pub use private::{RawSshSignature, SignError, SigningKey, needs_password, parse_private};
pub use public::{BadSignature, PointError, PublicKey, ed25519_point};
pub use public_file::{NamedPublicKey, parse_public, private_literal, public_literal};
pub use spki::{parse_spki_der, public_pem};

#[cfg(test)]
mod samples;
