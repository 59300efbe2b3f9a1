//! What the paragraph styles of a document mean, by their built-in names and outline levels.
//!
//! Built-in styles keep their English names in the file, whatever the language of the program.

use std::collections::HashMap;

use super::xml::{Step, attribute, walk};
use crate::text::TextError;
use crate::text::extract::What;

/// Longest chain of styles that are based on each other.
const CHAIN: usize = 16;

/// The styles, by their identifiers.
#[derive(Debug, Default)]
pub(super) struct Styles(HashMap<String, Style>);

#[derive(Debug, Default)]
struct Style {
    id: String,
    based_on: Option<String>,
    what: Option<What>,
}

impl Styles {
    /// Reads `styles.xml`.
    pub(super) fn read(part: &[u8]) -> Result<Self, TextError> {
        let mut styles = HashMap::new();
        let mut style = Style::default();
        walk(part, |step| {
            match step {
                Step::Open { name: "style", element } => {
                    let id = attribute(element, "styleId").unwrap_or_default();
                    style = Style { id, ..Style::default() };
                }
                Step::Open { name, element } => style.learn(name, attribute(element, "val")),
                Step::Close { name: "style" } => {
                    let style = std::mem::take(&mut style);
                    styles.entry(style.id.clone()).or_insert(style);
                }
                Step::Close { .. } | Step::Text(_) => {}
            }
            Ok(())
        })?;
        Ok(Self(styles))
    }

    /// What paragraphs of a style are, by itself or by what it is based on.
    pub(super) fn what(&self, id: &str) -> Option<What> {
        let mut id = id;
        for _ in 0..CHAIN {
            let style = self.0.get(id)?;
            if style.what.is_some() {
                return style.what.clone();
            }
            id = style.based_on.as_deref()?;
        }
        None
    }
}

impl Style {
    fn learn(&mut self, element: &str, value: Option<String>) {
        let value = value.unwrap_or_default();
        match element {
            "basedOn" => self.based_on = Some(value),
            "name" => self.what = named(&value.to_ascii_lowercase()),
            "outlineLvl" if is_outline(&value) => self.what = Some(What::Heading),
            "numId" if value != "0" && self.what.is_none() => self.what = Some(What::ListItem),
            _ => {}
        }
    }
}

/// Levels 0 to 8 are headings; 9 is body text.
pub(super) fn is_outline(level: &str) -> bool {
    matches!(level.as_bytes(), [b'0'..=b'8'])
}

fn named(name: &str) -> Option<What> {
    match name {
        "title" => Some(What::Heading),
        "caption" => Some(What::Caption),
        "quote" | "intense quote" => Some(What::Quote),
        name if name.starts_with("heading ") => Some(What::Heading),
        name if name.starts_with("list bullet") || name.starts_with("list number") => {
            Some(What::ListItem)
        }
        _ => None,
    }
}
