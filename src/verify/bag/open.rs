//! The tag files of a bag that say what is to be checked: each read once, and hashed from the
//! bytes that were read.

use crate::digest::{self, Algorithm, Digest};
use crate::finding::{Code, Finding, Outcome};
use crate::fs::{DirEntry, FsError, Root};
use crate::limits;
use crate::manifest::bagit::{
    BagError, DECLARATION_BYTES, Declaration, Encoding, FetchLine, Line, read_fetch, read_payload,
    read_tags,
};
use crate::path::RelPath;
use crate::tree::TreeFile;

/// A manifest of a bag, read.
pub(super) struct TagFile {
    /// Its name in the base folder.
    pub(super) name: RelPath,
    /// The algorithm in its name.
    pub(super) algorithm: Algorithm,
    /// Its lines.
    pub(super) lines: Vec<Line>,
}

/// A bag, as far as its tag files say what it is.
pub(super) struct Bag {
    /// What `bagit.txt` declares.
    pub(super) declaration: Declaration,
    /// Payload manifests, at least one, by name.
    pub(super) payload: Vec<TagFile>,
    /// Tag manifests, by name.
    pub(super) tags: Vec<TagFile>,
    /// The lines of `fetch.txt`.
    pub(super) fetch: Vec<FetchLine>,
    /// What the base folder has, by name.
    pub(super) entries: Vec<DirEntry>,
    /// The tag files read here, hashed with the algorithms of the tag manifests.
    pub(super) read: Vec<TreeFile>,
}

impl Bag {
    /// Reads the tag files; `None` after adding why not, when any of them was refused.
    pub(super) fn open(root: &Root, outcome: &mut Outcome) -> Option<Self> {
        match Reader::new(root, outcome) {
            Ok(reader) => reader.read(),
            Err(finding) => {
                outcome.push(*finding);
                None
            }
        }
    }
}

struct Reader<'a> {
    root: &'a Root,
    outcome: &'a mut Outcome,
    bag: Bag,
    algorithms: Vec<Algorithm>,
    refused: bool,
}

/// Which manifests a name can stand for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Payload,
    Tags,
}

impl<'a> Reader<'a> {
    fn new(root: &'a Root, outcome: &'a mut Outcome) -> Result<Self, Box<Finding>> {
        let entries = root.list(None).map_err(|error| Finding::of(&error).at("."))?;
        let algorithms = entries
            .iter()
            .filter_map(|entry| match manifest_name(&entry.name)? {
                (Sort::Tags, algorithm) => algorithm,
                (Sort::Payload, _) => None,
            })
            .collect();
        let declaration = Declaration { version: (1, 0), encoding: Encoding::Utf8 };
        let bag = Bag {
            declaration,
            payload: Vec::new(),
            tags: Vec::new(),
            fetch: Vec::new(),
            entries,
            read: Vec::new(),
        };
        let mut reader = Self { root, outcome, bag, algorithms, refused: false };
        reader.declaration()?;
        Ok(reader)
    }

    fn declaration(&mut self) -> Result<(), Box<Finding>> {
        let name = path(b"bagit.txt")?;
        let bytes = self.bytes(&name, DECLARATION_BYTES).map_err(|error| {
            if error.is_not_found() {
                let message = "no bagit.txt, so this folder is no bag";
                return Finding::error(Code::Malformed, message).at("bagit.txt");
            }
            Finding::of(&error).at("bagit.txt")
        })?;
        let declaration = Declaration::read(&bytes);
        self.bag.declaration = declaration.map_err(|error| refused(&error, &name))?;
        Ok(())
    }

