//! A pack: one file of a collection with everything that proves it, laid out so that it verifies
//! alone, and so that the single pieces can be checked with common tools.
//!
//! ```text
//! FILE                              the document
//! evidence/FILE.tlog-proof          its line, the hashes, the signed checkpoint
//! evidence/SHA256SUMS.*             bundles, log proofs, further evidence of the collection
//! evidence/keys/                    the policy with its signature, its versions, its key files
//! evidence/openssl/                 what was signed and by which key, as plain files
//! ```
//! Nothing is judged here: whoever makes a pack verifies it afterwards.

use crate::envelope::bundle::{self, Content};
use crate::envelope::dsse;
use crate::finding::{Code, Finding};
use crate::fs::{DirEntry, EntryKind, FsError, Root, Staging};
use crate::key::{PublicKey, public_pem};
use crate::limits;
use crate::manifest::NAME as MANIFEST;
use crate::path::RelPath;
use crate::policy::{self, Policy};
use crate::timestamp::Certificate;
use std::path::Path;

/// The page in plain words, which is made after the pack was verified.
pub const PAGE: &str = "READ-ME-FIRST.html";

/// What goes into a pack.
pub struct Packing<'a> {
    /// The archive.
    pub root: &'a Root,
    /// Its policy.
    pub policy: &'a Policy,
    /// The collection of the file.
    pub collection: &'a str,
    /// The file, in the archive.
    pub file: &'a RelPath,
    /// The proof of the file.
    pub proof: &'a [u8],
}

/// Makes the folder `place`, which must not be there yet. `page` is given the folder in the making
/// and the names of its files, and says what stands on the page [`PAGE`]; all of it appears at once.
///
/// # Errors
/// The findings that say why there is no pack; then nothing was written.
pub fn write_pack(
    place: &Path,
    packing: &Packing<'_>,
    page: &mut dyn FnMut(&Root, &[String]) -> Result<String, Vec<Finding>>,
) -> Result<(), Vec<Finding>> {
    let shown = place.as_os_str().as_encoded_bytes();
    let failed = |error: FsError| vec![Finding::of(&error).at(shown)];
    if crate::fs::kind_named(place).map_err(failed)?.is_some() {
        return Err(failed(FsError::Exists));
    }
    let files = collect(packing).map_err(|finding| vec![*finding])?;
    free(&files, packing.file).map_err(|finding| vec![*finding])?;
    let parent = match place.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    let name = place.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| failed(FsError::Path(crate::path::PathError::Parent)))?;
    crate::fs::create_folder(parent).map_err(failed)?;
    let mut staging = Staging::begin(parent, name).map_err(failed)?;
    for (path, bytes) in &files {
        staging.write(path, bytes).map_err(failed)?;
    }
    let names = files.iter().map(|(path, _)| String::from_utf8_lossy(path.as_bytes()).into_owned());
    let text = page(staging.staged(), &names.collect::<Vec<_>>())?;
    let page = path(PAGE.as_bytes()).map_err(|finding| vec![*finding])?;
    staging.write(&page, text.as_bytes()).map_err(failed)?;
    staging.commit().map_err(failed)
}

type Files = Vec<(RelPath, Vec<u8>)>;

fn collect(packing: &Packing<'_>) -> Result<Files, Box<Finding>> {
    let document = read(packing.root, packing.file, limits::WHOLE_FILE_BYTES)?;
    let name = packing.file.name();
    let mut files = vec![
        (path(name)?, document),
        (path(&[b"evidence/", name, b".tlog-proof"].concat())?, packing.proof.to_vec()),
    ];
    let folder = format!("manifests/{}", packing.collection);
    for entry in list(packing.root, &folder)? {
        if is_evidence(&entry) {
            let from = path(&[folder.as_bytes(), b"/", &entry].concat())?;
            let bytes = read(packing.root, &from, limits::ENVELOPE_BYTES)?;
            files.extend(plain_pieces(&entry, &bytes, packing.policy)?);
            files.push((path(&[b"evidence/", entry.as_slice()].concat())?, bytes));
        }
    }
    let roots = packing.policy.time.authorities.iter().flat_map(|authority| &authority.roots);
    let roots: String = roots.map(Certificate::to_pem).collect();
    if !roots.is_empty() {
        files.push((path(b"evidence/openssl/time-authorities.pem")?, roots.into_bytes()));
    }
    files.extend(keys(packing)?);
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(files)
}

