//! A rule: which collections it covers, whose signatures it counts, how many it asks for.
//!
//! Every rule that covers a collection must be met. What `require` names is handed on; this
//! module proves nothing about time or logs.

use crate::finding::{Code, Coded};
use crate::policy::name::Shown;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use toml::Spanned;

/// The name that stands for every collection.
pub const EVERY: &str = "*";

/// What is asked of the signatures on a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Names of collections; `*` stands for every one.
    pub collections: Vec<String>,
    /// The signers that count, as places in the list of signers.
    pub signers: Vec<usize>,
    /// How many distinct keys must have signed, at least 1.
    pub threshold: u64,
    /// What must be proven beside the signatures.
    pub require: Vec<Proof>,
}

/// Something that must be proven beside the signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// A trusted timestamp.
    Timestamp,
    /// Inclusion in a log.
    Log,
    /// Cosignatures by witnesses.
    Witness,
}

impl Proof {
    /// The word in the policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Timestamp => "timestamp",
            Self::Log => "log",
            Self::Witness => "witness",
        }
    }

    /// Reads the word in the policy; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Timestamp, Self::Log, Self::Witness].into_iter().find(|proof| proof.as_str() == word)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Rule {
    /// Whether the rule says something about a collection.
    pub fn covers(&self, collection: &str) -> bool {
        self.collections.iter().any(|name| name == EVERY || name == collection)
    }
}

/// Why a rule does not load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It covers nothing.
    #[error("it names no collection")]
    NoCollection,
    /// A collection that the policy does not list.
    #[error("it names the collection {}, which the policy does not list", Shown(.0))]
    UnknownCollection(String),
    /// A collection named twice.
    #[error("it names the collection {} twice", Shown(.0))]
    CollectionTwice(String),
    /// A signer that the policy does not list.
    #[error("it names the signer {}, whom the policy does not list", Shown(.0))]
    UnknownSigner(String),
    /// A signer named twice.
    #[error("it names the signer {} twice", Shown(.0))]
    SignerTwice(String),
    /// A threshold that anything meets.
    #[error("its threshold is 0")]
    ZeroThreshold,
    /// A threshold that nothing can meet.
    #[error("its threshold is {threshold}, but it has {keys} distinct keys")]
    Unreachable {
        /// How many it asks for.
        threshold: u64,
        /// How many there are.
        keys: u64,
    },
    /// A proof that this version does not know.
    #[error("it requires {}, which this version cannot check; it knows timestamp, log and witness", Shown(.0))]
    UnknownProof(String),
    /// A proof named twice.
    #[error("it requires {0} twice")]
    ProofTwice(Proof),
}

impl Coded for RuleError {
    fn code(&self) -> Code {
        match self {
            Self::Unreachable { .. } => Code::Threshold,
            Self::UnknownProof(_) => Code::Unsupported,
            Self::NoCollection
            | Self::UnknownCollection(_)
            | Self::CollectionTwice(_)
            | Self::UnknownSigner(_)
            | Self::SignerTwice(_)
            | Self::ZeroThreshold
            | Self::ProofTwice(_) => Code::Malformed,
        }
    }
}

/// `[[rule]]` as the file holds it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WireRule {
    collections: Vec<Spanned<String>>,
    signers: Vec<Spanned<String>>,
    threshold: Spanned<u64>,
    #[serde(default)]
    require: Vec<Spanned<String>>,
}

/// What a rule may refer to.
pub(super) struct Listed<'a> {
    /// Names of the collections.
    pub(super) collections: BTreeSet<&'a str>,
    /// Names of the signers, and their places. No two have the same key.
    pub(super) signers: BTreeMap<&'a str, usize>,
}

/// An error, and the offset in the file where it stands.
type At<E> = (usize, E);

/// Understands a rule.
///
/// # Errors
/// [`RuleError`] with the offset of the value at fault.
pub(super) fn read(wire: &Spanned<WireRule>, listed: &Listed<'_>) -> Result<Rule, At<RuleError>> {
    let WireRule { collections, signers, threshold, require } = wire.get_ref();
    if collections.is_empty() {
        return Err((wire.span().start, RuleError::NoCollection));
    }
    let rule = Rule {
        collections: read_collections(collections, listed)?,
        signers: read_signers(signers, listed)?,
        threshold: *threshold.get_ref(),
        require: read_require(require)?,
    };
    match check_threshold(&rule) {
        Ok(()) => Ok(rule),
        Err(error) => Err((threshold.span().start, error)),
    }
}

fn read_collections(
    names: &[Spanned<String>],
    listed: &Listed<'_>,
) -> Result<Vec<String>, At<RuleError>> {
    let mut seen = BTreeSet::new();
    for name in names {
        let (text, at) = (name.get_ref().as_str(), name.span().start);
        if text != EVERY && !listed.collections.contains(text) {
            return Err((at, RuleError::UnknownCollection(text.to_owned())));
        }
        if !seen.insert(text) {
            return Err((at, RuleError::CollectionTwice(text.to_owned())));
        }
    }
    Ok(names.iter().map(|name| name.get_ref().clone()).collect())
}

fn read_signers(
    names: &[Spanned<String>],
    listed: &Listed<'_>,
) -> Result<Vec<usize>, At<RuleError>> {
    let mut seen = BTreeSet::new();
    let mut places = Vec::with_capacity(names.len());
    for name in names {
        let (text, at) = (name.get_ref(), name.span().start);
        let Some(&place) = listed.signers.get(text.as_str()) else {
            return Err((at, RuleError::UnknownSigner(text.clone())));
        };
        if !seen.insert(place) {
            return Err((at, RuleError::SignerTwice(text.clone())));
        }
        places.push(place);
    }
    Ok(places)
}

fn read_require(words: &[Spanned<String>]) -> Result<Vec<Proof>, At<RuleError>> {
    let mut proofs = Vec::new();
    for word in words {
        let (text, at) = (word.get_ref(), word.span().start);
        let proof =
            Proof::parse(text).ok_or_else(|| (at, RuleError::UnknownProof(text.clone())))?;
        if proofs.contains(&proof) {
            return Err((at, RuleError::ProofTwice(proof)));
        }
        proofs.push(proof);
    }
    Ok(proofs)
}

fn check_threshold(rule: &Rule) -> Result<(), RuleError> {
    let keys = u64::try_from(rule.signers.len()).unwrap_or(u64::MAX);
    if rule.threshold == 0 {
        return Err(RuleError::ZeroThreshold);
    }
    if rule.threshold > keys {
        return Err(RuleError::Unreachable { threshold: rule.threshold, keys });
    }
    Ok(())
}
