//! `policy.toml`: from bytes to a [`Policy`], or to the line that is wrong and why.
//!
//! Closed: a field that this version does not know is refused, never skipped, because it may
//! be the one that was meant to tighten something.

use crate::finding::{Code, Coded, Finding};
use crate::fs::FsError;
use crate::limits;
use crate::policy::Policy;
use crate::policy::moment::{self, MomentError, WireTime};
use crate::policy::name::{self, NameError, Shown};
use crate::policy::role::{Role, RoleKey, SharedKey, check_distinct};
use crate::policy::rule::{self, Listed, Rule, RuleError, WireRule};
use crate::policy::signer::Signer;
use crate::policy::time_authority::{self, AuthorityError, TimePolicy, WireAuthority};
use crate::policy::tlog::{TlogPolicy, TlogPolicyError};
use crate::policy::trust::TrustSet;
use crate::policy::wire_signer::{self, ReadKeyFile, SignerError, WireSigner};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use toml::Spanned;

/// Why a policy does not load, and on which line. Shown without the line, which renderers place.
#[derive(Debug)]
pub struct PolicyError {
    /// Line of the file, from 1, where one line is at fault.
    pub line: Option<u64>,
    /// What is wrong; its causes are this error's causes.
    pub problem: Problem,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.problem, f)
    }
}

impl std::error::Error for PolicyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.problem.source()
    }
}

