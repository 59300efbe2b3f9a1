//! The release form: manifest and evidence beside the files, outside of any archive.

use super::evidence::{self, Context, Names};
use super::reading;
use super::stored::{envelope_of, is_bundle, read_optional};
use super::tree_manifest::{self, TreeManifest, default_ignore};
use super::{Action, SealError, Signed};
use crate::codec::hex;
use crate::digest;
use crate::envelope::predicate::{self, ManifestPredicate, PREDICATE_TYPE};
use crate::envelope::statement::{self, PAYLOAD_TYPE, Statement};
use crate::finding::Finding;
use crate::fs::{self, FolderLock, FsError, Root};
use crate::key::PublicKey;
use crate::limits;
use crate::manifest::NAME as MANIFEST;
use crate::path::RelPath;
use crate::state::{Journal, Journals};
use crate::tree::{Ignore, Memo, NoMemo, Progress, Rules, SymlinkRule};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a release is made of.
pub enum ReleaseInput {
    /// A whole folder: files that are not named later count as unexpected.
    Folder,
    /// These files only, by their names below the folder.
    Files(Vec<RelPath>),
}

/// What to sign, and where to.
pub struct ReleaseSigning<'a> {
    /// The folder of the files, open.
    pub root: &'a Root,
    /// Its own name, for the tree subject.
    pub folder: Option<&'a str>,
    /// The files.
    pub input: ReleaseInput,
    /// Where manifest and evidence go, by name.
    pub out: &'a Path,
    /// The same folder, open; `None` when it is not there yet.
    pub out_root: Option<&'a Root>,
    /// What stands before names of files in findings; empty or ending in `/`.
    pub shown: &'a [u8],
    /// Patterns beside the built-in ones.
    pub ignore: Vec<String>,
    /// The rule for symbolic links.
    pub symlinks: SymlinkRule,
    /// The signer's name in the file name of a second signature.
    pub signer: &'a str,
    /// Where what was read of a folder before an interruption is kept.
    pub journals: Option<Journals>,
}

struct Present {
    payload: Vec<u8>,
    predicate: ManifestPredicate,
    /// The folder's name in its tree subject, if it has one; the name binds nothing.
    folder: Option<String>,
    /// The names of the bundles over this payload.
    bundles: BTreeSet<String>,
    /// Whether the key that signs now has signed this payload before.
    signed: bool,
    manifest: Option<Vec<u8>>,
}

/// Signs a release.
///
/// # Errors
/// Findings that say why nothing was signed; then nothing was written.
pub fn sign_release(
    job: &ReleaseSigning,
    context: &Context,
    progress: &dyn Progress,
) -> Result<Signed, Vec<Finding>> {
    let rules = rules(job)?;
    let (journal, lost) = journal(job, context, &rules).unzip();
    let memo: &dyn Memo = journal.as_ref().map_or(&NoMemo, |journal| journal);
    let tree = match &job.input {
        ReleaseInput::Folder => {
            tree_manifest::of_tree(job.root, &rules, job.shown, memo, progress)?
        }
        ReleaseInput::Files(paths) => {
            tree_manifest::of_files(job.root, paths, job.shown, progress)?
        }
    };
    if tree.entries.is_empty() {
        return Err(vec![Finding::of(&SealError::Empty)]);
    }
    let signed = sign_tree(job, context, &rules, &tree);
    let mut signed = signed.map_err(|error| vec![refused(job, &error)])?;
    signed.continued = journal.as_ref().map_or(0, Journal::continued);
    signed.warnings.extend(lost.flatten().into_iter().chain(journal.and_then(Journal::finish)));
    Ok(signed)
}

/// What an interrupted signing of the folder by these rules has read; single files are few.
fn journal(
    job: &ReleaseSigning,
    context: &Context,
    rules: &Rules,
) -> Option<(Journal, Option<Finding>)> {
    let journals = job.journals.as_ref()?;
    // Each signer vouches for what that signer read.
    let what = format!("sign sha256\nkey {}\n", context.key.public());
    let whole = matches!(job.input, ReleaseInput::Folder);
    whole.then(|| journals.open(job.root.id(), &reading::options(&what, rules)))?
}

