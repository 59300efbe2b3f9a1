//! Every way in which a token can be wrong, made by the authority of `testing.rs`.

use super::testing::*;
use super::*;
use crate::digest::{self, Algorithm};
use crate::finding::{Code, Coded as _, Exit};
use proptest::prelude::*;

/// Checks code and exit together; `None` is accepted.
fn check(what: &str, verdict: Result<Stamp, TokenError>, expected: Option<Code>) {
    let finding = verdict.as_ref().err().map(TokenError::finding);
    assert_eq!(finding.as_ref().map(|each| each.code), expected, "{what}: {verdict:?}");
    if let (Some(finding), Some(code)) = (finding, expected) {
        let unread = [Code::Malformed, Code::Limit, Code::Unsupported, Code::WeakKey];
        let exit = if unread.contains(&code) { Exit::Refused } else { Exit::Timestamp };
        assert_eq!(finding.exit(), exit, "{what}: {finding:?}");
    }
}

#[test]
fn a_good_token_says_when_and_who() {
    let accuracy = seq(&[&asn1::integer(1), &[0x80, 2, 0x01, 0xf4]]);
    let stamp = Draft { after_time: accuracy, ..draft() }.verdict().unwrap();
    assert_eq!(stamp.gen_time.to_string(), "2026-01-31T12:00:00Z");
    // 1.5 seconds, rounded up.
    assert_eq!(stamp.latest.to_string(), "2026-01-31T12:00:02Z");
    assert_eq!((stamp.signer.as_str(), stamp.root), ("CN=tsa", 0));
    assert_eq!((stamp.serial.as_str(), stamp.policy.as_str()), ("00ab", "1.2.3.4"));
    assert_eq!(stamp.chain, [leaf().der(), root().der()]);
}

#[test]
fn forms_of_a_good_token() {
    let good = draft();
    let bare = good.der();
    let roots = [root().certificate()];
    for (what, bytes) in [
        ("bare", bare.clone()),
        ("granted", answer(0, &bare)),
        ("granted with changes", answer(1, &bare)),
        ("SHA-512 imprint", Draft { imprint: Algorithm::Sha512, ..draft() }.der()),
        (
            "SHA-384 content",
            Draft {
                digest: Algorithm::Sha384,
                signature_algorithm: seq(&[&oid("1.2.840.10045.4.3.3")]),
                ..draft()
            }
            .der(),
        ),
        ("ESSCertID by SHA-1", Draft { old_binding: true, ..draft() }.der()),
        ("a fraction", Draft { time: "20260131120000.25Z", ..draft() }.der()),
    ] {
        let verdict = verdict(&bytes, &roots);
        // This authority signs with SHA-256 only, so that another hash is a bad signature there.
        let expected = (what == "SHA-384 content").then_some(Code::BadSignature);
        check(what, verdict, expected);
    }
    assert_eq!(Token::parse(&answer(0, &bare)).unwrap().der(), bare);
    let later = Draft { time: "20260131120000.25Z", ..draft() }.verdict().unwrap();
    assert_eq!(later.latest.unix() - later.gen_time.unix(), 1);
}

