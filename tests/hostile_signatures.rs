//! Hostile signatures and envelopes: every second spelling, every cut, every flipped bit is
//! refused, or is in bytes that nothing relies on, and then the test says which.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests make and change their own files"
)]

mod common;

use common::Bench;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use std::ops::Range;
use std::path::Path;
use vidimus::codec::base64;
use vidimus::digest::{self, Algorithm};
use vidimus::envelope::dsse::pae;
use vidimus::finding::{Outcome, Severity};
use vidimus::fs::{self, Root};
use vidimus::key::PublicKey;
use vidimus::policy::TrustSet;
use vidimus::signature::{minisign, sshsig};
use vidimus::time::Time;
use vidimus::tree::NoProgress;
use vidimus::verify::{Archive, Detached, PolicySource, verify_detached};

const FILE: &[u8] = b"The council meets on Monday.\n";
const INTOTO: &str = "application/vnd.in-toto+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// The order of the group, little-endian (RFC 8032 section 5.1).
const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn public() -> PublicKey {
    PublicKey::Ed25519(key().verifying_key())
}

/// Adds the order of the group to S: the same signature to a verifier that does not look.
fn malleate(signature: &[u8]) -> Vec<u8> {
    let mut out = signature.to_vec();
    let mut carry = 0;
    for (byte, add) in out[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    assert_eq!(carry, 0);
    out
}

fn statement() -> Vec<u8> {
    let digest = digest::of(Algorithm::Sha256, FILE).to_hex();
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "f", "digest": {"sha256": digest}}],
        "predicateType": "https://example.org/p",
        "predicate": {},
    })
    .to_string()
    .into_bytes()
}

/// How an evidence file is made from the raw signatures that it holds; `change` may alter them.
type Change = fn(&[u8]) -> Vec<u8>;

fn same(signature: &[u8]) -> Vec<u8> {
    signature.to_vec()
}

fn dsse(payload_type: &str, change: Change) -> Value {
    let payload = statement();
    let sig = key().sign(&pae(payload_type, &payload)).to_bytes();
    json!({
        "payload": base64::encode(&payload),
        "payloadType": payload_type,
        "signatures": [{"sig": base64::encode(&change(&sig)), "keyid": public().key_id()}],
    })
}

fn bundle(content: (&str, Value)) -> Value {
    json!({
        "mediaType": BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": public().key_id()}, "tlogEntries": []},
        content.0: content.1,
    })
}

fn message(change: Change) -> Value {
    let digest = digest::of(Algorithm::Sha256, FILE);
    json!({
        "messageDigest": {"algorithm": "SHA2_256", "digest": base64::encode(digest.as_bytes())},
        "signature": base64::encode(&change(&key().sign(FILE).to_bytes())),
    })
}

fn minisig(change: Change, change_global: Change) -> String {
    let mut hash = minisign::Prehash::new();
    hash.update(FILE);
    let sig = change(&key().sign(&hash.finish()).to_bytes());
    let global = change_global(&key().sign(&[&sig[..], b"a comment"].concat()).to_bytes());
    let blob = [&b"ED12345678"[..], &sig].concat();
    let (blob, global) = (base64::encode(&blob), base64::encode(&global));
    format!("untrusted comment: none\n{blob}\ntrusted comment: a comment\n{global}\n")
}

fn ssh_blob(namespace: &str, change: Change) -> Vec<u8> {
    let digest = digest::of(Algorithm::Sha512, FILE);
    let sig = change(&key().sign(&sshsig::signed_bytes(namespace, &digest)).to_bytes());
    let string =
        |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    let public = [string(b"ssh-ed25519"), string(key().verifying_key().as_bytes())].concat();
    let sig = [string(b"ssh-ed25519"), string(&sig)].concat();
    [
        b"SSHSIG\0\0\0\x01".to_vec(),
        string(&public),
        string(namespace.as_bytes()),
        string(b""),
        string(b"sha512"),
        string(&sig),
    ]
    .concat()
}

fn armour(blob: &[u8]) -> String {
    let text = base64::encode(blob);
    let lines: Vec<&str> = text.as_bytes().chunks(70).map(|c| str::from_utf8(c).unwrap()).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
}

