//! Why a token, a certificate or a request was refused, and under which exit.

use crate::digest::Digest;
use crate::finding::{Code, Coded, Exit, Finding};
use crate::time::Time;

/// Why a token proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not the bytes of what it should be; nothing may follow the end either.
    #[error("{what}")]
    Malformed {
        /// What is wrong, in lower case.
        what: &'static str,
    },
    /// Past a stated bound.
    #[error("{what} is more than {limit}")]
    Limit {
        /// What was counted, with its unit.
        what: &'static str,
        /// The most that is taken.
        limit: u64,
    },
    /// An algorithm, a kind of key or an extension that this version does not handle.
    #[error("{what} is not supported here")]
    Unsupported {
        /// Its name or object identifier.
        what: String,
    },
    /// The authority's answer holds no token (RFC 3161 section 2.4.2, PKIStatus).
    #[error("the authority gave no timestamp: its answer has the status {status}{}", meaning(*.status))]
    Refused {
        /// The PKIStatus: 2 rejection, 3 waiting, 4 and 5 about revocation.
        status: u64,
    },
    /// MD5 or SHA-1 where a collision would do harm.
    #[error("{what} with {algorithm}, which collides")]
    WeakHash {
        /// What was hashed, such as `the imprint is made`.
        what: &'static str,
        /// The name of the digest algorithm.
        algorithm: &'static str,
    },
    /// A key that is too short.
    #[error("an RSA key of {bits} bits, fewer than 2048")]
    WeakKey {
        /// Its length in bits.
        bits: u64,
    },
    /// The token is over other bytes.
    #[error("the timestamp is over other bytes")]
    Imprint {
        /// The digest that the token states.
        stated: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
    /// The token does not answer this request: another nonce.
    #[error("the timestamp does not answer this request: its nonce is another")]
    Nonce,
    /// No certificate, in the token or beside it, is the one that it names as its signer's.
    #[error("the certificate of the timestamp's signer is not in it, and was not given")]
    NoSigner,
    /// The token binds itself to another certificate (RFC 5035) than the signer's.
    #[error("the timestamp names another certificate than that of its signer")]
    OtherCertificate,
    /// The signature, or the digest that it covers, is not that of the content.
    #[error("the signature of the timestamp does not verify")]
    BadSignature,
    /// The signer's certificate is not for time stamping alone.
    #[error("the signer's certificate is not for time stamping: {why}")]
    Eku {
        /// What its extensions lack.
        why: &'static str,
    },
    /// No chain from the signer to one of the roots.
    #[error("the authority of the timestamp is not trusted: {why}")]
    Untrusted {
        /// Where the chain broke.
        why: String,
    },
    /// A certificate of the chain was not valid at the time of the token.
    #[error("a certificate of the authority was not valid when the timestamp was made")]
    Expired {
        /// Whose certificate it is.
        subject: String,
        /// Its first second.
        not_before: Time,
        /// Its last second.
        not_after: Time,
        /// The time that the token states.
        at: Time,
    },
}

/// What PKIStatus says in words (RFC 3161 section 2.4.2).
fn meaning(status: u64) -> &'static str {
    match status {
        0 => " (granted), and no token",
        1 => " (granted with changes), and no token",
        2 => " (rejection)",
        3 => " (waiting)",
        4 => " (revocation warning)",
        5 => " (revocation notification)",
        _ => "",
    }
}

impl TokenError {
    /// The finding of this error: exit 13 for what is wrong with a token that could be read, with
    /// the evidence.
    pub fn finding(&self) -> Finding {
        let mut finding = Finding::of(self);
        if self.is_of_the_token() {
            finding = finding.exiting(Exit::Timestamp);
        }
        match self {
            Self::Imprint { stated, found } => {
                finding =
                    finding.with("stamped", stated.to_string()).with("found", found.to_string());
            }
            Self::Expired { subject, not_before, not_after, at } => {
                finding = finding
                    .with("certificate", subject.as_str())
                    .with("valid_from", not_before.to_string())
                    .with("valid_to", not_after.to_string())
                    .with("stamped_at", at.to_string());
            }
            Self::Malformed { .. }
            | Self::Limit { .. }
            | Self::Unsupported { .. }
            | Self::Refused { .. }
            | Self::WeakHash { .. }
            | Self::WeakKey { .. }
            | Self::Nonce
            | Self::NoSigner
            | Self::OtherCertificate
            | Self::BadSignature
            | Self::Eku { .. }
            | Self::Untrusted { .. } => {}
        }
        match self.help() {
            Some(help) => finding.help(help),
            None => finding,
        }
    }

    /// Whether a token was read and does not hold, and not: could not be read.
    fn is_of_the_token(&self) -> bool {
        match self {
            Self::Malformed { .. }
            | Self::Limit { .. }
            | Self::Unsupported { .. }
            | Self::WeakKey { .. } => false,
            Self::Refused { .. }
            | Self::WeakHash { .. }
            | Self::Imprint { .. }
            | Self::Nonce
            | Self::NoSigner
            | Self::OtherCertificate
            | Self::BadSignature
            | Self::Eku { .. }
            | Self::Untrusted { .. }
            | Self::Expired { .. } => true,
        }
    }

    fn help(&self) -> Option<&'static str> {
        match self {
            Self::NoSigner => Some("give the authority's certificate with --tsa-cert"),
            Self::Untrusted { .. } => Some(
                "get the authority's root from the authority itself and give it with --tsa-root; \
                 certificates in between go to --tsa-cert",
            ),
            Self::Refused { .. } => Some("ask again, or ask another authority"),
            Self::Malformed { .. }
            | Self::Limit { .. }
            | Self::Unsupported { .. }
            | Self::WeakHash { .. }
            | Self::WeakKey { .. }
            | Self::Imprint { .. }
            | Self::Nonce
            | Self::OtherCertificate
            | Self::BadSignature
            | Self::Eku { .. }
            | Self::Expired { .. } => None,
        }
    }
}

impl Coded for TokenError {
    fn code(&self) -> Code {
        match self {
            Self::Malformed { .. } => Code::Malformed,
            Self::Limit { .. } => Code::Limit,
            Self::Unsupported { .. } => Code::Unsupported,
            Self::Refused { .. } => Code::NoTime,
            Self::WeakHash { .. } => Code::WeakHash,
            Self::WeakKey { .. } => Code::WeakKey,
            Self::Imprint { .. } | Self::Nonce => Code::Imprint,
            Self::NoSigner => Code::UntrustedKey,
            Self::OtherCertificate | Self::BadSignature => Code::BadSignature,
            Self::Eku { .. } => Code::Eku,
            Self::Untrusted { .. } => Code::UntrustedTime,
            Self::Expired { .. } => Code::Expired,
        }
    }
}
