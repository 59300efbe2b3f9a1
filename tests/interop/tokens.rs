//! Timestamps that `openssl ts` made, against `openssl ts -verify`; some by its own requests, some
//! by ours.

use crate::common::tsa::{Kind, TestAuthority};
use crate::common::{Bench, Outcome, Ran};
use crate::pairs::{Need, interop, spoil};
use crate::tool::{output, run};
use vidimus::{digest, timestamp};

const FILE: &[u8] = b"Nine people were detained.\n";
const TOOLS: [Need; 1] = [Need::Tool("openssl")];

/// A scratch authority `NAME`, and the file that is stamped.
fn authority(bench: &Bench, name: &str, kind: Kind) -> TestAuthority {
    bench.write("file", FILE);
    TestAuthority::new(bench.path(name), kind)
}

/// A request of ours over the file.
fn our_request(certificates: bool) -> Vec<u8> {
    timestamp::request(&digest::sha256(FILE), Some(0xfeed_f00d_dead_beef), certificates)
}

/// A request by `openssl ts -query` over the file, with more options.
fn their_request(bench: &Bench, options: &[&str]) -> Vec<u8> {
    let query = ["ts", "-query", "-data", "file", "-out", "query.tsq"];
    output(bench, ".", "openssl", &[&query, options].concat());
    bench.read("query.tsq")
}

/// `openssl ts -verify` of `token` over the file, to the root of `root`.
fn theirs(bench: &Bench, token: &str, root: &str, more: &[&str]) -> Ran {
    let root = format!("{root}/root.pem");
    let verify = ["ts", "-verify", "-in", token, "-data", "file", "-CAfile", &root];
    run(bench, ".", "openssl", &[&verify, more].concat())
}

/// `vidimus stamp check` of the same.
fn ours(bench: &Bench, token: &str, root: &str, more: &[&str]) -> Outcome {
    let root = format!("{root}/root.pem");
    let check = ["stamp", "check", token, "file", "--tsa-root", &root];
    bench.json_in(".", &[&check, more].concat())
}

/// The token with another time in it: GeneralizedTime of 15 characters, its year changed.
fn a_year_earlier(mut token: Vec<u8>) -> Vec<u8> {
    let at = token.windows(4).position(|window| window == b"\x18\x0f20").expect("a time");
    let digit = &mut token[at + 5];
    *digit = if *digit == b'0' { b'1' } else { *digit - 1 };
    token
}

/// The options of both tools for certificates that are not in the token.
const UNTRUSTED: [&str; 2] = ["-untrusted", "tsa/chain.pem"];
const TSA_CERT: [&str; 2] = ["--tsa-cert", "tsa/chain.pem"];

#[test]
fn openssl_timestamps_are_checked() {
    interop("openssl_timestamps_are_checked", &TOOLS, |bench, pairs| {
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            let name = format!("authority{number}");
            let authority = authority(bench, &name, kind);
            for (form, answer) in [
                ("ours", authority.answer(&our_request(true))),
                ("theirs", authority.answer(&their_request(bench, &["-cert", "-sha512"]))),
                ("sha1", authority.answer_binding_sha1(&our_request(true))),
            ] {
                let token = format!("{name}.{form}.tsr");
                bench.write(&token, &answer);
                pairs.agree(
                    bench,
                    &format!("{kind:?}, request {form}"),
                    || theirs(bench, &token, &name, &[]),
                    || ours(bench, &token, &name, &[]),
                    &[
                        spoil("file", ("", 3), 13, &["imprint"]),
                        spoil(&token, ("", answer.len() - 1), 13, &["bad-signature"]),
                    ],
                );
                bench.write("earlier.tsr", a_year_earlier(answer));
                let (them, us) = (
                    theirs(bench, "earlier.tsr", &name, &[]),
                    ours(bench, "earlier.tsr", &name, &[]),
                );
                pairs.refuse("a year earlier", &them, &us, 13, &["bad-signature"]);
            }
        }
    });
}

#[test]
fn openssl_timestamps_in_other_forms_are_checked() {
    interop("openssl_timestamps_in_other_forms_are_checked", &TOOLS, |bench, pairs| {
        let (tsa, _other) =
            (authority(bench, "tsa", Kind::RsaChain), authority(bench, "other", Kind::P256));
        // A bare token, as `-token_out` writes it.
        let answer = tsa.answer(&our_request(true));
        bench.write("answer.tsr", &answer);
        let bare = ["ts", "-reply", "-in", "answer.tsr", "-token_out", "-out", "bare.tst"];
        let config = format!("{}/openssl.cnf", tsa.dir().display());
        output(bench, ".", "openssl", &[&bare[..], &["-config", &config]].concat());
        let bare = bench.read("bare.tst");
        assert_eq!(timestamp::Token::parse(&answer).expect("a token").der(), bare);
        pairs.agree(
            bench,
            "a bare token",
            || theirs(bench, "bare.tst", "tsa", &["-token_in"]),
            || ours(bench, "bare.tst", "tsa", &[]),
            &[spoil("bare.tst", ("", bare.len() - 1), 13, &["bad-signature"])],
        );
        let what = "the root of another authority";
        let other = |token| (theirs(bench, token, "other", &[]), ours(bench, token, "other", &[]));
        let (them, us) = other("answer.tsr");
        pairs.refuse(what, &them, &us, 13, &["untrusted-time"]);
        // Without the certificates, which both then need apart.
        bench.write("lean.tsr", tsa.answer(&our_request(false)));
        let (them, us) =
            (theirs(bench, "lean.tsr", "tsa", &[]), ours(bench, "lean.tsr", "tsa", &[]));
        pairs.refuse("no certificates", &them, &us, 13, &["untrusted-key"]);
        pairs.agree(
            bench,
            "certificates apart",
            || theirs(bench, "lean.tsr", "tsa", &UNTRUSTED),
            || ours(bench, "lean.tsr", "tsa", &TSA_CERT),
            &[spoil("file", ("", 0), 13, &["imprint"])],
        );
        let (them, us) = (
            theirs(bench, "lean.tsr", "other", &UNTRUSTED),
            ours(bench, "lean.tsr", "other", &TSA_CERT),
        );
        pairs.refuse("certificates apart are no roots", &them, &us, 13, &["untrusted-time"]);
        bench.write("weak.tsr", tsa.answer(&their_request(bench, &["-cert", "-sha1"])));
        let (them, us) =
            (theirs(bench, "weak.tsr", "tsa", &[]), ours(bench, "weak.tsr", "tsa", &[]));
        pairs.refuse_here_only("an imprint by SHA-1", &them, &us, 13, &["weak-hash"]);
        bench.write("long.tsr", [&answer[..], b"\0"].concat());
        let (them, us) =
            (theirs(bench, "long.tsr", "tsa", &[]), ours(bench, "long.tsr", "tsa", &[]));
        pairs.refuse_here_only("a byte after the end", &them, &us, 3, &["malformed"]);
        // A request that the authority does not grant: an imprint that it does not take.
        bench.write("no.tsr", tsa.answer(&their_request(bench, &["-cert", "-md5"])));
        let (them, us) = (theirs(bench, "no.tsr", "tsa", &[]), ours(bench, "no.tsr", "tsa", &[]));
        pairs.refuse("a rejection", &them, &us, 13, &["no-time"]);
    });
}
