//! OpenSSH's list of allowed signers (ssh-keygen(1), ALLOWED SIGNERS): read, write, trust.
//!
//! Stricter than OpenSSH on purpose: a line that OpenSSH would skip refuses the whole list,
//! with its number, because a line that is skipped is trust that somebody thinks is there.
//! Certificates are never trusted: `cert-authority` lines are read, noted and left alone.
//!
//! OpenSSH takes a signature *at* `valid-before`, a policy only before it. Times here are as
//! the list writes them; [`trust`], [`export`] and [`import`] move that one second.

mod error;
mod exchange;
mod line;
mod options;
mod print;
mod stamp;

pub use error::{AllowedSignersError, LineError};
pub use exchange::{Import, export, import};
pub use print::{Unprintable, print};

use crate::finding::{Code, Finding};
use crate::key::PublicKey;
use crate::limits;
use crate::policy::name::Shown;
use crate::policy::pattern;
use crate::policy::signer::Signer;
use crate::policy::trust::TrustSet;
use crate::time::Time;

/// One line: who may sign with which key, in which namespaces, from when to when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Patterns of identities; `!` before one excludes.
    pub principals: Vec<String>,
    /// The key is one of an authority that issues certificates, not one that signs.
    pub cert_authority: bool,
    /// Patterns of namespaces; `None` allows every one.
    pub namespaces: Option<Vec<String>>,
    /// The first second in which signatures count.
    pub valid_after: Option<Time>,
    /// The last second in which signatures count.
    pub valid_before: Option<Time>,
    /// The key.
    pub key: EntryKey,
    /// The rest of the line, which means nothing.
    pub comment: Option<String>,
}

/// The key of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKey {
    /// A key that this version can verify with.
    Usable(PublicKey),
    /// A well-formed line with a kind of key that this version does not handle, such as RSA.
    Unusable {
        /// OpenSSH's name of the kind.
        kind: String,
        /// The key in OpenSSH's wire form (RFC 4253 section 6.6).
        blob: Vec<u8>,
    },
}

/// A list that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// The lines that are no comments, in their order.
    pub entries: Vec<Entry>,
    /// What to know about some of them.
    pub notes: Vec<Note>,
}

/// Something to know about one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The line, from 1.
    pub line: u64,
    /// What to know.
    pub remark: Remark,
}

/// What there is to know about a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// A time without `Z`: local time for OpenSSH, read as UTC here.
    LocalTime,
    /// An authority; certificates are not checked.
    CertAuthority,
    /// A kind of key that this version does not handle.
    UnusableKey {
        /// OpenSSH's name of the kind.
        kind: String,
    },
}

impl Note {
    /// The warning or note about the list at `path`.
    pub fn finding(&self, path: &[u8]) -> Finding {
        let finding = match &self.remark {
            Remark::LocalTime => Finding::warning(
                Code::Unsupported,
                "a time without Z was read as UTC; OpenSSH reads it as local time",
            )
            .help("add Z to the time"),
            Remark::CertAuthority => Finding::note(
                Code::Unsupported,
                "a cert-authority line was not used: certificates are not checked",
            ),
            Remark::UnusableKey { kind } => Finding::note(
                Code::Unsupported,
                format!("a key of the kind {} was not used", Shown(kind)),
            ),
        };
        finding.at(path).claimed_by(path, Some(self.line))
    }
}

impl Entry {
    /// Whether the line is about this identity.
    pub fn matches(&self, identity: &str) -> bool {
        pattern::list_matches(&self.principals, identity)
    }

    /// Whether the key may sign in this namespace.
    pub fn allows_namespace(&self, namespace: &str) -> bool {
        self.namespaces.as_ref().is_none_or(|list| pattern::list_matches(list, namespace))
    }

    /// The signer that the line makes of `identity`, unless its key cannot be used.
    fn signer(&self, identity: &str) -> Option<Signer> {
        let EntryKey::Usable(key) = &self.key else { return None };
        (!self.cert_authority).then(|| Signer {
            valid_after: self.valid_after,
            valid_before: self.valid_before.map(stamp::after),
            namespaces: self.namespaces.clone(),
            ..Signer::new(identity.to_owned(), key.clone(), None)
        })
    }
}

/// Reads a list.
///
/// # Errors
/// [`AllowedSignersError`] for the first line that is not as it should be, or holds a weak key;
/// for a list larger than [`limits::POLICY_BYTES`] or with more than [`limits::KEYS`] keys.
pub fn parse(bytes: &[u8]) -> Result<List, AllowedSignersError> {
    if u64::try_from(bytes.len()).is_ok_and(|size| size > limits::POLICY_BYTES) {
        return Err(AllowedSignersError::TooLarge);
    }
    let mut list = List::default();
    for (line, bytes) in (1_u64..).zip(bytes.split(|&byte| byte == b'\n')) {
        let read =
            line::read(bytes).map_err(|problem| AllowedSignersError::Line { line, problem })?;
        let Some((entry, remarks)) = read else { continue };
        if list.entries.len() >= limits::KEYS {
            return Err(AllowedSignersError::TooManyKeys { line });
        }
        list.entries.push(entry);
        list.notes.extend(remarks.into_iter().map(|remark| Note { line, remark }));
    }
    Ok(list)
}

/// Trust in the keys that the list gives to `identity`: any one of them, for everything. A key
/// on two lines stays twice, each with its own bounds; it counts once.
pub fn trust(entries: &[Entry], identity: &str) -> TrustSet {
    let entries = entries.iter().filter(|entry| entry.matches(identity));
    TrustSet::for_everything(entries.filter_map(|entry| entry.signer(identity)).collect(), 1)
}

#[cfg(test)]
mod tests;
