//! `[[time-authority]]` of the policy: whose RFC 3161 timestamps prove time.
//!
//! An authority is its root certificates, whose bytes the policy fixes: inline, or in a file beside
//! it with its SHA-256. Two authorities never share a root key, so that counting authorities is
//! counting keys (promise 5). Nothing here looks at a timestamp.

use crate::codec::hex;
use crate::digest;
use crate::finding::{Code, Coded};
use crate::fs::FsError;
use crate::path::{PathError, RelPath};
use crate::policy::moment::{self, MomentError, WireTime};
use crate::policy::name::{self, NameError, Shown};
use crate::policy::wire_signer::ReadKeyFile;
use crate::time::Time;
use crate::timestamp::{self, Certificate, TokenError};
use serde::Deserialize;
use std::collections::BTreeSet;
use toml::Spanned;

/// An authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeAuthority {
    /// Its name in this policy.
    pub name: String,
    /// The certificates to which its timestamps must lead.
    pub roots: Vec<Certificate>,
    /// Since when somebody else may have its key: then its timestamps count only where another
    /// authority stamped them before.
    pub compromised: Option<Time>,
}

/// The authorities, and how many of them must say a time for it to be proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimePolicy {
    /// The authorities, in the order of the file.
    pub authorities: Vec<TimeAuthority>,
    /// How many different ones, at least 1.
    pub threshold: u64,
}

/// Why an authority does not load.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A name that is not allowed.
    #[error("the name is not allowed")]
    Name(#[source] NameError),
    /// Named twice.
    #[error("the name is there twice")]
    Twice,
    /// No root, or two.
    #[error("one of `root` and `root-file` is needed")]
    OneRoot,
    /// A file of any content.
    #[error("`root-file` needs the file's `sha256` beside it, and `root` has none")]
    Sha256,
    /// A file elsewhere.
    #[error("`root-file` is not a path beneath the policy's folder")]
    Path(#[source] PathError),
    /// A file that could not be read.
    #[error("the root file {} could not be read", Shown(.path))]
    File {
        /// The path in the policy.
        path: String,
        /// What failed.
        source: FsError,
    },
    /// Another file.
    #[error("the root file {} is not the one the policy names: expected sha256:{}, found sha256:{}",
        Shown(.path), hex::encode(.expected), hex::encode(.found))]
    OtherFile {
        /// The path in the policy.
        path: String,
        /// The SHA-256 in the policy.
        expected: [u8; 32],
        /// The SHA-256 of the file.
        found: [u8; 32],
    },
    /// No certificate in PEM.
    #[error("the root does not load")]
    Certificate(#[source] TokenError),
    /// PEM of nothing.
    #[error("the root holds no certificate")]
    Empty,
    /// A time that is none.
    #[error("`compromised` does not load")]
    Time(#[source] MomentError),
    /// A key that another authority has too.
    #[error("its root key is one of another authority too")]
    SharedRoot,
}

impl Coded for AuthorityError {
    fn code(&self) -> Code {
        match self {
            Self::Name(error) => error.code(),
            Self::Path(error) => error.code(),
            Self::File { source, .. } => source.code(),
            Self::OtherFile { .. } => Code::DigestMismatch,
            Self::Certificate(error) => error.code(),
            Self::Time(error) => error.code(),
            Self::Twice | Self::OneRoot | Self::Sha256 | Self::Empty | Self::SharedRoot => {
                Code::Malformed
            }
        }
    }
}

/// `[[time-authority]]` as the file holds it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WireAuthority {
    name: Spanned<String>,
    root: Option<Spanned<String>>,
    root_file: Option<Spanned<String>>,
    sha256: Option<Spanned<String>>,
    compromised: Option<Spanned<WireTime>>,
}

impl WireAuthority {
    /// The path of the root file, when there is one.
    pub(super) fn root_file(&self) -> Option<&str> {
        self.root_file.as_ref().map(|path| path.get_ref().as_str())
    }
}

/// An error, the offset in the file where it stands, and the name of the authority.
type At = (usize, String, AuthorityError);

/// Understands the authorities; reads their root files.
///
/// # Errors
/// [`AuthorityError`] with the offset of the value at fault.
pub(super) fn read_all(
    wires: &[Spanned<WireAuthority>],
    key_file: ReadKeyFile<'_>,
) -> Result<Vec<TimeAuthority>, At> {
    let (mut names, mut keys) = (BTreeSet::new(), BTreeSet::new());
    let mut authorities = Vec::with_capacity(wires.len());
    for wire in wires {
        let name = wire.get_ref().name.get_ref().clone();
        let fail = |(at, error)| (at, name.clone(), error);
        let authority = read(wire, key_file).map_err(fail)?;
        if !names.insert(name::fold(&name)) {
            return Err(fail((wire.get_ref().name.span().start, AuthorityError::Twice)));
        }
        let own: BTreeSet<[u8; 32]> = authority.roots.iter().map(Certificate::key_sha256).collect();
        if !keys.is_disjoint(&own) {
            return Err(fail((wire.span().start, AuthorityError::SharedRoot)));
        }
        keys.extend(own);
        authorities.push(authority);
    }
    Ok(authorities)
}

fn read(
    wire: &Spanned<WireAuthority>,
    key_file: ReadKeyFile<'_>,
) -> Result<TimeAuthority, (usize, AuthorityError)> {
    let WireAuthority { name, root, root_file, sha256, compromised } = wire.get_ref();
    let compromised = compromised.as_ref().map(|time| {
        moment::read(time).map_err(|error| (time.span().start, AuthorityError::Time(error)))
    });
    name::check_signer(name.get_ref())
        .map_err(|error| (name.span().start, AuthorityError::Name(error)))?;
    let (at, pem) = match (root, root_file, sha256) {
        (Some(root), None, None) => (root.span().start, root.get_ref().as_bytes().to_vec()),
        (None, Some(path), Some(sha256)) => {
            let at = path.span().start;
            (at, read_file(path.get_ref(), sha256, key_file).map_err(|error| (at, error))?)
        }
        (None, Some(_), None) | (Some(_), None, Some(_)) => {
            return Err((wire.span().start, AuthorityError::Sha256));
        }
        (None, None, _) | (Some(_), Some(_), _) => {
            return Err((wire.span().start, AuthorityError::OneRoot));
        }
    };
    let roots = timestamp::certificates_from_pem(&pem)
        .map_err(|error| (at, AuthorityError::Certificate(error)))?;
    if roots.is_empty() {
        return Err((at, AuthorityError::Empty));
    }
    Ok(TimeAuthority { name: name.get_ref().clone(), roots, compromised: compromised.transpose()? })
}

fn read_file(
    path: &str,
    sha256: &Spanned<String>,
    key_file: ReadKeyFile<'_>,
) -> Result<Vec<u8>, AuthorityError> {
    let expected = hex::decode_array(sha256.get_ref().as_bytes()).ok_or(AuthorityError::Sha256)?;
    RelPath::new(path.as_bytes()).map_err(AuthorityError::Path)?;
    let bytes =
        key_file(path).map_err(|source| AuthorityError::File { path: path.to_owned(), source })?;
    let found = digest::sha256(&bytes);
    if found == expected {
        Ok(bytes)
    } else {
        Err(AuthorityError::OtherFile { path: path.to_owned(), expected, found })
    }
}
