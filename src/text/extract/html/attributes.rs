//! The attributes of a start tag that matter for text: where a link leads, whether the element is
//! shown, and what its names say about it.

/// What the class, the id and the role of an element say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hint {
    /// Nothing.
    None,
    /// The role says that it is the document itself.
    Content,
    /// The role says that it is a heading.
    Heading,
    /// The role says that it is a menu, a banner, a form.
    Boilerplate,
    /// The class or id says so, which is weaker.
    Named,
}

/// Roles of ARIA whose content is no part of the document.
const ROLES: [&str; 12] = [
    "alertdialog",
    "banner",
    "complementary",
    "contentinfo",
    "dialog",
    "menu",
    "menubar",
    "navigation",
    "search",
    "tablist",
    "toolbar",
    "tooltip",
];

/// Words in a class or an id that name such a part.
const NAMES: [&str; 58] = [
    "ad",
    "ads",
    "advert",
    "advertisement",
    "advertising",
    "banner",
    "breadcrumb",
    "breadcrumbs",
    "comments",
    "consent",
    "cookie",
    "cookiebar",
    "cookies",
    "copyright",
    "disqus",
    "donate",
    "footer",
    "gdpr",
    "login",
    "masthead",
    "menu",
    "modal",
    "nav",
    "navbar",
    "navi",
    "navigation",
    "newsletter",
    "pager",
    "pagination",
    "paywall",
    "popup",
    "print",
    "promo",
    "promotion",
    "recommendations",
    "recommended",
    "related",
    "search",
    "share",
    "sharebar",
    "sharing",
    "sidebar",
    "signup",
    "sitemap",
    "skip",
    "skiplink",
    "social",
    "sponsor",
    "sponsored",
    "sponsors",
    "subscribe",
    "subscription",
    "toolbar",
    "topbar",
    "trending",
    "tweet",
    "widget",
    "widgets",
];

/// The attributes of one tag; of two with the same name the first counts.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    current: Option<Known>,
    class: Option<String>,
    id: Option<String>,
    role: Option<String>,
    style: Option<String>,
    hidden: Option<String>,
    href: Option<String>,
}

#[derive(Debug, Clone, Copy)]
enum Known {
    Class,
    Id,
    Role,
    Style,
    Hidden,
    Href,
}

impl Attributes {
    /// A name was read; its value may follow.
    pub(super) fn name(&mut self, name: &[u8]) {
        let known = match name {
            b"class" => Some(Known::Class),
            b"id" => Some(Known::Id),
            b"role" => Some(Known::Role),
            b"style" => Some(Known::Style),
            b"hidden" => Some(Known::Hidden),
            b"href" => Some(Known::Href),
            _ => None,
        };
        self.current = known.filter(|known| self.slot(*known).is_none());
        if let Some(known) = self.current {
            *self.slot(known) = Some(String::new());
        }
    }

    /// The value of the name before.
    pub(super) fn value(&mut self, value: &[u8]) {
        if let Some(known) = self.current.take() {
            *self.slot(known) = Some(String::from_utf8_lossy(value).into_owned());
        }
    }

    const fn slot(&mut self, known: Known) -> &mut Option<String> {
        match known {
            Known::Class => &mut self.class,
            Known::Id => &mut self.id,
            Known::Role => &mut self.role,
            Known::Style => &mut self.style,
            Known::Hidden => &mut self.hidden,
            Known::Href => &mut self.href,
        }
    }

    /// Where it leads; white space around it does not count.
    pub(super) fn target(&mut self) -> Option<String> {
        let href = self.href.take()?;
        let href = href.trim_matches([' ', '\t', '\n', '\x0c', '\r']);
        (!href.is_empty()).then(|| href.to_owned())
    }

    /// Whether the element says of itself that it is not shown.
    pub(super) fn is_hidden(&self) -> bool {
        let hidden = self.hidden.as_deref().is_some_and(|value| value != "until-found");
        hidden || self.style.as_deref().is_some_and(hides)
    }

    /// What the names say.
    pub(super) fn hint(&self) -> Hint {
        let role = self.role.as_deref().unwrap_or_default().trim().to_ascii_lowercase();
        match role.as_str() {
            "main" | "article" => return Hint::Content,
            "heading" => return Hint::Heading,
            role if ROLES.contains(&role) => return Hint::Boilerplate,
            _ => {}
        }
        let names = [self.class.as_deref(), self.id.as_deref()];
        let named = names.into_iter().flatten().any(names_boilerplate);
        if named { Hint::Named } else { Hint::None }
    }
}

/// Whether a `style` keeps the element from being shown.
fn hides(style: &str) -> bool {
    let bare: String = style.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bare = bare.to_ascii_lowercase();
    bare.split(';').any(|rule| {
        let rule = rule.trim_end_matches("!important");
        rule == "display:none" || rule == "visibility:hidden"
    })
}

/// Whether a class or id holds one of the words, parted as people part them: `cookie-bar`,
/// `site_nav`, `shareButtons`; or is one of those for words that are only read aloud.
fn names_boilerplate(value: &str) -> bool {
    let whole = ["sr-only", "visually-hidden", "screen-reader-text"];
    value.split_ascii_whitespace().any(|name| {
        whole.contains(&name) || words(name).any(|word| NAMES.binary_search(&word.as_str()).is_ok())
    })
}

fn words(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for character in name.chars() {
        let parts = !character.is_ascii_alphanumeric() || (lower && character.is_ascii_uppercase());
        if parts {
            words.push(String::new());
        }
        lower = character.is_ascii_lowercase();
        if let Some(word) = words.last_mut().filter(|_| character.is_ascii_alphanumeric()) {
            word.push(character.to_ascii_lowercase());
        }
    }
    words.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_people_part_them() {
        assert!(NAMES.is_sorted());
        for named in ["cookie-bar", "siteNav x", "a main_menu", "sr-only", "shareButtons"] {
            assert!(names_boilerplate(named), "{named}");
        }
        for plain in ["", "shared", "navy", "article-body", "header-image", "address"] {
            assert!(!names_boilerplate(plain), "{plain}");
        }
    }

    #[test]
    fn a_style_hides_only_by_what_it_says() {
        assert!(hides("color:red; DISPLAY : none !important"));
        assert!(!hides("display:block;background:url(display:none.png)"));
    }
}
