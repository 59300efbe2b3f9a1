//! `vidimus log checkpoint`: publish what was appended, and add cosignatures.

use super::ask::Asked;
use super::{Archive, Place, refused, vkey};
use crate::cli::context::Context;
use crate::cli::key_source::KeySource;
use crate::cli::{Result, usage};
use clap::{ArgGroup, Args};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::envelope::note::Verifier;
use vidimus::envelope::{checkpoint, note};
use vidimus::finding::Finding;
use vidimus::fs::{self, Root};
use vidimus::{limits, log};

/// Publish what was appended, with a signed checkpoint
///
/// Checks that the new tree continues the one of the present checkpoint, signs its head and prints
/// it. With --witness asks a witness to cosign the present checkpoint, with --cosignature adds what
/// it signed elsewhere. A witness that does not sign changes nothing of what others signed.
#[derive(Args)]
#[command(
    // An optional group of arguments still requires what is required in it.
    mut_arg("key", |key| key.required(false)),
    group(ArgGroup::new("lines").args(["witness", "witnesses", "cosignature"]).multiple(true)),
    after_help = "Examples:\n  vidimus log checkpoint --key ~/keys/log.key.pem\n  \
vidimus log checkpoint --witnesses\n  \
vidimus log checkpoint --witness https://witness.example/ --witness-key w.vkey\n  \
vidimus log checkpoint --cosignature w.txt"
)]
pub(super) struct Checkpoint {
    #[command(flatten)]
    source: Option<KeySource>,
    /// URL of a witness to ask over http or https (C2SP, tlog-witness); may be repeated
    #[arg(long, value_name = "URL")]
    witness: Vec<String>,
    /// Ask every witness that the policy gives a URL of
    #[arg(long)]
    witnesses: bool,
    /// What a witness gave: signature lines, or the whole checkpoint; may be repeated
    #[arg(long, value_name = "FILE")]
    cosignature: Vec<PathBuf>,
    /// Key of a witness whose cosignature is to be added: NAME+ID+BASE64, or a file that holds it;
    /// may be repeated (default: the witnesses that the policy names)
    #[arg(long, value_name = "VKEY", requires = "lines")]
    witness_key: Vec<OsString>,
    #[command(flatten)]
    place: Place,
}

/// The checkpoint as it stands at the end, and what was done.
struct Done {
    bytes: Vec<u8>,
    added: usize,
    /// What there is to say of witnesses that did not sign.
    failed: Vec<Finding>,
}

