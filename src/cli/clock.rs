//! The clock: read once a run, and only here.

use vidimus::finding::{Code, Finding};
use vidimus::time::Time;

/// The present time in whole seconds of UTC.
#[allow(clippy::disallowed_methods, reason = "this is where the clock is read")]
pub(crate) fn now() -> Option<Time> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    Time::from_unix(i64::try_from(since.as_secs()).ok()?).ok()
}

/// The time of judgement: `--at`, or now; and whether the user named it.
pub(crate) fn judged_at(at: Option<&str>) -> super::Result<(Time, bool)> {
    match at {
        Some(text) => match Time::parse(text) {
            Ok(time) => Ok((time, true)),
            Err(error) => Err(vec![Finding::error(Code::Malformed, format!("--at is {error}"))]),
        },
        None => Ok((present()?, false)),
    }
}

/// The present time, or the finding that there is none.
pub(crate) fn present() -> super::Result<Time> {
    now().ok_or_else(|| {
        vec![Finding::error(
            Code::Io,
            "the clock of this machine shows no time that can be written",
        )]
    })
}