/// Refuses a document whose name, or that of its proof, is one that the pack itself needs: of two
/// files of one name there would be one, and nobody could say which.
fn free(files: &Files, file: &RelPath) -> Result<(), Box<Finding>> {
    let own = file.name();
    let taken = own == PAGE.as_bytes()
        || own == b"evidence"
        || is_evidence(&[own, b".tlog-proof"].concat());
    let twice = files.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one == other));
    if !taken && !twice {
        return Ok(());
    }
    let message = "has a name that the pack needs for a file of its own";
    let finding = Finding::error(Code::Unsupported, message).at(file.as_bytes());
    Err(Box::new(finding.help("vidimus prove FILE --out PROOF writes its proof alone")))
}

/// What lies beside a manifest and proves something about the statement.
fn is_evidence(name: &[u8]) -> bool {
    let ends =
        [&b".sigstore.json"[..], b".sigstore.json.tlog-proof", b".evidence.json", b".intoto.json"];
    name.strip_prefix(MANIFEST.as_bytes())
        .is_some_and(|rest| rest.starts_with(b".") && ends.iter().any(|end| rest.ends_with(end)))
}

/// The policy, its signature, its older versions and its key files.
fn keys(packing: &Packing<'_>) -> Result<Files, Box<Finding>> {
    let mut names =
        vec![policy::PATH.to_owned(), format!("{}{}", policy::PATH, policy::SIGNATURE_SUFFIX)];
    names.extend(packing.policy.key_files.iter().map(|file| format!("keys/{file}")));
    names.extend(kept_versions(packing.root)?);
    names.sort_unstable();
    names.dedup();
    let mut files = Vec::new();
    for name in names {
        let from = path(name.as_bytes())?;
        let bytes = read(packing.root, &from, limits::ENVELOPE_BYTES)?;
        files.push((path(format!("evidence/{name}").as_bytes())?, bytes));
    }
    Ok(files)
}

/// The files of the older versions; the key files of one may lie in folders of their own.
fn kept_versions(root: &Root) -> Result<Vec<String>, Box<Finding>> {
    let history = "keys/history";
    let (mut pending, mut files) = (vec![history.to_owned()], Vec::new());
    while let Some(folder) = pending.pop() {
        for entry in entries(root, &folder)? {
            let name = format!("{folder}/{}", String::from_utf8_lossy(&entry.name));
            if entry.kind == EntryKind::Folder {
                pending.push(name);
            } else if folder != history {
                files.push(name);
            }
        }
    }
    Ok(files)
}

/// A bundle's signed bytes, signature, key and timestamps as files of their own, as `openssl`
/// wants them. A bundle of another kind, or of nobody whom the policy names, has none.
fn plain_pieces(name: &[u8], bytes: &[u8], policy: &Policy) -> Result<Files, Box<Finding>> {
    let Ok(bundle) = bundle::parse(bytes) else { return Ok(Vec::new()) };
    let Content::Dsse(envelope) = &bundle.content else { return Ok(Vec::new()) };
    let signers = policy.trust.signers.iter();
    let signer =
        signers.map(|signer| &signer.key).find(|key| !envelope.verified_by(key).is_empty());
    let (Some(signature), Some(key)) = (envelope.signatures.first(), signer) else {
        return Ok(Vec::new());
    };
    let stem = name.strip_suffix(b".sigstore.json").unwrap_or(name);
    let place = |end: &str| path(&[b"evidence/openssl/", stem, end.as_bytes()].concat());
    let mut files = vec![
        (place(".signed")?, dsse::pae(&envelope.payload_type, &envelope.payload)),
        (place(".signature")?, signature.sig.clone()),
        (place(".key.pem")?, pem(key)),
    ];
    for (number, token) in (1..).zip(&bundle.timestamps) {
        files.push((place(&format!(".{number}.tsr"))?, token.clone()));
    }
    Ok(files)
}

fn pem(key: &PublicKey) -> Vec<u8> {
    public_pem(key).into_bytes()
}

fn path(bytes: &[u8]) -> Result<RelPath, Box<Finding>> {
    RelPath::new(bytes).map_err(|error| Box::new(Finding::of(&error).at(bytes)))
}

fn read(root: &Root, file: &RelPath, limit: u64) -> Result<Vec<u8>, Box<Finding>> {
    root.read(file, limit).map_err(|error| Box::new(Finding::of(&error).at(file.as_bytes())))
}

/// The names in a folder; none where it is not there.
fn list(root: &Root, folder: &str) -> Result<Vec<Vec<u8>>, Box<Finding>> {
    Ok(entries(root, folder)?.into_iter().map(|entry| entry.name).collect())
}

/// What is in a folder; nothing where it is not there.
fn entries(root: &Root, folder: &str) -> Result<Vec<DirEntry>, Box<Finding>> {
    match root.list(Some(&path(folder.as_bytes())?)) {
        Ok(entries) => Ok(entries),
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        Err(error) => Err(Box::new(Finding::of(&error).at(folder))),
    }
}
