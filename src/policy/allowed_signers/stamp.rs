//! Times of the list: `YYYYMMDD[HHMM[SS]][Z]`, in the words of ssh-keygen(1) a timestamp.
//!
//! A time without `Z` is local time for OpenSSH. The library does not know where it is, so it
//! reads UTC and says so. Days that no calendar has are refused; OpenSSH counts them on.

use crate::time::Time;

/// A time, and whether it said that it is UTC.
pub(super) fn read(text: &str) -> Option<(Time, bool)> {
    let (digits, utc) = match text.strip_suffix(['Z', 'z']) {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hour, minute, second) = match digits.len() {
        8 => ("00", "00", "00"),
        12 => (digits.get(8..10)?, digits.get(10..12)?, "00"),
        14 => (digits.get(8..10)?, digits.get(10..12)?, digits.get(12..14)?),
        _ => return None,
    };
    let (year, month, day) = (digits.get(..4)?, digits.get(4..6)?, digits.get(6..8)?);
    let time = Time::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z")).ok()?;
    // OpenSSH takes no time up to the first second of 1970.
    (time.unix() > 0).then_some((time, utc))
}

/// The one spelling that we write: `YYYYMMDDHHMMSSZ`.
pub(super) fn write(time: Time) -> String {
    time.to_string().chars().filter(|c| c.is_ascii_digit() || *c == 'Z').collect()
}

/// The second after, or the same at the end of time.
pub(super) fn after(time: Time) -> Time {
    Time::from_unix(time.unix().saturating_add(1)).unwrap_or(time)
}

/// The second before, if OpenSSH can write it.
pub(super) fn before(time: Time) -> Option<Time> {
    let unix = time.unix().checked_sub(1)?;
    Time::from_unix(unix).ok().filter(|time| time.unix() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps() {
        for (text, expected) in [
            ("20260131Z", Some("2026-01-31T00:00:00Z utc")),
            ("20260131", Some("2026-01-31T00:00:00Z local")),
            ("202601311259Z", Some("2026-01-31T12:59:00Z utc")),
            ("20260131125958z", Some("2026-01-31T12:59:58Z utc")),
            ("19700101000001Z", Some("1970-01-01T00:00:01Z utc")),
            ("19700101Z", None),
            ("19691231Z", None),
            ("20260230Z", None),
            ("202601312400Z", None),
            ("20260131235960Z", None),
            ("2026013112Z", None),
            ("20260131ZZ", None),
            ("2026-01-31", None),
            ("2026013é", None),
            ("+2026013Z", None),
            ("", None),
            ("Z", None),
        ] {
            let shown = read(text)
                .map(|(time, utc)| format!("{time} {}", if utc { "utc" } else { "local" }));
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
        let (time, _) = read("20260131000000Z").unwrap();
        assert_eq!(write(time), "20260131000000Z");
        assert_eq!(before(time).map(write).as_deref(), Some("20260130235959Z"));
        assert_eq!(before(after(time)), Some(time));
        assert_eq!(before(Time::from_unix(1).unwrap()), None);
    }
}
