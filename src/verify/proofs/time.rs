//! RFC 3161 timestamps over a signature: the time that enough authorities say it existed by.
//!
//! Of each authority the earliest time counts, its accuracy added; of these the one by which the
//! number required is reached. Authorities that share a key, because one stamping unit was
//! certified by both, count as one (promise 5). An authority whose key was compromised proves only
//! what another one stamped before that.
//!
//! A timestamp is over the bytes of the signature. That binds the signed payload and the key only
//! where the signature does: Ed25519 hashes both into it. From an ECDSA signature anybody can
//! compute another key under which it is a good signature of another payload, so a timestamp over
//! one proves nothing here.

use super::{Facts, Piece, Proofs};
use crate::digest;
use crate::finding::{Code, Exit, Finding, ProofRow};
use crate::key::PublicKey;
use crate::limits;
use crate::policy::{Proof, TimeAuthority};
use crate::time::Time;
use crate::timestamp::{self, Certificate, Stamp, Token, TokenError};
use std::collections::{BTreeMap, BTreeSet};

/// Judges the timestamps of `pieces`, all over one signature.
pub(super) fn proven(
    proofs: &Proofs<'_>,
    pieces: &[&Piece],
    key: &PublicKey,
    facts: &mut Facts,
) -> Option<Time> {
    let policy = proofs.authorities.time;
    if policy.authorities.is_empty() {
        return None;
    }
    // A bundle may be there in copies, with the same timestamps.
    let mut tokens: BTreeMap<&[u8], &Piece> = BTreeMap::new();
    for piece in pieces {
        tokens.extend(piece.timestamps.iter().map(|token| (token.as_slice(), *piece)));
    }
    let problem =
        |finding: Finding, piece: &Piece| (Proof::Timestamp, finding.at(piece.path.clone()));
    if tokens.len() > limits::SIGNATURES {
        let found = pieces.first().map(|piece| problem(too_many(), piece));
        facts.problems.extend(found);
        return None;
    }
    let mut voices: Vec<Voice> = Vec::new();
    for (bytes, piece) in tokens {
        let judged =
            if key.ed25519().is_some() { judge(proofs, bytes, &piece.sig) } else { Err(unbound()) };
        match judged {
            Ok(voice) => {
                renewals(proofs, bytes, 0, facts);
                voices.push(voice);
            }
            Err(finding) => facts.problems.push(problem(finding, piece)),
        }
    }
    let voices = joined(voices);
    for voice in &voices {
        let names = voice.authorities.iter().filter_map(|place| policy.authorities.get(*place));
        let names: Vec<&str> = names.map(|authority| authority.name.as_str()).collect();
        let (kind, by) = (Proof::Timestamp.as_str(), names.join(" and "));
        facts.rows.push(ProofRow { kind, by, time: Some(voice.time) });
    }
    let mut times: Vec<Time> = voices.iter().map(|voice| voice.time).collect();
    times.sort_unstable();
    let place = usize::try_from(policy.threshold.saturating_sub(1)).ok()?;
    let reached = times.get(place).copied();
    if reached.is_some() {
        facts.proofs.insert(Proof::Timestamp);
    }
    reached
}

/// What one timestamp, or several that share a key, say.
struct Voice {
    /// The authorities, as places in the policy.
    authorities: BTreeSet<usize>,
    /// SHA-256 of every key between the signer and the root.
    keys: BTreeSet<[u8; 32]>,
    /// The earliest time, with its accuracy.
    time: Time,
}

/// Joins what has an authority or a key in common.
fn joined(voices: Vec<Voice>) -> Vec<Voice> {
    let mut apart: Vec<Voice> = Vec::new();
    for mut voice in voices {
        let related = |other: &Voice| {
            !other.authorities.is_disjoint(&voice.authorities)
                || !other.keys.is_disjoint(&voice.keys)
        };
        let (same, rest): (Vec<Voice>, Vec<Voice>) = apart.into_iter().partition(related);
        for other in same {
            voice.authorities.extend(other.authorities);
            voice.keys.extend(other.keys);
            voice.time = voice.time.min(other.time);
        }
        apart = rest;
        apart.push(voice);
    }
    apart
}

fn too_many() -> Finding {
    let message = format!("holds more than {} timestamps over one signature", limits::SIGNATURES);
    Finding::error(Code::Limit, message)
}

fn unbound() -> Finding {
    let message = "holds a timestamp over an ECDSA signature, which can be made to fit another text and key afterwards";
    Finding::error(Code::Unsupported, message)
        .exiting(Exit::Timestamp)
        .help("sign with an Ed25519 key; or prove the time by the log and its witnesses")
}

