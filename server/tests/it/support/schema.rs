//! Holds answers and frames against the API's document: each one that a test gets must be just what the document says.

use hubbub::http::docs;
use reqwest::Method;
use serde_json::Value;

/// Checks an answer with code 200 of what is documented; of all else nothing is said.
///
/// # Panics
/// With the place in the answer that is not as documented.
pub fn check(method: &Method, path: &str, answer: &Value) {
    let Some(operation) = operation(method, path) else { return };
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    if !schema.is_null()
        && let Err(what) = conforms(schema, answer, "the answer")
    {
        panic!("{method} {path}: {what}\n{answer:#}");
    }
}

/// Checks the refusal of what is documented, where it is ours: that of the server below has another form.
///
/// # Panics
/// With the place in the refusal that is not as documented.
pub fn check_refusal(method: &Method, path: &str, refusal: &Value) {
    if operation(method, path).is_some()
        && refusal["error"].is_string()
        && let Err(what) = conforms(&document()["components"]["schemas"]["Error"], refusal, "the refusal")
    {
        panic!("{method} {path}: {what}\n{refusal:#}");
    }
}

/// Checks a frame of a socket on this path: `told` by the server, or `said` to it.
///
/// # Panics
/// With the place in the frame that is not as documented.
pub fn check_frame(path: &str, way: &str, frame: &Value) {
    let operation = operation(&Method::GET, path).expect("a documented socket");
    if let Err(what) = conforms(&operation["x-frames"][way], frame, "the frame") {
        panic!("{path}: {what}\n{frame:#}");
    }
}

fn document() -> &'static Value {
    docs::document().expect("a document")
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let wanted: Vec<&str> = path.split('/').collect();
    let fits = |template: &&String| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == wanted.len()
            && parts.iter().zip(&wanted).all(|(p, w)| p.starts_with('{') && !w.is_empty() || p == w)
    };
    let paths = document()["paths"].as_object().expect("paths");
    // A path without parameters goes before one with them.
    let found = paths.keys().filter(fits).min_by_key(|template| template.matches('{').count())?;
    paths[found].get(method.as_str().to_lowercase())
}

fn conforms(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(target) = schema["$ref"].as_str() {
        let found = document().pointer(target.trim_start_matches('#')).ok_or(format!("{target} is not there"))?;
        return conforms(found, value, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let all: Vec<_> = any.iter().map(|s| conforms(s, value, at)).collect();
        return if all.iter().any(Result::is_ok) { Ok(()) } else { all.into_iter().collect() };
    }
    if let Some(one_of) = schema["oneOf"].as_array() {
        // What tells frames apart is their type.
        let named = one_of.iter().find(|s| s["properties"]["type"]["const"] == value["type"]);
        return conforms(named.ok_or_else(|| format!("{at} is of no documented type"))?, value, at);
    }
    if let Some(only) = schema.get("const")
        && only != value
    {
        return Err(format!("{at} is {value}, and should be {only}"));
    }
    if let Some(names) = schema["enum"].as_array()
        && !names.contains(value)
    {
        return Err(format!("{at} is {value}, which is none of the documented names"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one],
        _ => return Ok(()),
    };
    if !types.iter().any(|t| is(t, value)) {
        return Err(format!("{at} is {value}, and should be {}", types.join(" or ")));
    }
    match value {
        Value::String(text) => conforms_text(schema, text, at),
        Value::Array(list) => {
            list.iter().enumerate().try_for_each(|(n, item)| conforms(&schema["items"], item, &format!("{at}[{n}]")))
        }
        Value::Object(_) => conforms_object(schema, value, at),
        _ => Ok(()),
    }
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

fn conforms_text(schema: &Value, text: &str, at: &str) -> Result<(), String> {
    let fits = match (schema["pattern"].as_str(), schema["format"].as_str()) {
        (Some("^[0-9a-f]{24}$"), _) => model::is_object_id(text),
        (_, Some("date-time")) => text.len() == 20 && text.ends_with('Z') && model::Timestamp::parse(text).is_some(),
        (_, Some("date")) => text.len() == 10 && model::Timestamp::parse(text).is_some(),
        _ => true,
    };
    if fits { Ok(()) } else { Err(format!("{at} is {text:?}, which has not the documented form")) }
}

fn conforms_object(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let object = value.as_object().expect("an object");
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            return Err(format!("{at} has no {name}"));
        }
    }
    for (name, field) in object {
        match schema["properties"].get(name) {
            Some(known) => conforms(known, field, &format!("{at}.{name}"))?,
            None if let Some(twin) = name.strip_suffix("[]")
                && schema["patternProperties"].get(format!(r"^{twin}\[\]$")).is_some() => {}
            None if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() => {
                return Err(format!("{at}.{name} is not documented"));
            }
            None => {}
        }
    }
    Ok(())
}
