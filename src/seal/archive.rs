//! Signing collections of an archive: each is planned (`plan`), and then all are put in their places.
//!
//! The folder `manifests/<collection>` is prepared beside its place and swapped in as a whole, so
//! a run that dies leaves either the old state or the new one. Of several collections none is
//! touched before every one of them is ready to be signed.

use super::evidence::Context;
use super::plan::{finding, plan};
use super::reading::{Keep, Seen};
use super::{SealError, Signed, name};
use crate::finding::Finding;
use crate::fs::{FileId, FsError, Root, Staging};
use crate::path::RelPath;
use crate::policy::Policy;
use crate::state::Journal;
use crate::state::stamps::Signing;
use crate::tree::{Progress, SymlinkRule};
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

/// What is to be written for one collection, once all are known to be signed.
pub(super) struct Plan<'a> {
    pub(super) job: &'a ArchiveSigning<'a>,
    /// The folder as it was when it was read; held open, so that no other can pass for it.
    pub(super) evidence: Option<Root>,
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// The serial under which the present files are kept from now on.
    pub(super) retire: Option<u64>,
    pub(super) signed: Signed,
    /// What was read, to be remembered once it is signed.
    pub(super) seen: Option<Seen>,
    /// What was read before it was signed; of no use afterwards.
    pub(super) journal: Option<Journal>,
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

/// The folder of the evidence, as shown.
pub(super) fn folder_of(job: &ArchiveSigning) -> String {
    format!("manifests/{}/", job.collection)
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