fn ssh(namespace: &str, change: Change) -> String {
    armour(&ssh_blob(namespace, change))
}

/// Good evidence in every form.
fn good() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("dsse", dsse(INTOTO, same).to_string().into_bytes()),
        ("bundle", bundle(("dsseEnvelope", dsse(INTOTO, same))).to_string().into_bytes()),
        ("message", bundle(("messageSignature", message(same))).to_string().into_bytes()),
        ("minisign", minisig(same, same).into_bytes()),
        ("sshsig", ssh("file", same).into_bytes()),
    ]
}

/// A file and the library's verdict on evidence for it.
struct Desk {
    bench: Bench,
    trust: TrustSet,
}

impl Desk {
    fn new() -> Self {
        let bench = Bench::new();
        bench.write("f", FILE);
        Self { bench, trust: TrustSet::of_keys(vec![("me".to_owned(), public(), None)], 1) }
    }

    fn verify(&self, evidence: &[u8]) -> Outcome {
        verify_detached(Detached {
            file: fs::open_named(&self.bench.path("f")).unwrap(),
            file_shown: b"f",
            signature: evidence,
            signature_shown: b"sig",
            trust: &self.trust,
            source: "--key",
            namespace: "file",
            allow_legacy: false,
            at: (Time::parse("2026-01-31T12:00:00Z").unwrap(), true),
        })
    }

    /// Exit and codes of the errors; a run that passes has no errors.
    fn check(&self, evidence: impl AsRef<[u8]>, exit: u8, codes: &[&str], what: &str) {
        let outcome = self.verify(evidence.as_ref());
        let found = errors(&outcome);
        assert_eq!((outcome.exit().number(), &*found), (exit, codes), "{what}");
    }
}

