//! Reading what an earlier signing stored beside a manifest, for archives and releases alike.

use super::{SealError, name};
use crate::envelope::bundle::{self, Content};
use crate::envelope::dsse::Envelope;
use crate::fs::Root;
use crate::manifest::NAME as MANIFEST;

/// A file of at most `limit` bytes; `None` where there is none.
pub(super) fn read_optional(
    root: &Root,
    file: &str,
    limit: u64,
) -> Result<Option<Vec<u8>>, SealError> {
    match root.read(&name(file)?, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The signed statement in a bundle.
pub(super) fn envelope_of(bytes: &[u8]) -> Result<Envelope, SealError> {
    match bundle::parse(bytes).map_err(SealError::PresentBundle)?.content {
        Content::Dsse(envelope) => Ok(envelope),
        Content::Message { .. } => Err(SealError::NoStatement),
    }
}

/// Whether a file of this name is a bundle over the manifest.
pub(super) fn is_bundle(name: &[u8]) -> bool {
    name.strip_prefix(MANIFEST.as_bytes())
        .is_some_and(|rest| rest.starts_with(b".") && rest.ends_with(b".sigstore.json"))
}
