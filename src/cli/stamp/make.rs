//! `vidimus stamp`: timestamps over the signatures of bundles.

use super::super::context::{Context, or_default};
use super::super::verify::open;
use super::super::{Result, usage};
use super::source::{Source, Stamping};
use clap::Args;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::finding::Finding;
use vidimus::fs::Root;
use vidimus::manifest::NAME as MANIFEST;
use vidimus::path::RelPath;
use vidimus::policy::Policy;
use vidimus::seal::{self, SealError, Stampable};
use vidimus::timestamp::Certificate;

#[derive(Args)]
pub(super) struct Make {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    source: Source,
    /// Stamp also what has a timestamp already
    #[arg(long)]
    again: bool,
}

/// Which bundles.
#[derive(Args)]
pub(super) struct What {
    /// Collections of the archive (default: all), or files *.sigstore.json
    #[arg(value_name = "COLLECTION|BUNDLE")]
    targets: Vec<PathBuf>,
    /// The archive's folder (default: this folder)
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
}

/// The bundles to stamp, and whose timestamps the policy believes.
pub(super) struct Found {
    /// Folder and name of each bundle.
    pub(super) bundles: Vec<(PathBuf, String)>,
    /// The roots of all authorities of the policy; none for bundles that were named.
    pub(super) roots: Vec<Certificate>,
}

impl What {
    /// Finds them. A target that ends in `.sigstore.json` is a file, any other a collection.
    pub(super) fn find(&self) -> Result<Found> {
        let is_file = |path: &&PathBuf| path.as_os_str().as_bytes().ends_with(b".sigstore.json");
        let files: Vec<&PathBuf> = self.targets.iter().filter(is_file).collect();
        if !files.is_empty() {
            if files.len() < self.targets.len() {
                return Err(vec![usage("give collections or bundles, not both")]);
            }
            let bundles = files.into_iter().map(|file| split(file)).collect::<Result<_>>()?;
            return Ok(Found { bundles, roots: Vec::new() });
        }
        self.in_archive()
    }

    fn in_archive(&self) -> Result<Found> {
        let path = or_default(self.archive.as_ref(), ".");
        let root = open(&path)?;
        let (policy, _) = Policy::load(&root).map_err(|finding| vec![*finding])?;
        let named: Vec<String> = self
            .targets
            .iter()
            .map(|target| target.to_string_lossy().trim_end_matches('/').to_owned())
            .collect();
        if let Some(other) = named.iter().find(|name| !policy.collections.contains(name)) {
            let finding = usage("is no collection that the policy lists").at(other.as_bytes());
            return Err(vec![finding]);
        }
        let collections = if named.is_empty() { policy.collections.clone() } else { named };
        let mut bundles = Vec::new();
        for collection in collections {
            let folder = path.join("manifests").join(&collection);
            beneath(&root, &collection).map_err(|error| vec![refused(&error, &folder)])?;
            let names = seal::bundles_in(&folder, MANIFEST)
                .map_err(|error| vec![refused(&error, &folder)])?;
            bundles.extend(names.into_iter().map(|name| (folder.clone(), name)));
        }
        let roots = policy.time.authorities.into_iter().flat_map(|authority| authority.roots);
        Ok(Found { bundles, roots: roots.collect() })
    }
}

/// Refuses a folder of evidence that is reached through a link: bundles are changed in it, and it
/// could be anywhere. A bundle that the user names himself may lie behind one.
fn beneath(root: &Root, collection: &str) -> std::result::Result<(), SealError> {
    let name = format!("manifests/{collection}");
    let name = RelPath::new(name.as_bytes()).map_err(SealError::Path)?;
    root.subroot(&name).map(drop).map_err(SealError::from)
}

fn split(file: &Path) -> Result<(PathBuf, String)> {
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        Some(_) | None => PathBuf::from("."),
    };
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| vec![usage("the name of a bundle is UTF-8")])?;
    Ok((folder, name.to_owned()))
}

pub(super) fn refused(error: &SealError, path: &Path) -> Finding {
    Finding::of(error).at(path.as_os_str().as_bytes())
}

impl Make {
    pub(super) fn run(&self, context: &Context) -> Result {
        let found = self.what.find()?;
        let (mut targets, mut left): (Vec<Stampable>, Vec<Stampable>) = (Vec::new(), Vec::new());
        for (folder, bundle) in &found.bundles {
            let target = seal::signature_of(folder, bundle)
                .map_err(|error| vec![refused(&error, &folder.join(bundle))])?;
            let wanted = self.again || target.present == 0 || self.source.is_offline();
            if wanted { targets.push(target) } else { left.push(target) }
        }
        Stamping { source: &self.source, roots: found.roots, left, word: "stamped" }
            .run(targets, context)
    }
}