fn refused(job: &ReleaseSigning, error: &SealError) -> Finding {
    let finding = Finding::of(error);
    if matches!(error, SealError::ForeignList) {
        let list = job.out.join(MANIFEST);
        return finding
            .at(std::os::unix::ffi::OsStrExt::as_bytes(list.as_os_str()))
            .help("move it away, or give --out DIR; vidimus check says whether it still holds");
    }
    finding
}

/// Manifest and evidence written into the folder itself are left out by a rule that the signed
/// statement carries, as every other rule.
fn rules(job: &ReleaseSigning) -> Result<Rules, Vec<Finding>> {
    let mut patterns = default_ignore();
    if job.out_root.is_some_and(|out| out.id() == job.root.id()) {
        patterns.extend(evidence_ignore());
    }
    for pattern in &job.ignore {
        if !patterns.contains(pattern) {
            patterns.push(pattern.clone());
        }
    }
    let ignore = Ignore::new(&patterns).map_err(|error| vec![Finding::of(&error)])?;
    Ok(Rules { ignore, symlinks: job.symlinks })
}

/// The names of what a release writes, and nothing more: under a wider rule anything could lie
/// there unsigned.
pub fn evidence_ignore() -> Vec<String> {
    let Names { manifest, bundle, checkpoint, dsse, minisig, sshsig } = Names::of(MANIFEST);
    let others = format!("{MANIFEST}.*.sigstore.json");
    let names = [manifest, bundle, others, checkpoint, dsse, minisig, sshsig];
    names.into_iter().map(|name| format!("/{name}")).collect()
}

fn sign_tree(
    job: &ReleaseSigning,
    context: &Context,
    rules: &Rules,
    tree: &TreeManifest,
) -> Result<Signed, SealError> {
    // What is read from here on no other run changes before we have written.
    let _held = job.out_root.map(|_| FolderLock::take(job.out)).transpose()?;
    fs::clear_leftovers(job.out, |name| name.starts_with(MANIFEST.as_bytes()));
    let present = match job.out_root {
        Some(out) => read_present(out, context.key.public())?,
        None => None,
    };
    let first = ManifestPredicate {
        listed_only: matches!(job.input, ReleaseInput::Files(_)),
        ..tree.first_statement(rules, context.now, context.tool)
    };
    let Some(present) = present else {
        if read_manifest(job)?.is_some_and(|list| list != tree.bytes) {
            return Err(SealError::ForeignList);
        }
        return renew(job, context, (tree, rules), &first, None);
    };
    if same(&present, tree, &first) {
        return add(job, context, (tree, rules), &present);
    }
    let next = ManifestPredicate {
        serial: present.predicate.serial.checked_add(1).ok_or(SealError::Serial)?,
        previous: Some(digest::sha256(&present.payload)),
        ..first
    };
    renew(job, context, (tree, rules), &next, Some(&present))
}

/// Whether the present statement says about these files what we would say, and nothing else.
/// Taken from it unseen are its place in the chain, its claimed time and its tool.
fn same(present: &Present, tree: &TreeManifest, first: &ManifestPredicate) -> bool {
    let theirs = &present.predicate;
    let ours = ManifestPredicate {
        serial: theirs.serial,
        previous: theirs.previous,
        claimed_time: theirs.claimed_time,
        tool: theirs.tool.clone(),
        ..first.clone()
    };
    present.manifest.as_deref() == Some(&tree.bytes)
        && evidence::is_ours(&present.payload, present.folder.as_deref(), tree, &ours)
}

fn read_out(job: &ReleaseSigning, file: &str) -> Result<Option<Vec<u8>>, SealError> {
    job.out_root.map_or(Ok(None), |out| read_optional(out, file, limits::ENVELOPE_BYTES))
}

