//! Under which circumstances a signature is judged: at what time, whether that time is proven,
//! and what else is proven of it.
//!
//! Nothing is proven here. Whoever verified timestamps and logs says so in these words, and the
//! judgement believes them.

use crate::key::PublicKey;
use crate::policy::rule::Proof;
use crate::time::Time;
use std::collections::BTreeSet;

/// The time at which a signature is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time.
    pub at: Time,
    /// Whether it is proven that the signature existed by then. Otherwise the time is the
    /// present one, or one that the user named.
    pub proven: bool,
}

impl Moment {
    /// The present, or the time that the user named: nothing is proven.
    pub fn unproven(at: Time) -> Self {
        Self { at, proven: false }
    }

    /// The time by which the signature is proven to have existed.
    pub fn proven(at: Time) -> Self {
        Self { at, proven: true }
    }

    /// Whether it is proven that the signature existed before `limit`.
    pub fn proven_before(self, limit: Time) -> bool {
        self.proven && self.at < limit
    }
}

/// A key whose signature was verified, with what is known of that signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBy<'a> {
    /// The key.
    pub key: &'a PublicKey,
    /// When it is judged.
    pub moment: Moment,
    /// What is proven of the signature.
    pub proofs: BTreeSet<Proof>,
}

impl<'a> SignedBy<'a> {
    /// A signature of which nothing is proven, judged at `at`.
    pub fn at(key: &'a PublicKey, at: Time) -> Self {
        Self { key, moment: Moment::unproven(at), proofs: BTreeSet::new() }
    }

    /// Of two signatures by one key the one that has more of its proofs, then the one proven
    /// earlier, speaks for the key.
    pub(super) fn better_than(&self, other: &Self) -> bool {
        let rank = |signed: &Self| (signed.proofs.len(), signed.moment.proven);
        match rank(self).cmp(&rank(other)) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => self.moment.proven && self.moment.at < other.moment.at,
        }
    }
}
