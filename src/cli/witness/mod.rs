//! `vidimus witness`: cosign the checkpoints of logs, over HTTP or from a file.

mod answer;
mod serve;
mod sign;

use super::context::Context;
use super::key_source::KeySource;
use super::{Result, Run};
use clap::{Args, Subcommand};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::envelope::note::Verifier;
use vidimus::finding::{Finding, Outcome};
use vidimus::key::{SignError, SigningKey};
use vidimus::witness::{self, Cosigned, Logs, State, StateError, WitnessError};

/// Witness logs: cosign their checkpoints, as long as they only grow
///
/// A witness remembers the last checkpoint of each log that it cosigned, and cosigns another only
/// with a proof that nothing before it was changed or taken away. A log that shows different
/// people different histories cannot get its signature for both. Make it a key of its own, with
/// vidimus keygen, and guard its state folder like the key: without it, it knows nothing.
#[derive(Args)]
pub(crate) struct Witness {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Key(ShowKey),
    Serve(serve::Serve),
    Sign(sign::Sign),
}

/// Print the public key of a witness, for a policy
///
/// The line is what C2SP calls a vkey, of the type for cosignatures. The private key is read and
/// goes nowhere.
#[derive(Args)]
#[command(
    after_help = "Example:\n  vidimus witness key --key w1.key.pem --name witness.example.org/w1"
)]
struct ShowKey {
    #[command(flatten)]
    identity: Identity,
}

/// Who the witness is.
#[derive(Args)]
struct Identity {
    #[command(flatten)]
    source: KeySource,
    /// Name of the witness, such as witness.example.org/w1: no blanks, no +
    #[arg(long)]
    name: String,
}

/// Whom it witnesses, and what it remembers.
#[derive(Args)]
struct Known {
    /// Public key of a log (a vkey), whose name is its origin; 'ORIGIN VKEY' when it signs under
    /// another name; may be repeated
    #[arg(long, value_name = "VKEY", required = true)]
    log: Vec<String>,
    /// Folder for what the witness remembers
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
}

impl Witness {
    pub(crate) fn name(&self) -> &'static str {
        match &self.action {
            Action::Key(_) => "witness key",
            Action::Serve(_) => serve::NAME,
            Action::Sign(_) => "witness sign",
        }
    }

    pub(crate) fn run(&self, context: &Context) -> Result {
        match &self.action {
            Action::Key(command) => command.run(context),
            Action::Serve(command) => command.run(context),
            Action::Sign(command) => command.run(context),
        }
    }
}

impl ShowKey {
    fn run(&self, context: &Context) -> Result {
        let (_, verifier) = self.identity.load(context)?;
        let mut outcome = Outcome::default();
        outcome.details.push(("vkey", verifier.vkey().into()));
        Ok(Run::data(format!("{}\n", verifier.vkey()), outcome))
    }
}

impl Identity {
    fn load(&self, context: &Context) -> Result<(SigningKey, Verifier)> {
        let key = self.source.load(context)?;
        let verifier = Verifier::cosigner(&self.name, key.public().clone())
            .map_err(|error| vec![Finding::of(&error).with("name", self.name.clone())])?;
        Ok((key, verifier))
    }
}

impl Known {
    fn logs(&self, witness: &Verifier) -> Result<Logs> {
        Logs::parse(self.log.iter().map(String::as_str), witness).map_err(|error| {
            let finding = Finding::of(&error);
            let help = "--log wants NAME+ID+BASE64, which the log's vidimus log init printed";
            vec![finding.help(help)]
        })
    }
}

fn state_refused(error: &StateError) -> Finding {
    Finding::of(error).at(error.path().as_os_str().as_bytes())
}

/// Cosigns one request, with the clock of this machine.
fn cosign(
    witness: &witness::Witness,
    key: &SigningKey,
    request: &[u8],
) -> std::result::Result<Cosigned, WitnessError<SignError>> {
    let clock = || u64::try_from(super::clock::now()?.unix()).ok();
    witness.add_checkpoint(request, &clock, &mut |bytes| key.sign(bytes))
}

/// What there is to say of a request that was not cosigned.
fn findings(error: &WitnessError<SignError>) -> Vec<Finding> {
    let finding = Finding::of(error);
    match error {
        WitnessError::State(error) => vec![state_refused(error)],
        WitnessError::Conflict { evidence: Ok(paths), .. } => vec![with_evidence(finding, paths)],
        WitnessError::Conflict { evidence: Err(error), .. } => vec![finding, state_refused(error)],
        WitnessError::Refused(_)
        | WitnessError::Clock
        | WitnessError::Sign(_)
        | WitnessError::Unverified(_) => vec![finding],
    }
}

fn with_evidence(finding: Finding, paths: &[PathBuf]) -> Finding {
    let named = ["cosigned", "refused"].into_iter().zip(paths);
    let bytes = |path: &Path| path.as_os_str().as_bytes().to_vec();
    named
        .fold(finding, |finding, (name, path)| finding.with_path(name, bytes(path)))
        .help("both checkpoints are signed by the log; keep them, and show them to its users")
}

/// The state, opened for one request.
fn open_state(folder: &Path) -> Result<State> {
    State::open(folder).map_err(|error| vec![state_refused(&error)])
}