/// Which authority says, and by when the signature existed.
fn judge(proofs: &Proofs<'_>, bytes: &[u8], sig: &[u8]) -> Result<Voice, Finding> {
    let token = Token::parse(bytes).map_err(|error| error.finding())?;
    let (authority, stamp) = verify(proofs, &token, sig).map_err(|error| error.finding())?;
    let trusted = proofs.authorities.time.authorities.get(authority);
    let keys = keys_of(&stamp);
    if let Some(since) = trusted.and_then(|authority| authority.compromised)
        && renewed_by(proofs, &token, &keys, 0).is_none_or(|renewed| renewed >= since)
    {
        return Err(compromised(since));
    }
    Ok(Voice { authorities: BTreeSet::from([authority]), keys, time: stamp.latest })
}

fn compromised(since: Time) -> Finding {
    let message = "holds a timestamp of an authority whose key was compromised, and no other authority stamped it before";
    Finding::error(Code::UntrustedTime, message)
        .with("compromised", since.to_string())
        .exiting(Exit::Timestamp)
}

fn verify(
    proofs: &Proofs<'_>,
    token: &Token,
    message: &[u8],
) -> Result<(usize, Stamp), TokenError> {
    let authorities = &proofs.authorities.time.authorities;
    let owned = |(place, authority): (usize, &TimeAuthority)| {
        authority.roots.iter().map(move |root| (place, root.clone())).collect::<Vec<_>>()
    };
    let (places, roots): (Vec<usize>, Vec<Certificate>) =
        authorities.iter().enumerate().flat_map(owned).unzip();
    let stamp = timestamp::verify(token, message, &roots, &proofs.certificates)?;
    let place = places.get(stamp.root).copied().unwrap_or_default();
    Ok((place, stamp))
}

/// Says who renewed a timestamp, and which renewals of it do not hold.
fn renewals(proofs: &Proofs<'_>, bytes: &[u8], depth: u32, facts: &mut Facts) {
    let Ok(token) = Token::parse(bytes) else { return };
    let own = digest::sha256(token.der());
    for renewal in proofs.renewals.iter().filter(|renewal| renewal.of == own && depth < RENEWALS) {
        let judged =
            Token::parse(&renewal.token).and_then(|newer| verify(proofs, &newer, token.der()));
        match judged {
            Ok((place, stamp)) => {
                let authority = proofs.authorities.time.authorities.get(place);
                let name = authority.map(|authority| authority.name.as_str()).unwrap_or_default();
                let by = format!("renewed by {name}");
                let time = Some(stamp.latest);
                facts.rows.push(ProofRow { kind: Proof::Timestamp.as_str(), by, time });
                renewals(proofs, &renewal.token, depth.saturating_add(1), facts);
            }
            Err(error) => {
                let finding = error.finding().at(proofs.evidence.clone());
                facts.problems.push((Proof::Timestamp, finding));
            }
        }
    }
}

/// How often a timestamp that renews another may itself be renewed.
const RENEWALS: u32 = 16;

/// SHA-256 of the keys of a chain.
fn keys_of(stamp: &Stamp) -> BTreeSet<[u8; 32]> {
    let certificates = stamp.chain.iter().filter_map(|der| Certificate::from_der(der).ok());
    certificates.map(|certificate| certificate.key_sha256()).collect()
}

/// The earliest time by which a trustworthy authority, with none of `keys` in its chain, says that
/// this token existed: a stolen key does not vouch for itself under another root.
fn renewed_by(
    proofs: &Proofs<'_>,
    token: &Token,
    keys: &BTreeSet<[u8; 32]>,
    depth: u32,
) -> Option<Time> {
    let own = digest::sha256(token.der());
    let renewals = proofs.renewals.iter().filter(|renewal| renewal.of == own && depth < RENEWALS);
    let times = renewals.filter_map(|renewal| {
        let newer = Token::parse(&renewal.token).ok()?;
        let (place, stamp) = verify(proofs, &newer, token.der()).ok()?;
        let own = keys_of(&stamp);
        let all = own.union(keys).copied().collect();
        if !own.is_disjoint(keys) {
            // Its own word is worth nothing here; what another says of it holds for both.
            return renewed_by(proofs, &newer, &all, depth.saturating_add(1));
        }
        let authority = proofs.authorities.time.authorities.get(place)?;
        match authority.compromised {
            None => Some(stamp.latest),
            Some(since) => {
                let deeper = renewed_by(proofs, &newer, &all, depth.saturating_add(1))?;
                (deeper < since).then_some(stamp.latest)
            }
        }
    });
    times.min()
}
