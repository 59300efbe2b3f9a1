//! `[[signer]]` of the policy: from the file's words to a [`Signer`].
//!
//! The key stands in the policy itself, or in a file beside it whose SHA-256 the policy holds:
//! either way the bytes of the policy fix the key.

use crate::codec::hex;
use crate::digest;
use crate::finding::{Code, Coded};
use crate::fs::FsError;
use crate::key::{self, KeyError, NamedPublicKey, PublicKey};
use crate::path::{PathError, RelPath};
use crate::policy::moment::{self, MomentError, WireTime};
use crate::policy::name::{self, NameError, Shown};
use crate::policy::signer::{RevocationReason, Revoked, Signer};
use crate::time::Time;
use serde::Deserialize;
use toml::Spanned;

/// Why a signer does not load.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// A name that is not allowed.
    #[error("the name is not allowed")]
    Name(#[source] NameError),
    /// No key.
    #[error("neither `key` nor `key-file` is given")]
    NoKey,
    /// Two keys.
    #[error("both `key` and `key-file` are given")]
    TwoKeys,
    /// A key file of any content.
    #[error("`key-file` needs the file's `sha256` beside it")]
    NoSha256,
    /// A digest of nothing.
    #[error("`sha256` belongs to `key-file`, which is not given")]
    LoneSha256,
    /// No SHA-256.
    #[error("`sha256` is not 64 hexadecimal digits")]
    BadSha256,
    /// A key file elsewhere.
    #[error("`key-file` is not a path beneath the policy's folder")]
    KeyFilePath(#[source] PathError),
    /// A key file that could not be read.
    #[error("the key file {} could not be read", Shown(.path))]
    KeyFile {
        /// The path in the policy.
        path: String,
        /// What failed.
        source: FsError,
    },
    /// Another key file.
    #[error("the key file {} is not the one the policy names: expected sha256:{}, found sha256:{}",
        Shown(.path), hex::encode(.expected), hex::encode(.found))]
    OtherKeyFile {
        /// The path in the policy.
        path: String,
        /// The SHA-256 in the policy.
        expected: [u8; 32],
        /// The SHA-256 of the file.
        found: [u8; 32],
    },
    /// No public key, or a weak one.
    #[error("the key does not load")]
    Key(#[source] KeyError),
    /// Not one key.
    #[error("one key is needed, and there are {found}")]
    KeyCount {
        /// How many there are.
        found: usize,
    },
    /// A key that cannot sign statements.
    #[error("a FIDO key cannot sign statements: such devices make OpenSSH signatures only")]
    Fido,
    /// A time that is none.
    #[error("`{field}` does not load")]
    Time {
        /// Which.
        field: &'static str,
        /// What is wrong.
        #[source]
        source: MomentError,
    },
    /// A key that is never valid.
    #[error("`valid-before` is not later than `valid-after`")]
    NeverValid,
    /// A reason that means nothing.
    #[error("the reason {} is not retired, superseded or compromised", Shown(.0))]
    Reason(String),
}

impl Coded for SignerError {
    fn code(&self) -> Code {
        match self {
            Self::Name(error) => error.code(),
            Self::KeyFilePath(error) => error.code(),
            Self::KeyFile { source, .. } => source.code(),
            Self::OtherKeyFile { .. } => Code::DigestMismatch,
            Self::Key(error) => error.code(),
            Self::Fido => Code::Unsupported,
            Self::Time { source, .. } => source.code(),
            Self::NoKey
            | Self::TwoKeys
            | Self::NoSha256
            | Self::LoneSha256
            | Self::BadSha256
            | Self::KeyCount { .. }
            | Self::NeverValid
            | Self::Reason(_) => Code::Malformed,
        }
    }
}

impl SignerError {
    /// What to do next, where there is something to say.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Key(error) => error.help(),
            Self::OtherKeyFile { .. } => Some(
                "put the right key file back, or change the policy: raise its version and sign it",
            ),
            Self::Fido => Some("such a key can be used with --key and --allowed-signers"),
            Self::Name(_)
            | Self::NoKey
            | Self::TwoKeys
            | Self::NoSha256
            | Self::LoneSha256
            | Self::BadSha256
            | Self::KeyFilePath(_)
            | Self::KeyFile { .. }
            | Self::KeyCount { .. }
            | Self::Time { .. }
            | Self::NeverValid
            | Self::Reason(_) => None,
        }
    }
}

/// `[[signer]]` as the file holds it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WireSigner {
    pub(super) name: Spanned<String>,
    key: Option<Spanned<String>>,
    key_file: Option<Spanned<String>>,
    sha256: Option<Spanned<String>>,
    valid_after: Option<Spanned<WireTime>>,
    valid_before: Option<Spanned<WireTime>>,
    revoked: Option<WireRevoked>,
}

