//! Which file of a crate imports which, read from its text: `use` lines and paths in the code, tests left out. Doors
//! (`mod.rs` and the crate's root) are looked through: what they give on counts as imported from where it stands.

use std::collections::{BTreeMap, BTreeSet};

use crate::architecture::{code, sources};

/// A module by the names of its path; the crate's root has none.
pub(crate) type Module = Vec<String>;

/// The imports of a crate.
pub(crate) struct Imports {
    /// The modules that are files.
    modules: BTreeSet<Module>,
    /// What each gives on: a name, and the path that it stands for.
    given: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
    /// Which module imports which.
    pub(crate) arrows: BTreeMap<Module, BTreeSet<Module>>,
}

impl Imports {
    /// Reads a crate's folder, such as `crates/domain/src`.
    pub(crate) fn of(folder: &str) -> Self {
        let texts: BTreeMap<Module, String> = sources(folder)
            .into_iter()
            .filter(|(file, _)| !file.ends_with("/main.rs"))
            .map(|(file, text)| (module(folder, &file), code(&text).map(|(_, line)| format!("{line}\n")).collect()))
            .collect();
        let modules = texts.keys().cloned().collect();
        let mut all = Self { modules, given: BTreeMap::new(), arrows: BTreeMap::new() };
        for (module, text) in &texts {
            for (public, path) in used(text) {
                if let (true, Some(path)) = (public, all.absolute(module, &path)) {
                    let name = path.last().cloned().unwrap_or_default();
                    all.given.entry(module.clone()).or_default().insert(name, path);
                }
            }
        }
        for (module, text) in &texts {
            let paths = used(text).into_iter().map(|(_, path)| path).chain(named(text));
            let targets = paths.filter_map(|path| all.absolute(module, &path)).map(|path| all.target(&path, 0));
            let targets: BTreeSet<Module> = targets.filter(|target| target != module).collect();
            all.arrows.insert(module.clone(), targets);
        }
        // The root is the crate's door: it shows what there is, and is of no room.
        all.arrows.remove(&Vec::new());
        all
    }

    /// A path from the crate's root; none for what is of another crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let first = path.first()?;
        let climbs = path.iter().take_while(|name| *name == "super").count();
        Some(match first.as_str() {
            "super" => [&module[..module.len().checked_sub(climbs)?], &path[climbs..]].concat(),
            "self" => [module, &path[1..]].concat(),
            "crate" => path[1..].to_vec(),
            _ if self.modules.contains(&[module.as_slice(), &path[..1]].concat()) => [module, path].concat(),
            _ => return None,
        })
    }

    /// The file that a path leads to.
    fn target(&self, path: &[String], depth: usize) -> Module {
        let mut at = Module::new();
        for (n, name) in path.iter().enumerate() {
            let inner = [at.as_slice(), std::slice::from_ref(name)].concat();
            if self.modules.contains(&inner) {
                at = inner;
                continue;
            }
            return match self.given.get(&at).and_then(|given| given.get(name)) {
                Some(given) if depth < 8 => self.target(&[given.as_slice(), &path[n + 1..]].concat(), depth + 1),
                _ => at,
            };
        }
        at
    }

    /// The circles: lists of modules that import each other, by whatever way round.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let reach: BTreeMap<&Module, BTreeSet<&Module>> = self.arrows.keys().map(|m| (m, self.reached(m))).collect();
        let mut found: Vec<Vec<String>> = Vec::new();
        for module in self.arrows.keys() {
            let circle = reach[module].iter().filter(|other| reach.get(*other).is_some_and(|r| r.contains(module)));
            let circle: Vec<String> = circle.map(|module| module.join("::")).collect();
            if !circle.is_empty() && !found.contains(&circle) {
                found.push(circle);
            }
        }
        found
    }

    /// The imports that go from one room to another.
    pub(crate) fn between_rooms(&self) -> impl Iterator<Item = (&Module, &Module)> {
        let arrows = self.arrows.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
        arrows.filter(|(from, to)| !to.is_empty() && from[0] != to[0])
    }

    fn reached(&self, from: &Module) -> BTreeSet<&Module> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(module) = open.pop() {
            for next in self.arrows.get(module).into_iter().flatten() {
                if !next.is_empty() && reached.insert(next) {
                    open.push(next);
                }
            }
        }
        reached
    }
}

fn module(folder: &str, file: &str) -> Module {
    let path = file.trim_start_matches(folder).trim_start_matches('/').trim_end_matches(".rs");
    let mut names: Module = path.split('/').map(str::to_owned).collect();
    if names.last().is_some_and(|name| name == "mod" || name == "lib") {
        names.pop();
    }
    names
}

/// The paths of the `use` lines, each with whether it is given on.
fn used(text: &str) -> Vec<(bool, Vec<String>)> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((before, tree)) = line.split_once("use ").filter(|(before, _)| is_start(before)) else { continue };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            let Some(more) = lines.next() else { break };
            tree.push_str(more);
        }
        let tree = tree.split(';').next().unwrap_or_default();
        // A text in the code may begin a line with that word too.
        if tree.contains(|c: char| !c.is_alphanumeric() && !"_:{},* ".contains(c)) {
            continue;
        }
        found.extend(leaves(tree, &[]).into_iter().map(|path| (before.trim().starts_with("pub"), path)));
    }
    found
}

/// Whether a `use` behind this text begins a statement.
fn is_start(before: &str) -> bool {
    before.trim().is_empty() || before.trim().starts_with("pub")
}

/// The leaves of a tree such as `a::{b, c::{self, d as e}}`.
fn leaves(tree: &str, before: &[String]) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or(tree).split("::").map(str::trim);
        let path = path.filter(|name| !name.is_empty() && *name != "self" || before.is_empty()).map(str::to_owned);
        return vec![[before, &path.collect::<Vec<_>>()].concat()];
    };
    let head = tree[..open].split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    let before = [before, &head.collect::<Vec<_>>()].concat();
    let inner = &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())];
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).flat_map(|part| leaves(part, &before)).collect()
}

/// Paths in the code that begin in this crate.
fn named(text: &str) -> Vec<Vec<String>> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words =
        text.lines().filter(|line| !line.trim_start().starts_with("use ")).flat_map(|line| line.split(|c| !part(c)));
    let ours = words.filter(|word| word.starts_with("crate::") || word.starts_with("super::"));
    ours.map(|word| word.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect()).collect()
}
