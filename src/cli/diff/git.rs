//! Called by git as its external diff: `path old-file old-hex old-mode new-file new-hex new-mode`,
//! and for a renamed file its new path and what git says of that.
//!
//! git takes every exit but 0 for a failure and stops there, so differences exit 0 here, unless
//! `--fail-on` asks for more (for `trustExitCode`). `/dev/null` stands for no file.

use super::super::{Result, Run, usage};
use super::documents::Pair;
use super::{Wishes, heaviest, input, several};
use std::ffi::OsString;
use std::path::Path;
use vidimus::codec::hex;
use vidimus::compare::{Weight, compare};
use vidimus::digest::{self, Algorithm};
use vidimus::finding::{Code, Exit, Finding};
use vidimus::report::diff::Status;
use vidimus::text::Document;
use vidimus::{fs, tree};

/// What git hands over.
pub(super) struct Called<'a> {
    old: &'a Path,
    new: &'a Path,
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
        let label = |side: &str, file: &Path, path: &Path| match is_absent(file) {
            true => file.to_string_lossy().into_owned(),
            false => format!("{side}/{}", path.to_string_lossy()),
        };
        let labels = [label("a", old, path), label("b", new, now)];
        Ok(Self { old, new, labels })
    }
}

fn is_absent(file: &Path) -> bool {
    file == Path::new("/dev/null")
}

pub(super) fn run(called: &Called<'_>, asked: bool, wishes: &Wishes) -> Result {
    let [old, new] = [&called.old, &called.new].map(|path| read(path));
    let (data, weight) = match (old, new) {
        (Ok(old), Ok(new)) => texts(old, new, called, wishes),
        (old, new) => {
            let why: Vec<Finding> = [old.err(), new.err()].into_iter().flatten().collect();
            if why.iter().any(|finding| !is_no_text(finding)) {
                return Err(why);
            }
            by_digest(&why, called, wishes)?
        }
    };
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
    let mut data = wishes.render(&comparison, &wishes.shown(old, new));
    if wishes.format == super::Format::Text {
        // git calls once a file, and nothing else parts one from the next.
        data.push('\n');
    }
    (data, heaviest(&comparison))
}

/// Not a text: no trouble, but nothing to be shown of it either.
fn is_no_text(finding: &Finding) -> bool {
    matches!(finding.code, Code::Unsupported | Code::Malformed | Code::Limit)
}

fn read(path: &Path) -> std::result::Result<Document, Finding> {
    if !is_absent(path) {
        return input::read(path);
    }
    Document::read(b"", b"").map_err(|error| Finding::error(input::code(&error), error.to_string()))
}

fn by_digest(
    why: &[Finding],
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
    let [old_label, new_label] = called.labels.clone();
    let why: Vec<&str> = why.iter().map(|finding| finding.message.as_str()).collect();
    let pair = Pair {
        status,
        old: (!is_absent(called.old)).then_some((old_label, Some(old))),
        new: (!is_absent(called.new)).then_some((new_label, Some(new))),
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
