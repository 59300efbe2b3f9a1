//! `--kernel` and `VIDIMUS_SHA256`: which kernel compresses blocks of SHA-256, for tests and for
//! measuring. No digest depends on it.

use super::context::variable;
use vidimus::digest::{Kernel, choose};
use vidimus::finding::{Code, Finding};

/// Chooses the kernel that was asked for, if any was: by the flag, else by the variable, where
/// empty is the same as unset.
pub(super) fn choose_asked(flag: Option<&str>) -> Result<(), Finding> {
    let set = || Some(variable("VIDIMUS_SHA256")?.to_string_lossy().into_owned());
    let asked = flag.map(str::to_owned).or_else(set);
    match asked.filter(|word| flag.is_some() || !word.is_empty()) {
        Some(word) if !Kernel::parse(&word).is_some_and(choose) => Err(not_here(&word)),
        Some(_) | None => Ok(()),
    }
}

fn not_here(word: &str) -> Finding {
    let names: Vec<&str> = Kernel::ALL
        .into_iter()
        .filter(|kernel| kernel.is_available())
        .map(Kernel::as_str)
        .collect();
    Finding::error(Code::Usage, format!("this machine has no SHA-256 kernel called {word}"))
        .help(format!("--kernel and VIDIMUS_SHA256 take here: {}", names.join(", ")))
}
