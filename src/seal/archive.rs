//! Signing a collection of an archive: a new serial, or a further signature over the present one.
//!
//! The folder `manifests/<collection>` is prepared beside its place and swapped in as a whole, so
//! a run that dies leaves either the old state or the new one. Of several collections none is
//! touched before every one of them is ready to be signed.

use super::evidence::{self, Context, Names};
use super::reading::{self, Keep, Reading, Seen};
use super::tree_manifest::{self, TreeManifest, default_ignore};
use super::{Action, SealError, Signed, name};
use crate::digest;
use crate::envelope::bundle::{self, Content};
use crate::envelope::dsse::Envelope;
use crate::envelope::predicate::{self, ManifestPredicate, PREDICATE_TYPE};
use crate::envelope::statement::{self, PAYLOAD_TYPE, Subject};
use crate::finding::{Code, Coded, Finding};
use crate::fs::{FileId, FsError, Root, Staging};
use crate::limits;
use crate::manifest::NAME as MANIFEST;
use crate::path::RelPath;
use crate::policy::{Moment, Policy, RevocationReason, Signer};
use crate::state::stamps::Signing;
use crate::state::{Journal, Known};
use crate::time::Time;
use crate::tree::{Ignore, Progress, Rules, SymlinkRule};
use std::collections::BTreeSet;
use std::path::Path;

/// What to sign in an archive.
pub struct ArchiveSigning<'a> {
    /// The archive's folder, by name (for writing).
    pub path: &'a Path,
    /// The archive's folder, open (for reading).
    pub root: &'a Root,
    /// Its policy.
    pub policy: &'a Policy,
    /// The collection.
    pub collection: &'a str,
    /// Patterns beside the built-in ones; `None` keeps those of the present statement.
    pub ignore: Option<Vec<String>>,
    /// The rule for symbolic links; `None` keeps that of the present statement.
    pub symlinks: Option<SymlinkRule>,
    /// What is remembered of the files; `None` remembers nothing and reads everything.
    pub keep: Option<Keep>,
}

/// How many collections are prepared on disk before they are put in their places: each holds a
/// few descriptors meanwhile.
const AT_ONCE: usize = 64;

/// The statement that is there already.
struct Present {
    envelope: Envelope,
    predicate: ManifestPredicate,
    /// SHA-256 of the manifest that the statement is about.
    manifest_sha256: Option<[u8; 32]>,
    /// The policy's signers whose signature over this payload holds, as places in its list.
    signed_by: BTreeSet<usize>,
    /// Whether one of those who may sign this collection, and whose key is not known to be in
    /// other hands, stands behind it: then its rules are taken over.
    believed: bool,
}

/// What is to be written for one collection, once all are known to be signed.
struct Plan<'a> {
    job: &'a ArchiveSigning<'a>,
    /// The folder as it was when it was read; held open, so that no other can pass for it.
    evidence: Option<Root>,
    files: Vec<(String, Vec<u8>)>,
    /// The serial under which the present files are kept from now on.
    retire: Option<u64>,
    signed: Signed,
    /// What was read, to be remembered once it is signed.
    seen: Option<Seen>,
    /// What was read before it was signed; of no use afterwards.
    journal: Option<Journal>,
}

