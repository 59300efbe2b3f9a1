//! From the signer to a root: what may stand in between, and what may be a root.

use super::super::testing::*;
use super::super::*;
use super::check;
use crate::finding::Code;

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
