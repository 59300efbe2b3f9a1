//! `vidimus prove --pack`: a folder for somebody who has neither the archive nor this program's
//! documentation, and a page in plain words.
//!
//! The page says what verifying the pack itself said, a moment after it was made.

use super::context::Context;
use super::prove::Proven;
use super::{Result, Run};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use vidimus::codec::hex;
use vidimus::digest;
use vidimus::finding::{Finding, Outcome};
use vidimus::fs::{self, Root};
use vidimus::path::RelPath;
use vidimus::report::{self, PackPage};
use vidimus::seal::{self, PAGE, Packing};
use vidimus::time::Time;
use vidimus::verify::{Archive, PolicySource, Single};

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
    let sha256 = hex::encode(&digest::sha256(&proven.policy_bytes));
    let name = String::from_utf8_lossy(proven.file.name()).into_owned();
    let (mut checked, mut files) = (Outcome::default(), Vec::new());
    seal::write_pack(place, &packing, &mut |staged, names| {
        checked = verified(staged, proven, &proof, now)?;
        files = names.to_vec();
        Ok(report::pack_page(&PackPage {
            file: &name,
            archive: &proven.policy.id,
            policy_sha256: &sha256,
            files: names,
            made: now,
            outcome: &checked,
        }))
    })?;
    let shown = report::escape::path(place.as_os_str().as_bytes());
    let text = format!(
        "wrote {shown}/: {} files and {PAGE}\nverified as its receiver will: {}\n\
         its statement may name other files; sign --no-file-subjects avoids that\n",
        files.len(),
        checked.exit().verdict().as_str()
    );
    let mut outcome = Outcome { findings: checked.findings, ..Outcome::default() };
    outcome.details.push(("written", files.into()));
    outcome.details.push(("policy_sha256", sha256.into()));
    Ok(Run::data(text, outcome))
}

/// What verifying the pack says, with the policy pinned as it is in the archive now.
fn verified(staged: &Root, proven: &Proven, proof: &[u8], now: Time) -> Result<Outcome> {
    let name = proven.file.name();
    let open = |path: &[u8]| RelPath::new(path).map_err(|error| vec![Finding::of(&error).at(path)]);
    let at = |error: fs::FsError| vec![Finding::of(&error).at(name)];
    let root = staged.subroot(&open(b"evidence")?).map_err(at)?;
    let file = staged.open_file(&open(name)?).map_err(at)?;
    let archive = Archive {
        root: &root,
        source: PolicySource::Hash(digest::sha256(&proven.policy_bytes)),
        keys: None,
        only: None,
        require_pinned: false,
        at: (now, false),
        rows: true,
        memory: &|_| Ok(None),
    };
    let proof_shown = [b"evidence/", name, b".tlog-proof"].concat();
    let (outcome, _nothing_learned) = archive.verify_single(Single {
        file,
        file_shown: name,
        proof,
        proof_shown: &proof_shown,
        folder: &root,
        folder_shown: b"evidence/",
    });
    Ok(outcome)
}
