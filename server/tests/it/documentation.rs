//! The API's document, held together with the routes both ways. Every answer that any test gets is held against it
//! in `support::send`; every parameter that a handler reads, by the server itself in debug builds.

use std::collections::BTreeSet;

use hubbub::http::docs;
use hubbub::router::{self, document};
use reqwest::Method;
use serde_json::Value;

use crate::support::{TestApp, send};

fn document() -> &'static Value {
    document::document().expect("a document")
}

/// Every operation with the name of its route.
fn operations() -> Vec<(String, &'static Value)> {
    let paths = document()["paths"].as_object().expect("paths");
    let each = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods");
        methods.iter().map(move |(method, operation)| (format!("{} {path}", method.to_uppercase()), operation))
    });
    each.collect()
}

#[test]
fn each_route_is_documented_and_each_documented_operation_is_a_route() {
    let routes = router::table().into_iter().filter(|r| r.answer.is_some());
    let routes: BTreeSet<String> = routes.map(|r| format!("{} {}", r.method, r.path)).collect();
    let files = docs::nouns().expect("readable files");
    let described: BTreeSet<String> = files.iter().flat_map(|n| n.operations.keys().cloned()).collect();
    let missing: Vec<_> = routes.difference(&described).collect();
    assert!(missing.is_empty(), "say what these do in server/src/http/docs/<noun>.toml: {missing:#?}");
    let gone: Vec<_> = described.difference(&routes).collect();
    assert!(gone.is_empty(), "no route has these: {gone:#?}");
    let served: BTreeSet<String> = operations().into_iter().map(|(route, _)| route).collect();
    assert_eq!(served, routes);
    let count: usize = files.iter().map(|n| n.operations.len()).sum();
    assert_eq!(count, described.len(), "an operation is described in one file");
}

#[test]
fn permissions_are_those_of_the_route_table() {
    for route in router::table().into_iter().filter(|r| r.answer.is_some()) {
        let operation = &document()["paths"][route.path][route.method.as_str().to_lowercase()];
        let about = operation["description"].as_str().unwrap_or("");
        let stated: BTreeSet<&str> =
            operation["x-role-permissions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let needed: BTreeSet<&str> = route.need.role.iter().map(|p| p.as_str()).collect();
        assert_eq!(stated, needed, "{} {}", route.method, route.path);
        assert!(needed.iter().all(|p| about.contains(p)), "{} {}: {about}", route.method, route.path);
        assert_eq!(operation["x-source-permission"].as_str(), route.need.source.map(|p| p.as_str()));
    }
}

#[test]
fn the_document_holds_together() {
    let mut references = BTreeSet::new();
    collect_references(document(), &mut references);
    assert!(references.len() > 20);
    for target in &references {
        assert!(document().pointer(target.trim_start_matches('#')).is_some(), "{target} is not there");
    }
    let ids: Vec<&str> = operations().iter().map(|(_, o)| o["operationId"].as_str().expect("an id")).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "two operations have one name");
    let mut unsaid = Vec::new();
    for (name, schema) in document()["components"]["schemas"].as_object().expect("schemas") {
        assert!(
            !name.ends_with(|c: char| c.is_ascii_digit()) && !name.ends_with("Out"),
            "two types are called {name}: give one of them another name with #[schemars(rename = \"…\")]"
        );
        let several = schema["oneOf"].as_array().into_iter().flatten();
        for (field, what) in several.chain([schema]).filter_map(|s| s["properties"].as_object()).flatten() {
            if !what["description"].is_string() && what.get("const").is_none() {
                unsaid.push(format!("{name}.{field}"));
            }
        }
    }
    assert!(unsaid.is_empty(), "say what these are: by a doc comment, or for all in docs/words.toml: {unsaid:#?}");
}

/// Generators of clients refuse what is valid and rare.
#[test]
fn generators_of_clients_can_read_the_document() {
    let mut wrong = Vec::new();
    find_rare(document(), "", &mut wrong);
    for (route, operation) in operations() {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let names: Vec<&str> = parameters.filter_map(|p| p["name"].as_str()).collect();
        find_twins(&names, &route, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Finds schemas that are `true` instead of `{}`, and fields that are one name without their brackets.
fn find_rare(value: &Value, at: &str, wrong: &mut Vec<String>) {
    if value["items"].is_boolean() {
        wrong.push(format!("{at}/items is {}", value["items"]));
    }
    if let Some(fields) = value["properties"].as_object() {
        wrong
            .extend(fields.iter().filter(|(_, f)| f.is_boolean()).map(|(name, _)| format!("{at}/{name} is a boolean")));
        find_twins(&fields.keys().map(String::as_str).collect::<Vec<_>>(), at, wrong);
    }
    match value {
        Value::Object(map) => map.iter().for_each(|(name, v)| find_rare(v, &format!("{at}/{name}"), wrong)),
        Value::Array(list) => list.iter().for_each(|v| find_rare(v, at, wrong)),
        _ => {}
    }
}

fn find_twins(names: &[&str], at: &str, wrong: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    let twins = names.iter().filter(|name| !seen.insert(name.trim_end_matches("[]")));
    wrong.extend(twins.map(|name| format!("{at} has {name} twice")));
}

fn collect_references(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            into.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|v| collect_references(v, into));
        }
        Value::Array(list) => list.iter().for_each(|v| collect_references(v, into)),
        _ => {}
    }
}