fn errors(outcome: &Outcome) -> Vec<&'static str> {
    let errors = outcome.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut codes: Vec<&str> = errors.map(|finding| finding.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn text(value: &Value) -> String {
    value.to_string()
}

#[test]
fn good_evidence_passes() {
    let desk = Desk::new();
    for (what, evidence) in good() {
        desk.check(evidence, 0, &[], what);
    }
}

#[test]
fn s_not_below_the_order_is_a_bad_signature_in_every_form() {
    let desk = Desk::new();
    let table = [
        ("dsse", text(&dsse(INTOTO, malleate))),
        ("bundle", text(&bundle(("dsseEnvelope", dsse(INTOTO, malleate))))),
        ("message", text(&bundle(("messageSignature", message(malleate))))),
        ("minisign", minisig(malleate, same)),
        ("minisign, the second signature", minisig(same, malleate)),
        ("sshsig", ssh("file", malleate)),
    ];
    for (what, evidence) in table {
        desk.check(evidence, 10, &["bad-signature"], what);
    }
    let zero: Change = |_| vec![0; 64];
    let identity: Change = |_| [&[1][..], &[0; 63]].concat();
    for change in [zero, identity] {
        desk.check(text(&dsse(INTOTO, change)), 10, &["bad-signature"], "R of small order");
        desk.check(ssh("file", change), 10, &["bad-signature"], "R of small order");
        desk.check(minisig(change, same), 10, &["bad-signature"], "R of small order");
    }
}

#[test]
fn a_signature_of_another_length_is_refused() {
    let desk = Desk::new();
    let changes: [Change; 3] = [|s| s[..63].to_vec(), |s| [s, &[0]].concat(), |s| [s, s].concat()];
    for change in changes {
        desk.check(text(&dsse(INTOTO, change)), 10, &["bad-signature"], "dsse");
        desk.check(minisig(change, same), 3, &["malformed"], "minisign");
        desk.check(ssh("file", change), 3, &["malformed"], "sshsig");
    }
    desk.check(text(&dsse(INTOTO, |_| Vec::new())), 3, &["malformed"], "an empty one");
}

#[test]
fn a_signature_over_one_thing_is_none_over_another() {
    let desk = Desk::new();
    for payload_type in
        ["application/vnd.in-toto+xml", "", "application/vnd.vidimus.policy.v1+toml"]
    {
        desk.check(text(&dsse(payload_type, same)), 10, &["payload-type"], payload_type);
        let bundle = bundle(("dsseEnvelope", dsse(payload_type, same)));
        desk.check(text(&bundle), 10, &["payload-type"], payload_type);
    }
    for namespace in ["git", "File", "file ", "file\0"] {
        let outcome = desk.verify(ssh(namespace, same).as_bytes());
        let code = errors(&outcome);
        assert!(code == ["namespace"] || code == ["malformed"], "{namespace:?} {code:?}");
    }
    // The type or namespace is replaced after signing.
    let mut other = dsse("application/x", same);
    other["payloadType"] = INTOTO.into();
    desk.check(text(&other), 10, &["bad-signature"], "the type replaced");
    let blob = ssh_blob("git!", same);
    let at = blob.windows(4).position(|window| window == b"git!").unwrap();
    let swapped = [&blob[..at], b"file", &blob[at + 4..]].concat();
    desk.check(armour(&swapped), 10, &["bad-signature"], "the namespace replaced");
    // A raw signature over the file is none over its minisign hash, nor the reverse.
    let raw = key().sign(FILE).to_bytes();
    let blob = base64::encode(&[&b"ED12345678"[..], &raw].concat());
    let global = base64::encode(&key().sign(&[&raw[..], b"x"].concat()).to_bytes());
    let forged = format!("untrusted comment: x\n{blob}\ntrusted comment: x\n{global}\n");
    desk.check(&forged, 10, &["bad-signature"], "raw as prehashed");
    // The legacy form of it would verify, and so is asked for by name.
    let legacy = base64::encode(&[&b"Ed12345678"[..], &raw].concat());
    let legacy = format!("untrusted comment: x\n{legacy}\ntrusted comment: x\n{global}\n");
    desk.check(legacy, 3, &["unsupported"], "legacy");
}

#[test]
fn duplicate_members_are_refused_at_every_depth() {
    let desk = Desk::new();
    let evidence = [
        ("dsse", text(&dsse(INTOTO, same))),
        ("bundle", text(&bundle(("dsseEnvelope", dsse(INTOTO, same))))),
        ("message", text(&bundle(("messageSignature", message(same))))),
    ];
    let mut tried = 0;
    for (what, text) in evidence {
        // Each member name that stands there, twice: as it is, and with its first letter escaped.
        for (at, _) in text.match_indices("\":") {
            let begin = text[..at].rfind('"').unwrap();
            let name = &text[begin + 1..at];
            let escaped = format!("\\u{:04x}{}", u32::from(name.as_bytes()[0]), &name[1..]);
            for again in [name, &escaped] {
                let twice = format!("{}\"{again}\":0,{}", &text[..begin], &text[begin..]);
                desk.check(twice, 3, &["malformed"], what);
                tried += 1;
            }
        }
        // A member that means nothing may not be there twice either.
        let inner = text.replacen('{', r#"{"x":[[{"y":1,"\u0079":2}]],"#, 1);
        desk.check(inner, 3, &["malformed"], what);
    }
    // Inside of what was signed.
    for payload in [
        String::from_utf8(statement()).unwrap().replacen('{', r#"{"predicate":1,"#, 1),
        String::from_utf8(statement()).unwrap().replacen("{}", r#"{"a":{"b":1,"\u0062":2}}"#, 1),
        String::from_utf8(statement()).unwrap() + "{}",
    ] {
        let sig = key().sign(&pae(INTOTO, payload.as_bytes())).to_bytes();
        let mut envelope = dsse(INTOTO, same);
        envelope["payload"] = base64::encode(payload.as_bytes()).into();
        envelope["signatures"][0]["sig"] = base64::encode(&sig).into();
        desk.check(text(&envelope), 3, &["malformed"], &payload);
    }
    println!("{tried} members doubled");
    assert!(tried > 50);
}

#[test]
fn nesting_is_bounded() {
    let desk = Desk::new();
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        for depth in [101, 200_000] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let member = text(&dsse(INTOTO, same)).replacen('{', &format!(r#"{{"x":{deep},"#), 1);
            desk.check(member, 3, &["malformed"], "in a member");
            desk.check(open.repeat(depth), 3, &["malformed"], "unclosed");
            let signed = deep.clone().into_bytes();
            let sig = key().sign(&pae(INTOTO, &signed)).to_bytes();
            let mut envelope = dsse(INTOTO, same);
            envelope["payload"] = base64::encode(&signed).into();
            envelope["signatures"][0]["sig"] = base64::encode(&sig).into();
            desk.check(text(&envelope), 3, &["malformed"], "in the payload");
        }
    }
}

/// Other spellings of the same base64: line feeds and blanks, no padding, bits that are not
/// used, both alphabets in one.
fn respellings(text: &str) -> Vec<String> {
    let mut out =
        vec![format!("{text}\n"), format!(" {text}"), format!("{}\r\n{}", &text[..4], &text[4..])];
    out.push(format!("{text}===="));
    let bare = text.trim_end_matches('=');
    if bare.len() < text.len() {
        out.push(bare.to_owned());
        let alphabet: Vec<u8> =
            (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain([b'+', b'/']).collect();
        let last = bare.as_bytes()[bare.len() - 1];
        let next = alphabet[alphabet.iter().position(|c| *c == last).unwrap() + 1] as char;
        out.push(format!("{}{next}{}", &bare[..bare.len() - 1], &text[bare.len()..]));
    } else {
        out.push(format!("{text}="));
    }
    let mixed = text.replacen('+', "-", 1);
    if mixed != text && (mixed.contains('+') || mixed.contains('/')) {
        out.push(mixed);
    }
    out
}

#[test]
fn base64_has_one_spelling() {
    let desk = Desk::new();
    let mut tried = 0;
    let mut refuse = |evidence: String, what: &str| {
        let outcome = desk.verify(evidence.as_bytes());
        assert_eq!(errors(&outcome), ["malformed"], "{what}: {evidence}");
        tried += 1;
    };
    let envelope = dsse(INTOTO, same);
    for pointer in ["/payload", "/signatures/0/sig"] {
        for other in respellings(envelope.pointer(pointer).unwrap().as_str().unwrap()) {
            let mut changed = envelope.clone();
            *changed.pointer_mut(pointer).unwrap() = other.into();
            refuse(text(&changed), pointer);
            refuse(text(&bundle(("dsseEnvelope", changed))), pointer);
        }
    }
    let plain = message(same);
    for pointer in ["/signature", "/messageDigest/digest"] {
        for other in respellings(plain.pointer(pointer).unwrap().as_str().unwrap()) {
            let mut changed = plain.clone();
            *changed.pointer_mut(pointer).unwrap() = other.into();
            refuse(text(&bundle(("messageSignature", changed))), pointer);
        }
    }
    let signature = minisig(same, same);
    let lines: Vec<&str> = signature.lines().collect();
    for line in [1, 3] {
        for other in respellings(lines[line]) {
            // A line feed at the end of the last line is a blank line: refused as well.
            let mut changed: Vec<&str> = lines.clone();
            changed[line] = &other;
            refuse(changed.join("\n") + "\n", "minisign");
        }
    }
    println!("{tried} spellings refused");
    assert!(tried > 30);
}

#[test]
fn envelopes_that_say_too_much_or_too_little() {
    let desk = Desk::new();
    let junk = |number: usize| json!({"sig": base64::encode(&[number.to_le_bytes()[0]; 64]), "keyid": format!("{number}")});
    let mut envelope = dsse(INTOTO, same);
    let mine = envelope["signatures"][0].clone();
    let mut with = |signatures: Vec<Value>| {
        envelope["signatures"] = signatures.into();
        text(&envelope)
    };
    desk.check(with((0..63).map(junk).chain([mine.clone()]).collect()), 0, &[], "63 strangers");
    desk.check(with((0..64).map(junk).chain([mine.clone()]).collect()), 3, &["limit"], "65");
    desk.check(with((0..5000).map(junk).chain([mine.clone()]).collect()), 3, &["limit"], "5001");
    desk.check(with((0..64).map(junk).collect()), 11, &["untrusted-key"], "64 strangers");
    desk.check(with(vec![]), 3, &["malformed"], "none");
    let two = with(vec![mine.clone(), mine.clone()]);
    desk.check(&two, 0, &[], "twice the same in a plain envelope is one signer");
    let two: Value = serde_json::from_str(&two).unwrap();
    desk.check(text(&bundle(("dsseEnvelope", two))), 3, &["malformed"], "two in a bundle");
    let mut both = bundle(("dsseEnvelope", dsse(INTOTO, same)));
    both["messageSignature"] = message(same);
    desk.check(text(&both), 3, &["malformed"], "two contents");
    let plain = bundle(("dsseEnvelope", dsse(INTOTO, same)));
    let media = |text: &str| {
        let mut changed = plain.clone();
        changed["mediaType"] = text.into();
        changed.to_string()
    };
    for version in [".v0.4+json", ".v1.0+json", "+json;version=0.4", ".v0.3+cbor", ""] {
        let name = format!("application/vnd.dev.sigstore.bundle{version}");
        desk.check(media(&name), 3, &["unsupported"], &name);
    }
    desk.check(media("application/json"), 3, &["malformed"], "another media type");
    let material = |value: Value| {
        let mut changed = plain.clone();
        changed["verificationMaterial"] = value;
        changed.to_string()
    };
    desk.check(material(json!({})), 3, &["malformed"], "no key material");
    let certificate = json!({"certificate": {"rawBytes": "AAAA"}});
    desk.check(material(certificate.clone()), 3, &["unsupported"], "a certificate");
    let both = json!({"certificate": {"rawBytes": "AAAA"}, "publicKey": {"hint": "x"}});
    desk.check(material(both), 3, &["malformed"], "a certificate and a key");
    // A hint is only a hint, but the key must be one that is trusted.
    let stranger = Desk {
        trust: TrustSet::of_keys(
            vec![(
                "you".to_owned(),
                PublicKey::Ed25519(SigningKey::from_bytes(&[8; 32]).verifying_key()),
                None,
            )],
            1,
        ),
        ..Desk::new()
    };
    for (what, evidence) in good() {
        // A key without a minisign id cannot be told apart from the one that signed.
        let (exit, code) =
            if what == "minisign" { (10, "bad-signature") } else { (11, "untrusted-key") };
        stranger.check(evidence, exit, &[code], what);
    }
    // Huge, and nothing but blanks.
    let blanks = format!("{{{}", " ".repeat(17 << 20));
    desk.check(blanks, 3, &["limit"], "17 MiB");
}

#[test]
fn nothing_follows_or_precedes() {
    let desk = Desk::new();
    for (what, evidence) in good() {
        let json = evidence.starts_with(b"{");
        let mut tails: Vec<&[u8]> = vec![b"x", b"\0", b"{}", b"\xff", b"\n\x0bx", b"\n\n\0"];
        if !json {
            tails.extend([&b"\n\n\n"[..], b" ", b"\nuntrusted comment: x\n"]);
        }
        for tail in tails {
            let outcome = desk.verify(&[&evidence, tail].concat());
            assert_eq!(errors(&outcome), ["malformed"], "{what} {}", tail.escape_ascii());
        }
        for head in [&b"\xef\xbb\xbf"[..], b"\0", b"x", b"//\n"] {
            let outcome = desk.verify(&[head, &evidence].concat());
            assert_eq!(errors(&outcome), ["malformed"], "{what} {}", head.escape_ascii());
        }
        let doubled = desk.verify(&[&evidence[..], &evidence].concat());
        assert_eq!(errors(&doubled), ["malformed"], "{what} twice");
    }
    // Bytes inside of the armour, behind the signature.
    let blob = [&ssh_blob("file", same)[..], b"\0"].concat();
    desk.check(armour(&blob), 3, &["malformed"], "inside of the armour");
}

#[test]
fn a_cut_at_any_byte_never_passes() {
    let desk = Desk::new();
    let mut cuts = 0;
    for (what, evidence) in good() {
        for length in 0..evidence.len() {
            let outcome = desk.verify(&evidence[..length]);
            // The last line feed of the two line-based forms may be missing: nothing else was.
            let only_line_feed = length + 1 == evidence.len() && evidence[length] == b'\n';
            if !only_line_feed {
                assert_eq!(
                    outcome.exit().number(),
                    3,
                    "{what} cut to {length}: {:?}",
                    errors(&outcome)
                );
            }
            cuts += 1;
        }
    }
    println!("{cuts} cuts");
    assert!(cuts > 2000);
}

/// Where `name` and its value stand in the text: `"name":"value"`.
fn member(text: &str, name: &str) -> Vec<Range<usize>> {
    let begin = format!("\"{name}\":");
    let end = |at: usize| {
        let rest = &text[at + begin.len()..];
        let value = rest.strip_prefix('"').map_or(0, |value| value.find('"').unwrap() + 2);
        at + begin.len() + value
    };
    text.match_indices(&begin).map(|(at, _)| at..end(at)).collect()
}

/// Flips one bit at every byte of `original` and counts what passes; each that does must lie in
/// one of the ranges of bytes that nothing relies on.
fn flip_each(
    what: &str,
    original: &[u8],
    free: &[Range<usize>],
    mut passes: impl FnMut(&[u8]) -> bool,
) -> usize {
    let mut bytes = original.to_vec();
    let mut passed = 0;
    for at in 0..bytes.len() {
        // Never the eighth bit alone: text that is no longer ASCII is the easy case.
        bytes[at] ^= 1 << (at % 7);
        if passes(&bytes) {
            let known = free.iter().any(|range| range.contains(&at));
            let around =
                original[at.saturating_sub(20)..(at + 20).min(original.len())].escape_ascii();
            assert!(known, "{what}: a flipped bit at {at} passes, near {around}");
            passed += 1;
        }
        bytes[at] = original[at];
    }
    println!("{what}: {} flips, {passed} of them in bytes that nothing relies on", bytes.len());
    passed
}

#[test]
fn a_flipped_bit_in_detached_evidence() {
    let desk = Desk::new();
    for (what, evidence) in good() {
        let text = String::from_utf8(evidence.clone()).unwrap();
        // Hints at the key, and empty lists: who signed is found by trying the trusted keys. The
        // untrusted comment and the key id of minisign are hints too, when the key has no id.
        let mut free: Vec<_> =
            ["keyid", "hint", "tlogEntries"].iter().flat_map(|name| member(&text, name)).collect();
        if what == "message" {
            // The digest beside a message is optional, and the file is what is verified.
            free.extend(member(&text, "messageDigest"));
        }
        if what == "minisign" {
            let line = text.find('\n').unwrap();
            free.push(19..line);
            // Base64 of `ED` and the eight bytes of the id: characters 3 to 13.
            free.push(line + 3..line + 15);
        }
        flip_each(what, &evidence, &free, |bytes| desk.verify(bytes).exit().number() == 0);
    }
}

fn verify_archive(path: &Path) -> u8 {
    let root = Root::open(path).unwrap();
    let archive = Archive {
        root: &root,
        source: PolicySource::Inside,
        keys: None,
        only: None,
        require_pinned: false,
        at: (Time::parse("2126-01-31T12:00:00Z").unwrap(), true),
        rows: false,
        memory: &|_| Ok(None),
    };
    archive.verify(&NoProgress).0.exit().number()
}

/// Flips through one file of an archive.
fn flip_in_archive(name: &str, hints: &[&str]) {
    let bench = Bench::archive();
    let original = bench.read(name);
    let text = String::from_utf8(original.clone()).unwrap();
    let free: Vec<_> = hints.iter().flat_map(|name| member(&text, name)).collect();
    assert_eq!(free.len(), hints.len());
    let root = bench.path("a");
    assert_eq!(verify_archive(&root), 0);
    let passed = flip_each(name, &original, &free, |bytes| {
        bench.write(name, bytes);
        verify_archive(&root) == 0
    });
    assert_eq!(passed > 0, !hints.is_empty());
    // And cut, often; at every byte is what the test of detached evidence does. Without its last
    // line feed JSON is the same JSON.
    let end = original.len().saturating_sub(20);
    for length in (0..end).step_by(17).chain(end..original.len()) {
        bench.write(name, &original[..length]);
        let same = hints.is_empty() || length + 1 < original.len();
        assert!(verify_archive(&root) != 0 || !same, "{name} cut to {length}");
    }
}

#[test]
fn a_flipped_bit_or_cut_in_the_bundle_of_an_archive() {
    let hints = ["hint", "keyid", "tlogEntries", "timestampVerificationData", "rfc3161Timestamps"];
    flip_in_archive("a/manifests/seeds/SHA256SUMS.sigstore.json", &hints);
}

#[test]
fn a_flipped_bit_or_cut_in_the_policy() {
    flip_in_archive("a/keys/policy.toml", &[]);
}

#[test]
fn a_flipped_bit_or_cut_in_the_signature_of_the_policy() {
    flip_in_archive("a/keys/policy.toml.dsse.json", &["keyid"]);
}

#[test]
fn a_flipped_bit_or_cut_in_the_manifest_and_the_checkpoint() {
    flip_in_archive("a/manifests/seeds/SHA256SUMS", &[]);
    flip_in_archive("a/manifests/seeds/SHA256SUMS.checkpoint", &[]);
}

#[test]
fn too_much_evidence_beside_a_manifest() {
    let bench = Bench::archive();
    let bundle = bench.read("a/manifests/seeds/SHA256SUMS.sigstore.json");
    for number in 0..63 {
        bench.write(&format!("a/manifests/seeds/SHA256SUMS.{number}.sigstore.json"), &bundle);
    }
    bench.json_in("a", &["verify"]).expect(0, &[]);
    bench.write("a/manifests/seeds/SHA256SUMS.64.sigstore.json", &bundle);
    let outcome = bench.json_in("a", &["verify"]);
    assert!(outcome.errors().contains(&"limit".to_owned()), "{:#}", outcome.json);
    assert_ne!(outcome.exit, 0);
    // Thousands of signatures on a checkpoint, and on the policy.
    let bench = Bench::archive();
    let checkpoint = bench.text("a/manifests/seeds/SHA256SUMS.checkpoint");
    let line = checkpoint.lines().last().unwrap().to_owned() + "\n";
    bench.write("a/manifests/seeds/SHA256SUMS.checkpoint", checkpoint + &line.repeat(5000));
    bench.json_in("a", &["verify"]).expect(3, &["limit"]);
    let bench = Bench::archive();
    let policy = bench.text("a/keys/policy.toml.dsse.json");
    let mut policy: Value = serde_json::from_str(&policy).unwrap();
    let one = policy["signatures"][0].clone();
    policy["signatures"] = vec![one; 5000].into();
    bench.write("a/keys/policy.toml.dsse.json", policy.to_string());
    let outcome = bench.json_in("a", &["verify"]);
    assert!(outcome.errors().contains(&"limit".to_owned()), "{:#}", outcome.json);
    assert_ne!(outcome.exit, 0);
}

#[test]
fn files_of_another_kind_as_signature() {
    let bench = Bench::archive();
    bench.write("empty", "");
    bench.write("blank", "\n");
    bench.write("brace", "{");
    bench.write("object", "{}");
    bench.write("list", "[]");
    bench.write("null", "null");
    bench.write("binary", [0xff; 3000]);
    let table = [
        ("empty", "malformed"),
        ("blank", "malformed"),
        ("brace", "malformed"),
        ("object", "malformed"),
        ("list", "malformed"),
        ("null", "malformed"),
        ("binary", "malformed"),
        ("a", "not-regular"),
        ("/dev/null", "not-regular"),
        ("keyring/press.pub.pem", "malformed"),
        ("keyring/press.key.pem", "malformed"),
        ("a/keys/policy.toml", "malformed"),
        ("a/manifests/seeds/SHA256SUMS", "malformed"),
        ("a/manifests/seeds/SHA256SUMS.checkpoint", "malformed"),
    ];
    for (signature, code) in table {
        let arguments = [
            "verify",
            "a/seeds/one.txt",
            "--signature",
            signature,
            "--key",
            "keyring/press.pub.pem",
        ];
        println!("{signature}");
        bench.json_in("", &arguments).expect(3, &[code]);
    }
    let other = ["verify", "a/seeds/one.txt", "--key", "keyring/press.pub.pem", "--signature"];
    // A good signature over something else, as signature of this file.
    let bundle = "a/manifests/seeds/SHA256SUMS.sigstore.json";
    bench
        .json_in("", &[&other[..], &["a/keys/policy.toml.dsse.json"]].concat())
        .expect(10, &["payload-type"]);
    bench
        .json_in("", &[&["verify", "keyring/press.pub.pem"], &other[2..], &[bundle]].concat())
        .expect(1, &["digest-mismatch"]);
    // The statement about the manifest names each file too, so it covers this one.
    bench.json_in("", &[&other[..], &[bundle]].concat()).expect(0, &[]);
}