/// Signs collections, all of them or none: one that cannot be signed leaves the others alone.
/// More than 64 changed ones are put in place 64 at a time, and then a failure of the disk can
/// come between.
///
/// # Errors
/// Findings that say why nothing was signed; then nothing was written. When the disk fails while
/// several collections are put in place, notes name those that are there already.
pub fn sign_collections(
    jobs: &[ArchiveSigning],
    context: &Context,
    progress: &dyn Progress,
) -> Result<Vec<Signed>, Vec<Finding>> {
    let (mut plans, mut findings) = (Vec::new(), Vec::new());
    for job in jobs {
        let evidence =
            open_evidence(job).map_err(|error| vec![finding(&error, folder_of(job).as_bytes())])?;
        let before = evidence.as_ref().map(Root::id);
        match plan(job, evidence, context, progress) {
            Ok(plan) => plans.push(plan),
            // Another run took the folder away while it was read; what was missing then is not.
            Err(_) if !still_there(job, before) => {
                findings.push(finding(&FsError::Changed.into(), folder_of(job).as_bytes()));
            }
            Err(more) => findings.extend(more),
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut done: Vec<Signed> = Vec::new();
    let (mut idle, mut busy): (Vec<Plan>, Vec<Plan>) =
        plans.into_iter().partition(|plan| plan.files.is_empty());
    for group in busy.chunks_mut(AT_ONCE) {
        let staged = group.iter().map(stage).collect::<Result<Vec<Staging>, Finding>>();
        let staged = staged.map_err(|finding| after(&done, finding))?;
        for (plan, staging) in group.iter_mut().zip(staged) {
            staging.commit().map_err(|error| after(&done, unwritten(plan, &error.into())))?;
            done.push(remembered(plan, context));
        }
    }
    done.extend(idle.iter_mut().map(|plan| remembered(plan, context)));
    let place = |signed: &Signed| {
        jobs.iter().position(|job| job.collection.as_bytes() == signed.scope.as_slice())
    };
    done.sort_by_key(place);
    Ok(done)
}

/// What was signed, once that is remembered for the next signing.
fn remembered(plan: &mut Plan, context: &Context) -> Signed {
    let mut signed = plan.signed.clone();
    signed.warnings.extend(plan.journal.take().and_then(Journal::finish));
    if let (Some(keep), Some(seen)) = (&plan.job.keep, &plan.seen) {
        let signing = Signing {
            archive: plan.job.policy.id.clone(),
            collection: plan.job.collection.to_owned(),
            serial: signed.serial,
            began: context.now,
        };
        let shown = format!("{}/", plan.job.collection);
        signed.warnings.extend(seen.remember(keep, &signing, shown.as_bytes()));
    }
    signed
}

fn unwritten(plan: &Plan, error: &SealError) -> Finding {
    finding(error, folder_of(plan.job).as_bytes())
}

fn after(done: &[Signed], failure: Finding) -> Vec<Finding> {
    let note = |signed: &Signed| {
        let message = "was signed before the failure, and stays so";
        Finding::note(failure.code, message).at(signed.scope.clone())
    };
    let notes: Vec<Finding> = done.iter().map(note).collect();
    [vec![failure], notes].concat()
}

fn folder_of(job: &ArchiveSigning) -> String {
    format!("manifests/{}/", job.collection)
}

/// Finds out what signing one collection means; writes nothing.
fn plan<'a>(
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
        let own = journal.as_ref().and_then(Journal::id);
        let place = (shown.as_bytes(), own);
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

fn finding(error: &SealError, shown: &[u8]) -> Finding {
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

fn open_evidence(job: &ArchiveSigning) -> Result<Option<Root>, SealError> {
    match job.root.subroot(&name(&format!("manifests/{}", job.collection))?) {
        Ok(root) => Ok(Some(root)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether the folder is the one that was opened before.
fn still_there(job: &ArchiveSigning, before: Option<FileId>) -> bool {
    open_evidence(job).is_ok_and(|now| now.as_ref().map(Root::id) == before)
}

fn read_optional(root: &Root, file: &str, limit: u64) -> Result<Option<Vec<u8>>, SealError> {
    match root.read(&name(file)?, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn envelope_of(bytes: &[u8]) -> Result<Envelope, SealError> {
    match bundle::parse(bytes).map_err(SealError::PresentBundle)?.content {
        Content::Dsse(envelope) => Ok(envelope),
        Content::Message { .. } => Err(SealError::NoStatement),
    }
}

fn read_present(root: &Root, job: &ArchiveSigning) -> Result<Option<Present>, SealError> {
    let names = Names::of(MANIFEST);
    let Some(bytes) = read_optional(root, &names.bundle, limits::ENVELOPE_BYTES)? else {
        return if signed_before(root)? { Err(SealError::PresentMissing) } else { Ok(None) };
    };
    let envelope = envelope_of(&bytes)?;
    let statement = statement::parse(&envelope.payload).map_err(SealError::PresentStatement)?;
    if statement.predicate_type != PREDICATE_TYPE {
        return Err(SealError::PresentType);
    }
    let predicate =
        predicate::from_value(&statement.predicate).map_err(SealError::PresentPredicate)?;
    let claims = (predicate.archive.as_deref(), predicate.collection.as_deref());
    if claims != (Some(job.policy.id.as_str()), Some(job.collection)) {
        return Err(SealError::PresentScope);
    }
    let signed_by = signers_of(root, &envelope, job.policy)?;
    let believed = believed(job, &signed_by).ok_or(SealError::PresentUnsigned)?;
    let manifest_sha256 = statement.subjects.first().and_then(Subject::sha256);
    Ok(Some(Present { envelope, predicate, manifest_sha256, signed_by, believed }))
}

/// Whether there is anything that only a signing leaves.
fn signed_before(root: &Root) -> Result<bool, SealError> {
    let entries = root.list(None)?;
    Ok(entries.iter().any(|entry| entry.name == b"history" || is_bundle(&entry.name)))
}

fn is_bundle(name: &[u8]) -> bool {
    name.strip_prefix(MANIFEST.as_bytes())
        .is_some_and(|rest| rest.starts_with(b".") && rest.ends_with(b".sigstore.json"))
}

/// `None` when none of these signers may sign the collection: whoever wrote the statement then
/// must not decide what is left out from now on, nor what stands in the chain. Else whether one
/// of them is not known to be compromised. Being retired or expired does not matter.
fn believed(job: &ArchiveSigning, signed_by: &BTreeSet<usize>) -> Option<bool> {
    let trust = &job.policy.trust;
    let mut may = signed_by
        .iter()
        .filter(|place| trust.rules_for(job.collection).any(|rule| rule.signers.contains(place)))
        .filter_map(|&place| trust.signers.get(place))
        .peekable();
    may.peek()?;
    let compromised = |signer: &Signer| {
        signer.revoked.is_some_and(|revoked| revoked.reason == RevocationReason::Compromised)
    };
    Some(!may.all(compromised))
}

/// The policy's signers whose bundles hold a good signature over this payload.
fn signers_of(
    root: &Root,
    primary: &Envelope,
    policy: &Policy,
) -> Result<BTreeSet<usize>, SealError> {
    let mut places = BTreeSet::new();
    for entry in root.list(None)? {
        if !is_bundle(&entry.name) {
            continue;
        }
        let path = RelPath::new(&entry.name).map_err(SealError::Path)?;
        let envelope = envelope_of(&root.read(&path, limits::ENVELOPE_BYTES)?)?;
        if envelope.payload != primary.payload || envelope.payload_type != PAYLOAD_TYPE {
            continue;
        }
        let signers = policy.trust.signers.iter().enumerate();
        let good = signers.filter(|(_, signer)| !envelope.verified_by(&signer.key).is_empty());
        places.extend(good.map(|(place, _)| place));
    }
    Ok(places)
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

impl Present {
    /// Whether the key of this run stands behind it already.
    fn has_signed(&self, job: &ArchiveSigning, context: &Context) -> bool {
        let signers = &job.policy.trust.signers;
        let own = |signer: &Signer| signer.key == *context.key.public();
        self.signed_by.iter().any(|place| signers.get(*place).is_some_and(own))
    }

    /// Whether these are the bytes of the manifest that the statement is about.
    fn is_about(&self, manifest: &[u8]) -> bool {
        self.manifest_sha256 == Some(digest::sha256(manifest))
    }
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
        serial: 1,
        previous: None,
        files: tree.files,
        bytes: tree.total,
        merkle_root: tree.merkle_root,
        merkle_size: tree.files,
        ignore: rules.ignore.patterns().to_vec(),
        symlinks: rules.symlinks.as_str().to_owned(),
        listed_only: false,
        not_read: 0,
        claimed_time,
        tool: tool.to_owned(),
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

/// Prepares a folder with the plan's files, what was there before, and the history. With
/// `retire` the present files move to `history/<retire>/`; without it they stay unless written
/// anew.
fn stage(plan: &Plan) -> Result<Staging, Finding> {
    stage_folder(plan).map_err(|error| unwritten(plan, &error))
}

fn stage_folder(plan: &Plan) -> Result<Staging, SealError> {
    let Plan { job, evidence, files, retire, .. } = plan;
    let parent = job.path.join("manifests");
    crate::fs::create_folder(&parent)?;
    let mut staging = Staging::begin(&parent, job.collection)?;
    // From here on no other run can swap this folder; what was read before must still be there.
    let present = open_evidence(job)?;
    if present.as_ref().map(Root::id) != evidence.as_ref().map(Root::id) {
        return Err(FsError::Changed.into());
    }
    let mut entries = evidence.as_ref().map_or(Ok(Vec::new()), |root| root.list(None))?;
    // The old history first: what is retired now goes into it.
    entries.sort_by_key(|entry| entry.name != b"history");
    for entry in entries {
        let from = RelPath::new(&entry.name).map_err(SealError::Path)?;
        if entry.name == b"history" {
            staging.adopt(&from, &from)?;
        } else if let Some(serial) = retire {
            let kept = name(&format!("history/{serial}"))?;
            staging.adopt(&from, &kept.join(&entry.name).map_err(SealError::Path)?)?;
        } else if !files.iter().any(|(file, _)| file.as_bytes() == entry.name) {
            staging.adopt(&from, &from)?;
        }
    }
    for (file, bytes) in files {
        staging.write(&name(file)?, bytes)?;
    }
    Ok(staging)
}
