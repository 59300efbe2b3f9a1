//! The digests of one file: nearly always one, and then without a place of its own in memory.

use super::Digest;
use std::ops::Deref;

/// Digests in the order in which they were asked for or listed. A slice in use; lists of a million
/// files hold a million of these.
#[derive(Debug, Clone)]
pub struct Digests(Few);

#[derive(Debug, Clone)]
enum Few {
    One(Digest),
    Many(Vec<Digest>),
}

impl Digests {
    /// Appends one.
    pub fn push(&mut self, digest: Digest) {
        let mut all = self.to_vec();
        all.push(digest);
        *self = all.into();
    }
}

impl Deref for Digests {
    type Target = [Digest];

    fn deref(&self) -> &[Digest] {
        match &self.0 {
            Few::One(digest) => std::slice::from_ref(digest),
            Few::Many(digests) => digests,
        }
    }
}

impl From<Digest> for Digests {
    fn from(digest: Digest) -> Self {
        Self(Few::One(digest))
    }
}

impl From<Vec<Digest>> for Digests {
    fn from(digests: Vec<Digest>) -> Self {
        match digests.as_slice() {
            [digest] => Self(Few::One(*digest)),
            _ => Self(Few::Many(digests)),
        }
    }
}

impl<'a> IntoIterator for &'a Digests {
    type Item = &'a Digest;
    type IntoIter = std::slice::Iter<'a, Digest>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Digests {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Digests {}

#[cfg(test)]
mod tests {
    use super::super::{Algorithm, of};
    use super::*;

    #[test]
    fn one_and_many_are_slices_in_their_order() {
        let all = [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha1].map(|each| of(each, b"x"));
        for length in 0..=3 {
            let digests = Digests::from(all[..length].to_vec());
            assert_eq!(*digests, all[..length]);
            let mut grown = Digests::from(Vec::new());
            all[..length].iter().for_each(|digest| grown.push(*digest));
            assert_eq!(grown, digests);
        }
        assert_eq!(Digests::from(all[0]), Digests::from(vec![all[0]]));
        assert_ne!(Digests::from(all[0]), Digests::from(all[1]));
    }
}
