//! `vidimus prove --pack`: a folder for somebody who has neither the archive nor this program's
//! documentation, and a page in plain words.
//!
//! The page says what verifying the pack itself said, a moment after it was made.

use super::context::Context;
use super::prove::Proven;
use super::{Result, Run, verify};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use vidimus::codec::hex;
use vidimus::digest;
use vidimus::finding::{Finding, Outcome};
use vidimus::fs::{self, Root};
use vidimus::report::{self, PackPage};
use vidimus::seal::{self, PAGE, Packing};
use vidimus::time::Time;

/// Makes the pack, verifies it as its receiver will, and writes the page.
pub(super) fn write(place: &Path, proven: &Proven, now: Time, _context: &Context) -> Result {
    let proof = proven.proof.print();
    let packing = Packing {
        root: &proven.root,
        policy: &proven.policy,
        collection: &proven.collection,
        file: &proven.file,
        proof: &proof,
    };
    let files = seal::write_pack(place, &packing).map_err(|finding| vec![*finding])?;
    let sha256 = hex::encode(&digest::sha256(&proven.policy_bytes));
    let checked = verified(place, proven, &sha256, now)?;
    let name = String::from_utf8_lossy(proven.file.name()).into_owned();
    let page = report::pack_page(&PackPage {
        file: &name,
        archive: &proven.policy.id,
        policy_sha256: &sha256,
        files: &files,
        made: now,
        outcome: &checked,
    });
    let page_path = place.join(PAGE);
    fs::create_new(&page_path, page.as_bytes(), 0o644)
        .map_err(|error| vec![Finding::of(&error).at(page_path.as_os_str().as_bytes())])?;
    let shown = report::escape::path(place.as_os_str().as_bytes());
    let text = format!(
        "wrote {shown}/: {} files and {PAGE}\nverified as its receiver will: {}\n",
        files.len(),
        checked.exit().verdict().as_str()
    );
    let mut outcome = Outcome { findings: checked.findings, ..Outcome::default() };
    outcome.details.push(("written", files.into()));
    outcome.details.push(("policy_sha256", sha256.into()));
    Ok(Run::data(text, outcome))
}

/// What verifying the pack says, with the policy pinned as it is in the archive now.
fn verified(place: &Path, proven: &Proven, sha256: &str, now: Time) -> Result<Outcome> {
    let folder = place.join("evidence");
    let root = Root::open(&folder)
        .map_err(|error| vec![Finding::of(&error).at(folder.as_os_str().as_bytes())])?;
    let name = std::ffi::OsStr::from_bytes(proven.file.name());
    let mut proof = name.to_os_string();
    proof.push(".tlog-proof");
    verify::single(&verify::SingleFile {
        file: &place.join(name),
        proof: &folder.join(proof),
        root: &root,
        source: verify::pinned_to(sha256)?,
        keys: None,
        require_pinned: false,
        at: (now, false),
        state: None,
    })
}
