//! Reads the text files that say of each operation what types cannot say: a summary, and its parameters.
//! `docs/extending.md` shows how one is written.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::lists::LIST_MAX;

/// What is said of one noun and its operations.
#[derive(Debug)]
pub struct Noun {
    /// The name of its file, without the ending.
    pub file: &'static str,
    /// Its heading.
    pub title: String,
    /// What it is.
    pub about: String,
    /// Its operations by method and path, `GET /1.0/tags`.
    pub operations: BTreeMap<String, Operation>,
}

/// What is said of one operation.
#[derive(Debug)]
pub struct Operation {
    /// What it does, in a few words.
    pub summary: String,
    /// The rest of what there is to say.
    pub about: String,
    /// Engage has no such operation.
    pub extension: bool,
    /// The media type of an answer that is not JSON.
    pub media: Option<String>,
    /// The code of its answer.
    pub code: u16,
    /// Codes that it refuses with beside those that any operation has.
    pub refusals: Vec<u16>,
    /// Its parameters, in the order in which they are to be read.
    pub parameters: Vec<Parameter>,
}

/// A parameter. In a name, `{…}` stands for any id.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, without brackets.
    pub name: String,
    /// Its meaning.
    pub about: String,
    /// Whether the operation refuses to do without it.
    pub required: bool,
    /// How it is written.
    pub form: Form,
    /// The schema of its value in JSON.
    pub schema: Value,
}

/// How a parameter is written outside of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `name=value`
    Plain,
    /// `name=value,value`
    Commas,
    /// `name[]=value&name[]=value`
    Brackets,
    /// `name[key]=value`
    Keys,
    /// A file of a multipart body.
    File,
}

#[derive(Deserialize)]
struct RawNoun {
    title: String,
    about: String,
    #[serde(default)]
    extension: bool,
    #[serde(default)]
    shared: BTreeMap<String, String>,
    #[serde(flatten)]
    operations: BTreeMap<String, RawOperation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOperation {
    summary: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    extension: bool,
    media: Option<String>,
    code: Option<u16>,
    #[serde(default)]
    parameters: String,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    refusals: Vec<u16>,
}

/// What every list takes.
const PAGE: &str = "\
offset  integer(0..2147483647)=0  How many records to leave out.
limit   integer(1..150)=30        How many records to give at most.";

impl Noun {
    /// Reads a file.
    ///
    /// # Errors
    /// A text that names the file and what is wrong with it.
    pub fn parse(file: &'static str, text: &str) -> Result<Self, String> {
        let raw: RawNoun = toml::from_str(text).map_err(|e| format!("{file}.toml: {e}"))?;
        let RawNoun { title, about, extension, shared, operations: raw } = raw;
        let mut operations = BTreeMap::new();
        for (route, raw) in raw {
            let mut parameters =
                parameters(&raw.parameters, &shared).map_err(|e| format!("{file}.toml, {route}: {e}"))?;
            for name in &raw.required {
                let found = parameters.iter_mut().find(|p| p.name == *name);
                found.ok_or_else(|| format!("{file}.toml, {route}: required: no parameter {name}"))?.required = true;
            }
            let RawOperation { summary, about, extension: own, media, code, refusals, .. } = raw;
            let (code, extension) = (code.unwrap_or(200), extension || own);
            let operation = Operation { summary, about, extension, media, code, refusals, parameters };
            operations.insert(route, operation);
        }
        Ok(Self { file, title, about, operations })
    }

    /// What a write of this noun means by a name.
    pub(super) fn meaning(&self, name: &str) -> Option<&str> {
        let writes = self.operations.iter().filter(|(route, _)| !route.starts_with("GET"));
        writes.flat_map(|(_, o)| &o.parameters).find(|p| p.name == name).map(|p| p.about.as_str())
    }
}

impl Operation {
    /// Whether a parameter of this name is listed.
    pub fn lists(&self, name: &str) -> bool {
        self.parameters.iter().any(|p| p.name == name || (p.name.starts_with('{') && model::is_object_id(name)))
    }
}

/// Reads lines of `name type meaning`; a line that begins with a space goes on with the meaning of the one before,
/// and `@name` stands for the lines that are shared under that name.
fn parameters(text: &str, shared: &BTreeMap<String, String>) -> Result<Vec<Parameter>, String> {
    let mut list: Vec<Parameter> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with(' ') {
            let last = list.last_mut().ok_or("the first line begins with a space")?;
            last.about.push(' ');
            last.about.push_str(line.trim());
        } else if let Some(name) = line.trim().strip_prefix('@') {
            let lines = if name == "page" { Some(PAGE) } else { shared.get(name).map(String::as_str) };
            list.extend(parameters(lines.ok_or_else(|| format!("nothing is shared as {name}"))?, shared)?);
        } else {
            list.push(parameter(line)?);
        }
    }
    Ok(list)
}

