//! Points in time: whole seconds of UTC, written as RFC 3339 with `Z`.
//!
//! The library never asks what time it is; the command line hands it in.

use std::fmt;

/// Seconds since 1970-01-01T00:00:00Z, from year 0001 to 9999-12-30 (the bound of the calendar used).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// Why a text or number is no [`Time`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time of the form 2026-01-31T12:00:00Z")]
pub struct NotATime;

impl Time {
    /// From seconds since 1970 UTC.
    ///
    /// # Errors
    /// [`NotATime`] outside of those years.
    pub fn from_unix(seconds: i64) -> Result<Self, NotATime> {
        let time = jiff::Timestamp::from_second(seconds).map_err(|_| NotATime)?;
        let year = time.to_zoned(jiff::tz::TimeZone::UTC).year();
        (1..=9999).contains(&year).then_some(Self(seconds)).ok_or(NotATime)
    }

    /// Seconds since 1970 UTC.
    pub fn unix(self) -> i64 {
        self.0
    }

    /// Reads exactly `YYYY-MM-DDTHH:MM:SSZ` (RFC 3339 section 5.6, upper case, UTC, whole
    /// seconds): the one spelling that [`Time`] prints.
    ///
    /// # Errors
    /// [`NotATime`] for any other text, a leap second included.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        let time: jiff::Timestamp = text.parse().map_err(|_| NotATime)?;
        let time = Self::from_unix(time.as_second())?;
        (time.to_string() == text).then_some(time).ok_or(NotATime)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{}", time.strftime("%Y-%m-%dT%H:%M:%SZ")),
            Err(_) => Err(fmt::Error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        let text = "2026-01-31T12:00:00Z";
        assert_eq!(Time::parse(text).map(|time| time.to_string()), Ok(text.to_owned()));
        for bad in [
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-01-31T12:00:00+00:00",
            "2026-01-31t12:00:00z",
            "2026-01-31T12:00:00.0Z",
            "2026-02-30T12:00:00Z",
            "2026-01-31T24:00:00Z",
            "2016-12-31T23:59:60Z",
            "",
            " 2026-01-31T12:00:00Z",
            "-000001-01-01T00:00:00Z",
        ] {
            assert_eq!(Time::parse(bad), Err(NotATime), "{bad}");
        }
        assert_eq!(Time::parse("1970-01-01T00:00:01Z").map(Time::unix), Ok(1));
    }
}
