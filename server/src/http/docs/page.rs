//! The document as a page to read: one file, no script but its own filter, nothing from elsewhere.

use std::fmt::Write;

use serde_json::{Map, Value};

/// Styles and the script are in the page itself, and nothing else is needed.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

const FRAME: &str = include_str!("page.html");

/// Renders the document.
pub(crate) fn render(document: &Value) -> String {
    let mut contents = String::new();
    let mut body = String::new();
    let operations = operations(document);
    for tag in list(document, "tags") {
        let title = text(tag, "name");
        let own: Vec<_> = operations.iter().filter(|o| o.operation["tags"][0] == title).collect();
        if own.is_empty() {
            continue;
        }
        let anchor = anchor(title);
        let _ = write!(contents, "<li><a href=\"#{anchor}\">{}</a></li>", escape(title));
        let _ = write!(body, "<section id=\"{anchor}\"><h2>{}</h2>{}", escape(title), prose(text(tag, "description")));
        own.iter().for_each(|o| o.render(&mut body));
        body.push_str("</section>");
    }
    contents.push_str("<li><a href=\"#objects\">Objects</a></li>");
    objects(document, &mut body);
    FRAME
        .replace("{{version}}", &escape(text(&document["info"], "version")))
        .replace("{{introduction}}", &prose(text(&document["info"], "description")))
        .replace("{{contents}}", &contents)
        .replace("{{body}}", &body)
}

/// An operation and where it is.
struct Placed<'a> {
    method: String,
    path: &'a str,
    operation: &'a Value,
}

fn operations(document: &Value) -> Vec<Placed<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let mut all: Vec<_> = paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(|(method, operation)| Placed { method: method.to_uppercase(), path, operation })
        })
        .collect();
    let rank = |method: &str| ["GET", "POST", "PUT", "DELETE"].iter().position(|m| *m == method);
    all.sort_by(|a, b| (a.path, rank(&a.method)).cmp(&(b.path, rank(&b.method))));
    all
}

impl Placed<'_> {
    fn render(&self, out: &mut String) {
        let Self { method, path, operation } = self;
        let id = text(operation, "operationId");
        let mark = extension(operation);
        let _ = write!(
            out,
            "<article id=\"{id}\"><h3><a class=\"self\" href=\"#{id}\"><span class=\"method {}\">{method}</span> \
             <code>{}</code></a></h3><p class=\"summary\">{}{mark}</p>{}",
            method.to_lowercase(),
            breakable(path),
            escape(text(operation, "summary")),
            prose(text(operation, "description")),
        );
        self.parameters(out);
        let answer = &operation["responses"]["200"]["content"];
        let answer = match answer.as_object().and_then(|media| media.iter().next()) {
            Some((_, media)) if media.get("schema").is_some() => kind(&media["schema"]),
            Some((media, _)) => escape(media),
            None => "nothing".to_owned(),
        };
        let answer = match operation.get("x-frames") {
            Some(frames) => format!("Hears {}, tells {}", kind(&frames["said"]), kind(&frames["told"])),
            None => format!("Answers with {answer}"),
        };
        let _ = write!(out, "<p class=\"answer\">{answer}.</p></article>");
    }

    fn parameters(&self, out: &mut String) {
        let mut rows: Vec<(bool, String)> = Vec::new();
        // The headers that many operations share are told of in the introduction.
        for parameter in list(self.operation, "parameters").iter().filter(|p| p.get("$ref").is_none()) {
            let required = parameter["required"] == true;
            rows.push((required, row(text(parameter, "name"), required, &parameter["schema"], parameter)));
        }
        let body = self.operation["requestBody"]["content"].as_object().and_then(|c| c.values().next());
        if let Some(schema) = body.map(|media| &media["schema"]) {
            let named = fields(schema, "properties").map(|(name, field)| (name.as_str(), field));
            let any = fields(schema, "patternProperties").map(|(_, field)| ("(an id)", field));
            for (name, field) in named.chain(any) {
                let required = list(schema, "required").iter().any(|r| r == name);
                rows.push((required, row(name, required, field, field)));
            }
        }
        rows.sort_by_key(|(required, _)| !required);
        table("Parameter", rows.into_iter().map(|(_, row)| row).collect(), out);
    }
}

fn objects(document: &Value, out: &mut String) {
    out.push_str("<section id=\"objects\"><h2>Objects</h2>");
    for (name, schema) in fields(&document["components"], "schemas") {
        let anchor = object_anchor(name);
        let _ = write!(
            out,
            "<article id=\"{anchor}\"><h3><a class=\"self\" href=\"#{anchor}\">{}</a></h3>{}",
            escape(name),
            prose(text(schema, "description")),
        );
        if schema.get("enum").is_some() {
            let _ = write!(out, "<p>{}.</p>", kind(schema));
        }
        table_of_fields(schema, out);
        for one in list(schema, "oneOf") {
            out.push_str(&prose(text(one, "description")));
            table_of_fields(one, out);
        }
        out.push_str("</article>");
    }
    out.push_str("</section>");
}

