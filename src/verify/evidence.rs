//! Collecting the signed evidence beside a manifest: Sigstore bundles and the plain DSSE file.
//!
//! Nothing is verified here. What cannot be parsed is a finding, never skipped in silence.

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
        match read(folder, &name, &path, &mut evidence.not_checked) {
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
    not_checked: &mut Vec<String>,
) -> Result<Envelope, Finding> {
    let bytes = folder.read(name, limits::ENVELOPE_BYTES).map_err(|error| Finding::of(&error))?;
    if name.as_bytes().ends_with(b".intoto.json") {
        return dsse::parse(&bytes).map_err(|error| refused(&error));
    }
    let bundle = bundle::parse(&bytes).map_err(|error| refused(&error))?;
    not_checked.extend(unlooked(&bundle, shown));
    match bundle.content {
        Content::Dsse(envelope) => Ok(envelope),
        Content::Message { .. } => {
            let message = "holds a signature over a message, where a signed statement is wanted";
            Err(Finding::error(Code::Unsupported, message))
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
    let mut words = Vec::new();
    if !bundle.timestamps.is_empty() {
        words.push(format!("{} RFC 3161 timestamps in {name}", bundle.timestamps.len()));
    }
    if bundle.log_entries > 0 {
        words.push(format!("{} transparency log entries in {name}", bundle.log_entries));
    }
    words
}
