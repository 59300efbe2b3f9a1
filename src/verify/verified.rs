//! `Verified<T>`: a value that may be shown as fact.

use std::ops::Deref;

/// A value over which an acceptable signature was checked. Its field is private and only the
/// verifying modules make one, so whatever takes a `Verified<T>` cannot be handed raw bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    pub(super) fn new(value: T) -> Self {
        Self(value)
    }

    /// A value made from a verified one is verified too.
    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U) -> Verified<U> {
        Verified(make(self.0))
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
