//! Keys: what a public key is and how it verifies; reading and making private ones.
//!
//! Trust is decided elsewhere: a key that loads here is well-formed and not weak, no more.

mod public;

pub use public::{BadSignature, PointError, PublicKey, ed25519_point};
