//! The policy: who is trusted for what, how many must sign, and from when to when.
//!
//! A policy that does not load stops the run; there is no policy by default. Whether the policy
//! itself may be believed (pinned or not, signed or not) is for the caller to say: this module
//! is given bytes, keys and a time. The file is TOML 1.0; `allowed_signers` is OpenSSH's.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

pub mod allowed_signers;
mod circumstances;
mod file;
mod judge;
mod load;
mod moment;
mod name;
mod notes;
mod pattern;
mod role;
mod rule;
mod signer;
mod template;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod time_authority;
pub mod tlog;
mod trust;
mod wire_signer;

pub use circumstances::{Moment, SignedBy};
pub use file::{PolicyError, Problem, TomlError};
pub use judge::{Judgement, Rejected, Rejection, RuleVerdict};
pub use load::{PATH, SIGNATURE_SUFFIX, is_signed_as, version_of};
pub use moment::MomentError;
pub use name::{
    NAME_BYTES, NameError, SIGNER_NAME_BYTES, check_collection, check_id, check_signer,
};
pub use role::{Role, RoleKey, SharedKey, check_distinct};
pub use rule::{EVERY, Proof, Rule, RuleError};
pub use signer::{RevocationReason, Revoked, Signer, Standing};
pub use template::template;
pub use time_authority::{AuthorityError, TimeAuthority, TimePolicy};
pub use trust::TrustSet;
pub use wire_signer::SignerError;

use crate::time::Time;

/// The payload type of a signed policy (`keys/policy.toml.dsse.json`).
pub const PAYLOAD_TYPE: &str = "application/vnd.vidimus.policy.v1+toml";

/// A policy that loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its number, from 1; it only ever rises.
    pub version: u64,
    /// The archive's id.
    pub id: String,
    /// The collections that the archive has, in the order of the file.
    pub collections: Vec<String>,
    /// From this second on, nothing may be judged by this policy that is not proven older.
    pub expires: Option<Time>,
    /// Signers and rules.
    pub trust: TrustSet,
    /// Whose timestamps prove time, and how many are needed.
    pub time: TimePolicy,
    /// The log, its witnesses and their quorum, where the archive has a log.
    pub tlog: Option<tlog::TlogPolicy>,
    /// The key files that it names, by their paths beneath its folder.
    pub key_files: Vec<String>,
    /// Whether a signing may take over digests of files that did not change since the last one.
    pub allow_reuse: bool,
}

impl Policy {
    /// Whether the policy's time is over at `at`.
    pub fn expired(&self, at: Time) -> bool {
        self.expires.is_some_and(|expires| at >= expires)
    }
}