    fn read(mut self) -> Option<Bag> {
        let names: Vec<Vec<u8>> = self.bag.entries.iter().map(|entry| entry.name.clone()).collect();
        for name in names {
            match manifest_name(&name) {
                Some((sort, Some(algorithm))) => {
                    self.keep(&name, |reader, path| reader.manifest(path, sort, algorithm));
                }
                Some((_, None)) => self.unsupported(&name),
                None if name == b"fetch.txt" => self.keep(&name, Self::fetch),
                None => {}
            }
        }
        if self.bag.payload.is_empty() && !self.refused {
            let message = "no payload manifest that can be checked";
            self.refuse(Finding::error(Code::Malformed, message).at("."));
        }
        (!self.refused).then_some(self.bag)
    }

    fn keep(
        &mut self,
        name: &[u8],
        read: impl FnOnce(&mut Self, RelPath) -> Result<(), Box<Finding>>,
    ) {
        if let Err(finding) = path(name).and_then(|path| read(self, path)) {
            self.refuse(*finding);
        }
    }

    fn refuse(&mut self, finding: Finding) {
        self.refused = true;
        self.outcome.push(finding);
    }

    /// Every manifest is asked for, so one that cannot be checked is an error; the others are
    /// checked nevertheless.
    fn unsupported(&mut self, name: &[u8]) {
        let message = "a manifest of a digest algorithm that is not supported";
        self.outcome.push(Finding::error(Code::Unsupported, message).at(name));
        let name = String::from_utf8_lossy(name);
        self.outcome.not_checked.push(format!("{name}: its digest algorithm is not supported"));
    }

    fn manifest(
        &mut self,
        name: RelPath,
        sort: Sort,
        algorithm: Algorithm,
    ) -> Result<(), Box<Finding>> {
        let read = match sort {
            Sort::Payload => read_payload,
            Sort::Tags => read_tags,
        };
        let lines = self.lines(&name, |text| read(text, algorithm))?;
        let file = TagFile { name, algorithm, lines };
        match sort {
            Sort::Payload => self.bag.payload.push(file),
            Sort::Tags => self.bag.tags.push(file),
        }
        Ok(())
    }

    fn fetch(&mut self, name: RelPath) -> Result<(), Box<Finding>> {
        self.bag.fetch = self.lines(&name, read_fetch)?;
        Ok(())
    }

    fn lines<T>(
        &mut self,
        name: &RelPath,
        read: impl FnOnce(&[u8]) -> Result<Vec<T>, BagError>,
    ) -> Result<Vec<T>, Box<Finding>> {
        let bytes = self
            .bytes(name, limits::MANIFEST_BYTES)
            .map_err(|error| Finding::of(&error).at(name.as_bytes()))?;
        let text = self.bag.declaration.encoding.decode(&bytes);
        let lines = text.and_then(|text| read(&text)).map_err(|error| refused(&error, name))?;
        Ok(lines)
    }

    fn bytes(&mut self, name: &RelPath, limit: u64) -> Result<Vec<u8>, FsError> {
        let bytes = self.root.read(name, limit)?;
        let digests: Vec<Digest> =
            self.algorithms.iter().map(|&algorithm| digest::of(algorithm, &bytes)).collect();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.bag.read.push(TreeFile {
            path: name.clone(),
            digests: digests.into(),
            bytes: length,
            reused: false,
        });
        Ok(bytes)
    }
}

fn refused(error: &BagError, name: &RelPath) -> Finding {
    Finding::of(error).at(name.as_bytes()).claimed_by(name.as_bytes(), error.line())
}

/// Whether a name is that of a manifest, and the algorithm in it if it is supported.
fn manifest_name(name: &[u8]) -> Option<(Sort, Option<Algorithm>)> {
    let stem = name.strip_suffix(b".txt")?;
    let (sort, algorithm) = match stem.strip_prefix(b"tagmanifest-") {
        Some(algorithm) => (Sort::Tags, algorithm),
        None => (Sort::Payload, stem.strip_prefix(b"manifest-")?),
    };
    Some((sort, std::str::from_utf8(algorithm).ok().and_then(Algorithm::parse)))
}

fn path(name: &[u8]) -> Result<RelPath, Box<Finding>> {
    RelPath::new(name).map_err(|error| Box::new(Finding::of(&error).at(name)))
}