#[test]
fn what_is_refused_in_a_token() {
    let good = draft();
    let tsa = leaf().der();
    let (info, attributes) = (good.info(), good.attributes());
    let signature = sign(&key(3), &set(&[&attributes]));
    let later = Draft { time: "20270131120000Z", ..draft() };
    let resigned = sign(&key(3), &set(&[&later.attributes()]));
    let twice = seq(&[&oid("1.2.840.113549.1.9.4"), &set(&[&octets(&[0; 32])])]);
    let critical = extension("1.2.3", true, &[]);
    let extensions = asn1::element(0xa1, &[&critical]);
    let forged = Plan { key: 9, issuer_key: 9, ..leaf() };
    let table: Vec<(&str, Vec<u8>, Option<Code>)> = vec![
        ("as it is", good.around(&info, &attributes, &signature), None),
        ("over other data", Draft { message: b"x".to_vec(), ..draft() }.der(), Some(Code::Imprint)),
        (
            "SHA-1 imprint",
            Draft { imprint: Algorithm::Sha1, ..draft() }.der(),
            Some(Code::WeakHash),
        ),
        ("MD5 imprint", Draft { imprint: Algorithm::Md5, ..draft() }.der(), Some(Code::WeakHash)),
        (
            "SHA-1 content",
            Draft {
                digest: Algorithm::Sha1,
                signature_algorithm: seq(&[&oid("1.2.840.10045.4.1")]),
                ..draft()
            }
            .der(),
            Some(Code::WeakHash),
        ),
        (
            "SHA-224 imprint",
            Draft { imprint: Algorithm::Sha224, ..draft() }.der(),
            Some(Code::Unsupported),
        ),
        (
            "edited time",
            good.around(&later.info(), &attributes, &signature),
            Some(Code::BadSignature),
        ),
        (
            "edited time and digest",
            good.around(&later.info(), &later.attributes(), &signature),
            Some(Code::BadSignature),
        ),
        (
            "edited and signed by its key",
            good.around(&later.info(), &later.attributes(), &resigned),
            None,
        ),
        (
            "RSA-PSS",
            Draft { signature_algorithm: seq(&[&oid("1.2.840.113549.1.1.10")]), ..draft() }.der(),
            Some(Code::Unsupported),
        ),
        (
            "two digest algorithms",
            Draft { digest: Algorithm::Sha512, ..draft() }.der(),
            Some(Code::Malformed),
        ),
        (
            "signed by RSA with a P-256 key",
            Draft { signature_algorithm: seq(&[&oid("1.2.840.113549.1.1.1"), &[5, 0]]), ..draft() }
                .der(),
            Some(Code::BadSignature),
        ),
        ("two signers", Draft { signers: 2, ..draft() }.der(), Some(Code::Malformed)),
        ("no signer", Draft { signers: 0, ..draft() }.der(), Some(Code::Malformed)),
        (
            "without its certificate",
            Draft { certificates: vec![], ..draft() }.der(),
            Some(Code::UntrustedKey),
        ),
        (
            "another certificate in it",
            Draft { certificates: vec![middle().der()], ..draft() }.der(),
            Some(Code::UntrustedKey),
        ),
        (
            "bound to another certificate",
            Draft { bound: middle().der(), ..draft() }.der(),
            Some(Code::BadSignature),
        ),
        (
            "bound to the forged one",
            Draft { bound: forged.der(), certificates: vec![forged.der(), tsa.clone()], ..draft() }
                .der(),
            Some(Code::BadSignature),
        ),
        (
            "a forged certificate first",
            Draft { certificates: vec![forged.der(), tsa.clone()], ..draft() }.der(),
            None,
        ),
        (
            "signed by the forged one, bound to the true one",
            Draft {
                bound: tsa.clone(),
                certificates: vec![forged.der(), tsa.clone()],
                ..by(forged.clone())
            }
            .der(),
            Some(Code::BadSignature),
        ),
        (
            "signed by the forged one, the true one first",
            Draft { certificates: vec![tsa.clone(), forged.der()], ..by(forged.clone()) }.der(),
            Some(Code::UntrustedTime),
        ),
        (
            "an attribute twice",
            Draft { more_attributes: vec![twice], ..draft() }.der(),
            Some(Code::Malformed),
        ),
        (
            "a critical extension",
            Draft { after_time: extensions, ..draft() }.der(),
            Some(Code::Unsupported),
        ),
        ("rejected", answer(2, &[]), Some(Code::NoTime)),
        ("rejected, with a token", answer(2, &good.der()), Some(Code::NoTime)),
        ("waiting", answer(3, &[]), Some(Code::NoTime)),
        ("granted, without a token", answer(0, &[]), Some(Code::NoTime)),
        ("a byte after the token", [good.der(), vec![0]].concat(), Some(Code::Malformed)),
        (
            "a byte after the answer",
            [answer(0, &good.der()), vec![0]].concat(),
            Some(Code::Malformed),
        ),
        ("a byte in the answer", answer(0, &[good.der(), vec![0]].concat()), Some(Code::Malformed)),
        ("nothing", Vec::new(), Some(Code::Malformed)),
        ("a certificate", tsa, Some(Code::Malformed)),
        ("a length bomb", vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff], Some(Code::Malformed)),
        (
            "a long length",
            vec![0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            Some(Code::Malformed),
        ),
        ("without an end", vec![0x30, 0x80, 0x00, 0x00], Some(Code::Malformed)),
        ("deep", [0x30, 0x82, 0xff, 0xfc].repeat(16_000), Some(Code::Malformed)),
        ("too large", vec![0x30; 1 << 21], Some(Code::Limit)),
        (
            "many certificates",
            Draft { certificates: vec![middle().der(); 65], ..draft() }.der(),
            Some(Code::Limit),
        ),
    ];
    for (what, bytes, expected) in table {
        check(what, verdict(&bytes, &[root().certificate()]), expected);
    }
}

