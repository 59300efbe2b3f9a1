//! Why a symbolic link beneath a root is refused. Links are never followed for reading; this
//! only finds the right words.

use super::beneath::{THROUGH, patiently};
use super::root::split_last;
use super::{EntryKind, FsError, Root};
use crate::path::RelPath;
use rustix::fd::AsFd;

/// Most links on the way of one link, as Linux counts.
const HOPS: u32 = 40;
/// Most parts looked at for one link, counted anew from the root for each; bounds the work
/// that links crafted for it can cause.
const PARTS: usize = 1 << 18;

impl Root {
    /// Why the symbolic link at `path` is refused: [`FsError::LinkLoop`] when it never arrives,
    /// [`FsError::UnsafeLink`] when it or one on its way is absolute or leads above this root
    /// by `..`, else [`FsError::NotRegular`], whether or not there is something at its end.
    pub fn classify_link(&self, path: &RelPath) -> FsError {
        let (above, name) = split_last(path);
        let mut done: Vec<u8> = above.map(|above| above.as_bytes().to_vec()).unwrap_or_default();
        // What is still to be walked, the next part last.
        let mut rest = vec![name.to_vec()];
        let (mut hops, mut parts) = (0, 0_usize);
        while let Some(part) = rest.pop() {
            if part == b".." {
                match done.iter().rposition(|&byte| byte == b'/') {
                    _ if done.is_empty() => return FsError::UnsafeLink,
                    slash => done.truncate(slash.unwrap_or(0)),
                }
                continue;
            }
            let depth = done.split(|&byte| byte == b'/').count();
            parts = parts.saturating_add(depth);
            if hops > HOPS || parts > PARTS {
                return FsError::LinkLoop;
            }
            let Some(here) = below(&done, &part) else {
                return NOT_REGULAR;
            };
            match self.kind(&here) {
                Ok(Some(EntryKind::Link)) => hops += 1,
                Ok(Some(EntryKind::Folder)) => {
                    done = here.as_bytes().to_vec();
                    continue;
                }
                // It ends here, or nothing is there to go on from.
                _ => return NOT_REGULAR,
            }
            match self.target(&here) {
                Ok(target) if target.starts_with(b"/") => return FsError::UnsafeLink,
                Ok(target) => rest.extend(
                    target
                        .rsplit(|&byte| byte == b'/')
                        .filter(|part| !part.is_empty() && part != b".")
                        .map(<[u8]>::to_vec),
                ),
                Err(error) => return error,
            }
        }
        NOT_REGULAR
    }

    /// The text of the symbolic link at `path`.
    fn target(&self, path: &RelPath) -> Result<Vec<u8>, FsError> {
        let (above, name) = split_last(path);
        let folder = self.open_folder(above.as_ref(), THROUGH)?;
        let target = patiently(|| rustix::fs::readlinkat(folder.as_fd(), name, Vec::new()));
        Ok(target.map_err(FsError::io("read the symbolic link"))?.into_bytes())
    }
}

const NOT_REGULAR: FsError = FsError::NotRegular { kind: "symbolic link" };

fn below(folder: &[u8], name: &[u8]) -> Option<RelPath> {
    let path = if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() };
    RelPath::new(&path).ok()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fallback_too, folder};
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_told_apart() {
        let folder = folder(&[("d/file", "x"), ("file", "x")]);
        let table = [
            ("inside", "file", "not-regular"),
            ("d/up", "../file", "not-regular"),
            ("d/self", "..", "not-regular"),
            ("dangling", "nothing", "not-regular"),
            ("through", "file/x", "not-regular"),
            ("dot", "./d/.//file", "not-regular"),
            ("to-link", "inside", "not-regular"),
            ("out", "../file", "unsafe-path"),
            ("absolute", "/etc/passwd", "unsafe-path"),
            ("d/out", "../../x", "unsafe-path"),
            ("to-out", "d/out", "unsafe-path"),
            ("sly", "d/../../x", "unsafe-path"),
            ("sly2", "dlink/../../x", "unsafe-path"),
            ("dlink", "d", "not-regular"),
            ("loop", "loop", "io"),
            ("a", "b", "io"),
            ("b", "d/../a", "io"),
            ("grow", "grow/x", "io"),
            ("grow2", "grow2/grow2", "io"),
        ];
        for (name, target, _) in table {
            symlink(target, folder.path().join(name)).unwrap();
        }
        fallback_too(folder.path(), |root| {
            for (name, target, code) in table {
                let path = RelPath::new(name.as_bytes()).unwrap();
                let error = root.classify_link(&path);
                let found = crate::finding::Coded::code(&error).as_str();
                assert_eq!(found, code, "{name} -> {target}: {error}");
                let refused = root.open_file(&path).unwrap_err();
                assert_eq!(refused.to_string(), error.to_string());
                assert_eq!(root.read(&path, 9).unwrap_err().to_string(), error.to_string());
            }
            // On the way instead of at the end.
            for (name, code) in [("dlink/file", "not-regular"), ("a/file", "io")] {
                let path = RelPath::new(name.as_bytes()).unwrap();
                for error in [
                    root.open_file(&path).unwrap_err(),
                    root.kind(&path).unwrap_err(),
                    root.list(Some(&path)).unwrap_err(),
                    root.subroot(&path).unwrap_err(),
                ] {
                    assert_eq!(
                        crate::finding::Coded::code(&error).as_str(),
                        code,
                        "{name}: {error}"
                    );
                }
            }
            let link = RelPath::new(b"dlink").unwrap();
            assert!(matches!(root.list(Some(&link)), Err(FsError::NotRegular { .. })));
            assert!(matches!(root.subroot(&link), Err(FsError::NotRegular { .. })));
            assert_eq!(root.kind(&link).unwrap(), Some(EntryKind::Link));
        });
    }

    #[test]
    fn a_long_chain_is_a_loop_and_ends_soon() {
        let folder = folder(&[("l0", "x")]);
        for number in 1..60 {
            let target = format!("l{}", number - 1);
            symlink(target, folder.path().join(format!("l{number}"))).unwrap();
        }
        // Two thousand parts each, forty times over.
        symlink("y/../".repeat(800), folder.path().join("x")).unwrap();
        symlink("x/".repeat(2000), folder.path().join("y")).unwrap();
        fallback_too(folder.path(), |root| {
            let classify = |name: &[u8]| root.classify_link(&RelPath::new(name).unwrap());
            assert!(matches!(classify(b"l40"), FsError::NotRegular { .. }));
            assert!(matches!(classify(b"l41"), FsError::LinkLoop));
            assert!(matches!(classify(b"x"), FsError::LinkLoop));
        });
    }
}
