//! A timestamp token, or an authority's answer: it is read or refused, and without roots nothing
//! is believed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vidimus::timestamp::{self, Token};

fuzz_target!(|data: &[u8]| {
    let Ok(token) = Token::parse(data) else { return };
    let again = Token::parse(token.der()).expect("the bare token of what was read");
    assert_eq!(again.der(), token.der());
    assert!(timestamp::verify(&token, b"", &[], &[]).is_err());
    let helpers = token.certificates();
    assert!(timestamp::verify_digest(&token, token.imprint(), &[], helpers).is_err());
});
