//! One key, one role: the only place that compares the keys of a policy with each other.
//!
//! A key that signs statements and a key of a log or witness sign different things in the same
//! way of signing; C2SP asks that such keys are never shared. The policy of this version knows
//! signers only; logs and witnesses join by handing their keys in here.

use crate::finding::{Code, Coded};
use crate::key::PublicKey;
use crate::policy::name::Shown;
use std::collections::BTreeMap;
use std::fmt;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Signs statements and policies.
    Signer,
    /// Signs the checkpoints of a log.
    Log,
    /// Cosigns the checkpoints of a log.
    Witness,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signer => "signer",
            Self::Log => "log",
            Self::Witness => "witness",
        })
    }
}

/// A key and what it is for.
#[derive(Debug, Clone, Copy)]
pub struct RoleKey<'a> {
    /// What the key is for.
    pub role: Role,
    /// The name under which the policy lists it.
    pub name: &'a str,
    /// The key itself.
    pub key: &'a PublicKey,
}

/// The same key stands in two places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{first_role} {} and {second_role} {} have the same key", Shown(first), Shown(second))]
pub struct SharedKey {
    /// Role in the first place.
    pub first_role: Role,
    /// Name in the first place.
    pub first: String,
    /// Role in the second place.
    pub second_role: Role,
    /// Name in the second place.
    pub second: String,
    /// Which of the keys handed in is the second one, from 0.
    pub position: usize,
}

impl Coded for SharedKey {
    fn code(&self) -> Code {
        Code::Malformed
    }
}

/// Checks that no key stands in two places, be it in two roles or under two names of one role.
/// Keys are compared by their SubjectPublicKeyInfo, so that a FIDO key under two applications
/// is one key.
///
/// # Errors
/// [`SharedKey`] for the first repetition.
pub fn check_distinct<'a>(keys: impl IntoIterator<Item = RoleKey<'a>>) -> Result<(), SharedKey> {
    let mut seen: BTreeMap<Vec<u8>, RoleKey<'a>> = BTreeMap::new();
    for (position, entry) in keys.into_iter().enumerate() {
        if let Some(first) = seen.insert(entry.key.spki_der(), entry) {
            return Err(SharedKey {
                first_role: first.role,
                first: first.name.to_owned(),
                second_role: entry.role,
                second: entry.name.to_owned(),
                position,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::key;

    #[test]
    fn a_key_stands_in_one_place() {
        let (one, two) = (key(1), key(2));
        let entry = |role, name, key| RoleKey { role, name, key };
        let signer = entry(Role::Signer, "a", &one);
        assert_eq!(check_distinct([signer, entry(Role::Log, "a", &two)]), Ok(()));
        for (role, message) in [
            (Role::Signer, "signer a and signer b have the same key"),
            (Role::Log, "signer a and log b have the same key"),
            (Role::Witness, "signer a and witness b have the same key"),
        ] {
            let error = check_distinct([signer, entry(role, "b", &one)]).unwrap_err();
            assert_eq!((error.to_string().as_str(), error.position), (message, 1));
            assert_eq!(error.code(), Code::Malformed);
        }
    }
}
