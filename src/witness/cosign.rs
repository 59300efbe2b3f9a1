//! A witness at work: judge, remember, sign, in this order.

use super::{Logs, Refusal, Request, State, StateError, authentic, continues, state};
use crate::envelope::cosignature;
use crate::envelope::note::{Note, NoteSignError, NoteVerifyError, Verifier};
use crate::finding::{Code, Coded};
use crate::signature::RawSign;
use std::path::PathBuf;

/// A witness: its public key, the logs it knows, and what it remembers of them.
#[derive(Debug)]
pub struct Witness {
    verifier: Verifier,
    logs: Logs,
    state: State,
}

/// What was cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// The origin of the log.
    pub origin: String,
    /// The size from which it grew.
    pub old: u64,
    /// The size to which it grew.
    pub size: u64,
    /// The signature lines to answer with.
    pub lines: Vec<u8>,
}

/// Why nothing was cosigned. `E` is the error of the caller's private key.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError<E: std::error::Error + 'static> {
    /// The request is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The request is refused, and contradicts what the log signed before; both are kept.
    #[error("{refusal}")]
    Conflict {
        /// Why it is refused.
        refusal: Refusal,
        /// Where the two checkpoints are kept: the one that was cosigned, the one refused; or why
        /// they could not be.
        evidence: Result<Vec<PathBuf>, StateError>,
    },
    /// The state could not be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// There is no time to put into the signature.
    #[error("the clock shows no time that a cosignature can have")]
    Clock,
    /// The private key could not sign.
    #[error("the checkpoint could not be cosigned")]
    Sign(#[source] NoteSignError<E>),
    /// The private key is not the one of this witness.
    #[error("the cosignature just made does not verify")]
    Unverified(#[source] NoteVerifyError),
}

impl<E: Coded + 'static> Coded for WitnessError<E> {
    fn code(&self) -> Code {
        match self {
            Self::Refused(refusal) | Self::Conflict { refusal, .. } => refusal.code(),
            Self::State(error) => error.code(),
            Self::Clock => Code::Io,
            Self::Sign(error) => error.code(),
            Self::Unverified(error) => error.code(),
        }
    }
}

impl<E: std::error::Error + 'static> WitnessError<E> {
    /// Why the request is refused, where it is the request that is at fault.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) | Self::Conflict { refusal, .. } => Some(refusal),
            Self::State(_) | Self::Clock | Self::Sign(_) | Self::Unverified(_) => None,
        }
    }

    /// The HTTP status to answer with.
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused(refusal) | Self::Conflict { refusal, .. } => refusal.status(),
            Self::State(error) if error.is_busy() => 503,
            Self::State(_) | Self::Clock | Self::Sign(_) | Self::Unverified(_) => 500,
        }
    }
}

impl Witness {
    /// A witness with this key for cosignatures.
    pub fn new(verifier: Verifier, logs: Logs, state: State) -> Self {
        Self { verifier, logs, state }
    }

    /// The public key.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// What it remembers.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Judges the body of an `add-checkpoint` request and cosigns its checkpoint. `clock` gives
    /// the seconds since 1970; it is asked when nothing can change any more, so that what is
    /// signed is the longest tree known at that time. The state has reached the disk before
    /// `sign` is called.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn add_checkpoint<E: std::error::Error + 'static>(
        &self,
        request: &[u8],
        clock: &dyn Fn() -> Option<u64>,
        sign: &mut RawSign<'_, E>,
    ) -> Result<Cosigned, WitnessError<E>> {
        let request = Request::parse(request).map_err(Refusal::from)?;
        authentic(&request, &self.logs)?;
        if self.state.is_new() {
            // A request that is refused anyway makes no folder.
            continues(&request, None)?;
        }
        let held = self.state.hold()?;
        let origin = &request.head.origin;
        let last = held.last(origin)?;
        if let Err(refusal) = continues(&request, last.as_ref().map(|last| &last.head)) {
            return Err(refused(&held, refusal, last.as_ref(), &request));
        }
        // Also when nothing changed: what is on the disk now may not have been there for good
        // if the run that wrote it was cut short.
        held.keep(origin, &request.note.print())?;
        let unix = clock().ok_or(WitnessError::Clock)?;
        let lines = self.cosign(&request, unix, sign)?;
        Ok(Cosigned { origin: origin.clone(), old: request.old, size: request.head.size, lines })
    }

    fn cosign<E: std::error::Error + 'static>(
        &self,
        request: &Request,
        unix: u64,
        sign: &mut RawSign<'_, E>,
    ) -> Result<Vec<u8>, WitnessError<E>> {
        let text = &request.note.text;
        let signature =
            cosignature::sign(text, &self.verifier, unix, sign).map_err(WitnessError::Sign)?;
        let note = Note { text: text.clone(), signatures: vec![signature] };
        note.verified_by(std::slice::from_ref(&self.verifier)).map_err(WitnessError::Unverified)?;
        let lines = Note { text: Vec::new(), ..note }.print();
        // The blank line before the signatures.
        Ok(lines.strip_prefix(b"\n").unwrap_or(&lines).to_vec())
    }
}

fn refused<E: std::error::Error + 'static>(
    held: &state::Held<'_>,
    refusal: Refusal,
    last: Option<&state::Last>,
    request: &Request,
) -> WitnessError<E> {
    match last {
        Some(last) if refusal.is_conflict() => {
            let evidence = held.keep_evidence([&last.note, &request.note.print()]);
            WitnessError::Conflict { refusal, evidence }
        }
        Some(_) | None => refusal.into(),
    }
}
