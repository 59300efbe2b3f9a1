//! Keys for the tests, made from seeds that anybody can know (RFC 8032 section 7.1, or bytes
//! given by the test).

use super::PublicKey;
use crate::codec::hex;

/// The seed of RFC 8032's first test.
pub(super) const SEED_HEX: &[u8] =
    b"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
/// The public key of that seed.
pub(super) const ED25519_BYTES: [u8; 32] = [
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
    0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
];
/// The neutral element, a point of order one.
pub(super) const IDENTITY: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};

pub(super) fn seed() -> [u8; 32] {
    hex::decode_array(SEED_HEX).unwrap()
}

pub(super) fn ed25519_of(seed: &[u8; 32]) -> PublicKey {
    PublicKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed).verifying_key())
}

pub(super) fn ed25519(number: u8) -> PublicKey {
    ed25519_of(&[number; 32])
}

pub(super) fn p256_of(seed: &[u8; 32]) -> p256::ecdsa::VerifyingKey {
    // The top bit cleared and the lowest set: a scalar that is below the order and not zero.
    let mut scalar = *seed;
    scalar[0] &= 0x7f;
    scalar[31] |= 1;
    *p256::ecdsa::SigningKey::from_slice(&scalar).unwrap().verifying_key()
}

pub(super) fn p256(number: u8) -> p256::ecdsa::VerifyingKey {
    p256_of(&[number; 32])
}

pub(super) fn kinds_of(seed: &[u8; 32], application: &str) -> Vec<PublicKey> {
    let ed = ed25519_dalek::SigningKey::from_bytes(seed).verifying_key();
    let p256 = p256_of(seed);
    vec![
        PublicKey::Ed25519(ed),
        PublicKey::P256(p256),
        PublicKey::SkEd25519 { key: ed, application: application.into() },
        PublicKey::SkP256 { key: p256, application: application.into() },
    ]
}

pub(super) fn every_kind() -> Vec<PublicKey> {
    kinds_of(&[9; 32], "ssh:")
}

/// The encodings of the eight points of small order, the non-canonical ones included.
pub(super) fn small_order() -> Vec<[u8; 32]> {
    let table: [&[u8]; 14] = [
        b"0000000000000000000000000000000000000000000000000000000000000000",
        b"0000000000000000000000000000000000000000000000000000000000000080",
        b"0100000000000000000000000000000000000000000000000000000000000000",
        b"0100000000000000000000000000000000000000000000000000000000000080",
        b"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        b"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        b"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        b"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        b"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        b"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        b"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        b"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        b"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        b"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];
    table.into_iter().map(|hex| hex::decode_array(hex).unwrap()).collect()
}
