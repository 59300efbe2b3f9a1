//! Collecting the signed evidence beside a manifest: Sigstore bundles and the plain DSSE file.
//!
//! Nothing is verified here. What cannot be parsed is a finding, never skipped in silence.

use super::proofs::Piece;
use crate::envelope::bundle::{self, Bundle, Content};
use crate::envelope::dsse::{self, Envelope};
use crate::finding::{Code, Coded, Finding, Outcome};
use crate::fs::Root;
use crate::limits;
use crate::path::RelPath;

/// One envelope and the file that holds it.
pub(super) struct Held {
    /// Path as shown.
    pub(super) path: Vec<u8>,
    /// What it holds; the payload is not verified yet.
    pub(super) envelope: Envelope,
}

/// What lies beside a manifest.
#[derive(Default)]
pub(super) struct Evidence {
    /// What may prove time and publication of the signatures.
    pub(super) pieces: Vec<Piece>,
    /// Envelopes that parse, the primary bundle first.
    pub(super) held: Vec<Held>,
    /// Tokens and log entries that this version does not look at, in words.
    pub(super) not_checked: Vec<String>,
    /// How many files could not be read as evidence; each has its finding.
    pub(super) unread: u64,
}

/// Reads every bundle `<manifest>.sigstore.json`, `<manifest>.*.sigstore.json` and
/// `<manifest>.intoto.json` in `folder`; `shown` stands before each name in findings.
pub(super) fn gather(
    folder: &Root,
    manifest: &str,
    shown: &[u8],
    outcome: &mut Outcome,
) -> Evidence {
    let mut evidence = Evidence::default();
    let names = match names(folder, manifest) {
        Ok(names) => names,
        Err(error) => {
            outcome.push(Finding::of(&error).at(shown));
            return evidence;
        }
    };
    if names.len() > limits::BUNDLES {
        let message = format!("more than {} bundles beside one manifest", limits::BUNDLES);
        outcome.push(Finding::error(Code::Limit, message).at(shown));
        return evidence;
    }
    for name in names {
        let path = [shown, name.as_bytes()].concat();
        match read(folder, &name, &path, &mut evidence, outcome) {
            Ok(envelope) => evidence.held.push(Held { path, envelope }),
            Err(finding) => {
                evidence.unread = evidence.unread.saturating_add(1);
                outcome.push(finding.at(path));
            }
        }
    }
    evidence
}

/// The names to read: the primary bundle first, then the others bytewise, then the plain DSSE.
fn names(folder: &Root, manifest: &str) -> Result<Vec<RelPath>, crate::fs::FsError> {
    let primary = format!("{manifest}.sigstore.json");
    let plain = format!("{manifest}.intoto.json");
    let prefix = format!("{manifest}.");
    let mut names = Vec::new();
    for entry in folder.list(None)? {
        let is_bundle =
            entry.name.starts_with(prefix.as_bytes()) && entry.name.ends_with(b".sigstore.json");
        if (is_bundle || entry.name == plain.as_bytes())
            && let Ok(path) = RelPath::new(&entry.name)
        {
            names.push(path);
        }
    }
    names.sort_by_key(|path| {
        let rank = if path.as_bytes() == primary.as_bytes() {
            0
        } else if path.as_bytes() == plain.as_bytes() {
            2
        } else {
            1
        };
        (rank, path.clone())
    });
    Ok(names)
}

fn read(
    folder: &Root,
    name: &RelPath,
    shown: &[u8],
    evidence: &mut Evidence,
    outcome: &mut Outcome,
) -> Result<Envelope, Finding> {
    let bytes = folder.read(name, limits::ENVELOPE_BYTES).map_err(|error| Finding::of(&error))?;
    if name.as_bytes().ends_with(b".intoto.json") {
        return dsse::parse(&bytes).map_err(|error| refused(&error));
    }
    let bundle = bundle::parse(&bytes).map_err(|error| refused(&error))?;
    evidence.not_checked.extend(entries(&bundle, shown));
    match bundle.content {
        Content::Dsse(envelope) => {
            let sig = envelope.signatures.first().map(|signature| signature.sig.clone());
            let log = log_proof(folder, name, shown, outcome);
            evidence.pieces.push(Piece {
                path: shown.to_vec(),
                sig: sig.unwrap_or_default(),
                timestamps: bundle.timestamps,
                log,
            });
            Ok(envelope)
        }
        Content::Message { .. } => {
            let message = "holds a signature over a message, where a signed statement is wanted";
            Err(Finding::error(Code::Unsupported, message))
        }
    }
}

/// The proof beside a bundle that its signature is in the log, where there is one.
fn log_proof(
    folder: &Root,
    bundle: &RelPath,
    shown: &[u8],
    outcome: &mut Outcome,
) -> Option<(Vec<u8>, Vec<u8>)> {
    let suffix = b".tlog-proof";
    let path = [shown, suffix].concat();
    let read = RelPath::new(&[bundle.as_bytes(), suffix].concat())
        .map_err(crate::fs::FsError::from)
        .and_then(|name| folder.read(&name, limits::ENVELOPE_BYTES));
    match read {
        Ok(bytes) => Some((path, bytes)),
        Err(error) if error.is_not_found() => None,
        Err(error) => {
            outcome.push(Finding::of(&error).at(path));
            None
        }
    }
}

fn refused(error: &dyn Coded) -> Finding {
    Finding::of(error)
        .help("vidimus inspect says what a file is; restore it from a copy or sign again")
}

/// In words: what a bundle holds beside its signature, and this version does not verify.
pub(super) fn unlooked(bundle: &Bundle, shown: &[u8]) -> Vec<String> {
    let name = String::from_utf8_lossy(shown);
    let stamps = bundle.timestamps.len();
    let stamps = (stamps > 0).then(|| format!("RFC 3161 timestamps in {name}: {stamps}"));
    stamps.into_iter().chain(entries(bundle, shown)).collect()
}

/// In words: entries of logs that are none of ours.
fn entries(bundle: &Bundle, shown: &[u8]) -> Option<String> {
    let name = String::from_utf8_lossy(shown);
    let found = bundle.log_entries;
    (found > 0).then(|| format!("{found} transparency log entries in {name}"))
}
