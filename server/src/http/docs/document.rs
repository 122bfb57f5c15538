//! Puts the document together: routes and permissions from the route table, answers from the handlers' types,
//! words from the nouns' files.

use std::collections::{BTreeMap, BTreeSet};

use schemars::generate::SchemaSettings;
use schemars::transform::ReplaceBoolSchemas;
use serde_json::{Map, Value, json};

use super::answer::{Answered, Generators};
use super::noun::{Form, Noun, Operation, Parameter};
use super::refusal::{self, REFUSALS, When};
use crate::http::auth::SESSION_COOKIE;
use crate::http::idempotency::is_write;
use crate::http::router::{Route, table};
use crate::http::{CallerKind, Need};

/// What fields are called in many places, said once.
const WORDS: &str = include_str!("words.toml");
/// How the API works as a whole.
const INTRODUCTION: &str = include_str!("introduction.md");

/// Makes the OpenAPI document.
///
/// # Errors
/// When a text of the documentation cannot be read.
pub(super) fn build(nouns: &[Noun]) -> Result<Value, String> {
    // Generators of clients take no `true` where a schema stands.
    let mut objects = ReplaceBoolSchemas::default();
    objects.skip_additional_properties = true;
    let settings = SchemaSettings::draft2020_12()
        .with_transform(objects)
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generators = Generators::new(settings);
    let mut paths: Map<String, Value> = Map::new();
    let mut names = BTreeSet::new();
    let mut answering: BTreeMap<String, &Noun> = BTreeMap::new();
    for route in table() {
        let Some(answer) = route.answer else { continue };
        let key = format!("{} {}", route.method, route.path);
        let Some((noun, said)) = nouns.iter().find_map(|n| Some((n, n.operations.get(&key)?))) else { continue };
        let answer = answer.make(&mut generators);
        if let Answered::Json(schema) = &answer
            && let Some(name) = record_name(schema.as_value())
        {
            answering.entry(name).or_insert(noun);
        }
        let mut made = operation(&route, noun, said, answer);
        // One handler may answer to two methods, and an operation's name is its alone.
        if !names.insert(route.name) {
            let method = route.method.as_str().to_lowercase();
            made["operationId"] = json!(format!("{}_by_{method}", operation_id(&route)));
        }
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_lowercase()] = made;
    }
    let mut made = generators.told.take_definitions(true);
    made.extend(generators.said.take_definitions(true));
    let schemas = schemas(made, &answering)?;
    let tags: Vec<Value> = nouns.iter().map(|n| json!({"name": n.title, "description": n.about.trim()})).collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hubbub API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Customer interactions over REST.",
            "description": INTRODUCTION.trim(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"access_token": []}],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": security_schemes(),
            "parameters": shared_headers(),
            "responses": refusal::responses(),
            "schemas": schemas,
        },
    });
    plain_names(&mut document);
    Ok(document)
}

/// The ways in which a caller is known.
fn security_schemes() -> Value {
    json!({
        "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer TOKEN`"},
        "access_token": {"type": "apiKey", "in": "query", "name": "access_token",
                         "description": "The token as a parameter, in the query or in the body."},
        "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE,
                    "description": "The console's cookie; its name begins with `__Host-` under https. Writes with it also \
                                    carry the header `X-CSRF-Token`."},
        "visitor": {"type": "http", "scheme": "bearer", "description": "A visitor's key, from their session."},
    })
}

/// The headers that many operations take.
fn shared_headers() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header",
            "description": "The same request with the same key is done once: see above.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "x-extension": true,
        },
        "OwnerEpoch": {
            "name": "X-Owner-Epoch", "in": "header",
            "description": "The epoch of the thread under which this was composed; the parameter `owner_epoch` \
                            says the same.",
            "schema": {"type": "integer", "minimum": 0},
            "x-extension": true,
        },
    })
}

fn operation(route: &Route, noun: &Noun, said: &Operation, answer: Answered) -> Value {
    let mut parameters = Vec::new();
    let in_path: Vec<&str> = route.path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')).collect();
    for name in &in_path {
        parameters.push(path_parameter(name, said));
    }
    let in_body = !matches!(route.method.as_str(), "GET" | "DELETE");
    let others: Vec<&Parameter> = said.parameters.iter().filter(|p| !in_path.contains(&p.name.as_str())).collect();
    let mut operation = json!({
        "operationId": operation_id(route),
        "tags": [noun.title],
        "summary": said.summary,
    });
    if let Answered::Frames { told, said } = &answer {
        operation["x-frames"] = json!({"told": told, "said": said});
    }
    operation["responses"] = responses(route, said, answer);
    if let Some(security) = security(route) {
        operation["security"] = security;
    }
    if in_body {
        if let Some(body) = body(&others) {
            operation["requestBody"] = body;
        }
    } else {
        parameters.extend(others.into_iter().map(query_parameter));
    }
    let about = [said.about.trim().to_owned(), needs(&route.need)].join("\n\n");
    if !about.trim().is_empty() {
        operation["description"] = json!(about.trim());
    }
    if !route.need.role.is_empty() {
        operation["x-role-permissions"] = json!(route.need.role);
    }
    if let Some(permission) = route.need.source {
        operation["x-source-permission"] = json!(permission);
    }
    parameters.extend(headers(route));
    if !parameters.is_empty() {
        operation["parameters"] = json!(parameters);
    }
    if said.extension {
        operation["x-extension"] = json!(true);
    }
    operation
}