#[tokio::test]
async fn anybody_may_read_the_document_and_the_page() {
    let t = TestApp::start().await;
    let served = send(t.anonymous(Method::GET, "/openapi.json")).await.ok();
    assert_eq!(&served, document());
    let page = send(t.anonymous(Method::GET, "/docs/api")).await;
    assert_eq!(page.status, 200);
    for (route, operation) in operations() {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(page.text.contains(&format!("<article id=\"{id}\">")), "{route} is not on the page");
    }
    for foreign in ["src=", "http://", "https://", "@import", "url("] {
        assert!(!page.text.contains(foreign), "the page has {foreign}");
    }
}

/// The sources of the server, but for those that only hand permissions out.
fn sources(folder: &std::path::Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()) {
        if entry.is_dir() {
            sources(&entry, into);
        } else if !entry.ends_with("bootstrap.rs") && !entry.ends_with("demo.rs") {
            into.push_str(&std::fs::read_to_string(&entry).unwrap_or_default());
        }
    }
}

#[test]
fn a_permission_of_a_role_has_an_effect_or_is_said_to_be_kept_only() {
    let routes = router::table();
    let of_routes: BTreeSet<&str> = routes.iter().flat_map(|r| r.need.role).map(|p| p.as_str()).collect();
    let mut code = String::new();
    for folder in
        [concat!(env!("CARGO_MANIFEST_DIR"), "/src"), concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/domain/src")]
    {
        sources(std::path::Path::new(folder), &mut code);
    }
    let role = include_str!("../../src/http/docs/role.toml");
    let page = include_str!("../../../docs/permissions.md");
    let (_, page) = page.split_once("## Kept only").expect("a chapter");
    let (page, _) = page.split_once("\n## ").expect("a next chapter");
    for permission in model::Permission::ALL {
        let name = permission.as_str();
        let named = code
            .match_indices(&format!("Permission::{permission:?}"))
            .any(|(at, found)| !code[at + found.len()..].starts_with(|c: char| c.is_alphanumeric()));
        let acts = named || of_routes.contains(name);
        let line = role.lines().find(|line| line.starts_with(&format!("{name} "))).expect("a line");
        assert_eq!(line.contains("Kept only"), !acts, "role.toml, {name}");
        assert_eq!(page.contains(&format!("`{name}`")), !acts, "permissions.md, {name}");
    }
}

/// The cells of a table's lines in a chapter of a page.
fn cells<'p>(page: &'p str, chapter: &str) -> Vec<Vec<&'p str>> {
    let (_, rest) = page.split_once(&format!("\n## {chapter}\n")).expect("the chapter");
    let (chapter, _) = rest.split_once("\n## ").unwrap_or((rest, ""));
    let rows = chapter.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| item "));
    rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

#[test]
fn limits_have_the_keys_and_defaults_of_the_configuration() {
    let page = include_str!("../../../docs/security.md");
    let defaults: toml::Table = hubbub::config::DEFAULTS.parse().expect("the defaults");
    let mut keys = 0;
    for cells in cells(page, "Limits and their keys").into_iter().skip(1) {
        let [limit, key, default] = cells[..] else { panic!("{cells:?}") };
        let Some(key) = key.strip_prefix('`').and_then(|key| key.strip_suffix('`')) else {
            assert!(key == "fixed" || key.starts_with("setting "), "{limit}: {key}");
            continue;
        };
        keys += 1;
        // A key of a table has the table's name before its own.
        let found = match key.split_once('.') {
            Some((table, key)) => defaults.get(table).and_then(|table| table.get(key)),
            None => defaults.get(key),
        };
        let value = found.unwrap_or_else(|| panic!("{limit}: there is no key {key}"));
        assert_eq!(format!("`{value}`"), default, "{key}");
    }
    assert!(keys > 10, "{keys} keys");
}

#[test]
fn each_item_of_the_verification_standard_has_its_state() {
    let page = include_str!("../../../docs/security.md");
    let mut items = Vec::new();
    for cells in cells(page, "OWASP ASVS 4.0.3, level 2") {
        let [numbers, asks, state, place] = cells[..] else { panic!("{cells:?}") };
        assert!(["met", "not met", "not ours"].contains(&state), "{numbers}: {state}");
        assert!(!asks.is_empty() && (state != "met" || !place.is_empty()), "{numbers} is met, and nobody says where");
        items.extend(numbers.split(", "));
    }
    let count = items.len();
    items.sort_unstable();
    items.dedup();
    assert_eq!((items.len(), count), (259, 259), "the standard has so many items at this level");
}

#[test]
fn what_is_watched_is_measured_and_each_alert_says_what_to_do() {
    let rules = include_str!("../../../deploy/prometheus/alerts.yml");
    let dashboard = include_str!("../../../deploy/grafana/hubbub.json");
    let meters = include_str!("../../src/state/meters.rs");
    for text in [rules, dashboard] {
        let named: BTreeSet<&str> = text
            .match_indices("hubbub_")
            .map(|(at, _)| &text[at..])
            .map(|rest| &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())])
            .map(|name| name.strip_suffix("_bucket").unwrap_or(name))
            .collect();
        assert!(named.len() > 8, "{named:?}");
        let gone: Vec<_> = named.iter().filter(|name| !meters.contains(&format!("\"{name}\""))).collect();
        assert!(gone.is_empty(), "no figure has these names: {gone:?}");
    }
    let page = include_str!("../../../docs/alerts.md");
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    for alert in &alerts {
        assert!(page.contains(&format!("\n## {alert}\n")), "docs/alerts.md has no {alert}");
        assert!(rules.contains(&format!("runbook: docs/alerts.md#{}", alert.to_lowercase())), "{alert} names no page");
    }
    assert_eq!(page.matches("\n## Hubbub").count(), alerts.len());
    serde_json::from_str::<Value>(dashboard).expect("JSON");
}