#[test]
fn signed_attributes_must_be_there() {
    let good = draft();
    let attributes = good.attributes();
    let mut rest = attributes.as_slice();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let length = usize::from(rest[1]) + 2;
        parts.push(&rest[..length]);
        rest = &rest[length..];
    }
    assert_eq!(parts.len(), 3);
    for left_out in 0..3 {
        let some: Vec<&[u8]> =
            (0..3).filter(|each| *each != left_out).map(|each| parts[each]).collect();
        let some = some.concat();
        let signature = sign(&key(3), &set(&[&some]));
        let token = good.around(&good.info(), &some, &signature);
        check("an attribute less", verdict(&token, &[root().certificate()]), Some(Code::Malformed));
    }
}

#[test]
fn purposes_of_the_signer() {
    let eku = |extensions| by(leaf().with(extensions)).verdict();
    let sign = || usage(0x80);
    let table = [
        ("as it should be", vec![sign(), purposes(true, &[TIME_STAMPING])], None),
        ("no key usage", vec![purposes(true, &[TIME_STAMPING])], None),
        ("non-repudiation", vec![usage(0x40), purposes(true, &[TIME_STAMPING])], None),
        ("no extensions", vec![], Some(Code::Eku)),
        ("no purpose", vec![sign()], Some(Code::Eku)),
        ("not critical", vec![sign(), purposes(false, &[TIME_STAMPING])], Some(Code::Eku)),
        (
            "one more",
            vec![sign(), purposes(true, &[TIME_STAMPING, "1.3.6.1.5.5.7.3.3"])],
            Some(Code::Eku),
        ),
        ("another", vec![sign(), purposes(true, &["1.3.6.1.5.5.7.3.3"])], Some(Code::Eku)),
        ("any", vec![sign(), purposes(true, &["2.5.29.37.0"])], Some(Code::Eku)),
        ("empty", vec![sign(), purposes(true, &[])], Some(Code::Eku)),
        ("may not sign", vec![usage(0x20), purposes(true, &[TIME_STAMPING])], Some(Code::Eku)),
        (
            "an unknown critical extension",
            vec![purposes(true, &[TIME_STAMPING]), extension("1.2.3", true, &[])],
            Some(Code::UntrustedTime),
        ),
        (
            "an unknown extension",
            vec![purposes(true, &[TIME_STAMPING]), extension("1.2.3", false, &[])],
            None,
        ),
    ];
    for (what, extensions, expected) in table {
        check(what, eku(extensions), expected);
    }
    let twice = vec![purposes(true, &[TIME_STAMPING]), purposes(true, &[TIME_STAMPING])];
    let der = leaf().with(twice).der();
    assert_eq!(Certificate::from_der(&der).map(drop).unwrap_err().code(), Code::Malformed);
}

/// The verdict on a token whose chain goes over these authorities, from the top, in the token.
fn over(authorities: &[Plan], signer: Plan) -> Result<Stamp, TokenError> {
    let mut draft = by(signer);
    draft.certificates.extend(authorities.iter().map(Plan::der));
    draft.verdict()
}

