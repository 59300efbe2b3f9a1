//! Two folders or manifests: every document is matched by its path, then by its digest, then by
//! its words, and what changed is compared as text.

use super::super::context::Context;
use super::super::{Result, Run};
use super::documents::{Pair, Place};
use super::input::Kind;
use super::pairs::{Bag, kept, similar};
use super::side::{File, Side, Unread, reason};
use super::{Wishes, several};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use vidimus::compare::{Comparison, compare};
use vidimus::finding::{Code, Exit, Finding};
use vidimus::limits;
use vidimus::report::diff::Status;
use vidimus::text::Document;

pub(super) fn run(
    paths: [&Path; 2],
    kinds: [Kind; 2],
    wishes: &Wishes,
    context: &Context,
) -> Result {
    let [old, new] = paths;
    let old = Side::read(old, kinds[0], context)?;
    let new = Side::read(new, kinds[1], context)?;
    if old.files.is_empty() && new.files.is_empty() {
        return Err(vec![Finding::error(Code::Empty, "there is no document on either side")]);
    }
    let mut work = Work { old: &old, new: &new, pairs: Vec::new(), left: limits::COMPARED_BYTES };
    work.run()?;
    let pairs = work.pairs;
    let names = paths.map(|path| path.to_string_lossy().into_owned());
    let data = several::render([&names[0], &names[1]], &pairs, true, wishes);
    let heaviest = pairs.iter().filter_map(Pair::weight).max();
    let trouble = pairs.iter().map(|pair| pair.exit).max().unwrap_or(Exit::Done);
    Ok(Run::rendered(data, wishes.exit(heaviest).max(trouble)))
}

struct Work<'a> {
    old: &'a Side,
    new: &'a Side,
    pairs: Vec<Pair>,
    /// Bytes that may still be read as texts.
    left: u64,
}

impl<'a> Work<'a> {
    fn run(&mut self) -> Result<()> {
        let (old_side, new_side) = (self.old, self.new);
        let by_path: BTreeMap<&[u8], &File> =
            new_side.files.iter().map(|file| (file.path.as_bytes(), file)).collect();
        let mut gone = Vec::new();
        let mut taken = BTreeSet::new();
        for old in &old_side.files {
            match by_path.get(old.path.as_bytes()) {
                Some(new) => {
                    taken.insert(new.path.as_bytes());
                    self.same_path(old, new)?;
                }
                None => gone.push(old),
            }
        }
        let come = new_side.files.iter().filter(|file| !taken.contains(file.path.as_bytes()));
        let mut come: Vec<&File> = come.collect();
        self.renamed(&mut gone, &mut come);
        let note = self.renamed_with_edits(&mut gone, &mut come)?;
        gone.into_iter().for_each(|file| self.alone(file, false, note));
        come.into_iter().for_each(|file| self.alone(file, true, note));
        Ok(())
    }

    fn same_path(&mut self, old: &File, new: &File) -> Result<()> {
        if old.sha256.is_some() && old.sha256 == new.sha256 {
            self.push(Status::Unchanged, Some(old), Some(new), Texts::default());
            return Ok(());
        }
        let texts = self.compared(old, new)?;
        self.push(Status::Changed, Some(old), Some(new), texts);
        Ok(())
    }

    /// The same bytes under another name, the first with the first.
    fn renamed(&mut self, gone: &mut Vec<&'a File>, come: &mut Vec<&'a File>) {
        let mut by_digest: BTreeMap<&str, VecDeque<&File>> = BTreeMap::new();
        for file in come.iter() {
            if let Some(digest) = &file.sha256 {
                by_digest.entry(digest).or_default().push_back(file);
            }
        }
        let mut found = BTreeSet::new();
        gone.retain(|old| {
            let same = old.sha256.as_deref().and_then(|digest| by_digest.get_mut(digest));
            let Some(new) = same.and_then(VecDeque::pop_front) else { return true };
            found.insert(new.path.as_bytes());
            self.push(Status::Renamed, Some(old), Some(new), Texts::default());
            false
        });
        come.retain(|new| !found.contains(new.path.as_bytes()));
    }

