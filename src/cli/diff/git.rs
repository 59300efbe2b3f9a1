//! Called by git as its external diff: `path old-file old-hex old-mode new-file new-hex new-mode`,
//! and for a renamed file its new path and what git says of that.
//!
//! git takes every exit but 0 for a failure and stops there, so differences exit 0 here, unless
//! `--fail-on` asks for more (for `trustExitCode`). `/dev/null` stands for no file.

use super::super::{Format, Result, Run, usage};
use super::documents::Pair;
use super::{Wishes, heaviest, input, several};
use std::ffi::OsString;
use std::path::Path;
use vidimus::codec::hex;
use vidimus::compare::{Weight, compare};
use vidimus::digest::{self, Algorithm};
use vidimus::finding::{Exit, Finding};
use vidimus::report::diff::Status;
use vidimus::text::Document;
use vidimus::{fs, tree};

/// What git hands over.
pub(super) struct Called<'a> {
    old: &'a Path,
    new: &'a Path,
    /// The paths in the repository.
    paths: [String; 2],
    /// `a/path`, `b/path`, or `/dev/null`.
    labels: [String; 2],
}

impl<'a> Called<'a> {
    pub(super) fn of(path: &'a Path, old: &'a Path, rest: &'a [OsString]) -> Result<Self> {
        let (new, now) = match rest {
            [_, _, new, _, _] => (Path::new(new), path),
            [_, _, new, _, _, now] | [_, _, new, _, _, now, _] => (Path::new(new), Path::new(now)),
            _ => {
                let finding = usage(format!("{} arguments are too many", rest.len() + 2));
                return Err(vec![finding.help("give OLD and NEW; git gives 7 or 9 arguments")]);
            }
        };
        let paths = [path, now].map(|path| path.to_string_lossy().into_owned());
        let label = |side: &str, file: &Path, path: &str| {
            if is_absent(file) { ABSENT.to_owned() } else { format!("{side}/{path}") }
        };
        let labels = [label("a", old, &paths[0]), label("b", new, &paths[1])];
        Ok(Self { old, new, paths, labels })
    }
}

/// What stands for no file.
const ABSENT: &str = "/dev/null";

fn is_absent(file: &Path) -> bool {
    file == Path::new(ABSENT)
}

pub(super) fn run(called: &Called<'_>, asked: bool, wishes: &Wishes) -> Result {
    let [old, new] = [&called.old, &called.new].map(|path| read(path));
    let (data, weight) = match (old, new) {
        (Ok(old), Ok(new)) => texts(old, new, called, wishes),
        (old, new) => {
            let why = [("old", old.err()), ("new", new.err())];
            let why = why.into_iter().filter_map(|(side, why)| Some((side, why?)));
            let why: Vec<(&str, Finding)> = why.collect();
            if why.iter().any(|(_, finding)| !input::is_no_text(finding)) {
                return Err(why.into_iter().map(|(_, finding)| finding).collect());
            }
            by_digest(&why, called, wishes)?
        }
    };
    // git calls once a file, and nothing else parts one from the next.
    let data = if wishes.format == Format::Text { data + "\n" } else { data };
    let exit = if asked { wishes.exit(weight) } else { Exit::Done };
    Ok(Run::rendered(data, exit))
}

fn texts(
    old: Document,
    new: Document,
    called: &Called<'_>,
    wishes: &Wishes,
) -> (String, Option<Weight>) {
    let comparison = compare(old, new);
    let [old, new] = &called.labels;
    let data = wishes.render(&comparison, &wishes.shown(old, new));
    (data, heaviest(&comparison))
}

fn read(path: &Path) -> std::result::Result<Document, Finding> {
    if !is_absent(path) {
        return input::read(path);
    }
    Document::read(b"", b"").map_err(|error| Finding::error(input::code(&error), error.to_string()))
}

fn by_digest(
    why: &[(&str, Finding)],
    called: &Called<'_>,
    wishes: &Wishes,
) -> Result<(String, Option<Weight>)> {
    let [old, new] = [hash(called.old)?, hash(called.new)?];
    let (status, weight) = match (is_absent(called.old), is_absent(called.new), old == new) {
        (_, _, true) => (Status::Unchanged, None),
        (true, false, _) => (Status::Added, Some(Weight::Major)),
        (false, true, _) => (Status::Removed, Some(Weight::Major)),
        (_, _, false) => (Status::Changed, Some(Weight::Major)),
    };
    let [old_path, new_path] = called.paths.clone();
    let why: Vec<_> = why.iter().map(|(side, why)| format!("{side} {}", why.message)).collect();
    let pair = Pair {
        status,
        old: (!is_absent(called.old)).then_some((old_path, Some(old))),
        new: (!is_absent(called.new)).then_some((new_path, Some(new))),
        comparison: None,
        note: Some(format!("{}; compared by digest", why.join("; "))),
        exit: Exit::Done,
    };
    let [old, new] = &called.labels;
    Ok((several::render([old, new], &[pair], false, wishes), weight))
}

fn hash(path: &Path) -> Result<String> {
    if is_absent(path) {
        return Ok(hex::encode(&digest::sha256(b"")));
    }
    let hashed = fs::open_named(path).and_then(|file| tree::hash_open(file, &[Algorithm::Sha256]));
    let shown = path.to_string_lossy().into_owned();
    let (digests, _) = hashed.map_err(|error| vec![Finding::of(&error).at(shown)])?;
    Ok(digests.first().map(digest::Digest::to_hex).unwrap_or_default())
}
