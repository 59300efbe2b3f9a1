//! Files: the only place that opens, creates, renames or removes one.
//!
//! Reading: a tree is read through one open [`Root`]; no symbolic link is followed beneath it,
//! only regular files are read, and one that changes while it is read is refused. Files that
//! the user names are reached as the user means it, links included. Nothing is mapped into
//! memory, so that a file cut short is an error and not a signal.
//!
//! Writing: nothing is overwritten in place. New bytes go to a temporary beside their place
//! and reach the disk before they get their name, and the name reaches the disk before the
//! call returns.
//!
//! Not promised: a change that leaves size and times as they were, or that happens after a file
//! was read, is not seen. Modes, owners, times and extended attributes are not kept.

#![allow(clippy::disallowed_methods, reason = "this is the module that all others must go through")]

mod appended;
mod beneath;
mod change;
mod entry;
mod error;
mod folder;
mod leftover;
mod link;
mod lock;
mod named;
mod open;
mod open_folder;
mod place;
mod root;
mod secret;
mod staging;
mod stamp;
mod write;

pub use appended::Appended;
pub use entry::{DirEntry, EntryKind, FileId};
pub use error::FsError;
pub use folder::{create_folder, enclosing, kind_named, real_path};
pub use leftover::{clear_leftovers, is_leftover};
pub use lock::FolderLock;
pub use named::{connect_unix, open_named, read_named, read_named_id, read_stdin};
pub use open::OpenFile;
pub(crate) use open_folder::OpenFolder;
pub use root::Root;
pub use secret::{open_private, read_descriptor, read_private};
pub use staging::Staging;
pub use stamp::{FileTime, Stamp};
pub use write::{
    Sink, change_all, create_new, remove, replace, replace_all, replace_private, replace_private_by,
};

#[cfg(test)]
mod testing;
