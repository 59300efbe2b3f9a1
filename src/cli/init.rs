//! `vidimus init`: makes a folder an archive.

use super::context::Context;
use super::trust::{load_key, parse_threshold};
use super::{Result, Run, usage};
use clap::Args;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::finding::{Code, Finding, Outcome};
use vidimus::fs;
use vidimus::key::PublicKey;
use vidimus::policy::{self, Policy};
use vidimus::seal;

/// Make a folder an archive: write keys/policy.toml
///
/// The policy says which collections (folders of documents) the archive has, who is trusted to
/// sign them, and how many must sign. Nothing is signed yet.
#[derive(Args)]
#[command(after_help = "Example, in the folder that holds the collection statements/:\n  \
vidimus init --id example.org/archive --collection statements \\\n    \
--signer press@example.org=$HOME/keys/press@example.org.pub.pem\n  \
vidimus policy sign --key ~/keys/press@example.org.key.pem\n  \
vidimus sign --key ~/keys/press@example.org.key.pem\n  \
vidimus verify")]
pub(crate) struct Init {
    /// The folder that becomes an archive
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The archive's own name, unique in the world, such as example.org/statements
    #[arg(long)]
    id: String,
    /// A folder of documents in DIR; may be repeated
    #[arg(long, value_name = "NAME", required = true)]
    collection: Vec<String>,
    /// A signer's name and public key (a file or the key itself); may be repeated
    #[arg(long, value_name = "NAME=PUB", required = true)]
    signer: Vec<OsString>,
    /// How many of the signers must sign
    #[arg(long, value_name = "N", default_value = "1", allow_negative_numbers = true)]
    threshold: String,
}

impl Init {
    pub(crate) fn run(&self, _context: &Context) -> Result {
        let threshold = parse_threshold(&self.threshold).map_err(|finding| vec![finding])?;
        let signers = self.signers()?;
        let text = policy::template(&self.id, &self.collection, &signers, threshold);
        // What a person will be trusted by is read back before it is written.
        let no_files = |_: &str| Err(fs::FsError::from(vidimus::path::PathError::Empty));
        Policy::parse(text.as_bytes(), &no_files).map_err(|error| vec![Finding::of(&error)])?;
        no_private_key_beside(&self.dir)?;
        seal::new_archive(&self.dir, &text).map_err(|error| {
            vec![Finding::of(&error).at(self.dir.join("keys/policy.toml").as_os_str().as_bytes())]
        })?;
        let mut outcome = Outcome::default();
        outcome.details.push(("policy", "keys/policy.toml".into()));
        let data = "wrote keys/policy.toml, version 1, not signed yet\nnext: vidimus policy sign --key KEY, then vidimus sign --key KEY\n";
        Ok(Run::data(data, outcome))
    }

    fn signers(&self) -> Result<Vec<(String, PublicKey)>> {
        self.signer.iter().map(signer).collect()
    }
}

/// `keygen` puts no key into an archive; neither does `init` make an archive around one.
fn no_private_key_beside(dir: &Path) -> Result<()> {
    let Some(_) = fs::kind_named(dir).map_err(|error| vec![Finding::of(&error)])? else {
        return Ok(());
    };
    let root = super::verify::open(dir)?;
    let entries = root
        .list(None)
        .map_err(|error| vec![Finding::of(&error).at(dir.as_os_str().as_bytes())])?;
    match entries.into_iter().find(|entry| entry.name.ends_with(b".key.pem")) {
        None => Ok(()),
        Some(entry) => {
            let message = "is a private key, which an archive must not hold: it could be published by accident";
            let finding = Finding::error(Code::UnsafePath, message).at(entry.name);
            Err(vec![finding.help("move it out of this folder first, to ~/keys for example")])
        }
    }
}

fn signer(argument: &OsString) -> Result<(String, PublicKey)> {
    let bytes = argument.as_bytes();
    let at = bytes.iter().position(|byte| *byte == b'=').ok_or_else(|| {
        vec![usage("--signer wants NAME=PUB, such as press@example.org=press.pub.pem")]
    })?;
    let (name, key) =
        (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default());
    let name = std::str::from_utf8(name).map_err(|_| vec![usage("a signer's name is UTF-8")])?;
    let key = std::ffi::OsStr::from_bytes(key).to_owned();
    let mut keys = load_key(&key).map_err(|finding| vec![finding])?.into_iter();
    match (keys.next(), keys.next()) {
        (Some(given), None) => Ok((name.to_owned(), given.1)),
        (_, _) => Err(vec![usage("--signer wants exactly one key")]),
    }
}
