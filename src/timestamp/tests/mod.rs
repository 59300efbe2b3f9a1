//! Every way in which a token can be wrong, made by the authority of `testing.rs`.

mod chains;
mod damage;
mod tokens;

use super::testing::*;
use super::*;
use crate::digest;
use crate::finding::{Code, Coded as _, Exit};

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
