//! A hostile reviewer's attempts: to have something verified that should not be, to have an
//! honest signer sign or lose what was not meant, to have a check left out without a word.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests read and change their own files"
)]

mod common;

use common::{Bench, PRESS};

// ---- what an honest signer is made to sign

#[test]
fn a_collection_is_signed_again_and_again() {
    let bench = Bench::archive();
    for serial in 2..6 {
        bench.write("a/seeds/more.txt", serial.to_string());
        let signed = bench.sign(PRESS, &[]);
        signed.expect(0, &[]);
        assert_eq!(signed.json["signed"][0]["serial"], serial);
        bench.json_in("a", &["verify"]).expect(0, &[]);
    }
}
