//! What signing one collection of an archive means: a new statement about a changed tree, a further
//! signature over the present one, or nothing. Writes nothing.

use super::archive::{ArchiveSigning, Plan, folder_of};
use super::evidence::{self, Context, Names};
use super::present::{Present, read_present};
use super::reading::{self, Reading};
use super::stored::read_optional;
use super::tree_manifest::{self, TreeManifest, default_ignore};
use super::{Action, SealError, Signed, name};
use crate::digest;
use crate::envelope::predicate::ManifestPredicate;
use crate::finding::{Code, Coded, Finding};
use crate::fs::Root;
use crate::limits;
use crate::manifest::NAME as MANIFEST;
use crate::policy::{Moment, Signer};
use crate::state::{Journal, Known};
use crate::time::Time;
use crate::tree::{Ignore, Progress, Rules, SymlinkRule};

/// Finds out what signing one collection means; writes nothing.
pub(super) fn plan<'a>(
    job: &'a ArchiveSigning<'a>,
    evidence: Option<Root>,
    context: &Context,
    progress: &dyn Progress,
) -> Result<Plan<'a>, Vec<Finding>> {
    let signer = may_sign(job, context).map_err(|error| vec![finding(&error, b"")])?;
    let folder = folder_of(job);
    let present = match &evidence {
        Some(root) => {
            read_present(root, job).map_err(|error| vec![present_finding(&error, &folder)])?
        }
        None => None,
    };
    let shown = format!("{}/", job.collection);
    let rules = rules(job, present.as_ref()).map_err(|finding| vec![finding])?;
    let documents = name(job.collection)
        .and_then(|path| Ok(job.root.subroot(&path)?))
        .map_err(|error| vec![finding(&error, shown.as_bytes())])?;
    let (journal, lost) = journal(job, context, &documents, &rules).unzip();
    let read = |known| {
        let reading = Reading::with(known, journal.as_ref());
        let place = shown.as_bytes();
        let tree = tree_manifest::of_tree(&documents, &rules, place, &reading, progress)?;
        let empty = tree.entries.is_empty();
        let error = || vec![finding(&SealError::Empty, shown.as_bytes())];
        if empty { Err(error()) } else { Ok((tree, reading)) }
    };
    let (known, unused) = known(job, present.as_ref());
    let (mut tree, mut reading) = read(known)?;
    if let Some(present) = &present
        && !may_vouch(job, context, present, reading.reused())
        && same_tree(job, present, &tree, &rules)
    {
        (tree, reading) = read(Known::default())?;
    }
    let stored = evidence
        .as_ref()
        .map_or(Ok(None), |root| read_optional(root, MANIFEST, limits::MANIFEST_BYTES))
        .map_err(|error| vec![finding(&error, format!("{folder}{MANIFEST}").as_bytes())])?;
    let disbelieved = present.as_ref().is_some_and(|present| !present.believed);
    let planned = match present {
        Some(present) if same_tree(job, &present, &tree, &rules) => {
            let intact = stored.as_deref() == Some(&tree.bytes);
            add(job, context, (&tree, &rules), &present, signer, evidence, intact)
        }
        Some(present) if !stored.as_deref().is_some_and(|bytes| present.is_about(bytes)) => {
            let path = format!("{folder}{MANIFEST}");
            let error = SealError::PresentManifest { there: stored.is_some() };
            return Err(vec![finding(&error, path.as_bytes()).help(
                "restore it from a copy; kept as it is, the chain of statements would break here",
            )]);
        }
        present => {
            let not_read = reading.reused();
            renew(job, context, (&tree, not_read), &rules, present.as_ref(), evidence)
        }
    };
    let mut plan = planned.map_err(|error| vec![finding(&error, folder.as_bytes())])?;
    if disbelieved {
        plan.signed.warnings.push(disbelief(&folder));
    }
    plan.signed.warnings.extend(unused.into_iter().chain(lost.flatten()));
    plan.signed.continued = journal.as_ref().map_or(0, Journal::continued);
    plan.seen = job.keep.as_ref().map(|_| reading.seen(tree));
    plan.journal = journal;
    Ok(plan)
}

/// What need not be read again; and why nothing is known, where something was to be.
fn known(job: &ArchiveSigning, present: Option<&Present>) -> (Known, Option<Finding>) {
    let Some(keep) = job.keep.as_ref().filter(|keep| keep.reuse) else {
        return (Known::default(), None);
    };
    let signed = present.filter(|present| present.believed);
    let manifest = signed.and_then(|present| present.manifest_sha256);
    reading::known(keep, &job.policy.id, job.collection, manifest)
}

