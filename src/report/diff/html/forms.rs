//! The differences in form, folded, with their counts.

use super::inert::words;
use super::markup::Ids;
use crate::compare::NoiseKind;
use crate::report::diff::form::sides;
use crate::report::diff::verdict::{counted, folded};
use crate::report::diff::view::View;

/// How many entries a list has at most: a page is to be read.
pub(super) const MOST: usize = 1_000;

/// The section.
pub(super) fn section(view: &View<'_>, ids: &Ids<'_>) -> String {
    let heading = ids.heading("form", "Differences of form");
    let Some(counts) = folded(view.comparison) else {
        return heading + "<p>None.</p>\n";
    };
    let noise = view.comparison.noise.iter();
    let noise: Vec<_> = noise.filter(|noise| noise.kind != NoiseKind::Invisible).collect();
    let one = |noise: &&crate::compare::Noise| {
        let (place, old, new) = sides(noise, view);
        format!(
            "<li>{} ({}): <bdi>{}</bdi> → <bdi>{}</bdi></li>\n",
            noise.kind.as_str(),
            place.words(),
            words(&old),
            words(&new)
        )
    };
    let list: String = noise.iter().take(MOST).map(one).collect();
    let open = if view.shown.show_noise { " open" } else { "" };
    format!(
        "{heading}<details{open}><summary>{}: {counts}</summary>\n<ol>\n{list}</ol>\n{}</details>\n",
        counted(noise.len(), "difference of form", "differences of form"),
        more(noise.len()),
    )
}

/// How much a list that was cut leaves out.
pub(super) fn more(count: usize) -> String {
    match count.saturating_sub(MOST) {
        0 => String::new(),
        more => format!("<p>{more} more are not listed here.</p>\n"),
    }
}
