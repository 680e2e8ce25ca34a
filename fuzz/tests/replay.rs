//! Every target on what a search has kept of interest, and on inputs at random: on a
//! stable Rust, and without libFuzzer.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use proptest::prelude::*;
use std::path::PathBuf;
use std::{env, fs};
use tidings_fuzz::{TARGETS, Target};

/// So many inputs at random for each target; more with `PROPTEST_CASES`.
const CASES: u32 = 512;

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.collect();
    files.sort();
    files
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

#[test]
fn each_target_has_a_corpus_and_passes_it() {
    for (name, check) in TARGETS {
        let files = corpus(name);
        assert!(!files.is_empty(), "{name} has no corpus");
        for (path, data) in files {
            // The last line of a failure is about this one.
            println!("{}", path.display());
            check(&data);
        }
    }
}

#[test]
fn the_targets_are_those_that_are_searched() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = files
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, TARGETS.map(|(name, _)| name));
}

/// What becomes of an input: a piece of it is replaced.
#[derive(Debug, Clone)]
struct Splice {
    file: prop::sample::Index,
    at: prop::sample::Index,
    gone: usize,
    new: Vec<u8>,
}

fn splice() -> impl Strategy<Value = Splice> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..12),
        "[\\[\\]{}\":,.*a-z0-9\\\\\\n %-]{0,12}".prop_map(String::into_bytes),
    ];
    (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0..8_usize,
        piece,
    )
        .prop_map(|(file, at, gone, new)| Splice {
            file,
            at,
            gone,
            new,
        })
}

impl Splice {
    fn of(&self, files: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
        let mut data = self.file.get(files).1.clone();
        let at = self.at.index(data.len() + 1);
        let end = data.len().min(at + self.gone);
        data.splice(at..end, self.new.iter().copied());
        data
    }
}

fn at_random((name, check): Target) {
    let files = corpus(name);
    let cases = env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let config = ProptestConfig {
        cases: cases.unwrap_or(CASES),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let input = prop_oneof![
        1 => proptest::collection::vec(any::<u8>(), 0..300),
        3 => splice().prop_map(move |splice| splice.of(&files)),
    ];
    runner
        .run(&input, |data| {
            check(&data);
            Ok(())
        })
        .unwrap();
}

macro_rules! at_random {
    ($($target:ident),+) => {
        mod random {
            $(#[test]
            fn $target() {
                super::at_random((stringify!($target), tidings_fuzz::$target::check));
            })+
        }
    };
}

at_random!(
    attachments,
    backup,
    configuration,
    cursors,
    digest,
    frames,
    grants,
    link_check,
    names,
    origins,
    publish,
    readers,
    requests,
    room,
    settings,
    stored,
    stream,
    tickets,
    tokens
);
