//! What is proven of a signature beside that it is good: by when it existed, that it stands in the
//! log, and that witnesses saw the log then.

use crate::finding::Finding;
use crate::key::PublicKey;
use crate::policy::Proof;
use crate::time::Time;
use std::collections::BTreeSet;
use std::marker::PhantomData;

/// What is proven of one signature.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The time by which it existed, where enough authorities or witnesses say so.
    pub(super) proven: Option<Time>,
    /// The proofs that hold.
    pub(super) proofs: BTreeSet<Proof>,
    /// Proofs that were there and do not hold, and of what kind they should have been.
    pub(super) problems: Vec<(Proof, Finding)>,
}

/// The proofs that lie beside a manifest.
pub(super) struct Proofs<'a> {
    nothing: PhantomData<&'a ()>,
}

impl Proofs<'_> {
    /// What is proven of the signature `sig` of `key` over `payload`, which was verified.
    pub(super) fn of(&self, _payload: &[u8], _sig: &[u8], _key: &PublicKey) -> Facts {
        Facts::default()
    }
}