#[test]
fn chains() {
    let chain = |change: fn(Plan) -> Plan| {
        let middle = change(middle());
        over(std::slice::from_ref(&middle), leaf().below(&middle))
    };
    let any = |purpose: &'static str| {
        let middle = middle().with(vec![authority(None), purposes(false, &[purpose])]);
        over(std::slice::from_ref(&middle), leaf().below(&middle))
    };
    let table = [
        ("one in between", chain(|plan| plan), None),
        ("path length 0", chain(|plan| plan.with(vec![authority(Some(0))])), None),
        ("no authority", chain(|plan| plan.with(vec![usage(0x06)])), Some(Code::UntrustedTime)),
        ("no extensions", chain(|plan| plan.with(vec![])), Some(Code::UntrustedTime)),
        (
            "may not certify",
            chain(|plan| plan.with(vec![authority(None), usage(0x80)])),
            Some(Code::UntrustedTime),
        ),
        (
            "name constraints",
            chain(|plan| {
                plan.with(vec![authority(None), extension("2.5.29.30", true, &[0x30, 0])])
            }),
            Some(Code::UntrustedTime),
        ),
        (
            "critical policies",
            chain(|plan| {
                plan.with(vec![authority(None), extension("2.5.29.32", true, &[0x30, 0])])
            }),
            None,
        ),
        ("for time stamping", any(TIME_STAMPING), None),
        ("for anything", any("2.5.29.37.0"), None),
        ("for something else", any("1.3.6.1.5.5.7.3.1"), Some(Code::UntrustedTime)),
        (
            "signed by another key",
            chain(|plan| Plan { issuer_key: 9, ..plan }),
            Some(Code::UntrustedTime),
        ),
        (
            "of another issuer",
            chain(|plan| Plan { issuer: "x", ..plan }),
            Some(Code::UntrustedTime),
        ),
        (
            "its own issuer",
            chain(|plan| Plan { issuer: "middle", issuer_key: 2, ..plan }),
            Some(Code::UntrustedTime),
        ),
        (
            "not yet valid",
            chain(|plan| Plan { from: "20260131120001Z", ..plan }),
            Some(Code::Expired),
        ),
        (
            "no longer valid",
            chain(|plan| Plan { to: "20260131115959Z", ..plan }),
            Some(Code::Expired),
        ),
        ("valid for this second", chain(|plan| Plan { from: TIME, to: TIME, ..plan }), None),
    ];
    for (what, verdict, expected) in table {
        check(what, verdict, expected);
    }
}

#[test]
fn path_lengths_count_authorities_below() {
    let upper = |length| Plan { subject: "upper", key: 4, ..root() }.with(vec![authority(length)]);
    for (length, expected) in [(None, None), (Some(1), None), (Some(0), Some(Code::UntrustedTime))]
    {
        let upper = upper(length);
        let middle = middle().below(&upper);
        check("two in between", over(&[upper, middle.clone()], leaf().below(&middle)), expected);
    }
    // The root's own word counts too.
    let middle = middle();
    let mut draft = by(leaf().below(&middle));
    draft.certificates.push(middle.der());
    for (length, expected) in [(Some(1), None), (Some(0), Some(Code::UntrustedTime))] {
        let root = root().with(vec![authority(length)]).certificate();
        check("root", verdict(&draft.der(), &[root]), expected);
    }
    // A chain of more certificates than are followed.
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let mut chain: Vec<Plan> = Vec::new();
    for (number, name) in (20..).zip(names) {
        let plan = Plan { subject: name, key: number, serial: 20, ..root() };
        chain.push(chain.last().map_or(plan.clone(), |above| plan.below(above)));
    }
    let signer = |last: &Plan| leaf().below(last);
    check("8 in all", over(&chain[..6], signer(&chain[5])), None);
    check("9 in all", over(&chain, signer(&chain[6])), Some(Code::UntrustedTime));
}