fn read_present(root: &Root, key: &PublicKey) -> Result<Option<Present>, SealError> {
    let names = Names::of(MANIFEST);
    let Some(bytes) = read_optional(root, &names.bundle, limits::ENVELOPE_BYTES)? else {
        return Ok(None);
    };
    let payload = envelope_of(&bytes)?.payload;
    let statement = statement::parse(&payload).map_err(SealError::PresentStatement)?;
    if statement.predicate_type != PREDICATE_TYPE {
        return Err(SealError::PresentType);
    }
    let predicate =
        predicate::from_value(&statement.predicate).map_err(SealError::PresentPredicate)?;
    let manifest = read_optional(root, MANIFEST, limits::MANIFEST_BYTES)?;
    let (bundles, signed) = bundles_of(root, &payload, key)?;
    let folder = folder_of(&statement);
    Ok(Some(Present { payload, predicate, folder, bundles, signed, manifest }))
}

/// The name in the tree subject, which another signer's folder need not have.
fn folder_of(statement: &Statement) -> Option<String> {
    let tree = statement.subjects.get(1).filter(|subject| subject.dir_hash().is_some())?;
    Some(tree.name.as_deref()?.strip_suffix('/')?.to_owned())
}

/// The names of the bundles over this payload, and whether `key` has signed one of them.
fn bundles_of(
    root: &Root,
    payload: &[u8],
    key: &PublicKey,
) -> Result<(BTreeSet<String>, bool), SealError> {
    let (mut names, mut signed) = (BTreeSet::new(), false);
    for entry in root.list(None)? {
        if !is_bundle(&entry.name) {
            continue;
        }
        let path = RelPath::new(&entry.name).map_err(SealError::Path)?;
        let envelope = envelope_of(&root.read(&path, limits::ENVELOPE_BYTES)?)?;
        if envelope.payload == payload && envelope.payload_type == PAYLOAD_TYPE {
            names.insert(String::from_utf8_lossy(&entry.name).into_owned());
            signed |= !envelope.verified_by(key).is_empty();
        }
    }
    Ok((names, signed))
}

fn add(
    job: &ReleaseSigning,
    context: &Context,
    (tree, rules): (&TreeManifest, &Rules),
    present: &Present,
) -> Result<Signed, SealError> {
    let names = Names::of(MANIFEST);
    let new = !present.signed;
    let mut files = Vec::new();
    if new {
        let bundle = evidence::bundle(&present.payload, context.key)?;
        files.push((free_name(job, context)?, bundle));
        let old = read_out(job, &names.checkpoint)?;
        let checkpoint =
            evidence::checkpoint(tree, &present.predicate, old.as_deref(), context.key)?;
        files.push((names.checkpoint.clone(), checkpoint));
    }
    let old = read_out(job, &names.dsse)?;
    files.extend(evidence::also(&names, tree, &present.payload, old.as_deref(), context)?);
    let action = if new { Action::Added } else { Action::Nothing };
    Ok(signed(job, (tree, rules), present.predicate.serial, action, write(job, &files, &[])?))
}

/// Two keys may go by one name; neither takes the other's place.
fn free_name(job: &ReleaseSigning, context: &Context) -> Result<String, SealError> {
    let name = format!("{MANIFEST}.{}.sigstore.json", job.signer);
    if read_out(job, &name)?.is_none() {
        return Ok(name);
    }
    let id = hex::encode(&digest::sha256(&context.key.public().spki_der()));
    Ok(format!("{MANIFEST}.{}.{id}.sigstore.json", job.signer))
}

fn renew(
    job: &ReleaseSigning,
    context: &Context,
    (tree, rules): (&TreeManifest, &Rules),
    predicate: &ManifestPredicate,
    before: Option<&Present>,
) -> Result<Signed, SealError> {
    let names = Names::of(MANIFEST);
    let payload = evidence::payload(MANIFEST, job.folder, tree, predicate, context.file_subjects);
    let mut files = vec![
        (names.manifest.clone(), tree.bytes.clone()),
        (names.bundle.clone(), evidence::bundle(&payload, context.key)?),
    ];
    let checkpoint = evidence::checkpoint(tree, predicate, None, context.key)?;
    files.push((names.checkpoint.clone(), checkpoint));
    files.extend(evidence::also(&names, tree, &payload, None, context)?);
    let stale = stale(job, &files, before)?;
    let written = write(job, &files, &stale)?;
    Ok(signed(job, (tree, rules), predicate.serial, Action::New, written))
}