impl Checkpoint {
    pub(super) fn run(&self, context: &Context) -> Result {
        let lines = self.witnesses || !self.cosignature.is_empty() || !self.witness.is_empty();
        if self.source.is_none() && !lines {
            return Err(vec![usage(
                "vidimus log checkpoint wants --key KEY, --witness URL, --witnesses or --cosignature FILE",
            )]);
        }
        let archive = self.place.open()?;
        let files = archive.log()?;
        let witnesses = if lines { self.keys(&archive)? } else { Vec::new() };
        let urls = self.urls(&archive);
        if self.witnesses && urls.is_empty() {
            return Err(vec![no_witness("a URL of any witness")]);
        }
        let asked: Vec<(Asked<'_>, u64)> = asked(&urls, &archive, &files, &witnesses)?;
        if let Some(source) = &self.source {
            publish(&archive, source, context)?;
        }
        let present = log::Log::open(&files, Some(&archive.origin())).map_err(|e| refused(&e))?;
        let bytes = present.checkpoint_bytes().to_vec();
        let mut done = Done { bytes, added: 0, failed: Vec::new() };
        for file in &self.cosignature {
            add(&archive, file, &witnesses, &mut done)?;
        }
        for (asked, remembered) in asked {
            match asked.ask(&archive, remembered) {
                Ok((bytes, added)) => done.take(bytes, added),
                // What others sign is not lost for it.
                Err(findings) => done.failed.extend(findings),
            }
        }
        finish(done)
    }

    /// The keys of the witnesses: those given, else those of the policy.
    fn keys(&self, archive: &Archive) -> Result<Vec<Verifier>> {
        if !self.witness_key.is_empty() {
            return vkey::load(&self.witness_key);
        }
        let known = archive.policy.tlog.iter().flat_map(|tlog| &tlog.witnesses);
        let keys: Vec<Verifier> = known.map(|witness| witness.verifier.clone()).collect();
        if keys.is_empty() { Err(vec![no_witness("any witness")]) } else { Ok(keys) }
    }

    /// The URLs to ask at.
    fn urls(&self, archive: &Archive) -> Vec<String> {
        let known = archive.policy.tlog.iter().flat_map(|tlog| &tlog.witnesses);
        let of_policy = known.filter_map(|witness| witness.url.clone()).filter(|_| self.witnesses);
        let mut urls: Vec<String> = self.witness.iter().cloned().chain(of_policy).collect();
        urls.dedup();
        urls
    }
}

fn no_witness(what: &str) -> Finding {
    usage(format!("the policy does not name {what}")).at("keys/policy.toml").help(
        "name witnesses in `tlog` of the policy, or give --witness URL and --witness-key VKEY",
    )
}

/// The witnesses to ask, and where each of them is thought to be: looked up before there is a new
/// checkpoint, which nobody has cosigned yet.
fn asked<'a>(
    urls: &'a [String],
    archive: &Archive,
    files: &Root,
    keys: &'a [Verifier],
) -> Result<Vec<(Asked<'a>, u64)>> {
    if urls.is_empty() {
        return Ok(Vec::new());
    }
    let before = log::Log::open(files, Some(&archive.origin())).map_err(|error| refused(&error))?;
    let with_size = |url| {
        let asked = Asked { url, keys };
        let size = asked.remembered(&before);
        (asked, size)
    };
    Ok(urls.iter().map(|url| with_size(url.as_str())).collect())
}

fn publish(archive: &Archive, source: &KeySource, context: &Context) -> Result<()> {
    let key = source.load(context)?;
    let verifier = Verifier::new(&archive.origin(), key.public().clone())
        .map_err(|error| vec![Finding::of(&error)])?;
    log::publish(&archive.path, &verifier, &key).map(drop).map_err(|error| refused(&error))
}

/// Adds the cosignatures of one file.
fn add(archive: &Archive, file: &Path, witnesses: &[Verifier], done: &mut Done) -> Result<()> {
    let at = |finding: Finding| vec![finding.at(file.as_os_str().as_bytes())];
    let bytes =
        fs::read_named(file, limits::ENVELOPE_BYTES).map_err(|error| at(Finding::of(&error)))?;
    let lines = log::signature_lines(&bytes).map_err(|error| at(Finding::of(&error)))?;
    let merged = log::merge(&archive.path, &archive.origin(), &lines, witnesses);
    let (bytes, added) = merged.map_err(|error| {
        if let log::LogError::Signature(error) = &error {
            // Its file, not the log's, is the one that does not fit.
            at(Finding::of(error))
        } else {
            refused(&error)
        }
    })?;
    done.take(bytes, added);
    Ok(())
}

impl Done {
    fn take(&mut self, bytes: Vec<u8>, added: usize) {
        self.bytes = bytes;
        self.added = self.added.saturating_add(added);
    }
}

fn finish(done: Done) -> Result {
    let note = note::parse(&done.bytes).map_err(|error| vec![Finding::of(&error)])?;
    let head = checkpoint::parse(&note.text).map_err(|error| vec![Finding::of(&error)])?;
    let text = String::from_utf8_lossy(&done.bytes).into_owned();
    let details = vec![
        ("checkpoint", super::head(&head.origin, head.size, &head.root)),
        ("note", text.clone().into()),
        ("cosignatures_added", done.added.into()),
    ];
    Ok(super::run_with(text, details, done.failed))
}
