//! What is proven of a signature beside that it is good: by when it existed, that it stands in the
//! log, and that witnesses saw the log then.
//!
//! A time counts only if it is authenticated and bound to this very signature (promise 7): by a
//! timestamp over its bytes, or by a cosigned checkpoint of a log that holds its entry. What a
//! proof that does not hold means for the verdict is decided in `signers`.

mod log;
#[cfg(test)]
mod tests;
mod time;

pub(super) use log::signed_by_log;

use super::not_checked;
use super::statement::predicate_in;
use crate::digest;
use crate::envelope::evidence::{self, Evidence};
use crate::finding::{Finding, Outcome, ProofRow};
use crate::fs::{FsError, Root};
use crate::key::PublicKey;
use crate::limits;
use crate::log::Entry;
use crate::path::RelPath;
use crate::policy::tlog::TlogPolicy;
use crate::policy::{Proof, TimePolicy};
use crate::state::SeenLog;
use crate::time::Time;
use crate::timestamp::{Certificate, Token};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What is proven of one signature.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The time by which it existed, where enough authorities or witnesses say so.
    pub(super) proven: Option<Time>,
    /// The proofs that hold.
    pub(super) proofs: BTreeSet<Proof>,
    /// Who says what, for people.
    pub(super) rows: Vec<ProofRow>,
    /// Proofs that were there and do not hold, and of what kind they should have been.
    pub(super) problems: Vec<(Proof, Finding)>,
}

/// Who is believed about time and publication.
#[derive(Clone, Copy)]
pub(super) struct Authorities<'a> {
    /// Whose timestamps count, and how many are needed.
    pub(super) time: &'a TimePolicy,
    /// The log and its witnesses.
    pub(super) tlog: Option<&'a TlogPolicy>,
}

/// A bundle's signature and what lies with it.
pub(super) struct Piece {
    /// The file, as shown.
    pub(super) path: Vec<u8>,
    /// The raw signature.
    pub(super) sig: Vec<u8>,
    /// The timestamps in the bundle.
    pub(super) timestamps: Vec<Vec<u8>>,
    /// The proof beside the bundle that the signature is in the log, and its file as shown.
    pub(super) log: Option<(Vec<u8>, Vec<u8>)>,
}

impl Piece {
    /// In words: what nobody was named to be believed about.
    pub(super) fn unlooked(&self) -> Vec<String> {
        let name = String::from_utf8_lossy(&self.path);
        let stamps = self.timestamps.len();
        let stamps = (stamps > 0).then(|| format!("RFC 3161 timestamps in {name}: {stamps}"));
        let log = self.log.as_ref().map(|(path, _)| {
            format!(
                "{}: keys were given, and only a policy names a log",
                String::from_utf8_lossy(path)
            )
        });
        stamps.into_iter().chain(log).collect()
    }
}

/// The proofs that lie beside a manifest, and who is believed.
pub(super) struct Proofs<'a> {
    authorities: Authorities<'a>,
    pieces: Vec<Piece>,
    certificates: Vec<Certificate>,
    renewals: Vec<evidence::Renewal>,
    /// The file of certificates and renewals, as shown.
    evidence: Vec<u8>,
    /// The checkpoints of proofs that held: they must be of one and the same log.
    heads: RefCell<Vec<Head>>,
}

/// The checkpoint of a proof that held.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// Of which log.
    pub(super) origin: String,
    /// Its size and root, and itself.
    pub(super) seen: SeenLog,
}

impl<'a> Proofs<'a> {
    /// Takes the pieces of the bundles, and reads `<manifest>.evidence.json` in `folder`.
    pub(super) fn gather(
        authorities: Authorities<'a>,
        pieces: Vec<Piece>,
        folder: &Root,
        manifest: &str,
        shown: &[u8],
        outcome: &mut Outcome,
    ) -> Self {
        let more = further(folder, manifest, shown, outcome);
        let mut certificates = Vec::new();
        for der in &more.certificates {
            match Certificate::from_der(der) {
                Ok(certificate) => certificates.push(certificate),
                Err(error) => outcome.push(Finding::of(&error).at(evidence_path(manifest, shown))),
            }
        }
        let evidence = evidence_path(manifest, shown);
        let (renewals, heads) = (once(more.renewals), RefCell::default());
        let proofs = Self { authorities, pieces, certificates, renewals, evidence, heads };
        outcome.not_checked.extend(proofs.unlooked());
        proofs
    }

