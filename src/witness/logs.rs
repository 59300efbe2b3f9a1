//! The logs that a witness knows: an origin, and the keys that sign its checkpoints.

use crate::envelope::note::{Verifier, VkeyError};
use crate::finding::{Code, Coded};
use crate::limits;
use crate::signature::excerpt;
use std::collections::BTreeMap;

/// The logs by their origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logs(BTreeMap<String, Vec<Verifier>>);

/// Why a text or a list of them does not name logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Not a note key.
    #[error("not the key of a log")]
    Vkey(#[from] VkeyError),
    /// The key of a witness.
    #[error("the key of '{name}' is one for cosignatures, and signs no log")]
    Cosigner {
        /// Its name, escaped.
        name: String,
    },
    /// The key is that of the witness itself.
    #[error("the key of the log '{origin}' is the key of this witness: a key has one role")]
    OwnKey {
        /// The origin, escaped.
        origin: String,
    },
    /// An origin that no checkpoint can have.
    #[error("an origin with control characters, or none")]
    Origin,
    /// More than [`limits::KEYS`] keys, or none.
    #[error("no key of a log, or more than {}", limits::KEYS)]
    Number,
}

impl Coded for LogError {
    fn code(&self) -> Code {
        match self {
            Self::Vkey(error) => error.code(),
            Self::Cosigner { .. } | Self::Origin => Code::Malformed,
            Self::OwnKey { .. } => Code::WeakKey,
            Self::Number => Code::Limit,
        }
    }
}

impl Logs {
    /// Reads `VKEY`, whose name is then the origin too, or `ORIGIN VKEY` for a log that signs
    /// under another name. Several keys may sign for one origin.
    ///
    /// # Errors
    /// [`LogError`], also when a key is that of `witness`: whoever holds it could then witness
    /// what he signed himself.
    pub fn parse<'a>(
        texts: impl IntoIterator<Item = &'a str>,
        witness: &Verifier,
    ) -> Result<Self, LogError> {
        let mut logs = BTreeMap::<String, Vec<Verifier>>::new();
        let mut number = 0_usize;
        for text in texts {
            let (origin, verifier) = one(text)?;
            if verifier.key() == witness.key() {
                return Err(LogError::OwnKey { origin: excerpt(origin.as_bytes()) });
            }
            let keys = logs.entry(origin).or_default();
            if !keys.contains(&verifier) {
                keys.push(verifier);
            }
            number = number.saturating_add(1);
        }
        (1..=limits::KEYS).contains(&number).then_some(Self(logs)).ok_or(LogError::Number)
    }

    /// The keys that sign for an origin; none for one that is not known.
    pub fn keys(&self, origin: &str) -> Option<&[Verifier]> {
        self.0.get(origin).map(Vec::as_slice)
    }

    /// Every origin.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn one(text: &str) -> Result<(String, Verifier), LogError> {
    // A vkey has no blank in it, an origin may.
    let (origin, vkey) = text.rsplit_once(' ').map_or((None, text), |(o, v)| (Some(o), v));
    let verifier = Verifier::parse(vkey)?;
    if verifier.is_cosigner() {
        return Err(LogError::Cosigner { name: excerpt(verifier.name().as_bytes()) });
    }
    let origin = origin.unwrap_or(verifier.name());
    if origin.is_empty() || origin.chars().any(char::is_control) {
        return Err(LogError::Origin);
    }
    Ok((origin.to_owned(), verifier))
}
