//! The list as a whole: what is read, refused, written, trusted and exchanged.

use super::*;
use crate::codec::base64;
use crate::finding::Coded as _;
use crate::key;
use crate::policy::rule::EVERY;
use crate::policy::template::template;
use crate::policy::testing::{SAMPLE, fido_key, key, p256_key, parse as policy, time};
use crate::policy::{Policy, RevocationReason, SignedBy};
use proptest::prelude::*;

fn key_words(seed: u8) -> String {
    key::openssh_line(&key(seed), "").trim_end().to_owned()
}

/// A key of another kind, well-formed as far as anybody looks.
fn other_words(kind: &str) -> String {
    let size = u32::try_from(kind.len()).unwrap();
    format!(
        "{kind} {}",
        base64::encode(&[&size.to_be_bytes(), kind.as_bytes(), &[0, 0, 0, 1, 3]].concat())
    )
}

/// Reads one line in which `KEY` stands for the key of 1.
fn one(line: &str) -> Result<(Entry, Vec<Remark>), AllowedSignersError> {
    let list = parse(line.replace("KEY", &key_words(1)).as_bytes())?;
    assert_eq!(list.entries.len(), 1, "{line}");
    let remarks = list.notes.into_iter().map(|note| note.remark).collect();
    Ok((list.entries.into_iter().next().unwrap(), remarks))
}

/// `principals | ca | namespaces | after | before | comment`
fn shown(entry: &Entry) -> String {
    let time = |time: Option<Time>| time.map_or("-".to_owned(), stamp::write);
    format!(
        "{} | {} | {} | {} | {} | {}",
        entry.principals.join(" , "),
        if entry.cert_authority { "ca" } else { "-" },
        entry.namespaces.as_ref().map_or("-".to_owned(), |list| list.join(" , ")),
        time(entry.valid_after),
        time(entry.valid_before),
        entry.comment.as_deref().unwrap_or("-"),
    )
}

#[test]
fn lines_that_load() {
    for (line, expected) in [
        ("a@x KEY", "a@x | - | - | - | - | -"),
        (
            "  a@x\tKEY  a comment, with \"quotes\" \r",
            "a@x | - | - | - | - | a comment, with \"quotes\"",
        ),
        ("a@x,*@y,!b@y KEY", "a@x , *@y , !b@y | - | - | - | - | -"),
        ("\"a b,c\" KEY", "a b , c | - | - | - | - | -"),
        ("a,,b KEY", "a ,  , b | - | - | - | - | -"),
        ("\"#a\" KEY", "#a | - | - | - | - | -"),
        ("a cert-authority KEY", "a | ca | - | - | - | -"),
        ("a NameSpaces=\"file,git*\" KEY", "a | - | file , git* | - | - | -"),
        ("a namespaces=\"\" KEY", "a | - |  | - | - | -"),
        ("a namespaces=\"x \\\"y\\\" z\\w\" KEY", "a | - | x \"y\" z\\w | - | - | -"),
        (
            "a valid-after=\"20200101Z\",CERT-AUTHORITY,valid-before=\"202001010001Z\" KEY c",
            "a | ca | - | 20200101000000Z | 20200101000100Z | c",
        ),
    ] {
        let (entry, _) =
            one(line).unwrap_or_else(|error| panic!("{line}: {}", Finding::of(&error).message));
        assert_eq!(shown(&entry), expected, "{line}");
        assert_eq!(entry.key, EntryKey::Usable(key(1)));
    }
}

