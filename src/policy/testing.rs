//! What the tests of this module share: keys made from small numbers, and times.

use crate::codec::hex;
use crate::digest;
use crate::fs::FsError;
use crate::key::PublicKey;
use crate::policy::{Policy, PolicyError};
use crate::time::Time;

/// The Ed25519 key whose secret is 32 times `seed`.
pub(crate) fn key(seed: u8) -> PublicKey {
    PublicKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key())
}

/// The P-256 key whose secret is 32 times `seed`.
pub(crate) fn p256_key(seed: u8) -> PublicKey {
    let secret = p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap();
    PublicKey::P256(*secret.verifying_key())
}

/// A FIDO key of OpenSSH.
pub(crate) fn fido_key(seed: u8) -> PublicKey {
    let PublicKey::Ed25519(key) = key(seed) else { unreachable!() };
    PublicKey::SkEd25519 { key, application: "ssh:".to_owned() }
}

/// A time that is known to be one.
pub(crate) fn time(text: &str) -> Time {
    Time::parse(text).unwrap()
}

/// A policy with every field.
pub(crate) const SAMPLE: &str = r#"
version = 3
id = "example.org/statements"
collections = ["seeds", "notes"]
expires = "2030-01-01T00:00:00Z"

[[signer]]
name = "a"
key = "ed25519:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w="
valid-after = "2026-01-01T00:00:00Z"
valid-before = "2028-01-01T00:00:00Z"
revoked = { at = "2027-01-01T00:00:00Z", reason = "retired" }

[[signer]]
name = "b"
key-file = "b.pub"
sha256 = "SHA256"

[[rule]]
collections = ["*"]
signers = ["a", "b"]
threshold = 2
require = ["log"]
"#;

/// The key file `b.pub` of [`SAMPLE`], with the key of the number 2.
pub(crate) fn sample_key_file() -> Vec<u8> {
    format!("{}\n", key(2)).into_bytes()
}

/// Reads a policy after putting in the digest of its key file, which holds the key of 2.
pub(crate) fn parse(text: &str) -> Result<Policy, PolicyError> {
    let sha256 = hex::encode(&digest::sha256(&sample_key_file()));
    parse_with(text.replace("SHA256", &sha256).as_bytes(), &sample_key_file())
}

/// Reads a policy whose only key file is `b.pub`.
pub(crate) fn parse_with(bytes: &[u8], key_file: &[u8]) -> Result<Policy, PolicyError> {
    Policy::parse(bytes, &|path| match path {
        "b.pub" => Ok(key_file.to_vec()),
        _ => Err(FsError::Io { operation: "open", source: std::io::ErrorKind::NotFound.into() }),
    })
}
