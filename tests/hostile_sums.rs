//! The hostile checksum lists, which are not part of this tree: name the folder that holds
//! `hostile-controls` in `VIDIMUS_VECTORS`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that prints its table"
)]

use serde_json::Value;
use std::path::Path;
use vidimus::codec::{base64, json};
use vidimus::finding::Exit;
use vidimus::fs::Root;
use vidimus::manifest::ListOptions;
use vidimus::tree::NoProgress;
use vidimus::verify::check_list;

fn bytes(value: &Value) -> Vec<u8> {
    base64::decode(value.as_str().unwrap()).unwrap()
}

fn lay_out(folder: &Path, case: &Value) {
    for (name, entry) in case["tree"].as_object().unwrap() {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if let Some(target) = entry.get("symlink").and_then(Value::as_str) {
            std::os::unix::fs::symlink(target, path).unwrap();
        } else if entry.get("file_b64").is_some() {
            std::fs::write(path, bytes(&entry["file_b64"])).unwrap();
        } else {
            std::fs::create_dir_all(path).unwrap();
        }
    }
}

#[test]
fn every_list() {
    let Some(vectors) = std::env::var_os("VIDIMUS_VECTORS") else {
        println!("skipped: no vectors");
        return;
    };
    let path = Path::new(&vectors).join("hostile-controls/sums.json");
    let cases = json::parse(&std::fs::read(path).unwrap()).unwrap();
    for case in cases["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let folder = tempfile::tempdir().unwrap();
        lay_out(folder.path(), case);
        let root = Root::open(folder.path()).unwrap();
        let (list, options) = (bytes(&case["manifest_b64"]), ListOptions::default());
        let outcome = check_list(&root, &list, b"SHA256SUMS", None, &options, &NoProgress, false);
        let codes: Vec<_> = outcome.findings.iter().map(|finding| finding.code.as_str()).collect();
        println!("{:2} {id}: {}", outcome.exit().number(), codes.join(" "));
        match case["expect"].as_str().unwrap() {
            "accept" => assert_eq!(outcome.exit(), Exit::Done, "{id}"),
            _ => assert_ne!(outcome.exit(), Exit::Done, "{id}"),
        }
        if let Some(class) = case["reject_class"].as_str() {
            assert!(codes.contains(&class), "{id}: {class} not in {codes:?}");
        }
    }
}
