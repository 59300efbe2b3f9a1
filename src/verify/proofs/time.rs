//! RFC 3161 timestamps over a signature: the time that enough authorities say it existed by.
//!
//! Of each authority the earliest time counts, its accuracy added; of these the one by which the
//! number required is reached. An authority whose key was compromised proves only what another
//! one stamped before that.

use super::{Facts, Piece, Proofs};
use crate::digest;
use crate::finding::{Finding, ProofRow};
use crate::policy::{Proof, TimeAuthority};
use crate::time::Time;
use crate::timestamp::{self, Certificate, Stamp, Token, TokenError};
use std::collections::BTreeMap;

/// Judges the timestamps of `pieces`, all over one signature.
pub(super) fn proven(proofs: &Proofs<'_>, pieces: &[&Piece], facts: &mut Facts) -> Option<Time> {
    let policy = proofs.authorities.time;
    if policy.authorities.is_empty() {
        return None;
    }
    let mut earliest: BTreeMap<usize, Time> = BTreeMap::new();
    for piece in pieces {
        for bytes in &piece.timestamps {
            match judge(proofs, bytes, &piece.sig) {
                Ok((authority, time)) => {
                    let known = earliest.entry(authority).or_insert(time);
                    *known = time.min(*known);
                    renewals(proofs, bytes, 0, facts);
                }
                Err(finding) => {
                    facts.problems.push((Proof::Timestamp, finding.at(piece.path.clone())));
                }
            }
        }
    }
    for (authority, time) in &earliest {
        let name = policy.authorities.get(*authority).map(|authority| authority.name.clone());
        let by = name.unwrap_or_default();
        facts.rows.push(ProofRow { kind: Proof::Timestamp.as_str(), by, time: Some(*time) });
    }
    let mut times: Vec<Time> = earliest.into_values().collect();
    times.sort_unstable();
    let place = usize::try_from(policy.threshold.saturating_sub(1)).ok()?;
    let reached = times.get(place).copied();
    if reached.is_some() {
        facts.proofs.insert(Proof::Timestamp);
    }
    reached
}

/// Which authority says, and by when the signature existed.
fn judge(proofs: &Proofs<'_>, bytes: &[u8], sig: &[u8]) -> Result<(usize, Time), Finding> {
    let token = Token::parse(bytes).map_err(|error| error.finding())?;
    let (authority, stamp) = verify(proofs, &token, sig).map_err(|error| error.finding())?;
    let trusted = proofs.authorities.time.authorities.get(authority);
    match trusted.and_then(|authority| authority.compromised) {
        None => Ok((authority, stamp.latest)),
        Some(since) => {
            let renewed = renewed_by(proofs, &token, 0).filter(|renewed| *renewed < since);
            renewed.map(|_| (authority, stamp.latest)).ok_or_else(|| compromised(since))
        }
    }
}

fn compromised(since: Time) -> Finding {
    use crate::finding::{Code, Exit};
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

/// The earliest time by which a trustworthy authority says that this token existed.
fn renewed_by(proofs: &Proofs<'_>, token: &Token, depth: u32) -> Option<Time> {
    let own = digest::sha256(token.der());
    let renewals = proofs.renewals.iter().filter(|renewal| renewal.of == own && depth < RENEWALS);
    let times = renewals.filter_map(|renewal| {
        let newer = Token::parse(&renewal.token).ok()?;
        let (place, stamp) = verify(proofs, &newer, token.der()).ok()?;
        let authority = proofs.authorities.time.authorities.get(place)?;
        match authority.compromised {
            None => Some(stamp.latest),
            Some(since) => {
                let deeper = renewed_by(proofs, &newer, depth.saturating_add(1))?;
                (deeper < since).then_some(stamp.latest)
            }
        }
    });
    times.min()
}