/// How a caller is known, where that is not as in the REST API.
fn security(route: &Route) -> Option<Value> {
    match route.need.caller {
        CallerKind::Anybody | CallerKind::Hello => Some(json!([])),
        CallerKind::Visitor => Some(json!([{"visitor": []}])),
        CallerKind::User if !is_rest(route) => Some(json!([{"session": []}, {"bearer": []}])),
        CallerKind::User | CallerKind::Signature => None,
    }
}

fn is_rest(route: &Route) -> bool {
    route.path.starts_with("/1.0/")
}

/// The headers that every write takes, and every write about a thread.
fn headers(route: &Route) -> Vec<Value> {
    const ABOUT_THREADS: [&str; 5] = ["bots", "content_threads", "contents", "intervention_comments", "interventions"];
    let noun = route.path.split('/').nth(2).unwrap_or_default();
    let mut names = Vec::new();
    if is_rest(route) && is_write(&route.method, route.path) {
        names.push("IdempotencyKey");
        if ABOUT_THREADS.contains(&noun) {
            names.push("OwnerEpoch");
        }
    }
    names.into_iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})).collect()
}

fn operation_id(route: &Route) -> String {
    route.name.replace(' ', "").replace("::", "_")
}

/// What the caller must be allowed, in a sentence.
fn needs(need: &Need) -> String {
    let names: Vec<String> = need.role.iter().map(|p| format!("`{p}`")).collect();
    let role = match names.as_slice() {
        [] => None,
        [one] => Some(format!("the role permission {one}")),
        _ => Some(format!("one of the role permissions {}", names.join(", "))),
    };
    let source = need.source.map(|p| format!("the permission `{p}` on the source"));
    let all: Vec<String> = role.into_iter().chain(source).collect();
    if all.is_empty() { String::new() } else { format!("Needs {}.", all.join(", and ")) }
}

fn path_parameter(name: &str, said: &Operation) -> Value {
    let listed = said.parameters.iter().find(|p| p.name == name);
    let schema = listed.map_or_else(|| json!({"type": "string", "pattern": "^[0-9a-f]{24}$"}), |p| p.schema.clone());
    let about = listed.map_or("The id.", |p| &p.about);
    json!({"name": name, "in": "path", "required": true, "description": about, "schema": schema})
}

fn query_parameter(parameter: &Parameter) -> Value {
    let Parameter { name, about, required, form, schema } = parameter;
    let mut made = json!({"name": name, "in": "query", "description": about, "schema": schema});
    match form {
        Form::Plain | Form::File => {}
        Form::Commas => {
            made["style"] = json!("form");
            made["explode"] = json!(false);
        }
        Form::Brackets => made["name"] = json!(format!("{name}[]")),
        Form::Keys => {
            made["style"] = json!("deepObject");
            made["explode"] = json!(true);
        }
    }
    if *required {
        made["required"] = json!(true);
    }
    mark_extension(&mut made);
    made
}

