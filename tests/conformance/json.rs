//! The strict JSON reader on the suite of Nicolas Seriot (RFC 8259).

use crate::verdict::Row;
use crate::{files, tally};
use std::path::Path;
use vidimus::codec::json::{self, JsonError, JsonReason};

const SET: &str = "jsontestsuite/test_parsing";

pub(crate) const ROWS: &[Row] = &[
    (SET, "valid documents (`y_`): accepted", |path| {
        count(path, |name| name.starts_with("y_"), |read| read.is_ok())
    }),
    (SET, "valid documents (`y_`): refused on purpose, a member stands there twice", |path| {
        count(
            path,
            |name| DUPLICATES.contains(&name),
            |read| read.is_err_and(|error| error.reason == JsonReason::Duplicate),
        )
    }),
    (SET, "invalid documents (`n_`): refused", |path| {
        count(path, |name| name.starts_with("n_"), |read| read.is_err())
    }),
    (SET, "documents that may be either (`i_`): accepted", |path| {
        count(path, |name| ACCEPTED.contains(&name), |read| read.is_ok())
    }),
    (SET, "documents that may be either (`i_`): refused", |path| {
        let refused = |name: &str| name.starts_with("i_") && !ACCEPTED.contains(&name);
        count(path, refused, |read| read.is_err())
    }),
];

/// RFC 8259 lets a reader do as it likes with these; one input has one meaning here.
const DUPLICATES: &[&str] =
    &["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];

/// Numbers that lose precision; where a number counts, only whole ones of 64 bits are taken.
const ACCEPTED: &[&str] = &[
    "i_number_double_huge_neg_exp.json",
    "i_number_real_underflow.json",
    "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
];

fn count(
    folder: &Path,
    wanted: fn(&str) -> bool,
    right: fn(Result<serde_json::Value, JsonError>) -> bool,
) -> (usize, usize) {
    tally(files(folder).into_iter().filter_map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let read = || json::parse(&std::fs::read(&path).unwrap());
        wanted(name).then(|| (name.to_owned(), right(read())))
    }))
}