#[test]
fn lines_that_do_not() {
    let weak = base64::encode(&[b"\0\0\0\x0bssh-ed25519\0\0\0\x20".as_slice(), &[0; 32]].concat());
    let rsa = other_words("ssh-rsa").replace("ssh-rsa ", "ssh-dss ");
    let short = &key_words(1)[..40];
    let m = Code::Malformed;
    for (line, code, words) in [
        ("a", m, "before the key"),
        ("a ", m, "before the key"),
        ("a ssh-ed25519", m, "before the key"),
        ("a ssh-ed25519 ", m, "before the key"),
        ("a cert-authority", m, "before the key"),
        ("\"\" KEY", m, "no principal"),
        ("\"a KEY", m, "quote"),
        ("\"a\"KEY", m, "quote"),
        ("a\"b\" KEY", m, "quote"),
        ("a namespaces=\"x KEY", m, "quote"),
        ("a bogus KEY", m, "the option bogus is not known"),
        ("a bogus=\"x\" KEY", m, "the option bogus is not known"),
        ("a namespaces=file KEY", m, "namespaces needs a value"),
        ("a namespaces KEY", m, "namespaces needs a value"),
        ("a valid-after KEY", m, "valid-after needs a value"),
        ("a cert-authority=\"x\" KEY", m, "cert-authority= is not known"),
        ("a namespaces=\"x\",namespaces=\"x\" KEY", m, "namespaces is given twice"),
        ("a cert-authority,cert-authority KEY", m, "given twice"),
        ("a valid-after=\"20200101Z\",valid-after=\"20200101Z\" KEY", m, "given twice"),
        ("a valid-before=\"20200101Z\",valid-before=\"20200101Z\" KEY", m, "given twice"),
        ("a valid-after=\"20200101Z\",valid-before=\"20200101Z\" KEY", m, "not later"),
        ("a valid-after=\"20200230Z\" KEY", m, "the time of valid-after"),
        ("a namespaces=\"x\", KEY", m, "option  is not known"),
        ("a ,namespaces=\"x\" KEY", m, "option  is not known"),
        ("a namespaces=\"x\"cert-authority KEY", m, "quote"),
        ("a KEY=", m, "base64"),
        (&format!("a {short}"), m, "the key does not load"),
        (&format!("a {short}="), m, "base64"),
        (&format!("a {rsa}"), m, "not of the kind"),
        (&format!("a ssh-ed25519 {weak}"), Code::WeakKey, "the key does not load"),
        ("a\u{1b}[1m KEY", m, "U+001B"),
        ("a\0 KEY", m, "U+0000"),
        ("a\u{85} KEY", m, "U+0085"),
        ("\u{c}a KEY", m, "U+000C"),
        ("a KEY c\rd", m, "U+000D"),
    ] {
        let error = one(line).expect_err(line);
        let message = Finding::of(&error).message;
        assert_eq!((error.code(), error.line()), (code, Some(1)), "{line}: {message}");
        assert!(message.contains(words), "{line}: {message}");
    }
    let error = parse(b"# \xff is fine here\n\n  \na\xff b c\n").unwrap_err();
    assert_eq!((error.code(), error.line()), (m, Some(4)));
    assert_eq!(error.finding(b"f").claimed_by, Some((b"f".to_vec(), Some(4))));
}

#[test]
fn bounds() {
    let large = vec![b'\n'; usize::try_from(limits::POLICY_BYTES).unwrap() + 1];
    assert_eq!(parse(&large).unwrap_err().code(), Code::Limit);
    let many = format!("a {}\n", key_words(1)).repeat(limits::KEYS);
    assert_eq!(parse(many.as_bytes()).unwrap().entries.len(), limits::KEYS);
    let error = parse(format!("{many}b {}", key_words(1)).as_bytes()).unwrap_err();
    assert_eq!((error.code(), error.line()), (Code::Limit, Some(limits::KEYS as u64 + 1)));
    assert_eq!(parse(b"").unwrap(), List::default());
}

