//! The other files of a bag: those that tag manifests list, and the names of the rest (RFC 8493
//! section 2.2.1 and 2.2.4).

use super::super::not_checked::named;
use super::compare;
use super::open::Bag;
use super::resolve::Union;
use crate::digest::Algorithm;
use crate::finding::{Code, Finding, Outcome};
use crate::fs::{EntryKind, Root};
use crate::path::RelPath;
use crate::tree::{Progress, Snapshot, hash_listed};
use std::collections::BTreeSet;

/// Checks what tag manifests list, and names the tag files that none lists.
pub(super) fn check(
    root: &Root,
    bag: &Bag,
    progress: &dyn Progress,
    rows: bool,
    outcome: &mut Outcome,
) {
    let there = |path: &RelPath| matches!(root.kind(path), Ok(Some(_)));
    let union = Union::new(&bag.tags, b"", bag.declaration, &there, outcome);
    if !union.entries.is_empty() {
        let found = hash(root, bag, &union, progress);
        compare(&bag.tags, &union, &found, b"", true, rows, outcome);
    }
    if bag.declaration.is_final() {
        required(bag, &union, outcome);
    }
    not_listed(root, bag, &union, outcome);
}

/// Hashes what is listed; the files that were read before keep the digests of those bytes.
fn hash(root: &Root, bag: &Bag, union: &Union, progress: &dyn Progress) -> Snapshot {
    let mut algorithms: Vec<Algorithm> =
        bag.tags.iter().map(|manifest| manifest.algorithm).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    let read: BTreeSet<&RelPath> = bag.read.iter().map(|file| &file.path).collect();
    let paths = union.entries.iter().map(|entry| &entry.path);
    let paths: Vec<RelPath> = paths.filter(|path| !read.contains(path)).cloned().collect();
    let mut found = hash_listed(root, &paths, &algorithms, progress);
    for file in bag.read.iter().filter(|file| union.has(&file.path)) {
        found.bytes = found.bytes.saturating_add(file.bytes);
        found.files.push(file.clone());
    }
    found.files.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Section 2.2.1: a tag manifest lists every payload manifest and no tag manifest.
fn required(bag: &Bag, union: &Union, outcome: &mut Outcome) {
    for (at, manifest) in bag.tags.iter().enumerate() {
        let listed = |name: &RelPath| {
            let entry = union.entries.binary_search_by(|entry| entry.path.cmp(name)).ok();
            let claims = entry.and_then(|entry| union.claims.get(entry));
            claims.is_some_and(|claims| claims.iter().any(|claim| claim.manifest == at))
        };
        let absent = bag.payload.iter().filter(|payload| !listed(&payload.name));
        let absent =
            absent.map(|file| (file, "a payload manifest that this tag manifest does not list"));
        let wrong = bag.tags.iter().filter(|tags| listed(&tags.name));
        let wrong = wrong.map(|file| (file, "a tag manifest that a tag manifest lists"));
        for (file, message) in absent.chain(wrong) {
            outcome.push(
                Finding::error(Code::Malformed, message)
                    .at(file.name.as_bytes())
                    .claimed_by(manifest.name.as_bytes(), None),
            );
        }
    }
}

/// Names the tag files that no tag manifest lists, which RFC 8493 allows, and says that nobody
/// interpreted `bag-info.txt`.
fn not_listed(root: &Root, bag: &Bag, union: &Union, outcome: &mut Outcome) {
    let mut names: Vec<Vec<u8>> = Vec::new();
    let mut folders: Vec<RelPath> = Vec::new();
    let here = bag.entries.iter().filter(|entry| entry.name != b"data");
    for (kind, path) in here.map(|entry| (entry.kind, RelPath::new(&entry.name))) {
        sort_out(kind, path, union, &mut names, &mut folders);
    }
    while let Some(folder) = folders.pop() {
        let Ok(entries) = root.list(Some(&folder)) else {
            names.push([folder.as_bytes(), b"/"].concat());
            continue;
        };
        for entry in entries {
            sort_out(entry.kind, folder.join(&entry.name), union, &mut names, &mut folders);
        }
    }
    names.sort_unstable();
    let what = ("tag file that no tag manifest lists", "tag files that no tag manifest lists");
    outcome.not_checked.extend(named(what, b"", names.iter().map(Vec::as_slice)));
    if bag.entries.iter().any(|entry| entry.name == b"bag-info.txt") {
        outcome.not_checked.push("bag-info.txt: what it says, Payload-Oxum included".to_owned());
    }
}

fn sort_out(
    kind: EntryKind,
    path: Result<RelPath, crate::path::PathError>,
    union: &Union,
    names: &mut Vec<Vec<u8>>,
    folders: &mut Vec<RelPath>,
) {
    match path {
        Ok(path) if kind == EntryKind::Folder => folders.push(path),
        Ok(path) if !union.has(&path) => names.push(path.as_bytes().to_vec()),
        Ok(_) | Err(_) => {}
    }
}
