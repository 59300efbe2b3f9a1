//! Reading the lines of a tlog-policy: names before use, each member once, no key twice.

use super::error::{TlogPolicyError, TlogProblem};
use super::{Group, Member, TlogLog, TlogPolicy, TlogWitness};
use crate::envelope::note::Verifier;
use crate::limits;
use crate::signature::excerpt;
use std::collections::{BTreeMap, BTreeSet};

/// What the lines so far have defined.
#[derive(Default)]
struct Reader {
    logs: Vec<TlogLog>,
    witnesses: Vec<TlogWitness>,
    groups: Vec<Group>,
    names: BTreeMap<String, Member>,
    members: BTreeSet<Member>,
    keys: BTreeSet<Vec<u8>>,
    quorum: Option<Quorum>,
}

/// What the line of the quorum names.
enum Quorum {
    Nobody,
    Member(Member),
}

/// Reads all lines; the last one may lack its line feed.
pub(super) fn policy(text: &[u8]) -> Result<TlogPolicy, TlogPolicyError> {
    let at = |line: usize| move |problem: TlogProblem| TlogPolicyError { line, problem };
    if !u64::try_from(text.len()).is_ok_and(|length| length <= limits::POLICY_BYTES) {
        return Err(at(1)(TlogProblem::TooLong));
    }
    let mut reader = Reader::default();
    let mut last = 1;
    for (number, line) in (1..).zip(text.split(|&byte| byte == b'\n')) {
        reader.line(line).map_err(at(number))?;
        last = number;
    }
    let quorum = match reader.quorum.ok_or(at(last)(TlogProblem::NoQuorum))? {
        Quorum::Nobody => None,
        Quorum::Member(member) => Some(member),
    };
    let Reader { logs, witnesses, groups, .. } = reader;
    Ok(TlogPolicy { logs, witnesses, groups, quorum })
}

/// Octets that the specification allows, but for the line feed between the lines.
fn is_allowed(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

fn shown(name: &str) -> String {
    excerpt(name.as_bytes())
}

fn form(form: &'static str) -> TlogProblem {
    TlogProblem::Form { form }
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> Result<(), TlogProblem> {
        if !line.iter().all(|&byte| is_allowed(byte)) {
            return Err(TlogProblem::Control);
        }
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        if line.iter().find(|byte| !blank(byte)).is_none_or(|&first| first == b'#') {
            return Ok(());
        }
        let line = std::str::from_utf8(line).map_err(|_| TlogProblem::NotText)?;
        let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            ["log", rest @ ..] => self.log(rest),
            ["witness", rest @ ..] => self.witness(rest),
            ["group", rest @ ..] => self.group(rest),
            ["quorum", rest @ ..] => self.quorum(rest),
            [word, ..] => Err(TlogProblem::Keyword { word: shown(word) }),
            [] => Ok(()),
        }
    }

    fn log(&mut self, words: &[&str]) -> Result<(), TlogProblem> {
        let (vkey, url) = match words {
            [vkey] => (vkey, None),
            [vkey, url] => (vkey, Some((*url).to_owned())),
            _ => return Err(form("log VKEY [URL]")),
        };
        let verifier = self.key(vkey, false)?;
        room(&self.logs)?;
        self.logs.push(TlogLog { verifier, url });
        Ok(())
    }

    fn witness(&mut self, words: &[&str]) -> Result<(), TlogProblem> {
        let (name, vkey, url) = match words {
            [name, vkey] => (name, vkey, None),
            [name, vkey, url] => (name, vkey, Some((*url).to_owned())),
            _ => return Err(form("witness NAME VKEY [URL]")),
        };
        let verifier = self.key(vkey, true)?;
        room(&self.witnesses)?;
        self.define(name, Member::Witness(self.witnesses.len()))?;
        self.witnesses.push(TlogWitness { name: (*name).to_owned(), verifier, url });
        Ok(())
    }

    /// A key of the right type that stands nowhere above, whatever its name and id are.
    fn key(&mut self, vkey: &str, cosigner: bool) -> Result<Verifier, TlogProblem> {
        let verifier = Verifier::parse(vkey).map_err(TlogProblem::Key)?;
        if verifier.is_cosigner() != cosigner {
            return Err(TlogProblem::KeyType);
        }
        if !self.keys.insert(verifier.key().spki_der()) {
            return Err(TlogProblem::SameKey);
        }
        Ok(verifier)
    }

    fn define(&mut self, name: &str, member: Member) -> Result<(), TlogProblem> {
        if name == "none" {
            return Err(TlogProblem::NoneName);
        }
        match self.names.insert(name.to_owned(), member) {
            None => Ok(()),
            Some(_) => Err(TlogProblem::SameName { name: shown(name) }),
        }
    }

    fn member(&self, name: &str) -> Result<Member, TlogProblem> {
        let found = self.names.get(name).copied();
        found.ok_or_else(|| TlogProblem::Undefined { name: shown(name) })
    }

    fn group(&mut self, words: &[&str]) -> Result<(), TlogProblem> {
        let [name, threshold, names @ ..] = words else {
            return Err(form("group NAME all|any|K MEMBER..."));
        };
        if names.is_empty() {
            return Err(form("group NAME all|any|K MEMBER..."));
        }
        let members: Vec<Member> =
            names.iter().map(|name| self.member(name)).collect::<Result<_, _>>()?;
        for (name, member) in names.iter().zip(&members) {
            if !self.members.insert(*member) {
                return Err(TlogProblem::MemberTwice { name: shown(name) });
            }
        }
        let threshold = needed(threshold, members.len()).ok_or(TlogProblem::Threshold)?;
        room(&self.groups)?;
        self.define(name, Member::Group(self.groups.len()))?;
        self.groups.push(Group { threshold, members });
        Ok(())
    }

    fn quorum(&mut self, words: &[&str]) -> Result<(), TlogProblem> {
        let [name] = words else { return Err(form("quorum NAME|none")) };
        if self.quorum.is_some() {
            return Err(TlogProblem::SecondQuorum);
        }
        self.quorum = Some(match *name {
            "none" => Quorum::Nobody,
            name => Quorum::Member(self.member(name)?),
        });
        Ok(())
    }
}

fn room<T>(list: &[T]) -> Result<(), TlogProblem> {
    (list.len() < limits::WITNESSES).then_some(()).ok_or(TlogProblem::TooMany)
}

/// How many of `members` are needed; a number in its one spelling.
fn needed(threshold: &str, members: usize) -> Option<usize> {
    match threshold {
        "all" => Some(members),
        "any" => Some(1),
        digits => {
            let number: usize = digits.parse().ok()?;
            let plain = number.to_string() == digits;
            (plain && (1..=members).contains(&number)).then_some(number)
        }
    }
}
