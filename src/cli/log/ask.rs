//! Asking witnesses for their cosignatures of the present checkpoint.

use super::{Archive, refused};
use crate::cli::Result;
use vidimus::envelope::note::{NoteSignature, Verifier};
use vidimus::finding::Finding;
use vidimus::log::{self, Log, LogError};
use vidimus::net::{self, Bounds, NetError};
use vidimus::witness::{self, ADD_CHECKPOINT, Posted, SubmitError};

/// What of a witness stands before the path of the protocol, and the keys it may sign with.
pub(super) struct Asked<'a> {
    pub(super) url: &'a str,
    pub(super) keys: &'a [Verifier],
}

impl Asked<'_> {
    /// The size of the checkpoint in `log` if this witness cosigned it: where it probably is still
    /// when the next one is made. 0 when it did not; it will say where it is.
    pub(super) fn remembered(&self, log: &Log<'_>) -> u64 {
        let signed = log.note().cosigned_at(self.keys).is_ok_and(|signed| !signed.is_empty());
        if signed { log.size() } else { 0 }
    }

    /// Asks, and adds what was signed to the checkpoint; gives its new bytes and how many lines
    /// were added.
    pub(super) fn ask(&self, archive: &Archive, remembered: u64) -> Result<(Vec<u8>, usize)> {
        let files = archive.log()?;
        let log = Log::open(&files, Some(&archive.origin())).map_err(|error| refused(&error))?;
        let lines = self.submit(&log, remembered).map_err(|error| vec![self.failed(&error)])?;
        log::merge(&archive.path, &archive.origin(), &lines, self.keys)
            .map_err(|error| refused(&error))
    }

    fn submit(
        &self,
        log: &Log<'_>,
        remembered: u64,
    ) -> std::result::Result<Vec<NoteSignature>, SubmitError<LogError, NetError>> {
        witness::submit(
            log.checkpoint_bytes(),
            remembered,
            self.keys,
            &mut |old, _| log.consistency(old),
            &mut |body| self.post(body),
        )
    }

    fn post(&self, body: &[u8]) -> std::result::Result<Posted, NetError> {
        let url = format!("{}{ADD_CHECKPOINT}", self.url.trim_end_matches('/'));
        let answer = net::post(&url, "text/plain; charset=utf-8", "*/*", body, Bounds::default())?;
        Ok(Posted { status: answer.status, body: answer.body })
    }

    fn failed(&self, error: &SubmitError<LogError, NetError>) -> Finding {
        Finding::of(error).with("witness", self.url)
    }
}
