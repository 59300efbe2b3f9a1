//! The payload of a bag: `data/` against every payload manifest, and `fetch.txt` (RFC 8493
//! sections 2.1.2, 2.1.3, 2.2.3 and 3).

use super::super::list::strict;
use super::compare;
use super::open::Bag;
use super::resolve::{Claim, Union, beneath};
use crate::digest::Algorithm;
use crate::finding::{Code, Evidence, Finding, Outcome};
use crate::fs::{FsError, Root};
use crate::manifest::names;
use crate::path::RelPath;
use crate::tree::{Progress, snapshot};
use std::collections::BTreeSet;

const FOLDER: &[u8] = b"data/";

/// Checks the payload.
pub(super) fn check(
    root: &Root,
    bag: &Bag,
    progress: &dyn Progress,
    rows: bool,
    outcome: &mut Outcome,
) {
    let data = match open(root) {
        Ok(data) => data,
        Err(finding) => {
            outcome.push(*finding);
            outcome.not_checked.push("the payload: data/ could not be read".to_owned());
            return;
        }
    };
    let mut algorithms: Vec<Algorithm> =
        bag.payload.iter().map(|manifest| manifest.algorithm).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    let found = snapshot(&data, &strict(), &algorithms, &[], progress);
    let troubled: BTreeSet<&[u8]> =
        found.problems.iter().map(|problem| problem.raw.as_slice()).collect();
    let there = |path: &RelPath| {
        let file = found.files.binary_search_by(|file| file.path.cmp(path));
        file.is_ok() || troubled.contains(path.as_bytes())
    };
    let union = Union::new(&bag.payload, FOLDER, bag.declaration, &there, outcome);
    if union.entries.is_empty() && found.files.is_empty() && found.problems.is_empty() {
        outcome.push(Finding::error(Code::Empty, "a bag without payload").at("data"));
        return;
    }
    let before = outcome.findings.len();
    compare(&bag.payload, &union, &found, FOLDER, false, rows, outcome);
    fetch(bag, &union, before, outcome);
    if bag.declaration.is_final() {
        gaps(bag, &union, &there, outcome);
    }
    collisions(&union, outcome);
}

fn open(root: &Root) -> Result<Root, Box<Finding>> {
    let name = RelPath::new(b"data").map_err(|error| Finding::of(&error))?;
    let open = |error: FsError| {
        let absent = "a bag without the folder data/";
        let absent = error.is_not_found().then(|| Finding::error(Code::Malformed, absent));
        absent.unwrap_or_else(|| Finding::of(&error)).at("data")
    };
    Ok(root.subroot(&name).map_err(open)?)
}

/// Section 2.1.3: every payload manifest lists every payload file.
fn gaps(bag: &Bag, union: &Union, there: &dyn Fn(&RelPath) -> bool, outcome: &mut Outcome) {
    for (entry, claims) in union.entries.iter().zip(&union.claims) {
        if claims.len() == bag.payload.len() || !there(&entry.path) {
            continue;
        }
        for manifest in absent(bag, claims) {
            let message = "there, but not listed by every payload manifest";
            outcome.push(
                Finding::error(Code::Unexpected, message)
                    .at([FOLDER, entry.path.as_bytes()].concat())
                    .claimed_by(manifest, None),
            );
        }
    }
}

fn absent<'a>(bag: &'a Bag, claims: &'a [Claim]) -> impl Iterator<Item = &'a [u8]> {
    let manifests = bag.payload.iter().enumerate();
    manifests.filter_map(|(at, manifest)| {
        let claimed = claims.iter().any(|claim| claim.manifest == at);
        (!claimed).then_some(manifest.name.as_bytes())
    })
}

/// Section 2.2.3: every file of `fetch.txt` is listed by a payload manifest. Those that are not
/// there are `missing` already; here they get the advice to fetch them.
fn fetch(bag: &Bag, union: &Union, from: usize, outcome: &mut Outcome) {
    let mut promised: BTreeSet<&[u8]> = BTreeSet::new();
    for line in &bag.fetch {
        let readings = [Some(&line.literal), line.decoded.as_ref()].into_iter().flatten();
        let listed = |path: &&RelPath| beneath(path, FOLDER).is_some_and(|path| union.has(&path));
        let mut listed = readings.filter(listed).peekable();
        if listed.peek().is_none() {
            let message = "to be fetched, but listed by no payload manifest";
            outcome.push(
                Finding::error(Code::Malformed, message)
                    .at(line.literal.as_bytes())
                    .claimed_by("fetch.txt", Some(line.line)),
            );
        }
        promised.extend(listed.map(RelPath::as_bytes));
    }
    for finding in outcome.findings.iter_mut().skip(from) {
        let path = finding.path.as_deref();
        if finding.code == Code::Missing && path.is_some_and(|path| promised.contains(path)) {
            let advice = "fetch.txt says where it can be had; Vidimus fetches nothing";
            finding.help = Some(advice.to_owned());
        }
    }
}

fn collisions(union: &Union, outcome: &mut Outcome) {
    let paths: Vec<&RelPath> = union.entries.iter().map(|entry| &entry.path).collect();
    for mut finding in names::collisions(&paths) {
        finding.path = finding.path.map(|path| [FOLDER, &path].concat());
        for (_, evidence) in &mut finding.evidence {
            if let Evidence::Path(path) = evidence {
                *path = [FOLDER, path.as_slice()].concat();
            }
        }
        outcome.push(finding);
    }
}