/// The body of a write. Bodies may be forms just as well, which the introduction says once for all.
fn body(parameters: &[&Parameter]) -> Option<Value> {
    if parameters.is_empty() {
        return None;
    }
    let (mut properties, mut patterns, mut required) = (Map::new(), Map::new(), Vec::new());
    for Parameter { name, about, required: must, schema, .. } in parameters {
        let mut schema = schema.clone();
        schema["description"] = json!(about);
        mark_extension(&mut schema);
        if name.starts_with('{') {
            patterns.insert("^[0-9a-f]{24}$".into(), schema);
        } else {
            properties.insert(name.clone(), schema);
        }
        if *must {
            required.push(name);
        }
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !patterns.is_empty() {
        schema["patternProperties"] = Value::Object(patterns);
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let file = parameters.iter().any(|p| p.form == Form::File);
    let media = if file { "multipart/form-data" } else { "application/json" };
    Some(json!({"required": !required.is_empty(), "content": {media: {"schema": schema}}}))
}

fn responses(route: &Route, said: &Operation, answer: Answered) -> Value {
    let mut answers = Map::new();
    let done = match (answer, &said.media) {
        (Answered::Json(schema), _) => {
            json!({"description": "Done.", "content": {"application/json": {"schema": schema}}})
        }
        (Answered::Frames { .. }, _) => json!({"description": "The socket is open: `x-frames` has what goes over it."}),
        (Answered::Other, Some(media)) => json!({"description": "Done.", "content": {media: {}}}),
        (Answered::Other, None) => json!({"description": "Done."}),
    };
    answers.insert(said.code.to_string(), done);
    let write = is_write(&route.method, route.path);
    let file = said.parameters.iter().any(|p| p.form == Form::File);
    for (code, when, _) in REFUSALS {
        let may = match when {
            When::Always => true,
            // A thing can be named in the path or by a parameter.
            When::Named => route.path.contains('{') || said.parameters.iter().any(|p| p.name.ends_with("id")),
            When::Write => write,
            When::File => write || file,
            When::Said => said.refusals.contains(code),
        };
        if may {
            answers.insert(code.to_string(), json!({"$ref": format!("#/components/responses/{code}")}));
        }
    }
    Value::Object(answers)
}

/// The name of the things that an answer or each record of it consists of.
fn record_name(schema: &Value) -> Option<String> {
    let name = schema["$ref"].as_str()?.rsplit('/').next()?;
    Some(name.strip_suffix("Page").or(name.strip_suffix("Out")).unwrap_or(name).to_owned())
}

/// The schemas of the answers. A field without a doc comment is described by what `words.toml` says of it in this
/// type, else by the parameter that sets it, else by what its name means everywhere.
fn schemas(mut made: Map<String, Value>, answering: &BTreeMap<String, &Noun>) -> Result<Value, String> {
    let words: BTreeMap<String, String> = toml::from_str(WORDS).map_err(|e| format!("words.toml: {e}"))?;
    for (name, schema) in &mut made {
        mark_extension(schema);
        let kind = name.strip_suffix("Out").unwrap_or(name);
        let noun = answering.get(kind);
        // One of several, as frames are.
        for variant in schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
            describe(variant, kind, None, &words);
        }
        describe(schema, kind, noun.copied(), &words);
        set_twins_apart(schema);
    }
    made.extend(refusal::schemas());
    Ok(Value::Object(made))
}

/// Says what the fields of a schema mean. What the console shows of a thing, its `View`, has the thing's words.
fn describe(schema: &mut Value, kind: &str, noun: Option<&Noun>, words: &BTreeMap<String, String>) {
    for (name, field) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        if field.get("description").is_none()
            && let Some(word) = (words.get(&format!("{kind}.{name}")).map(String::as_str))
                .or_else(|| words.get(&format!("{}.{name}", kind.strip_suffix("View")?)).map(String::as_str))
                .or_else(|| noun.and_then(|n| n.meaning(name)))
                .or_else(|| words.get(name).map(String::as_str))
        {
            field["description"] = json!(word);
        }
        mark_extension(field);
    }
}

/// Some lists are in an answer twice, as `name` and as `name[]`, which is one name in the languages that clients are
/// generated in: the second is told of as a pattern, which generators leave out.
fn set_twins_apart(schema: &mut Value) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let twins: Vec<String> = properties.keys().filter(|name| name.ends_with("[]")).cloned().collect();
    let apart: Map<String, Value> = twins
        .iter()
        .filter_map(|name| Some((format!("^{}$", name.replace("[]", r"\[\]")), properties.remove(name)?)))
        .collect();
    if !apart.is_empty() {
        schema["patternProperties"] = Value::Object(apart);
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !twins.iter().any(|twin| name == twin));
    }
}

/// Marks what says of itself that it is an extension.
fn mark_extension(thing: &mut Value) {
    let about = thing.get("description").and_then(Value::as_str).unwrap_or("");
    if about.ends_with("an extension.") || about.ends_with("An extension.") {
        thing["x-extension"] = json!(true);
    }
}

/// `TagOut` is a name for Rust; outside it is `Tag`.
fn plain_names(document: &mut Value) {
    fn plain(name: &str) -> &str {
        name.strip_suffix("Out").unwrap_or(name)
    }
    fn walk(value: &mut Value) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(target)) = map.get_mut("$ref") {
                    *target = plain(target).to_owned();
                }
                map.values_mut().for_each(walk);
            }
            Value::Array(list) => list.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(document);
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        *schemas = std::mem::take(schemas).into_iter().map(|(name, s)| (plain(&name).to_owned(), s)).collect();
    }
}
