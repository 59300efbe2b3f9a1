//! Between a policy and a list of allowed signers, saying what the other cannot hold.
//!
//! A list knows no collections, no thresholds, no reasons of a revocation: OpenSSH takes any
//! one key that the list gives to a name. So neither direction ever widens who counts without
//! a word: what would is left out, or named.

use super::print::print_line;
use super::{Entry, EntryKey, stamp};
use crate::finding::{Code, Finding};
use crate::key::PublicKey;
use crate::policy::name::{self, Shown};
use crate::policy::signer::{RevocationReason, Signer};
use crate::policy::template::{quoted, signer_table};
use crate::policy::{Policy, rule::Rule};
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Why a signer has no line in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum LeftOut {
    #[error("its key is compromised")]
    Compromised,
    #[error("it stands in no rule")]
    Idle,
    #[error("there is no time at which OpenSSH would take its key")]
    NeverValid,
    #[error("its name has another meaning in such a list")]
    Name,
}

/// Writes the signers of a policy as a list of allowed signers, each under its own name, for
/// `namespaces` only or, when there are none, for all. A withdrawn key ends where it was
/// withdrawn; a compromised one, and one in no rule, is left out. Comments say what was left
/// out and what OpenSSH will not check.
pub fn export(policy: &Policy, namespaces: &[String]) -> String {
    let mut text = format!(
        "# The signers of {}, policy version {}, for ssh-keygen -Y verify.\n\
         # OpenSSH takes any one of them, for any collection.\n",
        Shown(&policy.id),
        policy.version,
    );
    text.extend(
        (1_usize..).zip(&policy.trust.rules).filter_map(|(number, rule)| rule_note(number, rule)),
    );
    let used = policy.trust.used_signers();
    for (place, signer) in policy.trust.signers.iter().enumerate() {
        let refusal = (!used.contains(&place)).then_some(LeftOut::Idle);
        let line = refusal.map_or_else(|| export_signer(signer, namespaces), Err);
        text.push_str(&line.unwrap_or_else(|why| left_out(signer, why)));
    }
    text
}

fn left_out(signer: &Signer, why: LeftOut) -> String {
    format!("# left out: {}: {why}\n", Shown(&signer.name))
}

fn rule_note(number: usize, rule: &Rule) -> Option<String> {
    let threshold = (rule.threshold > 1).then(|| format!("{} different keys", rule.threshold));
    let asked: Vec<String> = threshold
        .into_iter()
        .chain(rule.require.iter().map(|proof| format!("a {proof}")))
        .collect();
    let asked = (!asked.is_empty()).then(|| asked.join(" and "))?;
    Some(format!("# Rule {number} of the policy asks for {asked}, which OpenSSH does not check.\n"))
}

fn export_signer(signer: &Signer, namespaces: &[String]) -> Result<String, LeftOut> {
    if signer.name.contains(['*', '?', ',', '"']) || signer.name.starts_with('!') {
        return Err(LeftOut::Name);
    }
    let valid_after = signer.valid_after.filter(|time| time.unix() > 0);
    let valid_before = match end(signer)? {
        Some(end) => Some(stamp::before(end).ok_or(LeftOut::NeverValid)?),
        None => None,
    };
    if valid_after.zip(valid_before).is_some_and(|(after, before)| before <= after) {
        return Err(LeftOut::NeverValid);
    }
    let entry = Entry {
        principals: vec![signer.name.clone()],
        cert_authority: false,
        namespaces: (!namespaces.is_empty()).then(|| namespaces.to_vec()),
        valid_after,
        valid_before,
        key: EntryKey::Usable(signer.key.clone()),
        comment: None,
    };
    print_line(&entry).ok_or(LeftOut::Name)
}

/// The first second in which signatures no longer count, if there is one.
fn end(signer: &Signer) -> Result<Option<Time>, LeftOut> {
    let revoked = match signer.revoked {
        Some(revoked) if revoked.reason == RevocationReason::Compromised => {
            return Err(LeftOut::Compromised);
        }
        Some(revoked) => Some(revoked.at),
        None => None,
    };
    Ok(signer.valid_before.into_iter().chain(revoked).min())
}

