//! The two ways in which ASN.1 writes a time: UTCTime and GeneralizedTime, as RFC 5280 section
//! 4.1.2.5 and RFC 3161 section 2.4.2 narrow them: UTC with `Z`, seconds always there.

use super::TokenError;
use super::asn1::Fields;
use crate::time::Time;
use der::Tag;

/// A time and what of a second is beyond it, in nanoseconds rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) time: Time,
    pub(super) nanoseconds: u64,
}

/// The last second that [`Time`] has: what "without an end" (99991231235959Z) is read as.
const LAST: i64 = 253_402_207_200;

/// notBefore or notAfter of a certificate.
pub(super) fn validity(fields: &mut Fields<'_>) -> Result<Time, TokenError> {
    let element = fields.next()?;
    let text = std::str::from_utf8(element.value).map_err(|_| fields.malformed())?;
    let read = if element.tag == Tag::UtcTime { utc_time } else { generalized };
    let known = [Tag::UtcTime, Tag::GeneralizedTime].contains(&element.tag);
    known.then(|| read(text)).flatten().ok_or_else(|| fields.malformed())
}

/// genTime of a token: GeneralizedTime, with a fraction that ends in no zero or none.
pub(super) fn gen_time(fields: &mut Fields<'_>) -> Result<Moment, TokenError> {
    let element = fields.take(Tag::GeneralizedTime)?;
    let text = std::str::from_utf8(element.value).map_err(|_| fields.malformed())?;
    moment(text).ok_or_else(|| fields.malformed())
}

fn moment(text: &str) -> Option<Moment> {
    let Some((seconds, fraction)) = text.strip_suffix('Z')?.split_once('.') else {
        return generalized(text).map(|time| Moment { time, nanoseconds: 0 });
    };
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.is_empty() || !digits || fraction.ends_with('0') {
        return None;
    }
    let time = generalized(&format!("{seconds}Z"))?;
    let first: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let beyond = u64::from(fraction.len() > 9);
    let nanoseconds = first.parse::<u64>().ok()?.checked_add(beyond)?;
    Some(Moment { time, nanoseconds })
}

/// `YYMMDDHHMMSSZ`; years from 50 are of the twentieth century.
fn utc_time(text: &str) -> Option<Time> {
    let century = if text.get(..2)?.parse::<u8>().ok()? >= 50 { "19" } else { "20" };
    generalized(&format!("{century}{text}"))
}

/// `YYYYMMDDHHMMSSZ`.
fn generalized(text: &str) -> Option<Time> {
    if text.len() != 15 || !text.is_ascii() {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 15)?);
    if text == "99991231235959Z" {
        return Time::from_unix(LAST).ok();
    }
    Time::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let said = |time: Option<Time>| time.map(|time| time.to_string());
        let table = [
            ("20260131120000Z", Some("2026-01-31T12:00:00Z")),
            ("99991231235959Z", Some("9999-12-30T22:00:00Z")),
            ("20260230120000Z", None),
            ("20260131120060Z", None),
            ("202601311200Z", None),
            ("20260131120000", None),
            ("20260131120000+", None),
            ("2026-1311200-0Z", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(said(generalized(text)).as_deref(), expected, "{text}");
        }
        assert_eq!(said(utc_time("491231235959Z")).as_deref(), Some("2049-12-31T23:59:59Z"));
        assert_eq!(said(utc_time("500101000000Z")).as_deref(), Some("1950-01-01T00:00:00Z"));
        assert_eq!(said(utc_time("5001010000Z")), None);
        assert_eq!(said(utc_time("\u{e9}0101000000Z")), None);
    }

    #[test]
    fn fractions_are_rounded_up() {
        let nanoseconds = |text: &str| moment(text).map(|moment| moment.nanoseconds);
        let table = [
            ("20260131120000Z", Some(0)),
            ("20260131120000.5Z", Some(500_000_000)),
            ("20260131120000.000000001Z", Some(1)),
            ("20260131120000.0000000001Z", Some(1)),
            ("20260131120000.9999999999Z", Some(1_000_000_000)),
            ("20260131120000.Z", None),
            ("20260131120000.50Z", None),
            ("20260131120000.5", None),
            ("20260131120000.+5Z", None),
            ("20260131120000,5Z", None),
        ];
        for (text, expected) in table {
            assert_eq!(nanoseconds(text), expected, "{text}");
        }
    }
}
