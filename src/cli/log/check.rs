//! `vidimus log check`: one checkpoint, from the file and the keys alone.

use super::vkey;
use crate::cli::{Result, Run};
use clap::Args;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use vidimus::envelope::checkpoint;
use vidimus::envelope::note::{self, Note, Verifier};
use vidimus::finding::{Code, Coded, Finding, Outcome, SignerRow, SignerStatus, Trust};
use vidimus::time::Time;
use vidimus::{fs, limits};

/// Check the signatures of a checkpoint, or of any signed note
///
/// One of the keys must have signed, and none of them badly; signatures by other keys are passed
/// over. With --origin the note must be a checkpoint of that log; without it the text is not
/// interpreted. Cosignatures by witness keys are checked too, and their times said.
#[derive(Args)]
#[command(
    after_help = "Example:\n  vidimus log check checkpoint --key log.vkey --origin example.org/log"
)]
pub(super) struct Check {
    /// The checkpoint
    #[arg(value_name = "CHECKPOINT")]
    checkpoint: PathBuf,
    /// Key of the log or of a witness, NAME+ID+BASE64, or a file that holds it; may be repeated
    #[arg(long, value_name = "VKEY", required = true)]
    key: Vec<OsString>,
    /// The log that it must be a checkpoint of
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
}

impl Check {
    pub(super) fn run(&self) -> Result {
        let known = vkey::load(&self.key)?;
        let shown = self.checkpoint.as_os_str().as_bytes();
        let at = |finding: Finding| vec![finding.at(shown)];
        let bytes = fs::read_named(&self.checkpoint, limits::ENVELOPE_BYTES)
            .map_err(|error| at(Finding::of(&error)))?;
        let mut outcome = Outcome::default();
        match self.judge(&bytes, &known, &mut outcome) {
            Ok(()) => {}
            Err(finding) => outcome.push(finding.at(shown)),
        }
        for row in &mut outcome.signers {
            row.evidence = Some(shown.to_vec());
        }
        Ok(Run::report(outcome))
    }

    fn judge(
        &self,
        bytes: &[u8],
        known: &[Verifier],
        outcome: &mut Outcome,
    ) -> std::result::Result<(), Finding> {
        outcome.trust = Some(Trust {
            source: "--key".to_owned(),
            policy_sha256: None,
            policy_version: None,
            pinned: true,
        });
        let refused = |error: &dyn Coded| Finding::of(error);
        let note = note::parse(bytes).map_err(|error| refused(&error))?;
        let signed = note.verified_by(known).map_err(|error| refused(&error))?;
        let read = self.origin.as_deref().map(|origin| head(&note, origin)).transpose()?;
        signers(known, &signed, outcome);
        // One key is enough, so there is something that the closing line can say.
        let count = u64::try_from(signed.len()).unwrap_or(u64::MAX);
        outcome.thresholds.push((self.checkpoint.as_os_str().as_bytes().to_vec(), count, 1));
        outcome.details.push(("cosigned", cosigned(&note, known).into()));
        match read {
            Some(head) => outcome.details.push(("checkpoint", head)),
            None => outcome
                .not_checked
                .push("the text of the note, which was not interpreted: no --origin".to_owned()),
        }
        outcome.not_checked.push("whether others are shown the same tree".to_owned());
        Ok(())
    }
}

/// Reads the text as a checkpoint of this origin.
fn head(note: &Note, origin: &str) -> std::result::Result<serde_json::Value, Finding> {
    let head = checkpoint::parse(&note.text).map_err(|error| Finding::of(&error))?;
    if head.origin != origin {
        let finding = Finding::error(Code::Origin, "is a checkpoint of another origin");
        return Err(finding.with("expected", origin).with("found", head.origin));
    }
    Ok(super::head(&head.origin, head.size, &head.root))
}

fn signers(known: &[Verifier], signed: &[usize], outcome: &mut Outcome) {
    for verifier in signed.iter().filter_map(|place| known.get(*place)) {
        outcome.signers.push(SignerRow {
            name: verifier.name().to_owned(),
            key: Some(verifier.key().to_string()),
            scope: None,
            evidence: None,
            status: SignerStatus::Accepted,
            proven: None,
            proofs: Vec::new(),
        });
    }
    for (place, verifier) in known.iter().enumerate() {
        let same =
            |other: &usize| known.get(*other).is_some_and(|other| other.key() == verifier.key());
        if !signed.contains(&place) && !signed.iter().any(same) {
            outcome.not_checked.push(format!("{}: this key did not sign it", verifier.name()));
        }
    }
}

/// Each cosigner's name and the time at which it says it saw the checkpoint.
fn cosigned(note: &Note, known: &[Verifier]) -> Vec<String> {
    let seen = note.cosigned_at(known).unwrap_or_default();
    let line = |(place, unix): (usize, u64)| {
        let time = i64::try_from(unix).ok().and_then(|unix| Time::from_unix(unix).ok());
        let time = time.map_or_else(|| unix.to_string(), |time| time.to_string());
        known.get(place).map(|verifier| format!("{} {time}", verifier.name()))
    };
    seen.into_iter().filter_map(line).collect()
}
