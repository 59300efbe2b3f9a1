//! Ed25519 itself: which signatures and keys are accepted, and what a seed signs.

use crate::tally;
use crate::verdict::{Row, array, document, text};
use std::path::Path;
use vidimus::codec::hex;
use vidimus::key::{self, PublicKey, SigningKey};

pub(crate) const ROWS: &[Row] = &[
    (
        "wycheproof/ed25519_test.json",
        "Ed25519: valid signatures accepted, invalid ones refused",
        wycheproof,
    ),
    (
        "ed25519-speccheck/cases.json",
        "Ed25519 edge cases, verified (V) or refused (X) as `XXXVXXXXXXXX`",
        speccheck,
    ),
    ("rfc8032-ed25519/sign.input", "Ed25519 of RFC 8032: verified", rfc8032_verified),
    ("rfc8032-ed25519/sign.input", "Ed25519 of RFC 8032: signed to the same bytes", rfc8032_signed),
];

/// Only the fourth case is good under every reading of RFC 8032: the others have keys or R of
/// small order, a key or R that is not canonical, S >= L, or verify only with the cofactor.
const SPECCHECK: &str = "XXXVXXXXXXXX";

fn public(text: &str) -> Option<PublicKey> {
    let [named] = key::parse_public(text.as_bytes()).ok()?.try_into().ok()?;
    Some(named.key)
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.as_bytes()).unwrap()
}

fn wycheproof(path: &Path) -> (usize, usize) {
    let suite = document(path);
    tally(array(&suite, "testGroups").iter().flat_map(|group| {
        let key = public(text(group, "publicKeyPem")).expect("every key of this suite is sound");
        array(group, "tests").iter().map(move |case| {
            let verdict = key.verify(&unhex(text(case, "msg")), &unhex(text(case, "sig")));
            let valid = match text(case, "result") {
                "valid" => true,
                "invalid" => false,
                other => panic!("{other}"),
            };
            (format!("tcId {}", case["tcId"]), verdict.is_ok() == valid)
        })
    }))
}

fn speccheck(path: &Path) -> (usize, usize) {
    let suite = document(path);
    let cases = suite.as_array().unwrap();
    assert_eq!(cases.len(), SPECCHECK.len());
    tally(cases.iter().zip(SPECCHECK.chars()).enumerate().map(|(number, (case, expected))| {
        let key = public(&format!("ed25519:{}", text(case, "pub_key")));
        let (message, signature) = (unhex(text(case, "message")), unhex(text(case, "signature")));
        let verified = key.is_some_and(|key| key.verify(&message, &signature).is_ok());
        (format!("case {number}"), verified == (expected == 'V'))
    }))
}

/// The lines of `sign.input`: seed and key, key, message, signature and message.
fn rfc8032(path: &Path, right: fn([u8; 32], &str, &[u8], &[u8]) -> bool) -> (usize, usize) {
    let input = std::fs::read_to_string(path).unwrap();
    tally(input.lines().enumerate().map(|(number, line)| {
        let fields: Vec<_> = line.split(':').collect();
        let [secret, public, message, signed, ""] = fields[..] else { panic!("{line}") };
        let seed = hex::decode_array(&secret.as_bytes()[..64]).unwrap();
        assert_eq!((&secret[64..], &signed[128..]), (public, message));
        let (message, signature) = (unhex(message), unhex(&signed[..128]));
        (format!("line {}", number + 1), right(seed, public, &message, &signature))
    }))
}

fn rfc8032_verified(path: &Path) -> (usize, usize) {
    rfc8032(path, |_, key, message, signature| {
        let key = public(&format!("ed25519:{key}")).unwrap();
        let longer = [message, b"!"].concat();
        key.verify(message, signature).is_ok() && key.verify(&longer, signature).is_err()
    })
}

fn rfc8032_signed(path: &Path) -> (usize, usize) {
    rfc8032(path, |seed, key, message, signature| {
        let signer = SigningKey::from_seed(&seed);
        Some(signer.public()) == public(&format!("ed25519:{key}")).as_ref()
            && signer.sign(message).unwrap() == signature
    })
}
