//! What is a witness policy, what is none, and when a quorum is met.

use super::*;
use crate::envelope::note::VkeyError;
use crate::finding::{Code, Coded as _};
use crate::limits;
use crate::policy::testing::key;
use proptest::prelude::*;

fn log(seed: u8) -> String {
    Verifier::new(&format!("log{seed}.example"), key(seed)).unwrap().vkey()
}

fn witness(seed: u8) -> String {
    Verifier::cosigner(&format!("w{seed}.example"), key(seed)).unwrap().vkey()
}

/// Witnesses `w1` to `w<count>`, one a line.
fn witnesses(count: u8) -> String {
    (1..=count).map(|seed| format!("witness w{seed} {}\n", witness(seed))).collect()
}

fn parse(text: &str) -> TlogPolicy {
    TlogPolicy::parse(text.as_bytes()).unwrap()
}

fn two_levels() -> TlogPolicy {
    parse(&format!(
        "log {} https://log.example/\n{}group x 2 w1 w2 w3\ngroup y any w4 w5\n\
         group both all x y\nquorum both\n",
        log(9),
        witnesses(6)
    ))
}

#[test]
fn logs_and_witnesses_with_their_urls() {
    let policy = parse(&format!(
        "# comment \u{e9}\n\n\tlog  {}\nwitness \u{e9} {}\thttps://w.example/ \n \t# \nquorum \u{e9}",
        log(9),
        witness(1)
    ));
    assert_eq!(policy.logs[0].verifier.name(), "log9.example");
    assert_eq!(policy.logs[0].url, None);
    assert_eq!(policy.witnesses[0].name, "\u{e9}");
    assert_eq!(policy.witnesses[0].url.as_deref(), Some("https://w.example/"));
    assert!(policy.has_quorum());
    assert_eq!(two_levels().logs[0].url.as_deref(), Some("https://log.example/"));
    // Comments may hold any octet that is no control character.
    assert!(TlogPolicy::parse(b"# \xff\nquorum none\n").is_ok());
}

#[test]
fn the_quorum_is_counted_through_the_groups() {
    let policy = two_levels();
    let met = |places: &[usize]| policy.quorum_met(&places.iter().copied().collect());
    assert!(met(&[0, 1, 3]));
    assert!(met(&[0, 2, 4, 5]));
    assert!(!met(&[]));
    assert!(!met(&[0, 1]));
    assert!(!met(&[0, 3, 4]));
    assert!(!met(&[5, 3, 4]));
    assert!(!met(&[6, 7, 8, 9]));
    let one = parse(&format!("{}quorum w2\n", witnesses(2)));
    assert!(one.quorum_met(&BTreeSet::from([1])));
    assert!(!one.quorum_met(&BTreeSet::from([0])));
}

#[test]
fn no_quorum_needs_nobody_and_proves_no_time() {
    let policy = parse(&format!("{}quorum none\n", witnesses(1)));
    assert!(!policy.has_quorum());
    assert!(policy.quorum_met(&BTreeSet::new()));
    assert_eq!(policy.quorum_time(&[(0, 5)]), None);
}

#[test]
fn the_time_is_the_one_at_which_the_last_needed_witness_signed() {
    let policy = two_levels();
    assert_eq!(policy.quorum_time(&[(0, 10), (1, 30), (2, 20), (3, 5)]), Some(20));
    assert_eq!(policy.quorum_time(&[(0, 10), (1, 30), (2, 20), (3, 50), (4, 40)]), Some(40));
    // One witness twice is one witness, with its earlier time.
    assert_eq!(policy.quorum_time(&[(0, 10), (0, 20), (3, 5)]), None);
    assert_eq!(policy.quorum_time(&[(0, 90), (0, 10), (1, 20), (3, 5)]), Some(20));
    assert_eq!(policy.quorum_time(&[(5, 1), (0, 1), (1, 1)]), None);
}

