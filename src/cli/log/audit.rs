//! `vidimus log audit`: everything in a log derived anew and compared.

use super::vkey;
use crate::cli::context::or_default;
use crate::cli::verify::{open, prefix};
use crate::cli::{Result, Run};
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;
use vidimus::finding::Outcome;
use vidimus::log::{self, Log};

/// Derive every tile and the root of a log anew from its entries, and compare
///
/// Names every file that differs, is missing or does not belong there. With --key the checkpoint
/// must be signed by that key.
#[derive(Args)]
#[command(after_help = "Example:\n  vidimus log audit --key log.vkey")]
pub(super) struct Audit {
    /// The log's folder (default: manifests/log in this folder)
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Key of the log, NAME+ID+BASE64, or a file that holds it; may be repeated
    #[arg(long, value_name = "VKEY")]
    key: Vec<OsString>,
}

impl Audit {
    pub(super) fn run(&self) -> Result {
        let known = vkey::load(&self.key)?;
        let folder = or_default(self.dir.as_ref(), log::FOLDER);
        let root = open(&folder)?;
        let mut outcome = Outcome::default();
        let found = log::audit(&root, &known, &prefix(&folder), &mut outcome);
        if let Ok(log) = Log::open(&root, None) {
            let head = log.head();
            outcome.details.push(("checkpoint", super::head(&head.origin, head.size, &head.root)));
            outcome.details.push(("entries", found.into()));
            if found > head.size {
                let more = found.saturating_sub(head.size);
                outcome
                    .not_checked
                    .push(format!("{more} entries that no checkpoint covers yet: against a root"));
            }
        }
        outcome.not_checked.push("whether others are shown the same log".to_owned());
        Ok(Run::report(outcome))
    }
}
