//! Trusted time (RFC 3161): requests to a time stamping authority, and what its tokens prove.
//!
//! A token says that an authority saw a hash at a time. [`verify`] binds it to the bytes, to the
//! certificate that made the signature, and through a chain to a root that the caller chose,
//! every certificate judged at the time of the token. Not looked at: whether a certificate was
//! revoked, policies of certificates, name constraints (a critical one is refused).
//!
//! CMS and X.509 are read by hand, on the element reader of the `der` crate: what is signed is
//! taken as it stands in the token, because authorities in use do not sort their sets, and a
//! parser that sorts them and writes times its own way would change the bytes.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

mod algorithm;
mod asn1;
mod certificate;
mod chain;
mod error;
mod extensions;
mod info;
mod judge;
mod moment;
mod pem;
mod request;
mod signer;
mod token;

pub use certificate::Certificate;
pub use error::TokenError;
pub use judge::{Stamp, verify, verify_digest};
pub use pem::certificates_from_pem;
pub use request::{Request, parse_request, request};
pub use token::Token;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
