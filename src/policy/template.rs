//! A fresh policy for `vidimus init`: commented, and read back before it is used.

use crate::key::{self, PublicKey};
use std::fmt::Write as _;

/// Writes a policy of version 1 that trusts `signers` (name and key) for every collection, when
/// `threshold` of them signed. The caller reads it back with [`crate::policy::Policy::parse`],
/// which refuses names, keys and thresholds that a policy may not hold; whatever they are, they
/// cannot become other fields. Without signers there is no rule either.
pub fn template(
    id: &str,
    collections: &[String],
    signers: &[(String, PublicKey)],
    threshold: u64,
) -> String {
    let mut text = head(id, collections);
    for (name, key) in signers {
        text.push_str(&signer_table(name, key));
    }
    if signers.is_empty() {
        text.push_str(NO_SIGNER);
    } else {
        text.push_str(&rule(signers, threshold));
    }
    text
}

const NO_SIGNER: &str = "
# No signer yet, so nothing can be verified. `vidimus key show FILE` prints the line `key`.
# [[signer]]
# name = \"press@example.org\"
# key = \"ed25519:...\"
#
# [[rule]]
# collections = [\"*\"]
# signers = [\"press@example.org\"]
# threshold = 1
";

fn head(id: &str, collections: &[String]) -> String {
    format!(
        "# Whom this archive trusts, for what, and which collections it has.
# After every change: raise the version, then run `vidimus policy check` and `vidimus policy sign`.

# Rises with every change and never falls.
version = 1
# The archive's own name; it stands in everything that is signed.
id = {}
# Folders beside keys/ and manifests/; each one has a manifest under manifests/.
collections = {}
# Refuses, from then on, what is not proven to be older.
# expires = \"2030-01-01T00:00:00Z\"
# Lets `vidimus sign --reuse` take over digests of files that did not change since the last signing.
# allow-reuse = true
# Named here too, where there are any: the log and its witnesses (tlog) and whose timestamps count
# ([[time-authority]], time-threshold). vidimus log init, vidimus witness key and docs/spec/policy.md
# give the lines.
",
        quoted(id),
        array(collections.iter().map(String::as_str)),
    )
}

/// One `[[signer]]` with name and key.
pub(super) fn signer_table(name: &str, key: &PublicKey) -> String {
    format!("\n[[signer]]\nname = {}\nkey = {}\n", quoted(name), quoted(&key_text(key)))
}

fn rule(signers: &[(String, PublicKey)], threshold: u64) -> String {
    format!(
        "# valid-after = \"2026-01-01T00:00:00Z\"
# valid-before = \"2028-01-01T00:00:00Z\"
# revoked = {{ at = \"2027-01-01T00:00:00Z\", reason = \"retired\" }}   # or superseded, compromised

# Every rule that covers a collection must be met; \"*\" is every collection.
[[rule]]
collections = [\"*\"]
signers = {}
# How many different keys must have signed.
threshold = {threshold}
# What must be proven beside the signatures: \"timestamp\", \"log\", \"witness\".
require = []
",
        array(signers.iter().map(|(name, _)| name.as_str())),
    )
}

/// A key as one line: `ed25519:<base64>`, or an OpenSSH line for every other kind.
fn key_text(key: &PublicKey) -> String {
    match key {
        PublicKey::Ed25519(_) => key.to_string(),
        PublicKey::P256(_) | PublicKey::SkEd25519 { .. } | PublicKey::SkP256 { .. } => {
            key::openssh_line(key, "").trim_end().to_owned()
        }
    }
}

/// A text as TOML: always on one line, whatever it holds (TOML 1.0, "String").
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() => {
                // Writing to a text cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

fn array<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", texts.map(quoted).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::{key, p256_key, parse};
    use proptest::prelude::*;

    #[test]
    fn a_fresh_policy_reads_back() {
        let signers = [("a\"b".to_owned(), key(1)), ("c".to_owned(), p256_key(2))];
        let collections = ["seeds".to_owned(), "notes".to_owned()];
        for count in 0..=2 {
            let text =
                template("example.org/x", &collections, &signers[..count], 1.max(count as u64));
            let policy = parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!((policy.version, policy.id.as_str()), (1, "example.org/x"));
            assert_eq!(policy.collections, collections);
            let read: Vec<_> =
                policy.trust.signers.iter().map(|s| (s.name.clone(), s.key.clone())).collect();
            assert_eq!(read, signers[..count]);
            assert_eq!(policy.trust.rules.len(), usize::from(count > 0));
            assert_eq!(policy.notes().len(), if count > 0 { 0 } else { 2 });
        }
    }

    #[test]
    fn the_commented_lines_are_right_too() {
        let text = template("x", &["seeds".to_owned()], &[("a".to_owned(), key(1))], 1);
        let text: String = text
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        let policy = parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(policy.expires.is_some() && policy.trust.signers[0].revoked.is_some());
    }

    proptest! {
        #[test]
        fn any_text_stays_a_text(text in any::<String>()) {
            let table: toml::Table = toml::from_str(&format!("t = {}", quoted(&text))).unwrap();
            prop_assert_eq!(table["t"].as_str(), Some(text.as_str()));
        }
    }
}
