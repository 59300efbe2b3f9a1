//! The log (its records only, until the rest lands).

mod entry;
pub use entry::Entry;
