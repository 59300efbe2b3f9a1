//! A document of two folders with all that is said of it, owning the comparison.

use vidimus::compare::{Comparison, Weight};
use vidimus::finding::Exit;
use vidimus::report::diff::{Status, TreeDocument};

/// Path and digest of one side.
pub(super) type Place = (String, Option<String>);

/// One document.
pub(super) struct Pair {
    pub(super) status: Status,
    pub(super) old: Option<Place>,
    pub(super) new: Option<Place>,
    pub(super) comparison: Option<Comparison>,
    pub(super) note: Option<String>,
    /// What a problem with reading it asks for.
    pub(super) exit: Exit,
}

impl Pair {
    /// What the renderers take.
    pub(super) fn shown(&self) -> TreeDocument<'_> {
        let path = |place: &Option<Place>| place.as_ref().map(|place| place.0.clone());
        let sha256 = |place: &Option<Place>| place.as_ref().and_then(|place| place.1.clone());
        TreeDocument {
            status: self.status,
            old_path: path(&self.old),
            new_path: path(&self.new),
            old_sha256: sha256(&self.old),
            new_sha256: sha256(&self.new),
            comparison: self.comparison.as_ref(),
            note: self.note.clone(),
        }
    }

    /// The heaviest of all that differs. What nobody can look into counts as major, a new name as
    /// minor.
    pub(super) fn weight(&self) -> Option<Weight> {
        let by_itself = match self.status {
            Status::Renamed | Status::RenamedChanged => Some(Weight::Minor),
            Status::Added | Status::Removed => Some(Weight::Major),
            Status::Changed if self.comparison.is_none() => Some(Weight::Major),
            Status::Changed | Status::Unchanged => None,
        };
        by_itself.max(self.comparison.as_ref().and_then(super::heaviest))
    }
}
