//! Relative paths as bytes: the only names that may lead beneath an open root.
//!
//! A [`RelPath`] is safe by construction: it cannot leave its root by spelling. Whether a
//! symbolic link leads out is the `fs` module's business. Bytes, not text: names on disk need
//! not be UTF-8.

use crate::finding::{Code, Coded};
use crate::limits;
use std::fmt;

/// A path beneath a root: not empty, not absolute, no `.` or `..`, no empty part, no NUL.
/// Ordered bytewise, as the lines of `SHA256SUMS` are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelPath(Box<[u8]>);

/// Why bytes are no path beneath a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing, or nothing but `./`.
    #[error("an empty path")]
    Empty,
    /// Begins with `/`.
    #[error("an absolute path")]
    Absolute,
    /// Has a part `..`.
    #[error("a path with '..'")]
    Parent,
    /// Has a part `.` or an empty part.
    #[error("a path with an empty part or '.'")]
    Dot,
    /// Holds a NUL byte.
    #[error("a path with a NUL byte")]
    Nul,
    /// Longer than [`limits::PATH_BYTES`].
    #[error("a path longer than {} bytes", limits::PATH_BYTES)]
    TooLong,
}

impl Coded for PathError {
    fn code(&self) -> Code {
        match self {
            Self::TooLong => Code::Limit,
            Self::Empty | Self::Absolute | Self::Parent | Self::Dot | Self::Nul => Code::UnsafePath,
        }
    }
}

impl RelPath {
    /// Takes the bytes of a path with `/` between its parts.
    ///
    /// # Errors
    /// [`PathError`], the first reason found.
    pub fn new(bytes: &[u8]) -> Result<Self, PathError> {
        Self::check(bytes)?;
        Ok(Self(bytes.into()))
    }

    /// Whether the bytes are a path.
    ///
    /// # Errors
    /// [`PathError`], the first reason found.
    pub(crate) fn check(bytes: &[u8]) -> Result<(), PathError> {
        if bytes.is_empty() {
            return Err(PathError::Empty);
        }
        if bytes.len() > limits::PATH_BYTES {
            return Err(PathError::TooLong);
        }
        if bytes.contains(&0) {
            return Err(PathError::Nul);
        }
        if bytes.starts_with(b"/") {
            return Err(PathError::Absolute);
        }
        for part in bytes.split(|&byte| byte == b'/') {
            match part {
                b".." => return Err(PathError::Parent),
                b"" | b"." => return Err(PathError::Dot),
                _ => {}
            }
        }
        Ok(())
    }

    /// Like [`RelPath::new`], after dropping leading `./`, which checksum lists often have.
    ///
    /// # Errors
    /// [`PathError`], as for [`RelPath::new`].
    pub fn from_list(mut bytes: &[u8]) -> Result<Self, PathError> {
        while let Some(rest) = bytes.strip_prefix(b"./") {
            bytes = rest;
        }
        Self::new(bytes)
    }

    /// The bytes, without a leading or trailing `/`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The last part.
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|&byte| byte == b'/').next().unwrap_or(&self.0)
    }

    /// The parts from the root downwards.
    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|&byte| byte == b'/')
    }

    /// This path with `name` below it.
    ///
    /// # Errors
    /// [`PathError`] when the longer path is none.
    pub fn join(&self, name: &[u8]) -> Result<Self, PathError> {
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + name.len());
        bytes.extend_from_slice(&self.0);
        bytes.push(b'/');
        bytes.extend_from_slice(name);
        Self::check(&bytes)?;
        Ok(Self(bytes.into()))
    }
}

/// For logs and test failures: the bytes as text, escaped.
impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_names_are_refused() {
        let table: [(&[u8], PathError); 10] = [
            (b"", PathError::Empty),
            (b"/etc/passwd", PathError::Absolute),
            (b"..", PathError::Parent),
            (b"a/../b", PathError::Parent),
            (b"a/..", PathError::Parent),
            (b".", PathError::Dot),
            (b"a//b", PathError::Dot),
            (b"a/", PathError::Dot),
            (b"./a", PathError::Dot),
            (b"a\0b", PathError::Nul),
        ];
        for (bytes, expected) in table {
            assert_eq!(RelPath::new(bytes), Err(expected), "{}", bytes.escape_ascii());
        }
        assert_eq!(RelPath::new(&vec![b'a'; limits::PATH_BYTES + 1]), Err(PathError::TooLong));
        for good in ["a", "...", "..a/b", "a/.b", " ", "a\nb", "~", "-"] {
            assert!(RelPath::new(good.as_bytes()).is_ok(), "{good}");
        }
    }

    #[test]
    fn lists_may_begin_with_dot_slash() {
        assert_eq!(RelPath::from_list(b"././a"), RelPath::new(b"a"));
        assert_eq!(RelPath::from_list(b"./"), Err(PathError::Empty));
        assert_eq!(RelPath::from_list(b".//a"), Err(PathError::Absolute));
    }
}