#[test]
fn what_is_no_policy() {
    let key = |error| TlogProblem::Key(error);
    let form = |form| TlogProblem::Form { form };
    let named = |name: &str| name.to_owned();
    let group = "group NAME all|any|K MEMBER...";
    let (one, two) = (witnesses(1), witnesses(2));
    let table: [(String, usize, TlogProblem); 31] = [
        (String::new(), 1, TlogProblem::NoQuorum),
        (one.clone(), 2, TlogProblem::NoQuorum),
        ("quorum none\nquorum none\n".into(), 2, TlogProblem::SecondQuorum),
        ("quorum\n".into(), 1, form("quorum NAME|none")),
        ("quorum none none\n".into(), 1, form("quorum NAME|none")),
        ("quorum w1\n".into(), 1, TlogProblem::Undefined { name: named("w1") }),
        (format!("quorum w1\n{one}"), 1, TlogProblem::Undefined { name: named("w1") }),
        ("Quorum none\n".into(), 1, TlogProblem::Keyword { word: named("Quorum") }),
        ("quorum none\r\n".into(), 1, TlogProblem::Control),
        ("quorum none\n\x7f".into(), 2, TlogProblem::Control),
        ("#\0\nquorum none\n".into(), 1, TlogProblem::Control),
        (
            "quorum\u{a0}none\n".into(),
            1,
            TlogProblem::Keyword { word: named("quorum\\xc2\\xa0none") },
        ),
        ("log\n".into(), 1, form("log VKEY [URL]")),
        (format!("log {} u v\n", log(1)), 1, form("log VKEY [URL]")),
        ("log example\n".into(), 1, key(VkeyError::Form)),
        (format!("log {}\n", witness(1)), 1, TlogProblem::KeyType),
        (format!("witness w {}\n", log(1)), 1, TlogProblem::KeyType),
        ("witness w1\n".into(), 1, form("witness NAME VKEY [URL]")),
        (format!("witness a {} u v\n", witness(1)), 1, form("witness NAME VKEY [URL]")),
        (format!("witness none {}\n", witness(1)), 1, TlogProblem::NoneName),
        (
            format!("{one}witness w1 {}\n", witness(2)),
            2,
            TlogProblem::SameName { name: named("w1") },
        ),
        (format!("log {}\nwitness w {}\n", log(1), witness(1)), 2, TlogProblem::SameKey),
        ("group g 1\n".into(), 1, form(group)),
        ("group g\n".into(), 1, form(group)),
        (format!("{one}group none any w1\n"), 2, TlogProblem::NoneName),
        (format!("{one}group w1 any w1\n"), 2, TlogProblem::SameName { name: named("w1") }),
        (format!("{one}group g any none\n"), 2, TlogProblem::Undefined { name: named("none") }),
        (format!("{one}group g any g\n"), 2, TlogProblem::Undefined { name: named("g") }),
        (format!("{two}group g any w1 w1\n"), 3, TlogProblem::MemberTwice { name: named("w1") }),
        (
            format!("{two}group g any w1\ngroup h all w2 w1\n"),
            4,
            TlogProblem::MemberTwice { name: named("w1") },
        ),
        (
            format!("{two}group g any w1\ngroup h any g\ngroup i any g\n"),
            5,
            TlogProblem::MemberTwice { name: named("g") },
        ),
    ];
    for (text, line, problem) in table {
        let error = TlogPolicy::parse(text.as_bytes()).unwrap_err();
        assert_eq!((error.line(), error.problem()), (line, &problem), "{text:?}");
        assert_eq!(error.code(), Code::Malformed);
    }
    for threshold in ["0", "3", "-1", "+1", "01", "1.0", "most", "18446744073709551616"] {
        let text = format!("{two}group g {threshold} w1 w2\nquorum g\n");
        let error = TlogPolicy::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.problem(), &TlogProblem::Threshold, "{threshold}");
    }
    let error = TlogPolicy::parse(b"quorum none\nwitness \xff x\n").unwrap_err();
    assert_eq!((error.line(), error.problem()), (2, &TlogProblem::NotText));
}

