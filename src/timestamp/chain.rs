//! From the signer's certificate to a root that the caller chose (RFC 5280 section 6.1, without
//! policies and name constraints), every certificate judged at one time.
//!
//! A root is a name and a key; its own signature proves nothing and is not looked at. The search
//! is bounded in depth and in signatures tried, because who made the token chose what is tried.

use super::TokenError;
use super::certificate::Certificate;
use crate::limits;
use crate::time::Time;

/// A chain that holds.
pub(super) struct Chain<'a> {
    /// From the signer to the root, both included.
    pub(super) certificates: Vec<&'a Certificate>,
    /// Which of the roots it ends in.
    pub(super) root: usize,
}

/// The state of a search.
struct Search<'a> {
    roots: &'a [Certificate],
    others: Vec<&'a Certificate>,
    at: Time,
    path: Vec<&'a Certificate>,
    steps: usize,
    /// Why the first chain that seemed to lead somewhere does not hold.
    refusal: Option<TokenError>,
}

/// Finds a chain from `signer` to one of `roots`.
///
/// # Errors
/// Why the first promising chain does not hold; [`TokenError::Untrusted`] when there is none;
/// [`TokenError::Limit`] when the search was given up.
pub(super) fn find<'a>(
    signer: &'a Certificate,
    roots: &'a [Certificate],
    others: Vec<&'a Certificate>,
    at: Time,
) -> Result<Chain<'a>, TokenError> {
    let mut search = Search { roots, others, at, path: vec![signer], steps: 0, refusal: None };
    if let Some(root) = search.climb()? {
        return Ok(Chain { certificates: search.path, root });
    }
    Err(search.refusal.unwrap_or_else(|| TokenError::Untrusted {
        why: "no chain of certificates leads from its signer to a given root".to_owned(),
    }))
}

impl Search<'_> {
    /// Looks for who issued the last certificate of the path; a root first.
    fn climb(&mut self) -> Result<Option<usize>, TokenError> {
        let Some(last) = self.path.last().copied() else { return Ok(None) };
        let (roots, others) = (self.roots, self.others.clone());
        for (index, root) in roots.iter().enumerate() {
            if self.issued(last, root)? {
                self.path.push(root);
                return Ok(Some(index));
            }
        }
        if self.path.len().saturating_add(1) >= limits::CHAIN {
            return Ok(None);
        }
        for other in others {
            let known = self.path.iter().any(|seen| seen.is_same_authority(other));
            if known || !self.issued(last, other)? {
                continue;
            }
            self.path.push(other);
            if let Some(root) = self.climb()? {
                return Ok(Some(root));
            }
            self.path.pop();
        }
        Ok(None)
    }

    /// Whether `issuer` signed `certificate` and may do so. Why it may not is kept.
    fn issued(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<bool, TokenError> {
        if !certificate.names_as_issuer(issuer) {
            return Ok(false);
        }
        self.steps = self.steps.saturating_add(1);
        if self.steps > limits::CHAIN_STEPS {
            let limit = u64::try_from(limits::CHAIN_STEPS).unwrap_or(u64::MAX);
            return Err(TokenError::Limit { what: "the number of chains that could be", limit });
        }
        // Every certificate of the path but the signer's is an authority below this one.
        let below = u64::try_from(self.path.len().saturating_sub(1)).unwrap_or(u64::MAX);
        let judged = certificate
            .signed_by(issuer)
            .and_then(|()| issuer.extensions().certifies(below))
            .and_then(|()| issuer.valid_at(self.at));
        match judged {
            Ok(()) => Ok(true),
            // Another key of that name.
            Err(TokenError::BadSignature) => Ok(false),
            Err(error) => {
                self.refusal.get_or_insert(error);
                Ok(false)
            }
        }
    }
}
