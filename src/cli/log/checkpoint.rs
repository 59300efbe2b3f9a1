//! `vidimus log checkpoint`: publish what was appended, and add cosignatures.

use super::{Archive, Place, refused, vkey};
use crate::cli::context::Context;
use crate::cli::key_source::KeySource;
use crate::cli::{Result, usage};
use clap::Args;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use vidimus::envelope::note::Verifier;
use vidimus::envelope::{checkpoint, note};
use vidimus::finding::Finding;
use vidimus::{fs, limits, log};

/// Publish what was appended, with a signed checkpoint
///
/// Checks that the new tree continues the one of the present checkpoint, signs its head and prints
/// it. With --cosignature adds what witnesses signed to the present checkpoint.
#[derive(Args)]
#[command(after_help = "Examples:\n  vidimus log checkpoint --key ~/keys/log.key.pem\n  \
vidimus log checkpoint --cosignature w.txt --witness-key w.vkey")]
pub(super) struct Checkpoint {
    /// Private key of the log, as for vidimus log init; without it nothing is published
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// File whose first line is the key's password, readable by you alone
    #[arg(long, value_name = "FILE", requires = "key")]
    password_file: Option<PathBuf>,
    /// What a witness gave: signature lines, or the whole checkpoint; may be repeated
    #[arg(long, value_name = "FILE", requires = "witness_key")]
    cosignature: Vec<PathBuf>,
    /// Key of a witness whose cosignature is to be added: NAME+ID+BASE64, or a file that holds it;
    /// may be repeated
    #[arg(long, value_name = "VKEY", requires = "cosignature")]
    witness_key: Vec<OsString>,
    #[command(flatten)]
    place: Place,
}

/// The checkpoint as it stands at the end, and what was done.
struct Done {
    bytes: Vec<u8>,
    added: usize,
}

impl Checkpoint {
    pub(super) fn run(&self, context: &Context) -> Result {
        if self.key.is_none() && self.cosignature.is_empty() {
            return Err(vec![usage(
                "vidimus log checkpoint wants --key KEY, or --cosignature FILE",
            )]);
        }
        let archive = self.place.open()?;
        let files = archive.log()?;
        if let Some(key) = self.key.clone() {
            let source = KeySource { key, password_file: self.password_file.clone() };
            publish(&archive, &source, context)?;
        }
        let present = log::Log::open(&files, Some(&archive.origin())).map_err(|e| refused(&e))?;
        let mut done = Done { bytes: present.checkpoint_bytes().to_vec(), added: 0 };
        let witnesses = vkey::load(&self.witness_key)?;
        for file in &self.cosignature {
            add(&archive, file, &witnesses, &mut done)?;
        }
        finish(&done)
    }
}

fn publish(archive: &Archive, source: &KeySource, context: &Context) -> Result<()> {
    let key = source.load(context)?;
    let verifier = Verifier::new(&archive.origin(), key.public().clone())
        .map_err(|error| vec![Finding::of(&error)])?;
    log::publish(&archive.path, &verifier, &key).map(drop).map_err(|error| refused(&error))
}

/// Adds the cosignatures of one file.
fn add(archive: &Archive, file: &PathBuf, witnesses: &[Verifier], done: &mut Done) -> Result<()> {
    let at = |finding: Finding| vec![finding.at(file.as_os_str().as_bytes())];
    let bytes =
        fs::read_named(file, limits::ENVELOPE_BYTES).map_err(|error| at(Finding::of(&error)))?;
    let lines = log::signature_lines(&bytes).map_err(|error| at(Finding::of(&error)))?;
    let (bytes, added) = log::merge(&archive.path, &archive.origin(), &lines, witnesses).map_err(
        |error| match error {
            // Its file, not the log's, is the one that does not fit.
            log::LogError::Signature(error) => at(Finding::of(&error)),
            error => refused(&error),
        },
    )?;
    done.bytes = bytes;
    done.added = done.added.saturating_add(added);
    Ok(())
}

fn finish(done: &Done) -> Result {
    let note = note::parse(&done.bytes).map_err(|error| vec![Finding::of(&error)])?;
    let head = checkpoint::parse(&note.text).map_err(|error| vec![Finding::of(&error)])?;
    let text = String::from_utf8_lossy(&done.bytes).into_owned();
    let details = vec![
        ("checkpoint", super::head(&head.origin, head.size, &head.root)),
        ("note", text.clone().into()),
        ("cosignatures_added", done.added.into()),
    ];
    Ok(super::run(text, details))
}