impl WireSigner {
    /// The path of the key file, when there is one.
    pub(super) fn key_file(&self) -> Option<&str> {
        self.key_file.as_ref().map(|path| path.get_ref().as_str())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WireRevoked {
    at: Spanned<WireTime>,
    reason: Spanned<String>,
}

/// How the key files of a policy are read: by their path beneath the policy's folder.
pub(super) type ReadKeyFile<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, FsError>;
/// An error, and the offset in the file where it stands.
type At<E> = (usize, E);

/// Understands a signer; reads its key file when it has one.
///
/// # Errors
/// [`SignerError`] with the offset of the value at fault.
pub(super) fn read(
    wire: &Spanned<WireSigner>,
    key_file: ReadKeyFile<'_>,
) -> Result<Signer, At<SignerError>> {
    let fields = wire.get_ref();
    let name = &fields.name;
    name::check_signer(name.get_ref())
        .map_err(|error| (name.span().start, SignerError::Name(error)))?;
    let NamedPublicKey { key, minisign_id, .. } = read_key(wire, key_file)?;
    let mut signer = Signer::new(name.get_ref().clone(), key, minisign_id);
    signer.valid_after = read_time("valid-after", fields.valid_after.as_ref())?;
    signer.valid_before = read_time("valid-before", fields.valid_before.as_ref())?;
    signer.revoked = fields.revoked.as_ref().map(read_revoked).transpose()?;
    match (&fields.valid_before, signer.valid_after, signer.valid_before) {
        (Some(wire), Some(after), Some(before)) if before <= after => {
            Err((wire.span().start, SignerError::NeverValid))
        }
        (_, _, _) => Ok(signer),
    }
}

/// The text or file that holds the key, which of the two, and where the policy says so.
enum KeySource<'a> {
    Inline(&'a Spanned<String>),
    File(&'a Spanned<String>, &'a Spanned<String>),
}

fn key_source(wire: &Spanned<WireSigner>) -> Result<KeySource<'_>, At<SignerError>> {
    let fields = wire.get_ref();
    match (&fields.key, &fields.key_file, &fields.sha256) {
        (Some(key), None, None) => Ok(KeySource::Inline(key)),
        (None, Some(path), Some(sha256)) => Ok(KeySource::File(path, sha256)),
        (None, Some(path), None) => Err((path.span().start, SignerError::NoSha256)),
        (Some(_), None, Some(sha256)) => Err((sha256.span().start, SignerError::LoneSha256)),
        (Some(_), Some(path), _) => Err((path.span().start, SignerError::TwoKeys)),
        (None, None, _) => Err((wire.span().start, SignerError::NoKey)),
    }
}

fn read_key(
    wire: &Spanned<WireSigner>,
    key_file: ReadKeyFile<'_>,
) -> Result<NamedPublicKey, At<SignerError>> {
    match key_source(wire)? {
        KeySource::Inline(text) => {
            one_key(text.get_ref().as_bytes()).map_err(|error| (text.span().start, error))
        }
        KeySource::File(path, sha256) => {
            let expected = hex::decode_array(sha256.get_ref().as_bytes())
                .ok_or((sha256.span().start, SignerError::BadSha256))?;
            read_key_file(path.get_ref(), expected, key_file)
                .and_then(|bytes| one_key(&bytes))
                .map_err(|error| (path.span().start, error))
        }
    }
}

fn read_key_file(
    path: &str,
    expected: [u8; 32],
    key_file: ReadKeyFile<'_>,
) -> Result<Vec<u8>, SignerError> {
    RelPath::new(path.as_bytes()).map_err(SignerError::KeyFilePath)?;
    let bytes =
        key_file(path).map_err(|source| SignerError::KeyFile { path: path.to_owned(), source })?;
    let found = digest::sha256(&bytes);
    if found != expected {
        return Err(SignerError::OtherKeyFile { path: path.to_owned(), expected, found });
    }
    Ok(bytes)
}

fn one_key(text: &[u8]) -> Result<NamedPublicKey, SignerError> {
    let keys = key::parse_public(text).map_err(SignerError::Key)?;
    let found = keys.len();
    let [only] =
        <[NamedPublicKey; 1]>::try_from(keys).map_err(|_| SignerError::KeyCount { found })?;
    match only.key {
        PublicKey::Ed25519(_) | PublicKey::P256(_) => Ok(only),
        PublicKey::SkEd25519 { .. } | PublicKey::SkP256 { .. } => Err(SignerError::Fido),
    }
}

fn read_time(
    field: &'static str,
    wire: Option<&Spanned<WireTime>>,
) -> Result<Option<Time>, At<SignerError>> {
    let Some(wire) = wire else { return Ok(None) };
    match moment::read(wire) {
        Ok(time) => Ok(Some(time)),
        Err(source) => Err((wire.span().start, SignerError::Time { field, source })),
    }
}

fn read_revoked(wire: &WireRevoked) -> Result<Revoked, At<SignerError>> {
    let at = moment::read(&wire.at).map_err(|source| {
        (wire.at.span().start, SignerError::Time { field: "revoked.at", source })
    })?;
    let reason = RevocationReason::parse(wire.reason.get_ref()).ok_or_else(|| {
        (wire.reason.span().start, SignerError::Reason(wire.reason.get_ref().clone()))
    })?;
    Ok(Revoked { at, reason })
}