/// What is wrong with a policy.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Larger than [`limits::POLICY_BYTES`].
    #[error("the policy is larger than {} bytes", limits::POLICY_BYTES)]
    TooLarge,
    /// Not text.
    #[error("the policy is not UTF-8")]
    NotUtf8,
    /// A field that this version does not know.
    #[error("the field {} is not known", Shown(.0))]
    UnknownField(String),
    /// Not TOML, or not of the shape of a policy.
    #[error("the policy is not well-formed")]
    Toml(#[source] TomlError),
    /// Version 0.
    #[error("`version` must be 1 or more")]
    Version,
    /// An id that is not allowed.
    #[error("the id {} is not allowed", Shown(.id))]
    Id {
        /// The id.
        id: String,
        /// Why not.
        source: NameError,
    },
    /// A collection name that is not allowed.
    #[error("the collection name {} is not allowed", Shown(.name))]
    Collection {
        /// The name.
        name: String,
        /// Why not.
        source: NameError,
    },
    /// A collection listed twice.
    #[error("the collection {} is listed twice", Shown(.0))]
    CollectionTwice(String),
    /// An expiry that is no time.
    #[error("`expires` does not load")]
    Expires(#[source] MomentError),
    /// More signers than [`limits::KEYS`].
    #[error("the policy has more than {} signers", limits::KEYS)]
    TooManySigners,
    /// A signer that does not load.
    #[error("signer {}", Shown(.name))]
    Signer {
        /// The name of the signer.
        name: String,
        /// Why not.
        source: Box<SignerError>,
    },
    /// Two signers whose names are the same, or differ in case only.
    #[error("the signer names {} and {} are the same but for case", Shown(.first), Shown(.second))]
    SignerTwice {
        /// The first.
        first: String,
        /// The second.
        second: String,
    },
    /// One key in two places.
    #[error(transparent)]
    SharedKey(SharedKey),
    /// A text about log and witnesses that does not load.
    #[error("`tlog` does not load")]
    Tlog(#[source] TlogPolicyError),
    /// A time authority that does not load.
    #[error("time authority {}", Shown(.name))]
    Authority {
        /// The name of the authority.
        name: String,
        /// Why not.
        source: AuthorityError,
    },
    /// A number of authorities that nothing can reach, or that anything does.
    #[error("`time-threshold` is {threshold}, and there are {authorities} time authorities")]
    TimeThreshold {
        /// How many it asks for.
        threshold: u64,
        /// How many there are.
        authorities: usize,
    },
    /// A rule that does not load.
    #[error("rule {number}")]
    Rule {
        /// Which, from 1.
        number: usize,
        /// Why not.
        source: RuleError,
    },
}

/// What the TOML reader said, as one line that is safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", Shown(.message))]
pub struct TomlError {
    message: String,
}

impl Coded for PolicyError {
    fn code(&self) -> Code {
        match &self.problem {
            Problem::TooLarge | Problem::TooManySigners => Code::Limit,
            Problem::Id { source, .. } | Problem::Collection { source, .. } => source.code(),
            Problem::Expires(source) => source.code(),
            Problem::Signer { source, .. } => source.code(),
            Problem::SharedKey(source) => source.code(),
            Problem::Rule { source, .. } => source.code(),
            Problem::Tlog(source) => source.code(),
            Problem::Authority { source, .. } => source.code(),
            Problem::TimeThreshold { .. }
            | Problem::NotUtf8
            | Problem::UnknownField(_)
            | Problem::Toml(_)
            | Problem::Version
            | Problem::CollectionTwice(_)
            | Problem::SignerTwice { .. } => Code::Malformed,
        }
    }
}

impl PolicyError {
    /// The line of the file, from 1, where one line is at fault.
    pub fn line(&self) -> Option<u64> {
        self.line
    }

    /// The finding that reports this about the policy at `path`.
    pub fn finding(&self, path: &[u8]) -> Finding {
        let finding = Finding::of(self).at(path).claimed_by(path, self.line);
        match self.help() {
            Some(help) => finding.help(help),
            None => finding,
        }
    }

    /// What to do next, where there is something to say.
    fn help(&self) -> Option<&'static str> {
        match &self.problem {
            Problem::Signer { source, .. } => source.help(),
            Problem::UnknownField(field)
                if ["tlog", "time-threshold", "expires", "version", "id", "collections"]
                    .contains(&field.as_str()) =>
            {
                Some(
                    "it belongs above the first [[...]] of the file: below one, TOML takes it for a part of that",
                )
            }
            Problem::TooLarge
            | Problem::NotUtf8
            | Problem::UnknownField(_)
            | Problem::Toml(_)
            | Problem::Version
            | Problem::Id { .. }
            | Problem::Collection { .. }
            | Problem::CollectionTwice(_)
            | Problem::Expires(_)
            | Problem::TooManySigners
            | Problem::SignerTwice { .. }
            | Problem::SharedKey(_)
            | Problem::Tlog(_)
            | Problem::Authority { .. }
            | Problem::TimeThreshold { .. }
            | Problem::Rule { .. } => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WirePolicy {
    version: Spanned<u64>,
    id: Spanned<String>,
    collections: Vec<Spanned<String>>,
    expires: Option<Spanned<WireTime>>,
    tlog: Option<Spanned<String>>,
    time_threshold: Option<Spanned<u64>>,
    #[serde(default)]
    allow_reuse: bool,
    #[serde(default)]
    time_authority: Vec<Spanned<WireAuthority>>,
    #[serde(default)]
    signer: Vec<Spanned<WireSigner>>,
    #[serde(default)]
    rule: Vec<Spanned<WireRule>>,
}

impl Policy {
    /// Reads a policy. `key_file` is asked for the bytes of each `key-file`, by its path beneath
    /// the policy's folder; they are used only when their SHA-256 is the one in the policy.
    ///
    /// # Errors
    /// [`PolicyError`], the first problem found: nothing of a policy counts unless all of it does.
    pub fn parse(
        bytes: &[u8],
        key_file: &dyn Fn(&str) -> Result<Vec<u8>, FsError>,
    ) -> Result<Self, PolicyError> {
        if u64::try_from(bytes.len()).is_ok_and(|size| size > limits::POLICY_BYTES) {
            return Err(PolicyError { line: None, problem: Problem::TooLarge });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| PolicyError {
            line: Some(line_of(bytes, error.valid_up_to())),
            problem: Problem::NotUtf8,
        })?;
        let wire = toml::from_str(text).map_err(|error| shape(bytes, &error))?;
        read(&wire, key_file).map_err(|(offset, problem)| PolicyError {
            line: Some(line_of(bytes, offset).saturating_add(lines_into(bytes, offset, &problem))),
            problem,
        })
    }
}

/// The line of an offset, from 1.
fn line_of(bytes: &[u8], offset: usize) -> u64 {
    let before = bytes.get(..offset).unwrap_or(bytes);
    let lines = before.split(|&byte| byte == b'\n').count();
    u64::try_from(lines).unwrap_or(u64::MAX)
}

/// How many lines further down, inside of a text of several lines, the problem stands.
fn lines_into(bytes: &[u8], offset: usize, problem: &Problem) -> u64 {
    let Problem::Tlog(error) = problem else { return 0 };
    let text = bytes.get(offset..).unwrap_or_default();
    // A line feed right after the quotes is no part of the text (TOML 1.0, Strings).
    let begins_below =
        [&b"\"\"\"\n"[..], b"\"\"\"\r\n", b"'''\n"].iter().any(|head| text.starts_with(head));
    u64::try_from(error.line()).unwrap_or(1).saturating_sub(u64::from(!begins_below))
}

fn shape(bytes: &[u8], error: &toml::de::Error) -> PolicyError {
    let line = error.span().map(|Range { start, .. }| line_of(bytes, start));
    let message = error.message();
    // serde has no other way to say this than in words; if they change, the code stays.
    let field =
        message.strip_prefix("unknown field `").and_then(|rest| rest.rsplit_once("`, expected"));
    let problem = match field {
        Some((field, _)) => Problem::UnknownField(field.to_owned()),
        None => Problem::Toml(TomlError { message: message.to_owned() }),
    };
    PolicyError { line, problem }
}

/// A problem, and the offset in the file where it stands.
type At<E> = (usize, E);

fn read(wire: &WirePolicy, key_file: ReadKeyFile<'_>) -> Result<Policy, At<Problem>> {
    let version = *wire.version.get_ref();
    if version == 0 {
        return Err((wire.version.span().start, Problem::Version));
    }
    let id = wire.id.get_ref().clone();
    if let Err(source) = name::check_id(&id) {
        return Err((wire.id.span().start, Problem::Id { id, source }));
    }
    let collections = read_collections(&wire.collections)?;
    let expires = match &wire.expires {
        Some(time) => {
            Some(moment::read(time).map_err(|error| (time.span().start, Problem::Expires(error)))?)
        }
        None => None,
    };
    let signers = read_signers(&wire.signer, key_file)?;
    let tlog = wire.tlog.as_ref().map(|text| read_tlog(text, &signers)).transpose()?;
    let time = read_time(wire, key_file)?;
    let rules = read_rules(&wire.rule, &collections, &signers)?;
    let key_files = wire.signer.iter().filter_map(|signer| signer.get_ref().key_file());
    let root_files = wire.time_authority.iter().filter_map(|wire| wire.get_ref().root_file());
    let key_files = key_files.chain(root_files).map(str::to_owned).collect();
    let trust = TrustSet { signers, rules };
    let allow_reuse = wire.allow_reuse;
    Ok(Policy { version, id, collections, expires, trust, time, tlog, key_files, allow_reuse })
}

/// No key has two roles: what a log or witness signs is no statement.
fn read_tlog(text: &Spanned<String>, signers: &[Signer]) -> Result<TlogPolicy, At<Problem>> {
    let at = text.span().start;
    let tlog =
        TlogPolicy::parse(text.get_ref().as_bytes()).map_err(|error| (at, Problem::Tlog(error)))?;
    let signers = signers.iter().map(|signer| RoleKey {
        role: Role::Signer,
        name: &signer.name,
        key: &signer.key,
    });
    let logs = tlog.logs.iter().map(|log| RoleKey {
        role: Role::Log,
        name: log.verifier.name(),
        key: log.verifier.key(),
    });
    let witnesses = tlog.witnesses.iter().map(|witness| RoleKey {
        role: Role::Witness,
        name: &witness.name,
        key: witness.verifier.key(),
    });
    check_distinct(signers.chain(logs).chain(witnesses))
        .map_err(|error| (at, Problem::SharedKey(error)))?;
    Ok(tlog)
}

fn read_time(wire: &WirePolicy, key_file: ReadKeyFile<'_>) -> Result<TimePolicy, At<Problem>> {
    let authorities = time_authority::read_all(&wire.time_authority, key_file)
        .map_err(|(at, name, source)| (at, Problem::Authority { name, source }))?;
    let threshold = wire.time_threshold.as_ref().map_or(1, |threshold| *threshold.get_ref());
    let most = u64::try_from(authorities.len()).unwrap_or(u64::MAX);
    match &wire.time_threshold {
        Some(given) if threshold == 0 || threshold > most => {
            let authorities = authorities.len();
            Err((given.span().start, Problem::TimeThreshold { threshold, authorities }))
        }
        Some(_) | None => Ok(TimePolicy { authorities, threshold }),
    }
}

fn read_collections(names: &[Spanned<String>]) -> Result<Vec<String>, At<Problem>> {
    let mut seen = BTreeSet::new();
    let mut collections = Vec::with_capacity(names.len());
    for wire in names {
        let (at, name) = (wire.span().start, wire.get_ref().clone());
        if let Err(source) = name::check_collection(&name) {
            return Err((at, Problem::Collection { name, source }));
        }
        if !seen.insert(wire.get_ref()) {
            return Err((at, Problem::CollectionTwice(name)));
        }
        collections.push(name);
    }
    Ok(collections)
}

fn read_signers(
    wires: &[Spanned<WireSigner>],
    key_file: ReadKeyFile<'_>,
) -> Result<Vec<Signer>, At<Problem>> {
    if let Some(past) = wires.get(limits::KEYS) {
        return Err((past.span().start, Problem::TooManySigners));
    }
    let mut folded: BTreeMap<String, &str> = BTreeMap::new();
    let mut signers = Vec::with_capacity(wires.len());
    for wire in wires {
        let name = wire.get_ref().name.get_ref();
        let signer = wire_signer::read(wire, key_file).map_err(|(at, source)| {
            (at, Problem::Signer { name: name.clone(), source: Box::new(source) })
        })?;
        if let Some(first) = folded.insert(name::fold(name), name) {
            let (first, second) = (first.to_owned(), name.clone());
            return Err((wire.get_ref().name.span().start, Problem::SignerTwice { first, second }));
        }
        signers.push(signer);
    }
    check_roles(wires, &signers)?;
    Ok(signers)
}

/// Every key of the policy goes in here, whatever its role.
fn check_roles(wires: &[Spanned<WireSigner>], signers: &[Signer]) -> Result<(), At<Problem>> {
    let signers = signers.iter().map(|signer| RoleKey {
        role: Role::Signer,
        name: &signer.name,
        key: &signer.key,
    });
    check_distinct(signers).map_err(|error| {
        let at = wires.get(error.position).map_or(0, |wire| wire.span().start);
        (at, Problem::SharedKey(error))
    })
}

fn read_rules(
    wires: &[Spanned<WireRule>],
    collections: &[String],
    signers: &[Signer],
) -> Result<Vec<Rule>, At<Problem>> {
    let listed = Listed {
        collections: collections.iter().map(String::as_str).collect(),
        signers: signers
            .iter()
            .enumerate()
            .map(|(at, signer)| (signer.name.as_str(), at))
            .collect(),
    };
    let rules = wires.iter().enumerate().map(|(place, wire)| {
        rule::read(wire, &listed)
            .map_err(|(at, source)| (at, Problem::Rule { number: place.saturating_add(1), source }))
    });
    rules.collect()
}