#[test]
fn roots() {
    let good = draft().der();
    let roots = |plans: &[Plan]| {
        let roots: Vec<_> = plans.iter().map(Plan::certificate).collect();
        verdict(&good, &roots)
    };
    let other = Plan { subject: "other", key: 5, issuer_key: 5, ..root() };
    let namesake = Plan { key: 5, issuer_key: 5, ..root() };
    check("none", roots(&[]), Some(Code::UntrustedTime));
    check("another", roots(std::slice::from_ref(&other)), Some(Code::UntrustedTime));
    check("its namesake", roots(std::slice::from_ref(&namesake)), Some(Code::UntrustedTime));
    check("the signer itself", roots(&[leaf()]), Some(Code::UntrustedTime));
    check("no authority", roots(&[root().with(vec![])]), Some(Code::UntrustedTime));
    check("expired", roots(&[Plan { to: "20250101000000Z", ..root() }]), Some(Code::Expired));
    // Name and key are what is trusted, whoever signed the root's certificate.
    check("signed by another", roots(&[Plan { issuer: "x", issuer_key: 9, ..root() }]), None);
    let found = roots(&[other, namesake, root()]).unwrap();
    assert_eq!(found.root, 2);
    // An expired one and a good one of the same key: one chain that holds is enough.
    check("renewed", roots(&[Plan { to: "20250101000000Z", ..root() }, root()]), None);
}

#[test]
fn certificates_given_apart_complete_a_chain_and_are_no_roots() {
    let middle = middle();
    let token = Draft { certificates: vec![], ..by(leaf().below(&middle)) }.der();
    let token = Token::parse(&token).unwrap();
    let signer = leaf().below(&middle).certificate();
    let helpers = [middle.certificate(), signer.clone()];
    let root = [root().certificate()];
    check("both", verify(&token, MESSAGE, &root, &helpers), None);
    check("no root", verify(&token, MESSAGE, &[], &helpers), Some(Code::UntrustedTime));
    let with_root = [&helpers[..], &root].concat();
    check("a root apart", verify(&token, MESSAGE, &[], &with_root), Some(Code::UntrustedTime));
    check("one", verify(&token, MESSAGE, &root, &[signer]), Some(Code::UntrustedTime));
    check("none", verify(&token, MESSAGE, &root, &[]), Some(Code::UntrustedKey));
    // The chain in one file, given as roots: it still must lead to one of them.
    check("all as roots", verify(&token, MESSAGE, &with_root, &[]), None);
    let signer = leaf().below(&middle).certificate();
    check("as the root", verify(&token, MESSAGE, &[signer], &[]), Some(Code::UntrustedTime));
}

#[test]
fn the_search_for_a_chain_is_bounded() {
    // Many authorities that have all signed each other, none of which leads to the root.
    let mut draft = by(leaf().below(&Plan { subject: "knot", key: 10, ..root() }));
    for above in 10..18 {
        for below in 10..18 {
            let plan =
                Plan { subject: "knot", issuer: "knot", key: below, issuer_key: above, ..root() };
            if draft.certificates.len() < 64 {
                draft.certificates.push(plan.der());
            }
        }
    }
    check("a knot", draft.verdict(), Some(Code::Limit));
}

#[test]
fn the_signer_is_judged_at_the_time_of_the_token() {
    let at = |from, to| by(Plan { from, to, ..leaf() }).verdict();
    check("long ago", at("20260101000000Z", "20260201000000Z"), None);
    check("too early", at("20260131120001Z", "20300101000000Z"), Some(Code::Expired));
    check("too late", at("20200101000000Z", "20260131115959Z"), Some(Code::Expired));
    let error = at("20200101000000Z", "20260131115959Z").unwrap_err();
    assert!(error.to_string().contains("not valid when"), "{error}");
}