    /// In words: proofs of a kind that the policy believes nobody about.
    fn unlooked(&self) -> Vec<String> {
        let mut words = Vec::new();
        let stamps: usize = self.pieces.iter().map(|piece| piece.timestamps.len()).sum();
        if stamps > 0 && self.authorities.time.authorities.is_empty() {
            words.push(format!(
                "RFC 3161 timestamps ({stamps}): the policy names no time authority"
            ));
        } else if stamps > 0 {
            words.push("whether a certificate of a time authority was revoked".to_owned());
        }
        let stray = self.renewals.iter().filter(|renewal| !self.renews_anything(renewal)).count();
        if stray > 0 {
            let file = String::from_utf8_lossy(&self.evidence);
            words.push(format!("renewals in {file} of timestamps that are not here: {stray}"));
        }
        if self.authorities.tlog.is_none() {
            let logged = self.pieces.iter().filter_map(|piece| Some(&piece.log.as_ref()?.0));
            let logged: Vec<&[u8]> = logged.map(Vec::as_slice).collect();
            let what = (
                "proof of a log that the policy does not name",
                "proofs of logs that the policy does not name",
            );
            words.extend(not_checked::named(what, b"", logged.into_iter()));
        }
        words
    }

    /// The checkpoints of the proofs that held.
    pub(super) fn heads(&self) -> Vec<Head> {
        self.heads.take()
    }

    /// Whether a renewal is of a timestamp in a bundle, or of another renewal.
    fn renews_anything(&self, renewal: &evidence::Renewal) -> bool {
        let stamps = self.pieces.iter().flat_map(|piece| &piece.timestamps);
        let renewals = self.renewals.iter().map(|renewal| &renewal.token);
        stamps.chain(renewals).any(|bytes| {
            Token::parse(bytes).is_ok_and(|token| digest::sha256(token.der()) == renewal.of)
        })
    }

    /// What is proven of the signature `sig` of `key` over `payload`, which was verified.
    pub(super) fn of(&self, payload: &[u8], sig: &[u8], key: &PublicKey) -> Facts {
        let mut facts = Facts::default();
        let pieces: Vec<&Piece> = self.pieces.iter().filter(|piece| piece.sig == sig).collect();
        let stamped = time::proven(self, &pieces, key, &mut facts);
        let entry = entry(payload, sig, key);
        let witnessed = self.authorities.tlog.zip(entry).and_then(|(tlog, entry)| {
            let judged = |piece: &&Piece| log::proven(tlog, piece, &entry, &self.heads, &mut facts);
            pieces.iter().filter_map(judged).min()
        });
        facts.proven = stamped.into_iter().chain(witnessed).min();
        facts
    }
}

/// Each renewal once, in whichever of its two forms it came: otherwise copies of copies would be
/// judged without end.
fn once(renewals: Vec<evidence::Renewal>) -> Vec<evidence::Renewal> {
    let mut seen = BTreeSet::new();
    let key = |renewal: &evidence::Renewal| {
        let token = Token::parse(&renewal.token).map(|token| token.der().to_vec());
        (renewal.of, digest::sha256(&token.unwrap_or_else(|_| renewal.token.clone())))
    };
    renewals.into_iter().filter(|renewal| seen.insert(key(renewal))).collect()
}

/// The record of the log for a signature over one of our statements.
fn entry(payload: &[u8], sig: &[u8], key: &PublicKey) -> Option<Entry> {
    let predicate = predicate_in(payload).ok()?;
    let collection = predicate.collection.as_deref()?;
    Some(Entry::of(payload, sig, &key.spki_der(), collection, predicate.serial))
}

fn evidence_path(manifest: &str, shown: &[u8]) -> Vec<u8> {
    [shown, manifest.as_bytes(), b".evidence.json"].concat()
}

/// The further evidence, where there is some; what cannot be read is said.
fn further(folder: &Root, manifest: &str, shown: &[u8], outcome: &mut Outcome) -> Evidence {
    let read = RelPath::new(format!("{manifest}.evidence.json").as_bytes())
        .map_err(FsError::from)
        .and_then(|path| folder.read(&path, limits::ENVELOPE_BYTES));
    let finding = match read {
        Ok(bytes) => match evidence::parse(&bytes) {
            Ok(evidence) => return evidence,
            Err(error) => Finding::of(&error),
        },
        Err(error) if error.is_not_found() => return Evidence::default(),
        Err(error) => Finding::of(&error),
    };
    outcome.push(finding.at(evidence_path(manifest, shown)));
    Evidence::default()
}