/// Signers for a policy, made from a list of allowed signers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// `[[signer]]` tables, to be put into a policy by hand: no rule names them yet.
    pub toml: String,
    /// The names of these signers.
    pub names: Vec<String>,
    /// What could not be carried over.
    pub notes: Vec<Finding>,
}

/// Makes `[[signer]]` tables of the lines that name a key for signing.
pub fn import(entries: &[Entry]) -> Import {
    let mut import = Import { toml: String::new(), names: Vec::new(), notes: Vec::new() };
    let mut taken = Taken::default();
    for entry in entries {
        if let Err(why) = import.entry(entry, &mut taken) {
            import.note(entry, &format!("was left out: {why}"));
        }
    }
    import
}

/// Why a line makes no signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum NotImported {
    #[error("it names an authority, and certificates are not checked")]
    CertAuthority,
    #[error("its kind of key is not supported")]
    Unusable,
    #[error("a FIDO key cannot sign statements")]
    Fido,
    #[error("an earlier line has the same key")]
    SameKey,
    #[error("none of its principals can be the name of a signer")]
    NoName,
}

/// The keys and the folded names that stand in the policy already.
#[derive(Default)]
struct Taken {
    keys: BTreeSet<Vec<u8>>,
    names: BTreeSet<String>,
    /// The last number put behind a name.
    numbers: BTreeMap<String, u64>,
}

impl Taken {
    /// The name, or the name with a number where another signer has it.
    fn name(&mut self, wanted: &str) -> Option<String> {
        let folded = name::fold(wanted);
        if self.names.insert(folded.clone()) {
            return Some(wanted.to_owned());
        }
        let number = self.numbers.entry(folded.clone()).or_insert(1);
        loop {
            *number = number.checked_add(1)?;
            if self.names.insert(format!("{folded}.{number}")) {
                let name = format!("{wanted}.{number}");
                return name::check_signer(&name).is_ok().then_some(name);
            }
        }
    }
}

impl Import {
    fn note(&mut self, entry: &Entry, what: &str) {
        let message = format!("the line of {} {what}", Shown(&entry.principals.join(",")));
        self.notes.push(Finding::warning(Code::Unsupported, message));
    }

    fn entry(&mut self, entry: &Entry, taken: &mut Taken) -> Result<(), NotImported> {
        let key = importable(entry)?;
        let wanted = entry.principals.iter().find(|name| is_plain(name));
        let wanted = wanted.ok_or(NotImported::NoName)?;
        if !taken.keys.insert(key.spki_der()) {
            return Err(NotImported::SameKey);
        }
        let name = taken.name(wanted).ok_or(NotImported::NoName)?;
        self.table(&name, key, entry);
        if entry.principals != [name.as_str()] {
            self.note(entry, &format!("became the signer {}", Shown(&name)));
        }
        if let Some(namespaces) = &entry.namespaces {
            let namespaces = namespaces.join(",");
            let what = "a signer of a policy signs statements, in no namespace";
            self.note(entry, &format!("lost its namespaces {}: {what}", Shown(&namespaces)));
        }
        self.names.push(name);
        Ok(())
    }

    fn table(&mut self, name: &str, key: &PublicKey, entry: &Entry) {
        self.toml.push_str(&signer_table(name, key));
        let times = [
            ("valid-after", entry.valid_after),
            ("valid-before", entry.valid_before.map(stamp::after)),
        ];
        for (field, time) in times {
            let Some(time) = time else { continue };
            // Writing to a text cannot fail.
            let _ = writeln!(self.toml, "{field} = {}", quoted(&time.to_string()));
        }
    }
}

fn importable(entry: &Entry) -> Result<&PublicKey, NotImported> {
    match &entry.key {
        _ if entry.cert_authority => Err(NotImported::CertAuthority),
        EntryKey::Unusable { .. } => Err(NotImported::Unusable),
        EntryKey::Usable(PublicKey::SkEd25519 { .. } | PublicKey::SkP256 { .. }) => {
            Err(NotImported::Fido)
        }
        EntryKey::Usable(key @ (PublicKey::Ed25519(_) | PublicKey::P256(_))) => Ok(key),
    }
}

/// A principal that is one name and not a pattern, and can name a signer.
fn is_plain(principal: &str) -> bool {
    !principal.contains(['*', '?'])
        && !principal.starts_with('!')
        && name::check_signer(principal).is_ok()
}
