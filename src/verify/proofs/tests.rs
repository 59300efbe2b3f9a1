//! Timestamps over a signature, as `verify` judges them: with a token that a test authority made
//! over a text, which takes the place of the signature here.

use super::*;
use crate::policy::TimeAuthority;
use crate::timestamp;

const TOKEN: &[u8] = include_bytes!("../../../tests/tokens/stamped.tsr");
const TEXT: &[u8] = include_bytes!("../../../tests/tokens/stamped.txt");
const ROOT: &[u8] = include_bytes!("../../../tests/tokens/root.pem");

fn ed25519() -> PublicKey {
    PublicKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key())
}

fn p256() -> PublicKey {
    PublicKey::P256(*p256::ecdsa::SigningKey::from_slice(&[1; 32]).unwrap().verifying_key())
}

fn policy(names: &[&str], threshold: u64) -> TimePolicy {
    let roots = timestamp::certificates_from_pem(ROOT).unwrap();
    let authority = |name: &&str| TimeAuthority {
        name: (*name).to_owned(),
        roots: roots.clone(),
        compromised: None,
    };
    TimePolicy { authorities: names.iter().map(authority).collect(), threshold }
}

fn piece(timestamps: Vec<Vec<u8>>) -> Piece {
    Piece { path: b"b".to_vec(), sig: TEXT.to_vec(), timestamps, log: None }
}

/// The facts, with these pieces and renewals.
fn facts(time: &TimePolicy, pieces: Vec<Piece>, key: &PublicKey, sig: &[u8]) -> Facts {
    let proofs = Proofs {
        authorities: Authorities { time, tlog: None },
        pieces,
        certificates: Vec::new(),
        renewals: Vec::new(),
        evidence: Vec::new(),
        heads: RefCell::default(),
    };
    proofs.of(b"payload", sig, key)
}

fn codes(facts: &Facts) -> Vec<&'static str> {
    facts.problems.iter().map(|(_, finding)| finding.code.as_str()).collect()
}

#[test]
fn a_timestamp_proves_the_time_of_an_ed25519_signature_only() {
    let time = policy(&["one"], 1);
    let good = facts(&time, vec![piece(vec![TOKEN.to_vec()])], &ed25519(), TEXT);
    assert!(good.proven.is_some() && good.proofs.contains(&Proof::Timestamp));
    // From an ECDSA signature another key and text can be computed that it fits as well.
    let ecdsa = facts(&time, vec![piece(vec![TOKEN.to_vec()])], &p256(), TEXT);
    assert_eq!((ecdsa.proven, codes(&ecdsa)), (None, vec!["unsupported"]));
    assert!(!ecdsa.proofs.contains(&Proof::Timestamp));
    let other = facts(&time, vec![piece(vec![TOKEN.to_vec()])], &ed25519(), b"another signature");
    assert_eq!((other.proven, other.problems.len()), (None, 0));
}

#[test]
fn copies_and_authorities_with_one_key_count_once() {
    let copies = || vec![piece(vec![TOKEN.to_vec(); 3]), piece(vec![TOKEN.to_vec(); 2])];
    assert!(facts(&policy(&["one"], 1), copies(), &ed25519(), TEXT).proven.is_some());
    let two = facts(&policy(&["one", "two"], 2), copies(), &ed25519(), TEXT);
    assert_eq!((two.proven, two.rows.len()), (None, 1));
}

#[test]
fn a_compromised_authority_needs_another_that_stamped_before() {
    let mut time = policy(&["one"], 1);
    time.authorities[0].compromised = Some(Time::parse("9000-01-01T00:00:00Z").unwrap());
    let alone = facts(&time, vec![piece(vec![TOKEN.to_vec()])], &ed25519(), TEXT);
    assert_eq!((alone.proven, codes(&alone)), (None, vec!["untrusted-time"]));
}

#[test]
fn more_timestamps_than_the_bound_prove_nothing() {
    let token = |number: u8| [TOKEN, &[number]].concat();
    let many = (0..65).map(token).chain([TOKEN.to_vec()]).collect();
    let facts = facts(&policy(&["one"], 1), vec![piece(many)], &ed25519(), TEXT);
    assert_eq!((facts.proven, codes(&facts)), (None, vec!["limit"]));
}

#[test]
fn a_renewal_counts_once_in_whichever_form_it_came() {
    let bare = Token::parse(TOKEN).unwrap().der().to_vec();
    let renewal = |token: &[u8]| evidence::Renewal { of: [0; 32], token: token.to_vec() };
    let kept = once(vec![renewal(TOKEN), renewal(&bare), renewal(TOKEN)]);
    assert_eq!(kept.len(), 1);
}