fn parameter(line: &str) -> Result<Parameter, String> {
    let bad = || format!("not `name type meaning`: {line}");
    let (name, rest) = line.split_once(' ').ok_or_else(bad)?;
    let (kind, about) = rest.trim_start().split_once(' ').ok_or_else(bad)?;
    let (kind, required) = kind.strip_suffix('!').map_or((kind, false), |kind| (kind, true));
    let (form, schema) = schema(kind).ok_or_else(|| format!("{kind} is no type: {line}"))?;
    Ok(Parameter { name: name.to_owned(), about: about.trim().to_owned(), required, form, schema })
}

/// The form and the schema of a type: a word, limits in brackets, a default after `=`.
fn schema(kind: &str) -> Option<(Form, Value)> {
    let (kind, default) = kind.split_once('=').map_or((kind, None), |(kind, value)| (kind, Some(value)));
    let (kind, limits) = match kind.strip_suffix(')').and_then(|k| k.split_once('(')) {
        Some((kind, limits)) => (kind, Some(limits.split_once("..")?)),
        None => (kind, None),
    };
    let id = json!({"type": "string", "pattern": "^[0-9a-f]{24}$"});
    let (form, mut schema) = match kind {
        "text" => (Form::Plain, json!({"type": "string"})),
        "boolean" => (Form::Plain, json!({"type": "boolean"})),
        "integer" => (Form::Plain, json!({"type": "integer"})),
        "number" => (Form::Plain, json!({"type": "number"})),
        "time" => (Form::Plain, json!({"type": "string", "format": "date-time"})),
        "date" => (Form::Plain, json!({"type": "string", "format": "date"})),
        "id" => (Form::Plain, id),
        "id_list" => (Form::Commas, json!({"type": "array", "items": id})),
        "ids" => (Form::Brackets, json!({"type": "array", "items": id})),
        "texts" => (Form::Brackets, json!({"type": "array", "items": {"type": "string"}})),
        "integers" => (Form::Brackets, json!({"type": "array", "items": {"type": "integer"}})),
        "maps" => (Form::Brackets, json!({"type": "array", "items": {"type": "object"}})),
        "map" => (Form::Keys, json!({"type": "object"})),
        "file" => (Form::File, json!({"type": "string", "format": "binary"})),
        "any" => (Form::Plain, json!({})),
        words if words.contains('|') => match words.strip_suffix("[]") {
            Some(words) => {
                let names: Vec<&str> = words.split('|').collect();
                (Form::Brackets, json!({"type": "array", "items": {"type": "string", "enum": names}}))
            }
            None => (Form::Plain, json!({"type": "string", "enum": words.split('|').collect::<Vec<_>>()})),
        },
        _ => return None,
    };
    match form {
        Form::Commas | Form::Brackets => schema["maxItems"] = json!(LIST_MAX),
        Form::Keys => schema["maxProperties"] = json!(LIST_MAX),
        Form::Plain | Form::File => {}
    }
    if let Some((least, most)) = limits {
        let names = match schema["type"].as_str() {
            Some("string") => ["minLength", "maxLength"],
            Some("array") => ["minItems", "maxItems"],
            _ => ["minimum", "maximum"],
        };
        for (name, limit) in names.into_iter().zip([least, most]).filter(|(_, limit)| !limit.is_empty()) {
            schema[name] = serde_json::from_str(limit).ok()?;
        }
    }
    if let Some(default) = default {
        schema["default"] = serde_json::from_str(default).unwrap_or_else(|_| default.into());
    }
    Some((form, schema))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
title = "Things"
about = "What there is."
[shared]
fields = """
name    text(1..255)  What it is called,
                      in a few words.
colour  red|blue=red  How it looks.
"""
["GET /1.0/things"]
summary = "Getting all things"
parameters = """
@page
ids  id_list  These alone.
"""
["POST /1.0/things"]
summary = "Making a thing"
extension = true
required = ["name"]
parameters = "@fields"
"#;

    #[test]
    fn a_file_is_read_line_by_line() {
        let noun = Noun::parse("thing", TEXT).expect("readable");
        let list = &noun.operations["GET /1.0/things"].parameters;
        assert_eq!(list.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["offset", "limit", "ids"]);
        assert_eq!(list[1].schema, json!({"type": "integer", "minimum": 1, "maximum": 150, "default": 30}));
        assert_eq!((list[2].form, list[2].required), (Form::Commas, false));
        let made = &noun.operations["POST /1.0/things"];
        assert!(made.extension && made.parameters[0].required && !made.parameters[1].required);
        assert_eq!(made.parameters[0].about, "What it is called, in a few words.");
        assert_eq!(made.parameters[1].schema, json!({"type": "string", "enum": ["red", "blue"], "default": "red"}));
        assert!(made.lists("colour") && !made.lists("size"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (from, to, what) in [
            ("id_list", "id_lists", "id_lists is no type"),
            ("@fields", "@field", "nothing is shared as field"),
            ("[\"name\"]", "[\"size\"]", "no parameter size"),
            ("extension", "extensio", "unknown field"),
        ] {
            let error = Noun::parse("thing", &TEXT.replace(from, to)).expect_err("refused");
            assert!(error.starts_with("thing.toml") && error.contains(what), "{error}");
        }
    }
}
