//! Hostile checksum lists, checked as `vidimus check --manifest LIST DIR` does.

use crate::verdict::{Row, bytes, controls, refusal};
use serde_json::Value;
use std::path::Path;
use vidimus::codec::base64;
use vidimus::fs::Root;
use vidimus::manifest::ListOptions;
use vidimus::tree::NoProgress;
use vidimus::verify::check_list;

pub(crate) const ROWS: &[Row] = &[(
    "hostile-controls/sums.json",
    "checksum lists: accepted, or refused with its code",
    |path| controls(path, control),
)];

/// Makes the tree of a case, and beside it the files that no list may reach.
fn lay_out(folder: &Path, case: &Value) {
    for (name, content) in case["outside"].as_object().unwrap() {
        let content = base64::decode(content.as_str().unwrap()).unwrap();
        std::fs::write(folder.join(name), content).unwrap();
    }
    let tree = folder.join("tree");
    std::fs::create_dir(&tree).unwrap();
    for (name, entry) in case["tree"].as_object().unwrap() {
        let path = tree.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if let Some(target) = entry.get("symlink").and_then(Value::as_str) {
            std::os::unix::fs::symlink(target, path).unwrap();
        } else if entry.get("file_b64").is_some() {
            std::fs::write(path, bytes(entry, "file_b64")).unwrap();
        } else {
            std::fs::create_dir_all(path).unwrap();
        }
    }
}

fn control(case: &Value) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path(), case);
    let root = Root::open(&folder.path().join("tree")).unwrap();
    let (list, options) = (bytes(case, "manifest_b64"), ListOptions::default());
    let outcome = check_list(&root, &list, b"SHA256SUMS", None, &options, &NoProgress, false);
    refusal(&outcome)
}