/// Evidence of the statement before that the new one does not write again. What belongs to another
/// list, or was signed by others over bytes that stay as they are, is left alone.
fn stale(
    job: &ReleaseSigning,
    files: &[(String, Vec<u8>)],
    before: Option<&Present>,
) -> Result<Vec<PathBuf>, SealError> {
    let names = Names::of(MANIFEST);
    let manifest = files.iter().find(|(file, _)| *file == names.manifest).map(|(_, bytes)| bytes);
    let unchanged = read_manifest(job)?.as_ref() == manifest;
    let mut stale = Vec::new();
    for entry in job.out_root.map_or(Ok(Vec::new()), |out| out.list(None))? {
        let Ok(name) = std::str::from_utf8(&entry.name) else { continue };
        let old = if name == names.minisig || name == names.sshsig {
            !unchanged
        } else if name == names.checkpoint || name == names.dsse {
            true
        } else {
            is_bundle(&entry.name) && before.is_some_and(|before| before.bundles.contains(name))
        };
        if old && !files.iter().any(|(file, _)| file == name) {
            stale.push(PathBuf::from(name));
        }
    }
    Ok(stale)
}

fn read_manifest(job: &ReleaseSigning) -> Result<Option<Vec<u8>>, SealError> {
    job.out_root.map_or(Ok(None), |out| read_optional(out, MANIFEST, limits::MANIFEST_BYTES))
}

/// Writes the files and removes the stale ones. The manifest comes late and its bundle last: a
/// run that dies before has no statement about the new files, so the next one writes them all.
fn write(
    job: &ReleaseSigning,
    files: &[(String, Vec<u8>)],
    stale: &[PathBuf],
) -> Result<Vec<Vec<u8>>, SealError> {
    fs::create_folder(job.out)?;
    let _held = job.out_root.is_none().then(|| take_new(job)).transpose()?;
    let written = files.iter().map(|(file, bytes)| (job.out.join(file), Some(bytes.clone())));
    let removed = stale.iter().map(|file| (job.out.join(file), None));
    let mut changes: Vec<(PathBuf, Option<Vec<u8>>)> = removed.chain(written).collect();
    changes.sort_by_key(|(path, bytes)| {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        bytes.is_some().then(|| (is_bundle(name), name == MANIFEST.as_bytes()))
    });
    fs::change_all(&changes)?;
    let shown = |file: &String| job.out.join(file).as_os_str().as_encoded_bytes().to_vec();
    Ok(files.iter().map(|(file, _)| shown(file)).collect())
}

/// Locks a folder that was not there when it was looked for. Another run may have made and
/// filled it since.
fn take_new(job: &ReleaseSigning) -> Result<FolderLock, SealError> {
    let held = FolderLock::take(job.out)?;
    let names = Names::of(MANIFEST);
    for file in [&names.manifest, &names.bundle] {
        if fs::kind_named(&job.out.join(file))?.is_some() {
            return Err(FsError::Changed.into());
        }
    }
    Ok(held)
}

fn signed(
    job: &ReleaseSigning,
    (tree, rules): (&TreeManifest, &Rules),
    serial: u64,
    action: Action,
    written: Vec<Vec<u8>>,
) -> Signed {
    Signed {
        scope: job.shown.to_vec(),
        serial,
        files: tree.files,
        bytes: tree.total,
        not_read: 0,
        continued: 0,
        action,
        manifest_sha256: tree.sha256,
        rules: rules.clone(),
        written,
        warnings: tree.warnings(),
    }
}
