//! Signers are judged at the time by which their signatures are proven to have existed, and only
//! where nothing is proven at the present, or at the time that is named. Promise 7. Needs
//! `openssl` for the authorities.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read and change their own files"
)]

mod common;

use common::tsa::{Kind, TestAuthority, serve};
use common::{Bench, DESK, Outcome, PRESS};
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};
use vidimus::codec::hex;
use vidimus::digest::sha256;
use vidimus::envelope::evidence;
use vidimus::time::Time;

const POLICY: &str = "a/keys/policy.toml";
const BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json";
const PROOF: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json.tlog-proof";
const EVIDENCE: &str = "a/manifests/seeds/SHA256SUMS.evidence.json";
const HOUR: i64 = 3600;

/// So many seconds from now.
fn from_now(seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    Time::from_unix(i64::try_from(now).unwrap() + seconds).unwrap().to_string()
}

fn unix(text: &str) -> i64 {
    Time::parse(text).unwrap().unix()
}

/// An archive of which `press` signed the collection and `desk` the policy, and authorities.
struct Scene {
    bench: Bench,
    authorities: Vec<(&'static str, SocketAddr)>,
}

/// What stands in the policy beside the keys.
#[derive(Default, Clone)]
struct Terms<'a> {
    /// At the top.
    head: &'a str,
    /// Of `press`.
    press: &'a str,
    /// What is required.
    require: &'a str,
    /// Of authorities, by name.
    authorities: &'a [(&'a str, &'a str)],
}

