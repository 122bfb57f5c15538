//! What `ARCHITECTURE.md` promises, held to: which way imports point, where SQL is, how long files and functions are,
//! and that the paths which the documents name are there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::imports::Imports;

/// Folders whose files may not say these words: imports point only one way.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("crates/model/src", &["store::", "crate::http", "tokio", "rusqlite"]),
    ("crates/store/src", &["axum", "reqwest", "hyper::", "hubbub::"]),
    ("crates/richtext/src", &["model::", "store::", "hubbub::"]),
    ("crates/text/src", &["model::", "store::", "hubbub::"]),
    ("crates/safe_http/src", &["model::", "store::", "hubbub::"]),
    ("crates/tls/src", &["model::", "store::", "hubbub::"]),
    ("crates/mail/src", &["model::", "store::", "hubbub::"]),
    ("crates/crypto/src", &["model::", "store::", "hubbub::"]),
    ("crates/domain/src", &["axum", "reqwest", "hyper::", "tower", "hubbub::"]),
    (
        "server/src/cluster",
        &["axum", "crate::app", "crate::http", "crate::channels", "crate::worker", "crate::realtime", "crate::views"],
    ),
    ("server/src/worker", &["crate::http", "axum"]),
];

/// The rooms of the use cases: each may know those before it.
const ROOMS: &[&str] =
    &["base", "setup", "desk", "place", "customers", "surveys", "conversation", "arrival", "statistics", "programs"];

/// The rooms of the server, from the ground to the roof: each may know those on the floors below it.
const FLOORS: &[&[&str]] = &[
    &["config", "lock", "network", "pictures"],
    &["secret_key", "state", "files"],
    &["cluster", "wire"],
    &["app"],
    &["fetch", "uploads", "bridge"],
    &["avatars"],
    &["views"],
    &["http"],
    &["channels"],
    &["realtime", "worker"],
    &["backup", "commands", "demo"],
    &["web"],
    &["router"],
    &["serve", "boot"],
];

/// How SQL statements begin. Parts of them, such as `WHERE name = ?1`, may stand beside what they ask for.
const STATEMENTS: &[&str] = &["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "\"CREATE ", "\"WITH "];

/// Lines of a file at the most; of one of the tests or of a front end; of a function; and of 99 functions of a hundred.
const FILE: usize = 500;
const OTHER_FILE: usize = 600;
const FUNCTION: usize = 70;
const MOST_FUNCTIONS: usize = 50;

/// Pure lists, which are as long as what they list.
const LISTS: &[&str] = &["server/src/router/api.rs", "server/src/worker/dispatch.rs"];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root").to_owned()
}

/// Every Rust file below a folder, with its path from the root and its text.
pub(crate) fn sources(folder: &str) -> Vec<(String, String)> {
    files(folder, &["rs"])
}

/// Every file with one of these endings below a folder, but what was made or fetched.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    const MADE: &[&str] = &["target", "node_modules", "dist"];
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.extend(Some(path).filter(|path| !MADE.iter().any(|made| path.ends_with(made))));
            } else if path.extension().and_then(|e| e.to_str()).is_some_and(|e| endings.contains(&e)) {
                let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
                found.push((name, fs::read_to_string(&path).expect("a text")));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no {endings:?}");
    found
}