fn table_of_fields(schema: &Value, out: &mut String) {
    let rows = fields(schema, "properties").map(|(name, field)| row(name, false, field, field)).collect();
    table("Field", rows, out);
}

fn table(first: &str, rows: Vec<String>, out: &mut String) {
    if !rows.is_empty() {
        let head = format!("<thead><tr><th>{first}</th><th>Type</th><th>Meaning</th></tr></thead>");
        let _ = write!(out, "<table>{head}<tbody>{}</tbody></table>", rows.concat());
    }
}

fn row(name: &str, required: bool, schema: &Value, described: &Value) -> String {
    let must = if required { " <span class=\"required\">required</span>" } else { "" };
    format!(
        "<tr><td><code>{}</code>{must}</td><td>{}{}</td><td>{}{}</td></tr>",
        breakable(name),
        kind(schema),
        limits(schema),
        inline(text(described, "description")),
        extension(described),
    )
}

/// A schema in words.
fn kind(schema: &Value) -> String {
    if let Some(target) = schema["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap_or(target);
        return format!("<a href=\"#{}\">{}</a>", object_anchor(name), escape(name));
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(only) = schema["const"].as_str() {
        return format!("<code>{}</code>", breakable(only));
    }
    if let Some(names) = schema["enum"].as_array() {
        let names = names.iter().filter_map(Value::as_str);
        return format!(
            "one of {}",
            names.map(|n| format!("<code>{}</code>", breakable(n))).collect::<Vec<_>>().join(", ")
        );
    }
    match &schema["type"] {
        Value::Array(types) => {
            let each = types.iter().map(|t| {
                let mut one = schema.clone();
                one["type"] = t.clone();
                kind(&one)
            });
            each.collect::<Vec<_>>().join(" or ")
        }
        Value::String(name) => match (name.as_str(), schema["format"].as_str()) {
            ("array", _) if schema["items"].as_object().is_some_and(Map::is_empty) => "list".to_owned(),
            ("array", _) => format!("list of {}", kind(&schema["items"])),
            ("object", _) => "map".to_owned(),
            ("string", Some("date-time")) => "time".to_owned(),
            ("string", Some("date")) => "date".to_owned(),
            ("string", Some("binary")) => "file".to_owned(),
            ("string", _) if schema["pattern"] == "^[0-9a-f]{24}$" => "id".to_owned(),
            ("string", _) => "text".to_owned(),
            (other, _) => other.to_owned(),
        },
        _ => "any".to_owned(),
    }
}

fn limits(schema: &Value) -> String {
    let number = |names: [&str; 4]| names.iter().find_map(|name| schema[name].as_u64());
    let range = match (
        number(["minimum", "minLength", "minItems", "minProperties"]),
        number(["maximum", "maxLength", "maxItems", "maxProperties"]),
    ) {
        (None, None) => None,
        (Some(least), None) => Some(format!("from {least}")),
        (None, Some(most)) => Some(format!("up to {most}")),
        (Some(least), Some(most)) if most >= i32::MAX as u64 => Some(format!("from {least}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
    };
    let default = schema.get("default").map(|d| format!("default {}", d.as_str().map_or(d.to_string(), str::to_owned)));
    let all: Vec<String> = range.into_iter().chain(default).collect();
    if all.is_empty() { String::new() } else { format!("<br><small>{}</small>", escape(&all.join(", "))) }
}

fn extension(thing: &Value) -> &'static str {
    if thing["x-extension"] == true { " <span class=\"extension\">extension</span>" } else { "" }
}

/// Paragraphs parted by empty lines.
fn prose(text: &str) -> String {
    text.split("\n\n").filter(|p| !p.trim().is_empty()).map(|p| format!("<p>{}</p>", inline(p.trim()))).collect()
}

/// `code` and **what stands out**.
fn inline(text: &str) -> String {
    let mut out = String::new();
    for (n, part) in text.split('`').enumerate() {
        if n % 2 == 1 {
            let _ = write!(out, "<code>{}</code>", escape(part));
            continue;
        }
        for (n, part) in part.split("**").enumerate() {
            let part = escape(part);
            let _ = if n % 2 == 1 { write!(out, "<strong>{part}</strong>") } else { write!(out, "{part}") };
        }
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A long name that may break after its parts on a narrow screen.
fn breakable(text: &str) -> String {
    escape(text).replace('/', "/<wbr>").replace('_', "_<wbr>")
}

fn anchor(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

fn object_anchor(name: &str) -> String {
    format!("object-{name}")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn fields<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value[name].as_object().into_iter().flatten()
}