#[test]
fn one_public_key_under_other_names_is_the_same_key() {
    let again = |first: &str, second: &str| {
        let text = format!("{first}\n{second}\nquorum none\n");
        TlogPolicy::parse(text.as_bytes()).map(|_| ()).map_err(|error| error.problem().clone())
    };
    let other_log = Verifier::new("other.example", key(1)).unwrap().vkey();
    let other_witness = Verifier::cosigner("other.example", key(1)).unwrap().vkey();
    let same = Err(TlogProblem::SameKey);
    assert_eq!(again(&format!("log {}", log(1)), &format!("log {other_log}")), same);
    let first = format!("witness a {}", witness(1));
    assert_eq!(again(&first, &format!("witness b {other_witness}")), same);
    assert_eq!(again(&first, &format!("witness b {}", witness(2))), Ok(()));
}

#[test]
fn there_is_a_bound_and_what_c2sp_asks_for_fits() {
    let keyed = |number: usize| {
        let seed = [u8::try_from(number % 256).unwrap(), u8::try_from(number / 256).unwrap()];
        let seed = [seed[0], seed[1], 7, 7].repeat(8).try_into().unwrap();
        crate::key::PublicKey::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key())
    };
    let witnesses = |count: usize| -> String {
        (0..count)
            .map(|number| {
                let vkey = Verifier::cosigner("w", keyed(number)).unwrap().vkey();
                format!("witness w{number} {vkey}\n")
            })
            .collect()
    };
    let groups: String = (0..32).map(|number| format!("group g{number} any w{number}\n")).collect();
    assert!(TlogPolicy::parse(format!("{}{groups}quorum g31\n", witnesses(32)).as_bytes()).is_ok());
    let many = format!("{}quorum none\n", witnesses(limits::WITNESSES + 1));
    let error = TlogPolicy::parse(many.as_bytes()).unwrap_err();
    assert_eq!((error.problem(), error.code()), (&TlogProblem::TooMany, Code::Limit));
    let long = vec![b'\n'; usize::try_from(limits::POLICY_BYTES).unwrap() + 1];
    assert_eq!(TlogPolicy::parse(&long).unwrap_err().code(), Code::Limit);
}

proptest! {
    /// A plain definition beside the one pass: a group counts its members by asking each again.
    #[test]
    fn quorums_equal_their_plain_definition(
        thresholds in prop::collection::vec((1..4_usize, 1..4_usize), 1..6),
        times in prop::collection::vec((0..8_usize, 0..9_u64), 0..12),
    ) {
        let policy = random_policy(&thresholds);
        let plain = |limit: u64| {
            let present: BTreeSet<usize> =
                times.iter().filter(|(_, time)| *time <= limit).map(|(place, _)| *place).collect();
            plainly(&policy, policy.quorum.unwrap(), &present)
        };
        let expected = (0..9).find(|&limit| plain(limit));
        prop_assert_eq!(policy.quorum_time(&times), expected);
        let all = times.iter().map(|(place, _)| *place).collect();
        prop_assert_eq!(policy.quorum_met(&all), plain(9));
    }

    #[test]
    fn whatever_comes_nothing_panics(text in "((log|witness|group|quorum|#|none|a|all|1)[ \t\n]){0,12}") {
        drop(TlogPolicy::parse(text.as_bytes()));
    }
}

/// Groups over eight witnesses, each of witnesses that are still free and of the group before.
fn random_policy(shapes: &[(usize, usize)]) -> TlogPolicy {
    let mut text = witnesses(8);
    let mut free: Vec<String> = (1..=8).map(|number| format!("w{number}")).collect();
    let mut last = String::from("w1");
    for (number, (threshold, count)) in shapes.iter().enumerate() {
        let taken = free.split_off(free.len().saturating_sub(*count));
        let group = (number > 0).then(|| last.clone());
        let members: Vec<String> = taken.into_iter().chain(group).collect();
        if members.is_empty() {
            break;
        }
        let threshold = (*threshold).min(members.len());
        text.push_str(&format!("group g{number} {threshold} {}\n", members.join(" ")));
        last = format!("g{number}");
    }
    parse(&format!("{text}quorum {last}\n"))
}

fn plainly(policy: &TlogPolicy, member: Member, present: &BTreeSet<usize>) -> bool {
    match member {
        Member::Witness(place) => present.contains(&place),
        Member::Group(place) => {
            let group = &policy.groups[place];
            let met = group.members.iter().filter(|member| plainly(policy, **member, present));
            met.count() >= group.threshold
        }
    }
}