/// The lines of a file that are code and no test's, with their numbers.
pub(crate) fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let own = text
        .lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]") && !line.starts_with("#[cfg(all(test"));
    own.map(|(n, line)| (n + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn imports_point_one_way() {
    let mut wrong = Vec::new();
    for (folder, words) in FORBIDDEN {
        for (file, text) in sources(folder) {
            for (n, line) in code(&text) {
                wrong.extend(words.iter().filter(|w| has_word(line, w)).map(|w| format!("{file}:{n} uses {w}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut folders: Vec<String> = fs::read_dir(root().join("crates"))
        .expect("the crates")
        .map(|entry| format!("crates/{}/src", entry.expect("an entry").file_name().to_string_lossy()))
        .collect();
    folders.push("server/src".into());
    let circles: Vec<_> =
        folders.iter().flat_map(|f| Imports::of(f).circles().into_iter().map(move |c| (f.clone(), c))).collect();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn rooms_know_those_below_them_alone() {
    let rooms: Vec<&[&str]> = ROOMS.iter().map(std::slice::from_ref).collect();
    let mut wrong = Vec::new();
    for (folder, floors) in [("crates/domain/src", rooms.as_slice()), ("server/src", FLOORS)] {
        let floor = |room: &str| {
            let found = floors.iter().position(|rooms| rooms.contains(&room));
            found.unwrap_or_else(|| panic!("{folder}/{room} is in no list: on which floor is it?"))
        };
        for (from, to) in Imports::of(folder).between_rooms() {
            if floor(&from[0]) <= floor(&to[0]) {
                wrong.push(format!("{folder}: {} imports {}", from.join("::"), to.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a line has a word that is not the end of another one.
fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let after = &line[at + word.len()..];
        let ends = word.ends_with(':') || !after.starts_with(part);
        ends && !line[..at].ends_with(part)
    })
}

#[test]
fn sql_is_in_the_store_alone() {
    let mut wrong = Vec::new();
    for folder in ["server/src", "crates/domain/src", "crates/model/src", "crates/richtext/src", "crates/safe_http/src"]
    {
        for (file, text) in sources(folder) {
            for (n, line) in code(&text) {
                if STATEMENTS.iter().any(|s| line.contains(s)) {
                    wrong.push(format!("{file}:{n} {}", line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_and_functions_are_short() {
    let (mut wrong, mut lengths) = (Vec::new(), Vec::new());
    for (file, text) in ["crates", "server", "bench"].into_iter().flat_map(sources) {
        if LISTS.contains(&file.as_str()) {
            continue;
        }
        let most = if file.contains("/tests/") { OTHER_FILE } else { FILE };
        let lines = text.lines().count();
        if lines > most {
            wrong.push(format!("{file} has {lines} lines"));
        }
        for (name, lines) in functions(&text) {
            lengths.push(lines);
            if lines > FUNCTION {
                wrong.push(format!("{file}: {name} has {lines} lines"));
            }
        }
    }
    for (file, text) in files("web", &["ts", "svelte"]).into_iter().chain(files("tests/browser", &["js"])) {
        let lines = text.lines().count();
        if lines > OTHER_FILE && !file.ends_with("openapi.ts") {
            wrong.push(format!("{file} has {lines} lines"));
        }
    }
    lengths.sort_unstable();
    let p99 = lengths[lengths.len() * 99 / 100];
    assert!(p99 <= MOST_FUNCTIONS, "of a hundred functions one has more than {p99} lines");
    assert!(wrong.is_empty(), "cut these into parts: {wrong:#?}");
}

/// The functions of a formatted file with their lengths: from `fn` to the brace at the same depth.
fn functions(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<usize> = (0..lines.len()).filter(|n| function_name(lines[*n]).is_some()).collect();
    starts.into_iter().filter_map(move |start| {
        let depth = lines[start].len() - lines[start].trim_start().len();
        let end = format!("{}}}", " ".repeat(depth));
        let length = lines[start..].iter().position(|line| *line == end)? + 1;
        Some((function_name(lines[start]).unwrap_or_default(), length))
    })
}

fn function_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    for word in ["pub(crate) ", "pub(super) ", "pub ", "const ", "async "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    // A one-line function ends where it begins.
    let name = rest.strip_prefix("fn ").filter(|_| !line.trim_end().ends_with(['}', ';']))?;
    name.split(['(', '<']).next()
}

#[test]
fn paths_that_the_documents_name_are_there() {
    let mut documents: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"]
        .iter()
        .map(|name| root().join(name))
        .collect();
    for folder in ["docs", "docs/decisions"] {
        let entries = fs::read_dir(root().join(folder)).expect("a folder");
        let files = entries.map(|e| e.expect("an entry").path());
        documents.extend(files.filter(|p| p.extension().is_some_and(|e| e == "md")));
    }
    let mut count = 0;
    let mut missing = Vec::new();
    for document in documents {
        let text = fs::read_to_string(&document).expect("a text");
        let folder = document.parent().expect("a folder").to_owned();
        let named = named_paths(&text).map(|p| root().join(p));
        let linked = linked_paths(&text).map(|p| folder.join(p));
        for path in named.chain(linked) {
            count += 1;
            if !path.exists() {
                missing.push(format!("{}: {}", document.display(), path.display()));
            }
        }
    }
    assert!(count > 20, "{count} paths");
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Words in backticks that begin with a folder of the repository and have nothing to be filled in.
fn named_paths(text: &str) -> impl Iterator<Item = &str> {
    const FOLDERS: &[&str] = &["crates/", "server/", "web/", "migrations/", "docs/", "scripts/", "tests/", "bench/"];
    let quoted = text.split('`').skip(1).step_by(2);
    let paths =
        quoted.filter(|q| FOLDERS.iter().any(|f| q.starts_with(f)) && !q.contains([' ', '<', '*', '{', '…', '\n']));
    paths.map(|path| path.split("::").next().unwrap_or(path))
}

/// The targets of links that are files of the repository.
fn linked_paths(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with(['/', '#']))
}

/// Where files are kept, and whether there are other servers, is known in one place each.
#[test]
fn what_another_place_or_process_would_change_is_asked_in_one_place() {
    let mut wrong = Vec::new();
    for (file, text) in sources("server/src") {
        let known = [
            ("join(\"files", &["server/src/files.rs"][..]),
            ("join(\"avatars", &["server/src/files.rs"]),
            ("Backend::", &["server/src/cluster/mod.rs", "server/src/main.rs"]),
        ];
        for (word, _) in known.into_iter().filter(|(_, places)| !places.contains(&file.as_str())) {
            wrong
                .extend(code(&text).filter(|(_, line)| line.contains(word)).map(|(n, _)| format!("{file}:{n} {word}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