/// What an interrupted signing of this collection by these rules has read.
fn journal(
    job: &ArchiveSigning,
    context: &Context,
    documents: &Root,
    rules: &Rules,
) -> Option<(Journal, Option<Finding>)> {
    let keep = job.keep.as_ref()?;
    // Each signer vouches for what that signer read.
    let (id, collection, key) = (&job.policy.id, job.collection, context.key.public());
    let what = format!("sign sha256\narchive {id}\ncollection {collection}\nkey {key}\n");
    keep.journals.open(documents.id(), &reading::options(&what, rules))
}

/// Whether this key may stand behind the present statement after `reused` files were not read: it
/// must not say that more of them were read than this signer did read. A key that signed it before
/// adds nothing to it.
fn may_vouch(job: &ArchiveSigning, context: &Context, present: &Present, reused: u64) -> bool {
    let adds = !present.has_signed(job, context) || !context.also.is_empty();
    reused <= present.predicate.not_read || !adds
}

fn disbelief(folder: &str) -> Finding {
    let message = "is signed by a compromised key alone, so its rules were not taken over";
    Finding::warning(Code::Revoked, message)
        .at(format!("{folder}{MANIFEST}.sigstore.json"))
        .help("give the rules anew with --ignore and --symlinks if they are still wanted")
}

/// What an error says, with what to do where that is known; `shown` is where.
pub(super) fn finding(error: &SealError, shown: &[u8]) -> Finding {
    let finding = Finding::of(error as &dyn Coded);
    let finding = match error {
        SealError::UnknownSigner => {
            finding.help("add its public key to keys/policy.toml, then vidimus policy sign")
        }
        SealError::OutOfScope => finding
            .help("name the collection in a rule of keys/policy.toml, then vidimus policy sign"),
        SealError::Empty => finding.help("put the documents into the collection's folder first"),
        SealError::Files(_)
        | SealError::Path(_)
        | SealError::Sign(_)
        | SealError::KeyTime(_)
        | SealError::PresentBundle(_)
        | SealError::PresentStatement(_)
        | SealError::PresentPredicate(_)
        | SealError::PresentEnvelope(_)
        | SealError::NoStatement
        | SealError::PresentType
        | SealError::PresentScope
        | SealError::PresentUnsigned
        | SealError::PresentMissing
        | SealError::PresentManifest { .. }
        | SealError::Serial
        | SealError::PolicyVersion { .. }
        | SealError::Verifier(_)
        | SealError::Checkpoint(_)
        | SealError::Minisign(_)
        | SealError::Ssh(_)
        | SealError::Token(_)
        | SealError::PresentEvidence(_)
        | SealError::ForeignList
        | SealError::NoCommonFolder => finding,
    };
    if shown.is_empty() { finding } else { finding.at(shown) }
}

fn present_finding(error: &SealError, folder: &str) -> Finding {
    let path = format!("{folder}{MANIFEST}.sigstore.json");
    let finding = finding(error, path.as_bytes());
    if matches!(error, SealError::PresentUnsigned) {
        return finding.help(
            "restore it from a copy; if a former signer made it, name that key in a rule again, as retired",
        );
    }
    finding.help("restore it from a copy; signing over it would break the chain of statements")
}

fn may_sign<'a>(job: &ArchiveSigning<'a>, context: &Context) -> Result<&'a Signer, SealError> {
    let trust = &job.policy.trust;
    let index = trust
        .signers
        .iter()
        .position(|signer| signer.key == *context.key.public())
        .ok_or(SealError::UnknownSigner)?;
    let signer = trust.signers.get(index).ok_or(SealError::UnknownSigner)?;
    if !trust.rules_for(job.collection).any(|rule| rule.signers.contains(&index)) {
        return Err(SealError::OutOfScope);
    }
    signer.standing(Moment::unproven(context.now)).map_err(SealError::KeyTime)?;
    Ok(signer)
}

/// What was given; else what the present statement says, if it is believed; else the default.
fn rules(job: &ArchiveSigning, present: Option<&Present>) -> Result<Rules, Finding> {
    let present = present.filter(|present| present.believed);
    let patterns = match (&job.ignore, present) {
        (Some(more), _) => {
            let mut patterns = default_ignore();
            patterns
                .extend(more.iter().filter(|pattern| !default_ignore().contains(pattern)).cloned());
            patterns
        }
        (None, Some(present)) => present.predicate.ignore.clone(),
        (None, None) => default_ignore(),
    };
    let kept = present.and_then(|present| SymlinkRule::parse(&present.predicate.symlinks));
    let symlinks = job.symlinks.or(kept).unwrap_or(SymlinkRule::Refuse);
    let ignore = Ignore::new(&patterns).map_err(|error| Finding::of(&error))?;
    Ok(Rules { ignore, symlinks })
}

