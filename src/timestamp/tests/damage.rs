//! Bytes that are damaged, by one or by many: refused, or the same facts.

use super::super::testing::*;
use super::super::*;
use proptest::prelude::*;

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