    /// Similar words under another name; a note where there was too much to look at.
    fn renamed_with_edits(
        &mut self,
        gone: &mut Vec<&'a File>,
        come: &mut Vec<&'a File>,
    ) -> Result<Option<&'static str>> {
        if gone.is_empty() || come.is_empty() {
            return Ok(None);
        }
        let old_bags = self.bags(self.old, gone)?;
        let new_bags = self.bags(self.new, come)?;
        let Some(candidates) = similar(&old_bags, &new_bags) else {
            return Ok(Some(TOO_MANY));
        };
        let (mut old_done, mut new_done) = (BTreeSet::new(), BTreeSet::new());
        let mut failed: BTreeMap<usize, usize> = BTreeMap::new();
        for (one, other) in candidates {
            let tried = failed.get(&one).copied().unwrap_or(0);
            if old_done.contains(&one) || new_done.contains(&other) || tried >= TRIES {
                continue;
            }
            let (Some(old), Some(new)) = (gone.get(one), come.get(other)) else { continue };
            let texts = self.compared(old, new)?;
            if texts.comparison.as_ref().is_some_and(kept) {
                old_done.insert(one);
                new_done.insert(other);
                self.push(Status::RenamedChanged, Some(old), Some(new), texts);
            } else {
                failed.insert(one, tried + 1);
            }
        }
        *gone = without(gone, &old_done);
        *come = without(come, &new_done);
        Ok(None)
    }

    fn bags(&mut self, side: &Side, files: &[&File]) -> Result<Vec<Bag>> {
        let mut bags = Vec::with_capacity(files.len());
        for file in files {
            let text = self.text(side, file)?;
            bags.push(text.map_or_else(|_| Bag::default(), |document| Bag::of(document.text())));
        }
        Ok(bags)
    }

    /// A document that only one side has; the other one may not have let us look for it.
    fn alone(&mut self, file: &File, added: bool, note: Option<&'static str>) {
        let (other, side) = if added { (self.old, "old") } else { (self.new, "new") };
        let hidden = other.hidden_by(&file.path);
        let exit = [file.problem.as_ref(), hidden].into_iter().flatten().map(|why| why.exit).max();
        let notes = [
            file.problem.as_ref().map(|why| reason("it", why)),
            hidden.map(|why| format!("the {side} side cannot be looked into: {}", why.why)),
            note.map(str::to_owned),
        ];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        let texts = Texts { comparison: None, note, exit: exit.unwrap_or(Exit::Done) };
        if added {
            self.push(Status::Added, None, Some(file), texts);
        } else {
            self.push(Status::Removed, Some(file), None, texts);
        }
    }

    /// The text of a document, within what may be read in all.
    fn text(&mut self, side: &Side, file: &File) -> Result<std::result::Result<Document, Unread>> {
        let read = side.document(file);
        let length = read.as_ref().map_or(0, |(_, length)| *length);
        self.left = self.left.checked_sub(length).ok_or_else(|| {
            let most = limits::COMPARED_BYTES;
            let message = format!("more than {most} bytes of documents differ");
            let finding = Finding::error(Code::Limit, message);
            vec![finding.help("compare the folders in them one by one")]
        })?;
        Ok(read.map(|(document, _)| document))
    }

    fn compared(&mut self, old: &File, new: &File) -> Result<Texts> {
        match (self.text(self.old, old)?, self.text(self.new, new)?) {
            (Ok(old), Ok(new)) => {
                Ok(Texts { comparison: Some(compare(old, new)), ..Texts::default() })
            }
            (old, new) => {
                let sides = [("old", old.err()), ("new", new.err())];
                let exit = sides.iter().filter_map(|(_, why)| why.as_ref().map(|why| why.exit));
                let exit = exit.max().unwrap_or(Exit::Done);
                let why = sides.iter().filter_map(|(side, why)| Some(reason(side, why.as_ref()?)));
                let why = why.collect::<Vec<_>>().join("; ");
                let end = if exit == Exit::Done { "compared by digest" } else { "not compared" };
                Ok(Texts { comparison: None, note: Some(format!("{why}; {end}")), exit })
            }
        }
    }

    fn push(&mut self, status: Status, old: Option<&File>, new: Option<&File>, texts: Texts) {
        let Texts { comparison, note, exit } = texts;
        let (old, new) = (old.map(place), new.map(place));
        self.pairs.push(Pair { status, old, new, comparison, note, exit });
    }
}

/// How many candidates a document may be compared with in vain.
const TRIES: usize = 3;

const TOO_MANY: &str = "not looked for under other names with edits: too many words for that";

/// What became of comparing two documents.
struct Texts {
    comparison: Option<Comparison>,
    note: Option<String>,
    exit: Exit,
}

impl Default for Texts {
    fn default() -> Self {
        Self { comparison: None, note: None, exit: Exit::Done }
    }
}

fn place(file: &File) -> Place {
    (String::from_utf8_lossy(file.path.as_bytes()).into_owned(), file.sha256.clone())
}

fn without<'a>(files: &[&'a File], done: &BTreeSet<usize>) -> Vec<&'a File> {
    let left = files.iter().enumerate().filter(|(at, _)| !done.contains(at));
    left.map(|(_, file)| *file).collect()
}
