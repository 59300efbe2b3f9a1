//! A signer: a named key, and when its signatures count.
//!
//! The time of judgement is the proven time of a signature where there is one; otherwise it is
//! now, or a time that the user named. Nothing here looks at signatures.

use crate::finding::{Code, Coded};
use crate::key::PublicKey;
use crate::policy::circumstances::Moment;
use crate::policy::pattern;
use crate::time::Time;
use std::fmt;

/// A key that may sign, under the name that the policy or the caller gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Name in the policy, principal, or the key itself where there is no name.
    pub name: String,
    /// The key.
    pub key: PublicKey,
    /// The id that minisign knows the key by, when the key came with one.
    pub minisign_id: Option<[u8; 8]>,
    /// Signatures count from this second on.
    pub valid_after: Option<Time>,
    /// Signatures count before this second, not in it.
    pub valid_before: Option<Time>,
    /// Withdrawn, since when and why.
    pub revoked: Option<Revoked>,
    /// Patterns of the OpenSSH namespaces that the key may sign in. A signer with such a list
    /// counts for OpenSSH signatures only. Never set by a policy.
    pub namespaces: Option<Vec<String>>,
}

/// The withdrawal of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// Since when.
    pub at: Time,
    /// Why.
    pub reason: RevocationReason,
}

/// Why a key was withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RevocationReason {
    /// No longer used.
    Retired,
    /// Another key took its place.
    Superseded,
    /// Somebody else may have it: only what is proven to be older than the withdrawal counts.
    Compromised,
}

impl RevocationReason {
    /// The word in the policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retired => "retired",
            Self::Superseded => "superseded",
            Self::Compromised => "compromised",
        }
    }

    /// Reads the word in the policy; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Retired, Self::Superseded, Self::Compromised]
            .into_iter()
            .find(|reason| reason.as_str() == word)
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a signer's signatures do not count at the time of judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Standing {
    /// Judged before its time.
    #[error("the key is valid only from {valid_after} on, and was judged at {at}")]
    NotYetValid {
        /// When its time begins.
        valid_after: Time,
        /// The time of judgement.
        at: Time,
    },
    /// Judged after its time.
    #[error("the key was valid only before {valid_before}, and was judged at {at}")]
    Expired {
        /// When its time ended.
        valid_before: Time,
        /// The time of judgement.
        at: Time,
    },
    /// Withdrawn, and nothing proves that the signature is older.
    #[error("the key was revoked at {} ({}), and was judged at {at}", .revoked.at, .revoked.reason)]
    Revoked {
        /// Since when and why.
        revoked: Revoked,
        /// The time of judgement.
        at: Time,
    },
}

impl Coded for Standing {
    fn code(&self) -> Code {
        match self {
            Self::NotYetValid { .. } | Self::Expired { .. } => Code::Expired,
            Self::Revoked { .. } => Code::Revoked,
        }
    }
}

impl Revoked {
    /// Whether the withdrawal voids a signature judged at `moment`. After a compromise only a
    /// proven time helps, because a thief can claim any; otherwise it holds from its own second
    /// on.
    fn voids(self, moment: Moment) -> bool {
        match self.reason {
            RevocationReason::Compromised => !moment.proven_before(self.at),
            RevocationReason::Retired | RevocationReason::Superseded => moment.at >= self.at,
        }
    }
}

impl Signer {
    /// A signer without any bound in time.
    pub fn new(name: String, key: PublicKey, minisign_id: Option<[u8; 8]>) -> Self {
        Self {
            name,
            key,
            minisign_id,
            valid_after: None,
            valid_before: None,
            revoked: None,
            namespaces: None,
        }
    }

    /// Whether a signature of this signer counts when judged at `moment`.
    ///
    /// # Errors
    /// [`Standing`]; a revocation is named before an end of validity.
    pub fn standing(&self, moment: Moment) -> Result<(), Standing> {
        let at = moment.at;
        if let Some(revoked) = self.revoked.filter(|revoked| revoked.voids(moment)) {
            return Err(Standing::Revoked { revoked, at });
        }
        if let Some(valid_after) = self.valid_after.filter(|&after| at < after) {
            return Err(Standing::NotYetValid { valid_after, at });
        }
        if let Some(valid_before) = self.valid_before.filter(|&before| at >= before) {
            return Err(Standing::Expired { valid_before, at });
        }
        Ok(())
    }

    /// Whether this signer may sign in an OpenSSH namespace; `None` stands for a signature of
    /// another format, which a key that is bound to namespaces may not make.
    pub fn allows_namespace(&self, namespace: Option<&str>) -> bool {
        match (&self.namespaces, namespace) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(patterns), Some(namespace)) => pattern::list_matches(patterns, namespace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::{key, time};

    fn signer(after: Option<&str>, before: Option<&str>, revoked: Option<(&str, &str)>) -> Signer {
        Signer {
            valid_after: after.map(time),
            valid_before: before.map(time),
            revoked: revoked.map(|(at, reason)| Revoked {
                at: time(at),
                reason: RevocationReason::parse(reason).unwrap(),
            }),
            ..Signer::new("a".to_owned(), key(1), None)
        }
    }

    #[test]
    fn standing_at_a_time() {
        let (y25, y26, y27) =
            ("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let just_before = "2025-12-31T23:59:59Z";
        let table = [
            (signer(None, None, None), y25, None),
            (signer(Some(y26), None, None), just_before, Some(Code::Expired)),
            (signer(Some(y26), None, None), y26, None),
            (signer(None, Some(y26), None), just_before, None),
            (signer(None, Some(y26), None), y26, Some(Code::Expired)),
            (signer(None, None, Some((y26, "retired"))), just_before, None),
            (signer(None, None, Some((y26, "retired"))), y26, Some(Code::Revoked)),
            (signer(None, None, Some((y26, "superseded"))), just_before, None),
            (signer(None, None, Some((y26, "superseded"))), y27, Some(Code::Revoked)),
            (signer(None, None, Some((y26, "compromised"))), y25, Some(Code::Revoked)),
            (signer(None, Some(y26), Some((y26, "retired"))), y27, Some(Code::Revoked)),
        ];
        for (signer, at, expected) in table {
            let code = |moment| signer.standing(moment).err().map(|standing| standing.code());
            assert_eq!(code(Moment::unproven(time(at))), expected, "{signer:?} at {at}");
        }
        let stolen = signer(None, None, Some((y26, "compromised")));
        for (at, expected) in [(just_before, None), (y26, Some(Code::Revoked))] {
            let code = stolen.standing(Moment::proven(time(at))).err().map(|s| s.code());
            assert_eq!(code, expected, "proven at {at}");
        }
    }

    #[test]
    fn namespaces_bind_the_key_to_openssh() {
        let free = signer(None, None, None);
        assert!(free.allows_namespace(None) && free.allows_namespace(Some("git")));
        let bound = Signer { namespaces: Some(vec!["f*".to_owned()]), ..free };
        assert!(bound.allows_namespace(Some("file")));
        assert!(!bound.allows_namespace(Some("git")) && !bound.allows_namespace(None));
    }
}
