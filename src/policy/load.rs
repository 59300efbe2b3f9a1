//! Reading the policy of an archive from its place.

use crate::envelope::dsse;
use crate::finding::{Code, Finding};
use crate::fs::{FsError, Root};
use crate::limits;
use crate::path::RelPath;
use crate::policy::Policy;

/// Where the policy lies in an archive; its signature is beside it with [`SIGNATURE_SUFFIX`].
pub const PATH: &str = "keys/policy.toml";
/// What is added to the policy's name for its signature.
pub const SIGNATURE_SUFFIX: &str = ".dsse.json";

impl Policy {
    /// Reads [`PATH`] beneath `root`, with the key files that it names, and gives its bytes too:
    /// what is judged by is what was read once.
    ///
    /// # Errors
    /// The finding that says why there is no policy.
    pub fn load(root: &Root) -> Result<(Self, Vec<u8>), Box<Finding>> {
        let path = RelPath::new(PATH.as_bytes()).map_err(|error| Box::new(Finding::of(&error)))?;
        let bytes = root
            .read(&path, limits::POLICY_BYTES)
            .map_err(|error| Box::new(absent(root, &error)))?;
        let policy = Self::parse_in(&bytes, root, Some("keys"), PATH)?;
        Ok((policy, bytes))
    }

    /// Reads a policy whose key files lie in `folder`, or `below` it.
    ///
    /// # Errors
    /// The finding that says why it does not load; `shown` is its name there.
    pub fn parse_in(
        bytes: &[u8],
        folder: &Root,
        below: Option<&str>,
        shown: &str,
    ) -> Result<Self, Box<Finding>> {
        let key_file = |name: &str| {
            let name = below.map_or_else(|| name.to_owned(), |below| format!("{below}/{name}"));
            folder.read(&RelPath::new(name.as_bytes())?, limits::KEY_BYTES)
        };
        Self::parse(bytes, &key_file).map_err(|error| Box::new(error.finding(shown.as_bytes())))
    }
}

fn absent(root: &Root, error: &FsError) -> Finding {
    if error.is_not_found() && !matches!(signature(root), Err(error) if error.is_not_found()) {
        Finding::error(Code::Missing, "is missing, but its signature is there")
            .at(PATH)
            .help("restore it from a copy")
    } else if error.is_not_found() {
        Finding::error(
            Code::Empty,
            "is not there: this folder is no archive, so there is nothing to check",
        )
        .at(PATH)
        .help("cd into an archive, name one with --archive DIR, or make one with vidimus init")
    } else {
        Finding::of(error).at(PATH)
    }
}

fn signature(root: &Root) -> Result<Vec<u8>, FsError> {
    let path = format!("{PATH}{SIGNATURE_SUFFIX}");
    root.read(&RelPath::new(path.as_bytes())?, limits::ENVELOPE_BYTES)
}

/// Whether somebody signed the policy beneath `root` as these very bytes. Who, and whether that
/// is enough, is for `verify` to say.
pub fn is_signed_as(root: &Root, bytes: &[u8]) -> bool {
    let envelope = signature(root).ok().and_then(|bytes| dsse::parse(&bytes).ok());
    envelope.is_some_and(|envelope| envelope.payload == bytes)
}

/// The version that the bytes of a policy claim; for ordering only, since nothing else of them is
/// looked at.
pub fn version_of(bytes: &[u8]) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Version {
        version: u64,
        #[serde(rename = "id")]
        _id: String,
    }
    let wire: Version = toml::from_str(std::str::from_utf8(bytes).ok()?).ok()?;
    Some(wire.version)
}
