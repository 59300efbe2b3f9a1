//! Tokens, good and bad, by an authority whose certificate is as it should be; then by others.

use super::super::testing::*;
use super::super::*;
use super::check;
use crate::digest::Algorithm;
use crate::finding::{Code, Coded as _};

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

/// RustCrypto's `cms` finds the same parts in a token. It sorts sets as it reads them and writes
/// times its own way, so that it cannot say what was signed.
#[test]
fn another_reader_agrees() {
    use cms::content_info::ContentInfo;
    use cms::signed_data::{SignedData, SignerIdentifier};
    use der::{Decode as _, Encode as _};
    let middle = middle();
    let mut draft = by(leaf().below(&middle));
    draft.certificates.push(middle.der());
    for bytes in [draft.der(), include_bytes!("../../../tests/tokens/stamped.tsr").to_vec()] {
        let token = Token::parse(&bytes).unwrap();
        let outer = ContentInfo::from_der(token.der()).unwrap();
        let data: SignedData = outer.content.decode_as().unwrap();
        let content = data.encap_content_info.econtent.unwrap();
        assert_eq!(content.value(), token.content);
        let mut theirs: Vec<_> = data.certificates.unwrap().0.into_vec();
        let mut ours = token.certificates().to_vec();
        assert_eq!(theirs.len(), ours.len());
        theirs.sort_by_key(|each| name_and_serial(each).1);
        ours.sort_by_key(|each| each.serial().to_vec());
        for (theirs, ours) in theirs.iter().zip(&ours) {
            assert_eq!(name_and_serial(theirs), (ours.issuer().to_vec(), ours.serial().to_vec()));
        }
        let signer = data.signer_infos.0.get(0).unwrap();
        let SignerIdentifier::IssuerAndSerialNumber(id) = &signer.sid else { panic!("a serial") };
        let named: Vec<&Certificate> =
            token.certificates().iter().filter(|each| token.signer.names(each)).collect();
        assert_eq!(named.len(), 1);
        assert_eq!(named[0].issuer(), id.issuer.to_der().unwrap());
    }
}

fn name_and_serial(certificate: &cms::cert::CertificateChoices) -> (Vec<u8>, Vec<u8>) {
    use der::Encode as _;
    let cms::cert::CertificateChoices::Certificate(certificate) = certificate else {
        panic!("another certificate")
    };
    let tbs = certificate.tbs_certificate();
    (tbs.issuer().to_der().unwrap(), tbs.serial_number().as_bytes().to_vec())
}
