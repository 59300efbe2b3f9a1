//! `vidimus witness sign`: one request from a file, for witnesses that no network reaches.

use super::super::usage;
use super::{Context, Identity, Known, Result, Run, cosign, findings, open_state};
use clap::Args;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::finding::{Finding, Outcome};
use vidimus::witness::{self, Cosigned};
use vidimus::{fs, limits};

/// Cosign a checkpoint offline: the request is in a file
///
/// REQUEST is the body of an add-checkpoint request (C2SP, tlog-witness): an old size, a
/// consistency proof, an empty line, the signed checkpoint. The signature lines go to stdout or
/// to --out; append them to the checkpoint. A fork or a shorter log ends with exit 15, and both
/// checkpoints are kept below the state folder.
#[derive(Args)]
#[command(after_help = "Example:\n  vidimus witness sign request --key w1.key.pem \\\n    \
--name witness.example.org/w1 --log example.org/log+1a2b3c4d+AZAaSH4= \\\n    --state w1-state")]
pub(super) struct Sign {
    /// The request; - for stdin
    #[arg(value_name = "REQUEST")]
    request: PathBuf,
    #[command(flatten)]
    identity: Identity,
    #[command(flatten)]
    known: Known,
    /// Begin with no memory where the state folder is not there: for the first run of a witness
    #[arg(long)]
    new_state: bool,
    /// File for the signature lines (default: stdout); one that is there is replaced
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Sign {
    pub(super) fn run(&self, context: &Context) -> Result {
        let (key, verifier) = self.identity.load(context)?;
        let logs = self.known.logs(&verifier)?;
        let request = read(&self.request)?;
        let state = open_state(&self.known.state)?;
        if state.is_new() && !self.new_state {
            return Err(vec![self.no_state()]);
        }
        let witness = witness::Witness::new(verifier, logs, state);
        let cosigned = cosign(&witness, &key, &request).map_err(|error| {
            findings(&error).into_iter().map(|f| self.at(f)).collect::<Vec<_>>()
        })?;
        self.give(cosigned)
    }

    /// A witness without its memory would cosign whatever it is shown, a fork too.
    fn no_state(&self) -> Finding {
        usage("there is no such state folder").at(self.known.state.as_os_str().as_bytes()).help(
            "a witness that has cosigned before needs the folder it had then; \
--new-state makes one for the first run",
        )
    }

    /// Names the request, where a finding is about nothing else.
    fn at(&self, finding: Finding) -> Finding {
        if finding.path.is_some() {
            return finding;
        }
        finding.at(self.request.as_os_str().as_bytes())
    }

    fn give(&self, cosigned: Cosigned) -> Result {
        let mut outcome = Outcome::default();
        let lines = String::from_utf8_lossy(&cosigned.lines).into_owned();
        outcome.details.push(("cosignature", lines.into()));
        outcome.details.push((
            "log",
            serde_json::json!({
                "origin": cosigned.origin,
                "old": cosigned.old,
                "size": cosigned.size,
            }),
        ));
        let Some(out) = &self.out else {
            return Ok(Run::data(cosigned.lines, outcome));
        };
        let shown = out.as_os_str().as_bytes();
        fs::replace(out, &cosigned.lines).map_err(|error| vec![Finding::of(&error).at(shown)])?;
        Ok(Run::data(format!("wrote {}\n", vidimus::report::escape::path(shown)), outcome))
    }
}

fn read(request: &Path) -> Result<Vec<u8>> {
    let read = if request == Path::new("-") {
        fs::read_stdin(limits::WITNESS_REQUEST_BYTES)
    } else {
        fs::read_named(request, limits::WITNESS_REQUEST_BYTES)
    };
    read.map_err(|error| vec![Finding::of(&error).at(request.as_os_str().as_bytes())])
}
