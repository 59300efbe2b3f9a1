//! `vidimus check`: a tree against a list that people already have, without signatures.

use super::context::Context;
use super::progress::Bar;
use super::verify::open;
use super::{Result, Run};
use clap::Args;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use vidimus::digest::Algorithm;
use vidimus::finding::{Code, Finding};
use vidimus::manifest::ListOptions;
use vidimus::verify::{check_bag, check_list};
use vidimus::{fs, limits};

/// Check a folder against a checksum list, or a BagIt bag
///
/// Nobody's signature is asked for. Lists: SHA256SUMS and its relatives (GNU, BSD --tag) and
/// hashdeep. A bag is checked against its own manifests. As strict as verify: files that are not
/// listed are reported, nothing is ignored.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  vidimus check --manifest SHA256SUMS .\n  vidimus check --manifest MD5SUMS photos\n  vidimus check bag/"
)]
pub(crate) struct Check {
    /// The list; without it, DIR is a bag
    #[arg(long, value_name = "LIST")]
    manifest: Option<PathBuf>,
    /// The folder that the list is about, or a bag
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Digest algorithm of a list that does not name it: md5, sha1, sha256, sha512 (default: as
    /// the list's file name says, else sha256)
    #[arg(long, value_name = "NAME", requires = "manifest")]
    algorithm: Option<String>,
    /// The list's entries end in NUL and nothing in them is escaped
    #[arg(short = 'z', long, requires = "manifest")]
    zero: bool,
}

impl Check {
    pub(crate) fn run(&self, context: &Context) -> Result {
        let root = open(&self.dir)?;
        let bar = Bar::new(context);
        let Some(list) = &self.manifest else {
            return Ok(Run::report(check_bag(&root, &bar, context.rows())));
        };
        let shown = list.as_os_str().as_bytes();
        let (bytes, id) = fs::read_named_id(list, limits::MANIFEST_BYTES)
            .map_err(|error| vec![Finding::of(&error).at(shown)])?;
        let name = list.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
        let options =
            ListOptions { algorithm: self.algorithm()?, file_name: name, zero: self.zero };
        Ok(Run::report(check_list(&root, &bytes, shown, Some(id), &options, &bar, context.rows())))
    }

    fn algorithm(&self) -> Result<Option<Algorithm>> {
        let Some(name) = &self.algorithm else { return Ok(None) };
        match Algorithm::parse(name) {
            Some(algorithm) => Ok(Some(algorithm)),
            None => {
                let message = format!("the digest algorithm '{name}' is not known");
                let known: Vec<&str> =
                    Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
                Err(vec![
                    Finding::error(Code::Unsupported, message)
                        .help(format!("known: {}", known.join(", "))),
                ])
            }
        }
    }
}
