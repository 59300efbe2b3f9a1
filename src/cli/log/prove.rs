//! `vidimus log prove`: that the archive's signatures stand in its log, and that the log continues
//! what it was.

use super::{Archive, Place, refused};
use crate::cli::Result;
use clap::Args;
use std::ffi::OsString;
use vidimus::codec::base64;
use vidimus::envelope::tlog_proof::{self, TlogProof};
use vidimus::envelope::{checkpoint, note};
use vidimus::finding::{Code, Finding};
use vidimus::fs::{self, FolderLock, FsError};
use vidimus::log::Log;
use vidimus::path::RelPath;
use vidimus::report::escape;
use vidimus::seal::{self, LoggedBundle};
use vidimus::{limits, merkle};

/// Prove that the archive's signatures stand in its log
///
/// Writes a proof beside each bundle of the collections (default: all), against the present
/// checkpoint with its cosignatures: SHA256SUMS.sigstore.json.tlog-proof. A proof that is there
/// and holds is kept, unless the present checkpoint has more cosignatures.
///
/// With --consistency: prints what a witness needs to see that the log continues the tree of OLD
/// entries (a C2SP add-checkpoint request).
#[derive(Args)]
#[command(after_help = "Examples:\n  vidimus log prove\n  \
vidimus log prove --consistency 12 > request.txt")]
pub(super) struct Prove {
    /// The collections
    #[arg(value_name = "COLLECTION", conflicts_with = "consistency")]
    collections: Vec<OsString>,
    /// Number of entries that the witness has seen
    #[arg(long, value_name = "OLD")]
    consistency: Option<u64>,
    /// Write proofs against the present checkpoint where older ones hold, too
    #[arg(long, conflicts_with = "consistency")]
    renew: bool,
    #[command(flatten)]
    place: Place,
}

/// What became of one bundle.
struct Proven {
    bundle: String,
    index: u64,
    size: u64,
    written: bool,
}

impl Prove {
    pub(super) fn run(&self) -> Result {
        let archive = self.place.open()?;
        let files = archive.log()?;
        let log = Log::open(&files, Some(&archive.origin())).map_err(|error| refused(&error))?;
        match self.consistency {
            Some(old) => request(&log, old),
            None => self.bundles(&archive, &log),
        }
    }

    fn bundles(&self, archive: &Archive, log: &Log<'_>) -> Result {
        let mut bundles = Vec::new();
        for collection in archive.collections(&self.collections)? {
            bundles.extend(seal::log_entries(&archive.root, &archive.policy, &collection)?);
        }
        let entries: Vec<_> = bundles.iter().map(|bundle| bundle.entry.clone()).collect();
        let places = log.find(&entries).map_err(|error| refused(&error))?;
        let (mut ready, mut missing) = (Vec::new(), Vec::new());
        for (bundle, place) in bundles.into_iter().zip(places) {
            match place {
                Some(index) => ready.push((bundle, index)),
                None => missing.push(unpublished(&bundle)),
            }
        }
        if !missing.is_empty() {
            return Err(missing);
        }
        let proven = ready.iter().map(|(bundle, index)| self.bundle(archive, log, bundle, *index));
        Ok(finish(&proven.collect::<Result<Vec<_>>>()?))
    }

    fn bundle(
        &self,
        archive: &Archive,
        log: &Log<'_>,
        bundle: &LoggedBundle,
        index: u64,
    ) -> Result<Proven> {
        let path = format!("{}.tlog-proof", bundle.path);
        // A signing swaps the whole folder, and a proof written just before would go with the old.
        let folder = archive.path.join(&bundle.path);
        let _held = FolderLock::take(folder.parent().unwrap_or(&folder))
            .map_err(|error| vec![Finding::of(&error).at(bundle.path.as_bytes())])?;
        let proven = |size, written| Proven { bundle: bundle.path.clone(), index, size, written };
        if !self.renew
            && let Some(size) =
                present(archive, &path, bundle, log).map_err(|finding| vec![finding])?
        {
            return Ok(proven(size, false));
        }
        let hashes = log.inclusion(index, &bundle.entry.leaf()).map_err(|error| refused(&error))?;
        let checkpoint = log.checkpoint_bytes().to_vec();
        let proof = TlogProof { extra: None, index, hashes, checkpoint };
        fs::replace(&archive.path.join(&path), &proof.print())
            .map_err(|error| vec![Finding::of(&error).at(path)])?;
        Ok(proven(log.size(), true))
    }
}

fn unpublished(bundle: &LoggedBundle) -> Finding {
    let message = "is not in the log as far as it is published";
    Finding::error(Code::Inclusion, message)
        .at(bundle.path.as_bytes())
        .help("vidimus log append, then vidimus log checkpoint --key KEY")
}

/// The size of the tree in which a proof that is there shows this entry of this log; nothing when
/// there is none that does.
fn present(
    archive: &Archive,
    path: &str,
    bundle: &LoggedBundle,
    log: &Log<'_>,
) -> std::result::Result<Option<u64>, Finding> {
    let read = RelPath::new(path.as_bytes())
        .map_err(FsError::from)
        .and_then(|name| archive.root.read(&name, limits::ENVELOPE_BYTES));
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(Finding::of(&error).at(path)),
    };
    let Ok(proof) = tlog_proof::parse(&bytes) else { return Ok(None) };
    let note = note::parse(&proof.checkpoint).ok();
    // One that witnesses have cosigned since is worth more.
    let note = note.filter(|note| note.signatures.len() >= log.note().signatures.len());
    let head = note.and_then(|note| checkpoint::parse(&note.text).ok());
    Ok(head.filter(|head| head.origin == archive.origin()).and_then(|head| {
        let leaf = bundle.entry.leaf();
        let held =
            merkle::verify_inclusion(&leaf, proof.index, head.size, &proof.hashes, &head.root);
        held.is_ok().then_some(head.size)
    }))
}

fn finish(proven: &[Proven]) -> crate::cli::Run {
    let mut text = String::new();
    let mut proofs = Vec::new();
    for Proven { bundle, index, size, written } in proven {
        let done = if *written { "wrote" } else { "kept" };
        let shown = escape::path(format!("{bundle}.tlog-proof").as_bytes());
        text.push_str(&format!("{done} {shown}\n  entry {index} of {size}\n"));
        proofs.push(serde_json::json!({
            "bundle": bundle, "index": index, "size": size, "written": written,
        }));
    }
    super::run(text, vec![("proofs", proofs.into())])
}

/// C2SP tlog-witness, add-checkpoint: the old size, the proof, a blank line, the checkpoint.
fn request(log: &Log<'_>, old: u64) -> Result {
    let proof = log.consistency(old).map_err(|error| refused(&error))?;
    let mut text = format!("old {old}\n");
    for hash in proof {
        text.push_str(&base64::encode(&hash));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&String::from_utf8_lossy(log.checkpoint_bytes()));
    Ok(super::run(text.clone(), vec![("request", text.into())]))
}