#[test]
fn remarks_and_unusable_keys() {
    let (_, remarks) = one("a valid-after=\"20200101\" KEY").unwrap();
    assert_eq!(remarks, [Remark::LocalTime]);
    let (entry, remarks) = one("a cert-authority KEY").unwrap();
    assert_eq!(remarks, [Remark::CertAuthority]);
    assert_eq!(trust(&[entry], "a").signers, []);
    for kind in ["ssh-rsa", "ssh-mldsa44@openssh.com", "ssh-ed25519-cert-v01@openssh.com"] {
        let text = format!("# first\na {}\nb {}\n", other_words(kind), key_words(1));
        let list = parse(text.as_bytes()).unwrap();
        assert_eq!(
            list.notes,
            [Note { line: 2, remark: Remark::UnusableKey { kind: kind.to_owned() } }]
        );
        assert_eq!(list.notes[0].finding(b"f").claimed_by, Some((b"f".to_vec(), Some(2))));
        assert_eq!(
            (trust(&list.entries, "a").signers.len(), trust(&list.entries, "b").signers.len()),
            (0, 1)
        );
        assert_eq!(parse(print(&list.entries).unwrap().as_bytes()).unwrap().entries, list.entries);
    }
}

#[test]
fn trust_in_an_identity() {
    let text =
        "a@x,b@x valid-before=\"20260101Z\" KEY\n*@x,!c@x namespaces=\"git\" KEY\nc@x KEY2\n"
            .replace("KEY2", &key_words(2))
            .replace("KEY", &key_words(1));
    let entries = parse(text.as_bytes()).unwrap().entries;
    let verdict = |identity: &str, seed: u8, namespace: Option<&str>, at: &str| {
        let trust = trust(&entries, identity);
        assert_eq!(
            (trust.rules.len(), trust.rules[0].collections.as_slice()),
            (1, [EVERY.to_owned()].as_slice())
        );
        let judgement = match namespace {
            Some(namespace) => {
                trust.judge_openssh("", namespace, &[SignedBy::at(&key(seed), time(at))])
            }
            None => trust.judge("", &[SignedBy::at(&key(seed), time(at))]),
        };
        judgement.rejected.first().map_or("yes", |rejected| rejected.reason.code().as_str())
    };
    let (last, late) = ("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z");
    for (identity, seed, namespace, at, expected) in [
        ("a@x", 1, Some("file"), last, "yes"),
        ("a@x", 1, Some("file"), late, "expired"),
        ("a@x", 1, None, last, "yes"),
        ("a@x", 1, Some("git"), late, "yes"),
        ("d@x", 1, Some("git"), late, "yes"),
        ("d@x", 1, Some("file"), late, "namespace"),
        ("d@x", 1, None, late, "scope"),
        ("c@x", 1, Some("git"), late, "untrusted-key"),
        ("c@x", 2, Some("git"), late, "yes"),
        ("A@x", 1, Some("file"), last, "namespace"),
        ("a@y", 1, Some("file"), last, "untrusted-key"),
        ("", 1, Some("file"), last, "untrusted-key"),
    ] {
        assert_eq!(
            verdict(identity, seed, namespace, at),
            expected,
            "{identity} {namespace:?} {at}"
        );
    }
    assert!(entries[1].allows_namespace("git") && !entries[1].allows_namespace("file"));
}

#[test]
fn what_has_no_spelling_is_not_written() {
    let (good, _) = one("a KEY").unwrap();
    let bad = [
        Entry { principals: vec![], ..good.clone() },
        Entry { principals: vec!["a\nb".to_owned()], ..good.clone() },
        Entry { principals: vec!["a,b".to_owned()], ..good.clone() },
        Entry { principals: vec!["\"a\"".to_owned()], ..good.clone() },
        Entry { namespaces: Some(vec![]), ..good.clone() },
        Entry { namespaces: Some(vec!["a\\".to_owned()]), ..good.clone() },
        Entry { comment: Some(" c".to_owned()), ..good.clone() },
        Entry { comment: Some("c\nx KEY".to_owned()), ..good.clone() },
        Entry { valid_after: Some(time("1969-01-01T00:00:00Z")), ..good.clone() },
        Entry {
            key: EntryKey::Unusable { kind: "cert-authority".to_owned(), blob: vec![] },
            ..good.clone()
        },
    ];
    for entry in bad {
        assert_eq!(print(&[good.clone(), entry]), Err(Unprintable { place: 1 }));
    }
}