/// Whether the present statement says about this very tree what we would say, and nothing else.
/// Taken from it unseen are its place in the chain, its claimed time, its tool, and how many files
/// were not read for it.
fn same_tree(job: &ArchiveSigning, present: &Present, tree: &TreeManifest, rules: &Rules) -> bool {
    let theirs = &present.predicate;
    let ours = ManifestPredicate {
        serial: theirs.serial,
        previous: theirs.previous,
        not_read: theirs.not_read,
        ..predicate(job, tree, rules, theirs.claimed_time, &theirs.tool)
    };
    present.believed
        && evidence::is_ours(&present.envelope.payload, Some(job.collection), tree, &ours)
}

/// The first statement of a collection.
fn predicate(
    job: &ArchiveSigning,
    tree: &TreeManifest,
    rules: &Rules,
    claimed_time: Time,
    tool: &str,
) -> ManifestPredicate {
    ManifestPredicate {
        archive: Some(job.policy.id.clone()),
        collection: Some(job.collection.to_owned()),
        ..tree.first_statement(rules, claimed_time, tool)
    }
}

/// A second signer signs the same payload bytes into a bundle of its own. A manifest that was
/// lost or changed since is written again: the tree still gives the very bytes that were signed.
fn add<'a>(
    job: &'a ArchiveSigning<'a>,
    context: &Context,
    (tree, rules): (&TreeManifest, &Rules),
    present: &Present,
    signer: &Signer,
    evidence: Option<Root>,
    intact: bool,
) -> Result<Plan<'a>, SealError> {
    let names = Names::of(MANIFEST);
    let payload = &present.envelope.payload;
    let read = |file: &str| {
        let root = evidence.as_ref();
        root.map_or(Ok(None), |root| read_optional(root, file, limits::ENVELOPE_BYTES))
    };
    let mut files = Vec::new();
    if !intact {
        files.push((names.manifest.clone(), tree.bytes.clone()));
    }
    let new = !present.has_signed(job, context);
    if new {
        files.push((
            format!("{MANIFEST}.{}.sigstore.json", signer.name),
            evidence::bundle(payload, context.key)?,
        ));
        let checkpoint = evidence::checkpoint(
            tree,
            &present.predicate,
            read(&names.checkpoint)?.as_deref(),
            context.key,
        )?;
        files.push((names.checkpoint.clone(), checkpoint));
    }
    files.extend(evidence::also(&names, tree, payload, read(&names.dsse)?.as_deref(), context)?);
    let action = if new { Action::Added } else { Action::Nothing };
    let signed = signed(job, tree, rules, &present.predicate, action, &files);
    Ok(Plan { job, evidence, files, retire: None, signed, seen: None, journal: None })
}

fn signed(
    job: &ArchiveSigning,
    tree: &TreeManifest,
    rules: &Rules,
    predicate: &ManifestPredicate,
    action: Action,
    files: &[(String, Vec<u8>)],
) -> Signed {
    let written = |(file, _): &(String, Vec<u8>)| format!("{}{file}", folder_of(job)).into_bytes();
    Signed {
        scope: job.collection.as_bytes().to_vec(),
        serial: predicate.serial,
        files: tree.files,
        bytes: tree.total,
        not_read: predicate.not_read,
        continued: 0,
        action,
        manifest_sha256: tree.sha256,
        rules: rules.clone(),
        written: files.iter().map(written).collect(),
        warnings: tree.warnings(),
    }
}

/// A changed tree gets the next serial; what was signed before moves to `history/<serial>/`.
fn renew<'a>(
    job: &'a ArchiveSigning<'a>,
    context: &Context,
    (tree, not_read): (&TreeManifest, u64),
    rules: &Rules,
    present: Option<&Present>,
    evidence: Option<Root>,
) -> Result<Plan<'a>, SealError> {
    let names = Names::of(MANIFEST);
    let serial = match present {
        Some(present) => present.predicate.serial.checked_add(1).ok_or(SealError::Serial)?,
        None => 1,
    };
    let predicate = ManifestPredicate {
        serial,
        previous: present.map(|present| digest::sha256(&present.envelope.payload)),
        not_read,
        ..predicate(job, tree, rules, context.now, context.tool)
    };
    let payload =
        evidence::payload(MANIFEST, Some(job.collection), tree, &predicate, context.file_subjects);
    let mut files = vec![
        (names.manifest.clone(), tree.bytes.clone()),
        (names.bundle.clone(), evidence::bundle(&payload, context.key)?),
    ];
    let checkpoint = evidence::checkpoint(tree, &predicate, None, context.key)?;
    files.push((names.checkpoint.clone(), checkpoint));
    files.extend(evidence::also(&names, tree, &payload, None, context)?);
    let retire = present.map(|present| present.predicate.serial);
    let signed = signed(job, tree, rules, &predicate, Action::New, &files);
    Ok(Plan { job, evidence, files, retire, signed, seen: None, journal: None })
}