impl Scene {
    /// With an authority of each name, and of the accuracy that it states in seconds.
    fn new(names: &[(&'static str, u64)]) -> Self {
        let bench = Bench::archive_of_two(1);
        let authorities = names.iter().map(|(name, accuracy)| {
            let authority = TestAuthority::new(bench.path(&format!("tsa/{name}")), Kind::P256);
            authority.set_accuracy(*accuracy);
            bench
                .write(&format!("a/keys/{name}.pem"), std::fs::read(authority.root_pem()).unwrap());
            (*name, serve(authority))
        });
        let authorities = authorities.collect();
        let scene = Self { bench, authorities };
        scene.agree(&Terms::default());
        scene
    }

    /// The policy with these terms, signed by `desk`.
    fn agree(&self, terms: &Terms<'_>) {
        let bench = &self.bench;
        let authorities: String = self
            .authorities
            .iter()
            .map(|(name, _)| {
                let sha256 = hex::encode(&sha256(&bench.read(&format!("a/keys/{name}.pem"))));
                let more = terms.authorities.iter().filter(|(of, _)| of == name);
                let more: String = more.map(|(_, more)| *more).collect();
                format!("[[time-authority]]\nname = \"{name}\"\nroot-file = \"{name}.pem\"\nsha256 = \"{sha256}\"\n{more}\n")
            })
            .collect();
        let policy = format!(
            "version = 1\nid = \"example.org/test\"\ncollections = [\"seeds\"]\n{}\n\
             [[signer]]\nname = \"press\"\nkey = \"{}\"\n{}\n\
             [[signer]]\nname = \"desk\"\nkey = \"{}\"\n{authorities}\
             [[rule]]\ncollections = [\"*\"]\nsigners = [\"press\", \"desk\"]\nthreshold = 1\nrequire = [{}]\n",
            terms.head,
            bench.public("press"),
            terms.press,
            bench.public("desk"),
            terms.require
        );
        bench.write(POLICY, policy);
        bench.resign_policy(DESK);
    }

    fn stamp(&self, command: &[&str], name: &str) {
        let address = self.authorities.iter().find(|(of, _)| *of == name).unwrap().1;
        let url = format!("http://{address}/");
        self.bench.run_in("a", &[command, &["--tsa", &url]].concat()).ok();
    }

    fn at(&self, seconds: i64) -> Outcome {
        self.bench.json_in("a", &["verify", "--at", &from_now(seconds)])
    }

    /// Under these terms, judged so many seconds from now.
    fn under(&self, terms: &Terms<'_>, seconds: i64, exit: i32, codes: &[&str]) -> Outcome {
        self.agree(terms);
        let outcome = self.at(seconds);
        outcome.expect(exit, codes);
        outcome
    }
}

/// The time by which the signature on the collection is proven to have existed.
fn proven(outcome: &Outcome) -> Option<String> {
    let mut rows = outcome.json["signers"].as_array().unwrap().iter();
    let row = rows.rfind(|row| row["scope"] != "keys/policy.toml").unwrap();
    row["proven"].as_str().map(str::to_owned)
}

#[test]
fn a_key_that_ran_out_later_signed_well() {
    if !common::has_tool("openssl") {
        return;
    }
    let scene = Scene::new(&[("first", 1)]);
    let (before, soon) = (from_now(-HOUR), from_now(HOUR));
    let revoked =
        |at: &str, why: &str| format!("revoked = {{ at = \"{at}\", reason = \"{why}\" }}");
    // Terms of `press` that void what is not proven, and what they give judged much later.
    let later = [
        (revoked(&soon, "retired"), "revoked"),
        (revoked(&soon, "superseded"), "revoked"),
        (revoked(&soon, "compromised"), "revoked"),
        (format!("valid-before = \"{soon}\""), "expired"),
    ];
    // Those that void what is proven, too.
    let earlier = [
        (revoked(&before, "retired"), "revoked"),
        (revoked(&before, "compromised"), "revoked"),
        (format!("valid-before = \"{before}\""), "expired"),
        (format!("valid-after = \"{soon}\""), "expired"),
    ];
    let of = |press: &'static str| Terms { press, ..Terms::default() };
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    for (press, code) in &later {
        let outcome = scene.under(&of(leak(press)), 2 * HOUR, 12, &[code]);
        assert_eq!(proven(&outcome), None, "{press}");
        // Judged now, all is well, but for a key that somebody else may have.
        let now = if press.contains("compromised") { 12 } else { 0 };
        assert_eq!(scene.at(0).exit, now, "{press}");
    }
    // What time is claimed decides nothing: the statement claims the present.
    scene.agree(&Terms::default());
    scene.stamp(&["stamp"], "first");
    for (press, _) in &later {
        let outcome = scene.under(&of(leak(press)), 2 * HOUR, 0, &[]);
        assert!(proven(&outcome).is_some(), "{press}");
        // Any other time of judgement changes nothing.
        scene.at(-2 * HOUR).expect(0, &[]);
    }
    for (press, code) in &earlier {
        scene.under(&of(leak(press)), 0, 12, &[code]);
    }
    scene.under(&of(leak(&earlier[3].0)), 2 * HOUR, 12, &["expired"]);
}

#[test]
fn a_policy_that_ran_out_refuses_what_is_not_proven_to_be_older() {
    if !common::has_tool("openssl") {
        return;
    }
    let scene = Scene::new(&[("first", 1)]);
    let soon = format!("expires = \"{}\"\n", from_now(HOUR));
    let terms = Terms { head: &soon, ..Terms::default() };
    scene.under(&terms, 0, 0, &[]);
    scene.under(&terms, 2 * HOUR, 12, &["expired"]);
    scene.stamp(&["stamp"], "first");
    scene.under(&terms, 2 * HOUR, 0, &[]);
    let past = format!("expires = \"{}\"\n", from_now(-HOUR));
    scene.under(&Terms { head: &past, ..Terms::default() }, 0, 12, &["expired"]);
}

#[test]
fn of_enough_authorities_the_latest_of_their_earliest_times_counts() {
    if !common::has_tool("openssl") {
        return;
    }
    let scene = Scene::new(&[("first", 100), ("second", 1000), ("third", 10_000)]);
    let threshold = |k: u64| format!("time-threshold = {k}\n");
    let require = "\"timestamp\"";
    let by = |k: u64| {
        let head = threshold(k);
        scene.agree(&Terms { head: &head, require, ..Terms::default() });
        scene.at(0)
    };
    for (stamped, expected) in [
        (&[][..], [None, None, None]),
        (&["third"][..], [Some(10_000), None, None]),
        (&["first"], [Some(100), Some(10_000), None]),
        // One that stamps again, and later, is still one, and its earliest counts.
        (&["first"], [Some(100), Some(10_000), None]),
        (&["second"], [Some(100), Some(1000), Some(10_000)]),
    ] {
        for name in stamped {
            scene.stamp(&["stamp", "--again"], name);
        }
        for (k, expected) in (1..).zip(expected) {
            let outcome = by(k);
            let Some(accuracy) = expected else {
                outcome.expect(13, &["no-time"]);
                continue;
            };
            outcome.expect(0, &[]);
            let found = unix(&proven(&outcome).unwrap()) - unix(&from_now(0));
            assert!((accuracy - 60..=accuracy + 1).contains(&found), "{k}: {found} {stamped:?}");
        }
    }
    for k in [0, 4] {
        let head = threshold(k);
        scene.under_refused(&head);
    }
}

impl Scene {
    /// A policy with this at its top does not load.
    fn under_refused(&self, head: &str) {
        let before = self.bench.read(POLICY);
        self.bench.edit(POLICY, "time-threshold = 3\n", head);
        self.at(0).expect(3, &["malformed"]);
        self.bench.write(POLICY, before);
    }
}

#[test]
fn a_compromised_authority_counts_only_where_another_stamped_its_word_before() {
    if !common::has_tool("openssl") {
        return;
    }
    let scene = Scene::new(&[("first", 1), ("second", 1), ("third", 1)]);
    let lost = |seconds: i64| format!("compromised = \"{}\"", from_now(seconds));
    let (past, soon) = (lost(-HOUR), lost(HOUR));
    let require = "\"timestamp\"";
    let under = |authorities: &[(&str, &str)], exit: i32, codes: &[&str]| {
        let terms = Terms { require, authorities, ..Terms::default() };
        scene.under(&terms, 0, exit, codes)
    };
    scene.stamp(&["stamp"], "first");
    under(&[], 0, &[]);
    let nothing = [("first", soon.as_str())];
    let alone = under(&nothing, 13, &["untrusted-time"]);
    assert_eq!(proven(&alone), None);
    // Its own renewal is the word of the same key.
    scene.stamp(&["stamp", "renew"], "first");
    under(&nothing, 13, &["untrusted-time"]);
    scene.stamp(&["stamp", "renew"], "second");
    under(&nothing, 0, &[]);
    under(&[("first", &past)], 13, &["untrusted-time"]);
    // The second one is lost too: before it was, the third stamped its word.
    let two = [("first", soon.as_str()), ("second", soon.as_str())];
    under(&two, 13, &["untrusted-time"]);
    scene.stamp(&["stamp", "renew"], "third");
    under(&two, 0, &[]);
    under(&[("first", &soon), ("second", &past)], 13, &["untrusted-time"]);
    under(&[("first", &soon), ("second", &soon), ("third", &soon)], 13, &["untrusted-time"]);
    // A renewal of something else renews nothing.
    let mut evidence = evidence::parse(&scene.bench.read(EVIDENCE)).unwrap();
    assert_eq!(evidence.renewals.len(), 3);
    evidence.renewals.remove(1);
    scene.bench.write(EVIDENCE, evidence.print());
    let outcome = under(&nothing, 13, &["untrusted-time"]);
    assert_eq!(proven(&outcome), None);
}

#[test]
fn one_key_is_not_two_authorities() {
    if !common::has_tool("openssl") {
        return;
    }
    let scene = Scene::new(&[("first", 1), ("second", 1)]);
    scene.bench.write("a/keys/second.pem", scene.bench.read("a/keys/first.pem"));
    let sha256 = hex::encode(&sha256(&scene.bench.read("a/keys/first.pem")));
    let text = scene.bench.text(POLICY);
    let at = text.find("second.pem").unwrap();
    let from = text[at..].split("sha256 = \"").nth(1).unwrap()[..64].to_owned();
    scene.bench.edit(POLICY, &from, &sha256);
    let outcome = scene.at(0);
    outcome.expect(3, &["malformed"]);
    let said = outcome.finding("malformed")["message"].as_str().unwrap().to_owned();
    assert!(said.contains("root key"), "{said}");
}

#[test]
fn a_key_has_one_role() {
    let bench = Bench::archive_of_two(1);
    bench.keygen("log");
    let vkey = |name: &str, key: &str| {
        let key = vidimus::key::parse_public(&bench.read(&format!("keyring/{key}.pub.pem")));
        let key = key.unwrap().remove(0).key;
        vidimus::envelope::note::Verifier::new(name, key).unwrap().vkey()
    };
    let witness = |name: &str, key: &str| {
        let ran = bench.run_in(
            "",
            &["witness", "key", "--name", name, "--key", &format!("keyring/{key}.key.pem")],
        );
        let said = ran.ok().stdout;
        said.split_whitespace().find(|word| word.starts_with(name)).unwrap().to_owned()
    };
    bench.keygen("w");
    let good = bench.text(POLICY);
    let table = [
        ("log", "w", 0, &[][..]),
        ("press", "w", 3, &["malformed"]),
        ("log", "press", 3, &["malformed"]),
        ("log", "log", 3, &["malformed"]),
    ];
    for (log, w, exit, codes) in table {
        let log = vkey("example.org/test/log", log);
        let w = witness("w.example", w);
        let tlog =
            format!("tlog = \"\"\"\nlog {log}\nwitness w {w}\nquorum w\n\"\"\"\n\n[[signer]]");
        bench.write(POLICY, good.replacen("[[signer]]", &tlog, 1));
        if exit == 0 {
            bench.resign_policy(PRESS);
        }
        bench.json_in("a", &["verify"]).expect(exit, codes);
    }
}

#[test]
fn a_witness_proves_time_only_for_what_its_checkpoint_holds() {
    let bench = Bench::archive_of_two(1);
    bench.keygen("log");
    let log_key = "../keyring/log.key.pem";
    let log = bench.json_in("a", &["log", "init", "--key", log_key]).json;
    let log = log["vkey"].as_str().unwrap().to_owned();
    let witnesses = ["w.example/one", "w.example/two"]
        .map(|name| bench.serve_as(&format!("state-of-{}", &name[10..]), name, &[&log]));
    let line = |place: usize| {
        let served = &witnesses[place];
        format!("witness w{place} {} http://{}\n", served.vkey, served.address)
    };
    let tlog = format!(
        "tlog = \"\"\"\nlog {log}\n{}{}group both all w0 w1\nquorum both\n\"\"\"\n\n[[signer]]",
        line(0),
        line(1)
    );
    bench.edit(POLICY, "[[signer]]", &tlog);
    let key = bench.public("press");
    let lost = format!(
        "key = \"{key}\"\nrevoked = {{ at = \"{}\", reason = \"compromised\" }}",
        from_now(HOUR)
    );
    bench.edit(POLICY, &format!("key = \"{key}\""), &lost);
    bench.resign_policy(DESK);
    let verify = || bench.json_in("a", &["verify", "--at", &from_now(2 * HOUR)]);
    verify().expect(12, &["revoked"]);
    let publish = || {
        let checkpoint = ["log", "checkpoint", "--key", log_key, "--witnesses"];
        bench.run_in("a", &checkpoint).ok();
        bench.run_in("a", &["log", "prove"]).ok();
    };
    bench.run_in("a", &["log", "append"]).ok();
    publish();
    let good = verify();
    good.expect(0, &[]);
    let time = unix(&proven(&good).unwrap());
    assert!((time - unix(&from_now(0))).abs() < 60);

    // One witness of two is no quorum, so its time counts for nothing.
    let proof = bench.text(PROOF);
    let fewer: Vec<&str> = proof.lines().collect();
    bench.write(PROOF, fewer[..fewer.len() - 1].join("\n") + "\n");
    let one = verify();
    assert_eq!((one.exit, proven(&one)), (12, None), "{:#}", one.json);
    bench.write(PROOF, &proof);
    verify().expect(0, &[]);

    // A later statement, with the earlier one's cosigned checkpoint beside it.
    bench.write("a/seeds/one.txt", "two");
    let terms = bench.text(POLICY);
    bench.edit(POLICY, "revoked = ", "# revoked = ");
    bench.resign_policy(DESK);
    bench.sign(PRESS, &[]).expect(0, &[]);
    bench.write(POLICY, terms);
    bench.resign_policy(DESK);
    let (_, statement) = bench.payload(BUNDLE);
    assert_eq!(statement["predicate"]["serial"], 2, "{statement:#}");
    bench.write(PROOF, &proof);
    let other = verify();
    assert_eq!((other.exit, proven(&other)), (12, None), "{:#}", other.json);
    bench.remove(PROOF);
    publish();
    verify().expect(0, &[]);
}