#[test]
fn answers_to_a_request() {
    let hash = digest::sha256(MESSAGE);
    let nonce = |number: u64| Draft { after_time: asn1::integer(number), ..draft() }.der();
    let asked = |nonce| parse_request(&request(&hash, nonce, true)).unwrap();
    let token = Token::parse(&nonce(7)).unwrap();
    assert_eq!(token.nonce(), Some(&[7][..]));
    assert_eq!(token.answers(&asked(Some(7))), Ok(()));
    assert_eq!(token.answers(&asked(None)), Ok(()));
    assert_eq!(token.answers(&asked(Some(8))), Err(TokenError::Nonce));
    let without = Token::parse(&draft().der()).unwrap();
    assert_eq!(without.answers(&asked(Some(7))), Err(TokenError::Nonce));
    let other = parse_request(&request(&[0; 32], Some(7), true)).unwrap();
    assert_eq!(token.answers(&other).unwrap_err().code(), Code::Imprint);
}

#[test]
fn certificates_in_pem() {
    let pem =
        |der: &[u8]| der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, der).unwrap();
    let (one, two) = (pem(&root().der()), pem(&leaf().der()));
    let read = |text: &str| certificates_from_pem(text.as_bytes()).map(|found| found.len());
    assert_eq!(read(&one), Ok(1));
    assert_eq!(read(&format!("subject=CN = \u{e9}\n{one}\n# and\r\n{two}")), Ok(2));
    let private = one.replace("CERTIFICATE", "PRIVATE KEY");
    for bad in [
        String::new(),
        "x".into(),
        one.replace("-----END", "----END"),
        one.replacen("MII", "MI", 1),
        one.replacen("\nMII", "\nMI\u{e9}I", 1),
        one.replace("CERTIFICATE", "PUBLIC KEY"),
        private.clone(),
        format!("{one}{private}"),
    ] {
        assert_eq!(read(&bad).map_err(|error| error.code()), Err(Code::Malformed), "{bad}");
    }
    assert!(read(&private).unwrap_err().to_string().contains("private key"));
    assert_eq!(read(&one.repeat(65)).map_err(|error| error.code()), Err(Code::Limit));
    let trailing = pem(&[root().der(), vec![0]].concat());
    assert_eq!(read(&trailing).map_err(|error| error.code()), Err(Code::Malformed));
}

/// What a token proves: all of it but which certificates were used.
fn facts(stamp: &Stamp) -> (crate::time::Time, crate::time::Time, &str, &str, &str) {
    (stamp.gen_time, stamp.latest, &stamp.signer, &stamp.serial, &stamp.policy)
}

#[test]
fn every_flipped_byte_is_refused_or_changes_nothing() {
    let middle = middle();
    let mut draft = by(leaf().below(&middle));
    draft.certificates.push(middle.der());
    let good = answer(0, &draft.der());
    let roots = [root().certificate()];
    let before = verdict(&good, &roots).unwrap();
    let mut accepted = 0;
    for at in 0..good.len() {
        for change in [0x01, 0x02, 0x10, 0x20, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] ^= change;
            if let Ok(after) = verdict(&bytes, &roots) {
                assert_eq!(facts(&after), facts(&before), "byte {at}");
                accepted += 1;
            }
        }
    }
    // The status, the version and the list of digests are not signed.
    assert!((1..100).contains(&accepted), "{accepted}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        drop(Token::parse(&bytes));
        drop(Certificate::from_der(&bytes));
        drop(certificates_from_pem(&bytes));
    }

    #[test]
    fn any_damage_is_read_or_refused(
        at in any::<prop::sample::Index>(), with in prop::collection::vec(any::<u8>(), 0..8),
        cut in 0_usize..8,
    ) {
        let mut bytes = answer(0, &draft().der());
        let start = at.index(bytes.len());
        let end = (start + cut).min(bytes.len());
        let before = bytes.clone();
        bytes.splice(start..end, with);
        if let Ok(stamp) = verdict(&bytes, &[root().certificate()])
            && bytes != before
        {
            let good = draft().verdict().unwrap();
            prop_assert_eq!(facts(&stamp), facts(&good));
        }
    }
}
