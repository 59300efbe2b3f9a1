//! A module uses only what stands below it. The order is the one of `ARCHITECTURE.md`; this test
//! reads every source file and refuses a `crate::x` that points upwards or sideways. And what
//! `ARCHITECTURE.md` says about modules and files is so.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests read and change their own files"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The modules, from the bottom: those of one row do not know each other.
const LAYERS: [&[&str]; 9] = [
    &["finding", "limits", "time", "path", "codec"],
    &["digest", "fs", "net"],
    &["key", "merkle"],
    &["signature", "tree"],
    &["envelope", "manifest", "text", "timestamp"],
    &["compare", "log", "policy", "state", "witness"],
    &["verify"],
    &["seal"],
    &["report"],
];

/// Pairs of the lowest row that may know each other: they are one vocabulary.
const VOCABULARY: [(&str, &str); 5] = [
    ("path", "finding"),
    ("path", "limits"),
    ("finding", "time"),
    ("finding", "limits"),
    ("codec", "finding"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The module names that follow `crate::` in `text`, groups (`crate::{a, b}`) included, without
/// comments and without the tests at the end.
fn uses(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split(';').next().unwrap_or_default();
            found.extend(group.split(',').map(first_word));
        } else {
            found.push(first_word(rest));
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn a_module_uses_only_what_stands_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rank: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(rank, row)| row.iter().map(move |name| (*name, rank)))
        .collect();
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in files {
        let below = file.strip_prefix(&src).expect("below src");
        let module = below
            .components()
            .next()
            .expect("a part")
            .as_os_str()
            .to_string_lossy()
            .replace(".rs", "");
        let Some(own) = rank.get(module.as_str()) else {
            assert!(["lib", "main", "cli"].contains(&module.as_str()), "{module} has no layer");
            continue;
        };
        for used in uses(&std::fs::read_to_string(&file).expect("a source file")) {
            let Some(other) = rank.get(used.as_str()) else { continue };
            seen += 1;
            let vocabulary = VOCABULARY.contains(&(module.as_str(), used.as_str()));
            if used != module && other >= own && !vocabulary {
                wrong.push(format!("{} uses {used}", below.display()));
            }
        }
    }
    assert!(seen > 100, "only {seen} uses found: the test does not see the code any more");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_binary_is_the_only_user_of_the_clock_and_the_environment() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    for file in
        files.iter().filter(|file| !file.starts_with(src.join("cli")) && !file.ends_with("main.rs"))
    {
        let text = std::fs::read_to_string(file).expect("a source file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in [
            "SystemTime::now",
            "Instant::now",
            "env::var",
            "println!",
            "eprintln!",
            "process::exit",
        ] {
            assert!(!code.contains(word), "{} has {word}", file.display());
        }
    }
}

/// The lint `unsafe_code` is denied, which a file can undo for itself: this says which may.
#[test]
fn unsafe_code_stands_in_the_kernels_of_sha256_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("the manifest");
    assert!(manifest.contains("\nunsafe_code = \"deny\"\n"), "the lint is not denied");
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let mut kernels = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source file");
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let lines: Vec<&str> = code.collect();
        let word = |word: &str| lines.iter().any(|line| has_word(line, word));
        if word("unsafe") || word("unsafe_code") {
            let below = file.strip_prefix(root).expect("below the root");
            kernels.push(below.display().to_string());
            let bare = without_reason(&text);
            assert!(bare.is_empty(), "{}: no reason at {bare:?}", below.display());
        }
    }
    kernels.sort();
    let allowed = ["avx2", "avx512", "shani"];
    assert_eq!(kernels, allowed.map(|name| format!("src/digest/kernel/{name}.rs")));
}

fn has_word(line: &str, word: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c));
    words.any(|found| found == word)
}

/// The lines that open an unsafe block, or declare an unsafe function, with no reason above.
fn without_reason(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let opens = |line: &str| has_word(line.split("//").next().unwrap_or_default(), "unsafe");
    let reason = |at: usize| {
        let above = lines[..at].iter().rev().take(4);
        let mut above = above.take_while(|line| line.starts_with("//") || line.starts_with('#'));
        above.any(|line| line.starts_with("// SAFETY: ") || *line == "/// # Safety")
    };
    (0..lines.len()).filter(|at| opens(lines[*at]) && !reason(*at)).map(|at| at + 1).collect()
}

const ARCHITECTURE: &str = include_str!("../ARCHITECTURE.md");

/// The cells of the table below `heading`, row by row, without its header.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let section = ARCHITECTURE.split(heading).nth(1).expect("the heading");
    let rows = section.lines().skip_while(|line| !line.starts_with('|')).skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// The words between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn architecture_md_has_the_same_layers() {
    let shown: Vec<Vec<&str>> = table("## Layers").iter().map(|row| quoted(row[1])).collect();
    let layers: Vec<Vec<&str>> = LAYERS.iter().rev().map(|row| row.to_vec()).collect();
    assert_eq!(shown, layers);
}

#[test]
fn architecture_md_names_every_module() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules: Vec<String> = std::fs::read_dir(src)
        .expect("src")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().replace(".rs", ""))
        .filter(|name| !["lib", "main"].contains(&name.as_str()))
        .collect();
    modules.sort();
    let rows = table("## Code map");
    assert!(rows.iter().all(|row| row.len() == 3 && row.iter().all(|cell| !cell.is_empty())));
    let mut named: Vec<&str> = rows.iter().flat_map(|row| quoted(row[0])).collect();
    named.sort_unstable();
    assert_eq!(named, modules);
}

#[test]
fn architecture_md_names_no_file_that_is_not_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = ARCHITECTURE.replace("```", "");
    let is_file = |word: &str| {
        Path::new(word).extension().is_some_and(|name| name == "rs")
            && !word.contains('*')
            && !word.contains("NAME")
    };
    let files: Vec<&str> = quoted(&text).into_iter().filter(|word| is_file(word)).collect();
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let there =
            ["", "src", "tests"].iter().any(|folder| root.join(folder).join(file).is_file());
        assert!(there, "{file} is not there");
    }
}
