//! Why a signing was not done. Whenever one of these is returned, nothing was changed on disk.

use crate::envelope::bundle::BundleError;
use crate::envelope::evidence::EvidenceError;
use crate::envelope::note::{NoteSignError, VkeyError};
use crate::envelope::predicate::PredicateError;
use crate::envelope::statement::StatementError;
use crate::finding::{Code, Coded};
use crate::fs::FsError;
use crate::key::SignError;
use crate::path::PathError;
use crate::signature::minisign::MinisignSignError;
use crate::signature::sshsig::SshsigError;
use crate::timestamp::TokenError;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A file could not be read or written.
    #[error("files")]
    Files(#[from] FsError),
    /// A name cannot stand beneath a root.
    #[error("a name")]
    Path(#[source] PathError),
    /// The key did not sign.
    #[error("the key did not sign")]
    Sign(#[from] SignError),
    /// There is no file to sign.
    #[error("there is no file to sign")]
    Empty,
    /// The key is not among the policy's signers.
    #[error("this key is not a signer of the policy")]
    UnknownSigner,
    /// The key is a signer, but not for this collection.
    #[error("this key may not sign this collection")]
    OutOfScope,
    /// The key may not sign at this time.
    #[error("this key may not sign now")]
    KeyTime(#[source] crate::policy::Standing),
    /// The bundle that is there cannot be read, so it is not known what it covers.
    #[error("the present bundle cannot be read")]
    PresentBundle(#[source] BundleError),
    /// The statement that is there cannot be read.
    #[error("the present statement cannot be read")]
    PresentStatement(#[source] StatementError),
    /// The statement that is there is about something else.
    #[error("the present statement is none about a manifest")]
    PresentPredicate(#[source] PredicateError),
    /// The envelope that is there cannot be read.
    #[error("the present envelope cannot be read")]
    PresentEnvelope(#[source] crate::envelope::dsse::EnvelopeError),
    /// The bundle that is there holds no statement.
    #[error("the present bundle holds no statement")]
    NoStatement,
    /// The statement that is there is of another type than ours.
    #[error("the present statement is not about a manifest")]
    PresentType,
    /// The statement that is there is about something else.
    #[error("the present statement is about another archive or collection")]
    PresentScope,
    /// Nobody who may sign this has signed the statement that is there.
    #[error("the present statement is signed by nobody who may sign this collection")]
    PresentUnsigned,
    /// What was signed before is there, and the newest statement is not.
    #[error("the newest statement is missing, though this collection was signed before")]
    PresentMissing,
    /// The manifest that is there is not the one that the statement beside it is about.
    #[error("{}", if *.there { "the present manifest is not the one that was signed" }
        else { "the manifest that the present statement is about is missing" })]
    PresentManifest {
        /// Whether there is one at all.
        there: bool,
    },
    /// The serial cannot be counted up.
    #[error("the serial cannot grow any more")]
    Serial,
    /// The policy's version does not go up.
    #[error("version {new} of the policy follows version {signed}, which is signed already")]
    PolicyVersion {
        /// The version that is signed.
        signed: u64,
        /// The version to sign.
        new: u64,
    },
    /// The name or key cannot stand in a checkpoint.
    #[error("the checkpoint's signer")]
    Verifier(#[source] VkeyError),
    /// A checkpoint could not be made.
    #[error("the checkpoint")]
    Checkpoint(#[source] NoteSignError<SignError>),
    /// A minisign signature could not be made.
    #[error("the minisign signature")]
    Minisign(#[source] MinisignSignError<SignError>),
    /// An OpenSSH signature could not be made.
    #[error("the OpenSSH signature")]
    Ssh(#[source] SshsigError),
    /// A timestamp that is none, or is over something else.
    #[error("the timestamp")]
    Token(#[source] TokenError),
    /// The evidence file that is there cannot be read.
    #[error("the present evidence file cannot be read")]
    PresentEvidence(#[source] EvidenceError),
    /// A list stands where ours would, and no statement says that it is ours.
    #[error("a list that nobody signed with Vidimus stands here, and is not overwritten")]
    ForeignList,
    /// The files given have no common folder.
    #[error("the files given have no common folder")]
    NoCommonFolder,
}

impl Coded for SealError {
    fn code(&self) -> Code {
        match self {
            Self::Files(error) => error.code(),
            Self::Path(error) => error.code(),
            Self::Sign(error) => error.code(),
            Self::Empty => Code::Empty,
            Self::UnknownSigner | Self::PresentUnsigned => Code::UntrustedKey,
            Self::OutOfScope | Self::PresentScope => Code::Scope,
            Self::KeyTime(error) => error.code(),
            Self::PresentBundle(error) => error.code(),
            Self::PresentStatement(error) => error.code(),
            Self::PresentPredicate(error) => error.code(),
            Self::PresentEnvelope(error) => error.code(),
            Self::NoStatement => Code::Malformed,
            Self::PresentType => Code::Unsupported,
            Self::PresentManifest { there: true } => Code::DigestMismatch,
            Self::PresentMissing | Self::PresentManifest { there: false } => Code::Missing,
            Self::Serial => Code::Limit,
            Self::PolicyVersion { .. } => Code::Rollback,
            Self::Verifier(error) => error.code(),
            Self::Checkpoint(error) => error.code(),
            Self::Minisign(error) => error.code(),
            Self::Ssh(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::PresentEvidence(error) => error.code(),
            Self::ForeignList => Code::Io,
            Self::NoCommonFolder => Code::UnsafePath,
        }
    }
}
