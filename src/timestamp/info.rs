//! TSTInfo (RFC 3161 section 2.4.2): what the authority says, once its signature held.

use super::TokenError;
use super::asn1::{CONTEXT_0, CONTEXT_1, Fields, context, number, only, unsigned};
use super::moment::{self, Moment};
use super::request::{imprint, nonce};
use crate::codec::hex;
use crate::digest::Digest;
use crate::time::Time;
use der::Tag;

const WHAT: &str = "a timestamp whose TSTInfo is damaged";

const NANOSECONDS: u64 = 1_000_000_000;

/// The content of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TstInfo {
    /// Dotted numbers.
    pub(super) policy: String,
    pub(super) imprint: Digest,
    /// In hexadecimal.
    pub(super) serial: String,
    /// Whole seconds, rounded down.
    pub(super) gen_time: Time,
    /// With the accuracy, where one is stated, rounded up.
    pub(super) latest: Time,
    pub(super) nonce: Option<Vec<u8>>,
}

impl TstInfo {
    /// Reads a TSTInfo of version 1. The name of the authority is passed over: its certificate
    /// says who it is.
    pub(super) fn read(der: &[u8]) -> Result<Self, TokenError> {
        let mut fields = Fields::of(only(der, Tag::Sequence, WHAT)?.value, WHAT)?;
        if fields.number()? != 1 {
            return Err(fields.malformed());
        }
        let policy = fields.oid()?.to_string();
        let imprint = imprint(&mut fields)?;
        let serial = hex::encode(fields.take(Tag::Integer)?.value);
        let moment = moment::gen_time(&mut fields)?;
        let accuracy = accuracy(&mut fields)?;
        fields.flag()?;
        let nonce = nonce(&mut fields)?;
        fields.take_if(CONTEXT_0)?;
        if let Some(extensions) = fields.take_if(CONTEXT_1)? {
            refuse_critical(fields.within(extensions)?)?;
        }
        let latest = latest(moment, accuracy).ok_or_else(|| fields.malformed())?;
        fields.end()?;
        Ok(Self { policy, imprint, serial, gen_time: moment.time, latest, nonce })
    }
}

/// `Accuracy ::= SEQUENCE { seconds, millis [0], micros [1] }`, all optional: seconds and
/// nanoseconds.
fn accuracy(fields: &mut Fields<'_>) -> Result<(u64, u64), TokenError> {
    if !fields.next_is(Tag::Sequence) {
        return Ok((0, 0));
    }
    let mut inner = fields.open(Tag::Sequence)?;
    let seconds = if inner.next_is(Tag::Integer) { inner.number()? } else { 0 };
    let millis = thousandth(&mut inner, 0)?;
    let micros = thousandth(&mut inner, 1)?;
    inner.end()?;
    let nanoseconds = millis.saturating_mul(1_000_000).saturating_add(micros.saturating_mul(1_000));
    Ok((seconds, nanoseconds))
}

/// `[n] IMPLICIT INTEGER (1..999) OPTIONAL`. Zero is no value of it, but harmless, and written.
fn thousandth(fields: &mut Fields<'_>, tag: u32) -> Result<u64, TokenError> {
    let Some(element) = fields.take_if(context(tag, false))? else { return Ok(0) };
    match unsigned(element.value).and_then(number) {
        Some(part @ 0..=999) => Ok(part),
        Some(_) | None => Err(fields.malformed()),
    }
}

/// The last moment at which the authority can have seen the hash, in whole seconds rounded up.
fn latest(moment: Moment, (seconds, nanoseconds): (u64, u64)) -> Option<Time> {
    let part = moment.nanoseconds.checked_add(nanoseconds)?.div_ceil(NANOSECONDS);
    let beyond = i64::try_from(seconds.checked_add(part)?).ok()?;
    Time::from_unix(moment.time.unix().checked_add(beyond)?).ok()
}

/// An extension of the token that must be understood is not.
fn refuse_critical(mut list: Fields<'_>) -> Result<(), TokenError> {
    while !list.is_empty() {
        let mut fields = list.open(Tag::Sequence)?;
        let oid = fields.oid()?;
        if fields.flag()? {
            return Err(TokenError::Unsupported { what: format!("the critical extension {oid}") });
        }
    }
    Ok(())
}
