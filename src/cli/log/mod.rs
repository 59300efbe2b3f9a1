//! `vidimus log`: an append-only log of an archive's signatures.

mod append;
mod ask;
mod audit;
mod check;
mod checkpoint;
mod init;
mod prove;
mod vkey;

use super::context::{Context, or_default};
use super::verify::open;
use super::{Result, Run};
use clap::{Args, Subcommand};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use vidimus::codec::hex;
use vidimus::finding::{Code, Finding, Outcome};
use vidimus::fs::Root;
use vidimus::log;
use vidimus::path::RelPath;
use vidimus::policy::Policy;
use vidimus::seal;

/// Keep an append-only log of the archive's signatures, and check logs
///
/// The log is the folder manifests/log: a plain folder that any web server can hand out (C2SP
/// tlog-tiles). Each signature has a small record in it; the signed checkpoint says how many there
/// are and what they hash to, so that nothing can be taken out or changed later.
#[derive(Args)]
pub(crate) struct Log {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Init(init::Init),
    Append(append::Append),
    Checkpoint(checkpoint::Checkpoint),
    Prove(prove::Prove),
    Check(check::Check),
    Audit(audit::Audit),
}

impl Log {
    pub(crate) fn name(&self) -> &'static str {
        match &self.action {
            Action::Init(_) => "log init",
            Action::Append(_) => "log append",
            Action::Checkpoint(_) => "log checkpoint",
            Action::Prove(_) => "log prove",
            Action::Check(_) => "log check",
            Action::Audit(_) => "log audit",
        }
    }

    pub(crate) fn run(&self, context: &Context) -> Result {
        match &self.action {
            Action::Init(command) => command.run(context),
            Action::Append(command) => command.run(),
            Action::Checkpoint(command) => command.run(context),
            Action::Prove(command) => command.run(),
            Action::Check(command) => command.run(),
            Action::Audit(command) => command.run(),
        }
    }
}

/// Which archive.
#[derive(Args)]
struct Place {
    /// The archive's folder (default: this folder)
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
}

/// An open archive.
struct Archive {
    path: PathBuf,
    root: Root,
    policy: Policy,
}

impl Place {
    fn open(&self) -> Result<Archive> {
        let path = or_default(self.archive.as_ref(), ".");
        let root = open(&path)?;
        let (policy, _) = Policy::load(&root).map_err(|finding| vec![*finding])?;
        Ok(Archive { path, root, policy })
    }
}

impl Archive {
    fn origin(&self) -> String {
        log::origin(&self.policy.id)
    }

    /// The collections named, or all that the policy lists.
    fn collections(&self, named: &[OsString]) -> Result<Vec<String>> {
        if named.is_empty() {
            return Ok(self.policy.collections.clone());
        }
        let listed = |name: &OsString| {
            let text = name.to_str().map(|name| name.strip_suffix('/').unwrap_or(name));
            let found = self.policy.collections.iter().find(|known| text == Some(known));
            found.cloned().ok_or_else(|| {
                let message = "is no collection that the policy lists";
                vec![Finding::error(Code::Scope, message).at(name.as_bytes())]
            })
        };
        named.iter().map(listed).collect()
    }

    /// The folder of the log, which must be there.
    fn log(&self) -> Result<Root> {
        if !seal::has_log(&self.root).map_err(|finding| vec![finding])? {
            let finding = Finding::error(Code::Empty, "this archive has no log").at(log::FOLDER);
            return Err(vec![finding.help("vidimus log init --key KEY makes one")]);
        }
        let folder =
            RelPath::new(log::FOLDER.as_bytes()).map_err(|error| vec![Finding::of(&error)])?;
        self.root.subroot(&folder).map_err(|error| vec![Finding::of(&error).at(log::FOLDER)])
    }
}

/// What went wrong with the archive's log.
fn refused(error: &log::LogError) -> Vec<Finding> {
    vec![error.finding(&seal::log_shown())]
}

/// A checkpoint as a member of the document.
fn head(origin: &str, size: u64, root: &[u8; 32]) -> serde_json::Value {
    serde_json::json!({ "origin": origin, "size": size, "root": hex::encode(root) })
}

fn run(text: String, details: Vec<(&'static str, serde_json::Value)>) -> Run {
    run_with(text, details, Vec::new())
}

/// What was done, and what failed beside it.
fn run_with(
    text: String,
    details: Vec<(&'static str, serde_json::Value)>,
    failed: Vec<Finding>,
) -> Run {
    let mut outcome = Outcome { details, ..Outcome::default() };
    failed.into_iter().for_each(|finding| outcome.push(finding));
    Run::data(text, outcome)
}
