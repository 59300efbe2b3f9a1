//! The stable codes, their exits and the verdicts: the whole contract with scripts, one table.

/// The stable code of a finding: kebab-case in text and JSON, one heading in `docs/findings.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A file's bytes are not the ones that were signed or listed.
    DigestMismatch,
    /// A file that was signed or listed is not there.
    Missing,
    /// A file is there that nothing signed or listed.
    Unexpected,
    /// Links a missing and an unexpected file of equal content.
    Moved,
    /// A file's bytes changed while its size and time did not.
    BitRot,
    /// The command line could not be understood.
    Usage,
    /// Bytes that are not of the format they should be.
    Malformed,
    /// Past one of the stated bounds.
    Limit,
    /// A name or link that leads out of its folder.
    UnsafePath,
    /// Not a regular file where one must be.
    NotRegular,
    /// A key that anybody can sign for, or that others can read.
    WeakKey,
    /// A digest that collides at will.
    WeakHash,
    /// A format, version or algorithm that this version does not handle.
    Unsupported,
    /// Reading or writing failed.
    Io,
    /// A file changed while it was being read.
    ChangedWhileReading,
    /// There was nothing to check.
    Empty,
    /// A signature that fails under a known key.
    BadSignature,
    /// A signature over another type of payload.
    PayloadType,
    /// An OpenSSH signature made for another purpose.
    Namespace,
    /// A checkpoint of another origin.
    Origin,
    /// A signature by a key that is not trusted here.
    UntrustedKey,
    /// Fewer distinct keys signed than are required.
    Threshold,
    /// A signature by a key that is not trusted for this.
    Scope,
    /// The trust comes from inside what is verified, and that was not allowed.
    Unpinned,
    /// A key or policy outside its time of validity.
    Expired,
    /// A key that was revoked.
    Revoked,
    /// A timestamp over other bytes.
    Imprint,
    /// A timestamp by a certificate that is not for time stamping.
    Eku,
    /// A timestamp by an authority that is not trusted here.
    UntrustedTime,
    /// No timestamp where one is required.
    NoTime,
    /// No proof, or a bad one, of inclusion in a log.
    Inclusion,
    /// A log that does not continue the one seen before.
    Consistency,
    /// Fewer witnesses than are required.
    Quorum,
    /// An older state than one already seen.
    Rollback,
    /// Another state under a number already seen.
    Fork,
}

/// The exit codes of the program, by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Verified, same, done.
    Done = 0,
    /// Content differs.
    Differs = 1,
    /// The command line could not be understood.
    Usage = 2,
    /// Input refused.
    Refused = 3,
    /// Could not finish.
    Unfinished = 4,
    /// Nothing to check.
    Empty = 5,
    /// Signature invalid.
    BadSignature = 10,
    /// No acceptable signer.
    Untrusted = 11,
    /// Key expired or revoked at the time of judgement.
    KeyTime = 12,
    /// Timestamp bad, or missing where required.
    Timestamp = 13,
    /// Log, inclusion or witness proof bad or missing where required.
    Log = 14,
    /// State conflict.
    State = 15,
}

/// The four verdicts, in words that never call "cannot parse" or "expired" tampering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Everything asked for was checked and holds.
    Passed,
    /// Something was checked and does not hold.
    Failed,
    /// Input was refused, so nothing was decided.
    Refused,
    /// The run could not finish, or there was nothing to check.
    Undecided,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 35] = [
        Self::DigestMismatch,
        Self::Missing,
        Self::Unexpected,
        Self::Moved,
        Self::BitRot,
        Self::Usage,
        Self::Malformed,
        Self::Limit,
        Self::UnsafePath,
        Self::NotRegular,
        Self::WeakKey,
        Self::WeakHash,
        Self::Unsupported,
        Self::Io,
        Self::ChangedWhileReading,
        Self::Empty,
        Self::BadSignature,
        Self::PayloadType,
        Self::Namespace,
        Self::Origin,
        Self::UntrustedKey,
        Self::Threshold,
        Self::Scope,
        Self::Unpinned,
        Self::Expired,
        Self::Revoked,
        Self::Imprint,
        Self::Eku,
        Self::UntrustedTime,
        Self::NoTime,
        Self::Inclusion,
        Self::Consistency,
        Self::Quorum,
        Self::Rollback,
        Self::Fork,
    ];

    /// The code as scripts see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DigestMismatch => "digest-mismatch",
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::Moved => "moved",
            Self::BitRot => "bit-rot",
            Self::Usage => "usage",
            Self::Malformed => "malformed",
            Self::Limit => "limit",
            Self::UnsafePath => "unsafe-path",
            Self::NotRegular => "not-regular",
            Self::WeakKey => "weak-key",
            Self::WeakHash => "weak-hash",
            Self::Unsupported => "unsupported",
            Self::Io => "io",
            Self::ChangedWhileReading => "changed-while-reading",
            Self::Empty => "empty",
            Self::BadSignature => "bad-signature",
            Self::PayloadType => "payload-type",
            Self::Namespace => "namespace",
            Self::Origin => "origin",
            Self::UntrustedKey => "untrusted-key",
            Self::Threshold => "threshold",
            Self::Scope => "scope",
            Self::Unpinned => "unpinned",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Imprint => "imprint",
            Self::Eku => "eku",
            Self::UntrustedTime => "untrusted-time",
            Self::NoTime => "no-time",
            Self::Inclusion => "inclusion",
            Self::Consistency => "consistency",
            Self::Quorum => "quorum",
            Self::Rollback => "rollback",
            Self::Fork => "fork",
        }
    }

    /// The exit that an error finding of this code asks for.
    pub fn exit(self) -> Exit {
        match self {
            Self::DigestMismatch | Self::Missing | Self::Unexpected => Exit::Differs,
            // They explain findings that stand by themselves.
            Self::Moved | Self::BitRot => Exit::Done,
            Self::Usage => Exit::Usage,
            Self::Malformed
            | Self::Limit
            | Self::UnsafePath
            | Self::NotRegular
            | Self::WeakKey
            | Self::WeakHash
            | Self::Unsupported => Exit::Refused,
            Self::Io | Self::ChangedWhileReading => Exit::Unfinished,
            Self::Empty => Exit::Empty,
            Self::BadSignature | Self::PayloadType | Self::Namespace | Self::Origin => {
                Exit::BadSignature
            }
            Self::UntrustedKey | Self::Threshold | Self::Scope | Self::Unpinned => Exit::Untrusted,
            Self::Expired | Self::Revoked => Exit::KeyTime,
            Self::Imprint | Self::Eku | Self::UntrustedTime | Self::NoTime => Exit::Timestamp,
            Self::Inclusion | Self::Consistency | Self::Quorum => Exit::Log,
            Self::Rollback | Self::Fork => Exit::State,
        }
    }
}

impl Exit {
    /// The number that the process ends with.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The verdict that this exit stands for.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Done => Verdict::Passed,
            Self::Usage | Self::Refused => Verdict::Refused,
            Self::Unfinished | Self::Empty => Verdict::Undecided,
            Self::Differs
            | Self::BadSignature
            | Self::Untrusted
            | Self::KeyTime
            | Self::Timestamp
            | Self::Log
            | Self::State => Verdict::Failed,
        }
    }
}

impl Verdict {
    /// The word used in text and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Undecided => "undecided",
        }
    }
}
