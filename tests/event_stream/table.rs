//! The table of `docs/web-platform-tests.md` names tests that exist.

const TABLE: &str = include_str!("../../docs/web-platform-tests.md");

/// The tests that may be named, by the file that the table says they are in.
const FILES: [(&str, &str); 7] = [
    ("reader", include_str!("reader.rs")),
    ("encoding", include_str!("encoding.rs")),
    ("cut", include_str!("cut.rs")),
    ("cursor", include_str!("cursor.rs")),
    ("event-source", include_str!("../e2e/event-source.test.mjs")),
    ("stream", include_str!("../e2e/stream.test.mjs")),
    ("http", include_str!("../e2e/http.test.mjs")),
];

#[test]
fn every_test_that_the_table_names_exists() {
    let mut named = 0;
    for row in TABLE.lines().filter(|line| line.starts_with("| `")) {
        let tests = row.rsplit('|').nth(1).unwrap().trim();
        for test in tests.split("; ") {
            let (file, name) = test.split_once(": ").unwrap_or_else(|| panic!("{row}"));
            let (_, source) = FILES
                .into_iter()
                .find(|(known, _)| *known == file)
                .unwrap_or_else(|| panic!("no file {file}: {row}"));
            let rust = format!("fn {}(", name.replace([' ', '-'], "_"));
            let script = format!("test(\"{name}\"");
            assert!(
                source.contains(&rust) || source.contains(&script),
                "no test {test:?}"
            );
            named += 1;
        }
    }
    assert!(named > 50, "{named}");
}