#[test]
fn exported_policies_say_what_is_lost() {
    let sample = policy(SAMPLE).unwrap();
    let expected = format!(
        "# The signers of example.org/statements, policy version 3, for ssh-keygen -Y verify.\n\
         # OpenSSH takes any one of them, for any collection.\n\
         # Rule 1 of the policy asks for 2 different keys and a log, which OpenSSH does not check.\n\
         a namespaces=\"file\",valid-after=\"20260101000000Z\",valid-before=\"20261231235959Z\" {}\n\
         b namespaces=\"file\" {}\n",
        key_words(1),
        key_words(2),
    );
    assert_eq!(export(&sample, &["file".to_owned()]), expected);
    let line_of = |change: &dyn Fn(&mut Policy)| {
        let mut policy = sample.clone();
        change(&mut policy);
        let text = export(&policy, &[]);
        parse(text.as_bytes()).unwrap();
        text.lines().nth(3).unwrap().replace(&key_words(1), "KEY")
    };
    let retired = sample.trust.signers[0].revoked;
    type Change<'a> = &'a dyn Fn(&mut Policy);
    let table: [(&str, Change<'_>); 9] = [
        ("a valid-after=\"20260101000000Z\",valid-before=\"20271231235959Z\" KEY", &|p| {
            p.trust.signers[0].revoked = None;
        }),
        ("a valid-after=\"20260101000000Z\",valid-before=\"20261231235959Z\" KEY", &|p| {
            p.trust.signers[0].valid_before = None;
        }),
        ("a valid-before=\"20261231235959Z\" KEY", &|p| {
            p.trust.signers[0].valid_after = Some(time("1960-01-01T00:00:00Z"));
        }),
        ("# left out: a: its key is compromised", &|p| {
            p.trust.signers[0].revoked = retired
                .map(|r| crate::policy::Revoked { reason: RevocationReason::Compromised, ..r });
        }),
        ("# left out: a: there is no time at which OpenSSH would take its key", &|p| {
            p.trust.signers[0].valid_after = Some(time("2027-01-01T00:00:00Z"));
        }),
        ("# left out: a: there is no time at which OpenSSH would take its key", &|p| {
            p.trust.signers[0].valid_before = Some(time("1970-01-01T00:00:01Z"));
        }),
        ("# left out: a: it stands in no rule", &|p| p.trust.rules[0].signers = vec![1]),
        ("# left out: *: its name has another meaning in such a list", &|p| {
            p.trust.signers[0].name = "*".to_owned();
        }),
        ("# left out: a\\u{a}b: its name has another meaning in such a list", &|p| {
            p.trust.signers[0].name = "a\nb".to_owned();
        }),
    ];
    for (expected, change) in table {
        assert_eq!(line_of(change), expected);
    }
}

#[test]
fn imported_lists_say_what_is_lost() {
    let text = format!(
        "a@x valid-after=\"20260101Z\",valid-before=\"20270101Z\" {}\n*@x,b@x {}\nA@x {}\n* {}\nc@x {}\nd@x cert-authority {}\ne@x {}\nf@x {}\ng@x namespaces=\"git\" {}\n",
        key_words(1),
        key_words(2),
        key_words(3),
        key_words(4),
        key_words(1),
        key_words(5),
        other_words("ssh-rsa"),
        key::openssh_line(&fido_key(6), "").trim_end(),
        key::openssh_line(&p256_key(7), "").trim_end(),
    );
    let import = import(&parse(text.as_bytes()).unwrap().entries);
    assert_eq!(import.names, ["a@x", "b@x", "A@x.2", "g@x"]);
    let notes: Vec<&str> = import.notes.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(
        notes,
        [
            "the line of *@x,b@x became the signer b@x",
            "the line of A@x became the signer A@x.2",
            "the line of * was left out: none of its principals can be the name of a signer",
            "the line of c@x was left out: an earlier line has the same key",
            "the line of d@x was left out: it names an authority, and certificates are not checked",
            "the line of e@x was left out: its kind of key is not supported",
            "the line of f@x was left out: a FIDO key cannot sign statements",
            "the line of g@x lost its namespaces git: a signer of a policy signs statements, in no namespace",
        ]
    );
    let whole = format!("{}{}", template("x", &[], &[], 1), import.toml);
    let policy = policy(&whole).unwrap_or_else(|error| panic!("{error}: {whole}"));
    assert_eq!(policy.trust.signers[0].valid_before, Some(time("2027-01-01T00:00:01Z")));
    assert_eq!(policy.trust.signers[3].key, p256_key(7));
}

#[test]
fn many_lines_of_one_name_are_imported_in_good_time() {
    let keys: Vec<Entry> = (0..limits::KEYS)
        .map(|number| {
            let mut seed = [0; 32];
            seed[..8].copy_from_slice(&number.to_le_bytes());
            let key = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
            let (entry, _) = one("a KEY").unwrap();
            Entry { key: EntryKey::Usable(PublicKey::Ed25519(key)), ..entry }
        })
        .collect();
    let import = import(&keys);
    assert_eq!(import.names.last().map(String::as_str), Some("a.4096"));
}

fn any_time() -> impl Strategy<Value = Time> {
    (1_i64..253_000_000_000).prop_map(|seconds| Time::from_unix(seconds).unwrap())
}

fn any_key() -> impl Strategy<Value = EntryKey> {
    prop_oneof![
        any::<u8>().prop_map(|seed| EntryKey::Usable(key(seed))),
        (1..=255_u8).prop_map(|seed| EntryKey::Usable(p256_key(seed % 100 + 1))),
        any::<u8>().prop_map(|seed| EntryKey::Usable(fido_key(seed))),
        any::<u8>().prop_map(|byte| EntryKey::Unusable {
            kind: "ssh-rsa".to_owned(),
            blob: [b"\0\0\0\x07ssh-rsa".as_slice(), &[byte]].concat(),
        }),
    ]
}

prop_compose! {
    fn any_entry()(
        principals in prop::collection::vec("[a-z@*?!# \t\\\\é'=]{1,8}", 1..4),
        cert_authority in any::<bool>(),
        namespaces in prop::option::of(prop::collection::vec("[a-z*! \t\"\\\\é]{0,6}[a-z]", 1..3)),
        after in prop::option::of(any_time()),
        before in prop::option::of(any_time()),
        key in any_key(),
        comment in prop::option::of("[a-z\"#](.*[a-z])?".prop_filter("no control", |text| {
            !text.chars().any(char::is_control)
        })),
    ) -> Entry {
        let backwards = after.zip(before).is_some_and(|(after, before)| before <= after);
        let valid_before = before.filter(|_| !backwards);
        Entry { principals, cert_authority, namespaces, valid_after: after, valid_before, key, comment }
    }
}

proptest! {
    #[test]
    fn reading_what_was_written_gives_it_back(entries in prop::collection::vec(any_entry(), 0..5)) {
        let text = print(&entries).unwrap();
        prop_assert_eq!(parse(text.as_bytes()).unwrap().entries, entries);
    }

    #[test]
    fn no_line_panics_and_what_loads_is_written_back(line in "[ \ta!*\",=\\\\]{0,8}(KEY)?.{0,4}") {
        let text = line.replace("KEY", &format!("namespaces=\"a\" {}", key_words(1)));
        if let Ok(list) = parse(text.as_bytes()) {
            let again = print(&list.entries).unwrap();
            prop_assert_eq!(parse(again.as_bytes()).unwrap().entries, list.entries);
        }
    }
}
