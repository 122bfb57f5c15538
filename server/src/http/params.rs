//! Parameters of a request, whichever way they came: query string, form body, JSON body or multipart, mixed, with
//! Rails brackets (`category_ids[]=…`, `custom_field_values[key]=…`). Where a name comes twice, the body wins.
//!
//! Values from forms are texts, values from JSON have types: the readers here take both. `400` names a parameter
//! that cannot be read; whether a readable value is acceptable is for the domain to say.

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, Method, Request, header};
use model::Timestamp;
use serde_json::{Map, Value};

use super::body::{Allowance, Upload, aside};
use super::docs::Seen;
use super::lists::LIST_MAX;
use crate::domain::Result;
use crate::domain::{Error, Fault, Reason};
use crate::state::bodies::Share;

/// The parameters of one request.
#[derive(Clone, Debug, Default)]
pub struct Params {
    map: Map<String, Value>,
    /// The files of a multipart body.
    pub files: Vec<Upload>,
    /// Whether the request makes something: what is missing then is no fault of form but a value that is not acceptable.
    creates: bool,
    /// Whether it only looks: what is not acceptable then is a fault of form.
    reads: bool,
    seen: Seen,
    /// What the body holds of the room for all bodies, for as long as these are kept.
    share: Option<Share>,
}

/// The values of a map, to be read as parameters are.
impl From<Map<String, Value>> for Params {
    fn from(map: Map<String, Value>) -> Self {
        Self { map, ..Self::default() }
    }
}

impl Params {
    /// Parameters of a query string alone.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn from_query(query: &str) -> Result<Self> {
        Ok(Self { map: params::form(query.as_bytes()).map_err(unreadable)?, ..Self::default() })
    }

    /// Reads the query string and the body, as far as the caller is allowed to.
    ///
    /// # Errors
    /// 400 when a part cannot be read or there are too many values, 413 when the body is too large, 503 when there is no
    /// room for it; 422 that names a list of more than [`LIST_MAX`] entries, 400 where the request only looks.
    pub(super) async fn read(request: Request<Body>, allowed: Allowance<'_>) -> Result<Self> {
        let params = Self::read_all(request, allowed).await?;
        match params::too_long(&params.map, LIST_MAX) {
            Some(name) => Err(params.too_many(name)),
            None => Ok(params),
        }
    }

    async fn read_all(request: Request<Body>, allowed: Allowance<'_>) -> Result<Self> {
        let mut params = Self::from_query(request.uri().query().unwrap_or(""))?;
        params.creates = *request.method() == Method::POST && request.uri().path().starts_with("/1.0/");
        params.reads = *request.method() == Method::GET;
        if request.body().is_end_stream() {
            return Ok(params);
        }
        let kind = media_type(request.headers());
        if kind == "multipart/form-data" {
            let (files, form, share) = allowed.multipart(request).await?;
            params.files = files;
            params.map.extend(params::form(form.trim_start_matches('&').as_bytes()).map_err(unreadable)?);
            params.share = Some(share);
            return Ok(params);
        }
        let (whole, share) = allowed.text(request.into_body()).await?;
        let bytes = text::unmarked(&whole);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(params);
        }
        // The official clients send JSON; curl's -d sends forms; a missing type is judged by its first character.
        let json = kind.ends_with("json") || (kind != "application/x-www-form-urlencoded" && bytes.starts_with(b"{"));
        let read = aside(whole.len(), move || {
            let bytes = text::unmarked(&whole);
            if json { params::json(bytes) } else { params::form(bytes) }
        });
        params.map.extend(read.await.map_err(unreadable)?);
        params.share = Some(share);
        Ok(params)
    }

    /// These parameters without U+0000, which not every database keeps: taken out where people's `words` come in, else
    /// refused.
    ///
    /// # Errors
    /// 422 that names the parameter.
    pub(super) fn without_nul(mut self, words: bool) -> Result<Self> {
        let has_nul = |(name, value): (&String, &Value)| name.contains('\0') || text::has_nul(value);
        match self.map.iter().find(|(name, value)| has_nul((name, value))) {
            None => Ok(self),
            Some(_) if words => {
                let mut all = Value::Object(std::mem::take(&mut self.map));
                text::take_nul_out(&mut all);
                if let Value::Object(map) = all {
                    self.map = map;
                }
                Ok(self)
            }
            Some((name, _)) => {
                let fault = Reason::NulCharacter.says("has a character that cannot be kept (U+0000)");
                Err(Error::invalid(name.replace('\0', ""), fault))
            }
        }
    }

    /// These parameters, with the names that are read from now on noted in `seen`.
    pub(super) fn noting(self, seen: Seen) -> Self {
        Self { seen, ..self }
    }

    /// The names that were given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.map.keys().map(String::as_str)
    }

    /// All that was given, as one text that is the same for the same values; without who asks.
    #[must_use]
    pub(super) fn canonical(&self) -> String {
        let mut text = String::new();
        for (name, value) in ordered(&self.map) {
            if name != "access_token" {
                text.push_str(&format!("{name}={}\n", canonical(value)));
            }
        }
        for file in &self.files {
            let Upload { name, filename, content_type, bytes } = file;
            let hash = crate::crypto::to_hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
            text.push_str(&format!("file {name:?} {filename:?} {content_type:?} {hash}\n"));
        }
        text
    }

    /// The caller's token, when it came as a parameter. It is everybody's, and no operation lists it.
    pub(crate) fn access_token(&self) -> Option<String> {
        self.map.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty()).map(str::to_owned)
    }

    /// Takes a value for a parameter that was not given.
    pub(super) fn give(&mut self, name: &str, value: Value) {
        if self.value(name).is_none() {
            self.map.insert(name.to_owned(), value);
        }
    }

    /// Whether a parameter was given at all, even empty: what an update may change.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.seen.note(name);
        self.map.contains_key(name)
    }

    /// A parameter as it came.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.seen.note(name);
        self.map.get(name).filter(|v| !v.is_null())
    }

    /// A text, trimmed of nothing; an empty one counts as absent.
    ///
    /// # Errors
    /// When it is a list or a map.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        Ok(match self.value(name) {
            None => None,
            Some(Value::String(s)) if s.is_empty() => None,
            Some(Value::String(s)) => Some(s.clone()),
            Some(Value::Number(n)) => Some(n.to_string()),
            Some(Value::Bool(b)) => Some(b.to_string()),
            Some(_) => return Err(Error::bad(name, Fault::form("a text"))),
        })
    }

    /// A text as it was given, even empty; none when it was not given at all.
    ///
    /// # Errors
    /// When it is a list or a map.
    pub fn given(&self, name: &str) -> Result<Option<String>> {
        Ok(if self.has(name) { Some(self.text(name)?.unwrap_or_default()) } else { None })
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// 400 when it is not a text or missing; what is missing where something is made is a 422.
    pub fn required(&self, name: &str) -> Result<String> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// That a value is missing: 422 where something is made, 400 elsewhere.
    #[must_use]
    pub fn missing(&self, name: &str) -> Error {
        if self.creates { Error::missing(name) } else { Error::bad(name, Fault::required()) }
    }

    /// That a list has too many entries.
    fn too_many(&self, name: &str) -> Error {
        let fault = Fault::too_many(LIST_MAX);
        if self.reads { Error::bad(name, fault) } else { Error::invalid(name, fault) }
    }

    /// The words of texts that commas part.
    ///
    /// # Errors
    /// When there are too many.
    pub fn words<'t>(&self, name: &str, texts: &'t [String]) -> Result<Vec<&'t str>> {
        let words = texts.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|word| !word.is_empty());
        let words: Vec<&str> = words.take(LIST_MAX + 1).collect();
        if words.len() > LIST_MAX { Err(self.too_many(name)) } else { Ok(words) }
    }

    /// A truth value: `true`, `1`, `on`, `yes` or `false`, `0`, `off`, `no`, in any case.
    ///
    /// # Errors
    /// When it is something else.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        params::truth(&text).map(Some).ok_or_else(|| Error::bad(name, Fault::form("true or false")))
    }

    /// A whole number.
    ///
    /// # Errors
    /// When it is something else.
    pub fn integer(&self, name: &str) -> Result<Option<i64>> {
        let text = self.text(name)?;
        text.map(|t| t.trim().parse().map_err(|_| Error::bad(name, Fault::form("a whole number")))).transpose()
    }

    /// A number, which may have decimal places.
    ///
    /// # Errors
    /// When it is something else.
    pub fn number(&self, name: &str) -> Result<Option<f64>> {
        let read = |text: String| text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        let bad = || Error::bad(name, Fault::form("a number"));
        self.text(name)?.map(|text| read(text).ok_or_else(bad)).transpose()
    }

    /// A point in time, ISO 8601.
    ///
    /// # Errors
    /// When it is something else.
    pub fn time(&self, name: &str) -> Result<Option<Timestamp>> {
        let text = self.text(name)?;
        text.map(|t| Timestamp::parse(&t).ok_or_else(|| Error::bad(name, Fault::form("an ISO 8601 time")))).transpose()
    }

    /// A list of texts: `name[]=a&name[]=b`, a JSON list, or a single value. An empty text in it is left out, so
    /// that `name[]=` clears a list.
    ///
    /// # Errors
    /// When an element is not a text.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>> {
        let texts = match self.value(name) {
            None if self.has(name) => Vec::new(),
            None => return Ok(None),
            Some(Value::Array(list)) => list
                .iter()
                .map(|v| match v {
                    Value::String(s) => Ok(s.clone()),
                    Value::Number(n) => Ok(n.to_string()),
                    Value::Null => Ok(String::new()),
                    _ => Err(Error::bad(name, Fault::form("a list of texts"))),
                })
                .collect::<Result<_>>()?,
            Some(_) => self.text(name)?.into_iter().collect(),
        };
        Ok(Some(texts.into_iter().filter(|t| !t.is_empty()).collect()))
    }

    /// A list of ids, each in its form; whether they exist is for the domain to say.
    ///
    /// # Errors
    /// When an element does not have the form of an id.
    pub fn ids<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<Vec<T>>> {
        let Some(texts) = self.texts(name)? else { return Ok(None) };
        let parsed: Option<Vec<T>> = texts.iter().map(|t| parse(t.trim())).collect();
        parsed.map(Some).ok_or_else(|| Error::bad(name, Fault::form("a list of ids (24 hex digits each)")))
    }

    /// Ids in one text, parted by commas, or a list of them.
    ///
    /// # Errors
    /// When an element does not have the form of an id.
    pub fn id_list<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<Vec<T>>> {
        let Some(texts) = self.texts(name)? else { return Ok(None) };
        let parsed: Option<Vec<T>> = self.words(name, &texts)?.into_iter().map(parse).collect();
        parsed.map(Some).ok_or_else(|| Error::bad(name, Fault::form("ids (24 hex digits each)")))
    }

    /// One id.
    ///
    /// # Errors
    /// When it does not have the form of an id.
    pub fn id<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        parse(text.trim()).map(Some).ok_or_else(|| Error::bad(name, Fault::form("an id (24 hex digits)")))
    }

    /// An id that must be there.
    ///
    /// # Errors
    /// As [`Self::required`], and 400 when it does not have the form of an id.
    pub fn required_id<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        self.id(name, parse)?.ok_or_else(|| self.missing(name))
    }

    /// A list of whole numbers, given as a list of texts is.
    ///
    /// # Errors
    /// When an element is something else.
    pub fn integers(&self, name: &str) -> Result<Option<Vec<i64>>> {
        let Some(texts) = self.texts(name)? else { return Ok(None) };
        let numbers: std::result::Result<Vec<i64>, _> = self.words(name, &texts)?.into_iter().map(str::parse).collect();
        numbers.map(Some).map_err(|_| Error::bad(name, Fault::form("a list of whole numbers")))
    }

    /// A list of maps: `name[][key]=value` or `name[0][key]=value`, a JSON list of objects, or such a list as text.
    ///
    /// # Errors
    /// When it is something else.
    pub fn maps(&self, name: &str) -> Result<Option<Vec<Map<String, Value>>>> {
        let bad = || Error::bad(name, Fault::form("a list of maps"));
        let value = match self.value(name) {
            None => return Ok(self.has(name).then(Vec::new)),
            Some(Value::String(text)) if text.trim().is_empty() => return Ok(Some(Vec::new())),
            Some(Value::String(text)) => within(text).ok_or_else(bad)?,
            Some(value) => value.clone(),
        };
        match value {
            Value::Array(list) if list.len() > LIST_MAX => Err(self.too_many(name)),
            Value::Array(list) => {
                let list = list.into_iter().filter(|v| *v != Value::String(String::new()));
                let maps = list.map(|v| if let Value::Object(map) = v { Ok(map) } else { Err(bad()) });
                maps.collect::<Result<_>>().map(Some)
            }
            Value::Object(map) => Ok(Some(vec![map])),
            _ => Err(bad()),
        }
    }

    /// A map: `name[key]=value`, or a JSON object.
    ///
    /// # Errors
    /// When it is something else.
    pub fn map(&self, name: &str) -> Result<Option<Map<String, Value>>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map.clone())),
            Some(_) => Err(Error::bad(name, Fault::form("a map"))),
        }
    }
}

/// A value that came as text in another: its own escapes may stand for what the other was looked through for.
pub(crate) fn within<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    let value = params::value(text.as_bytes()).ok()?;
    if text::has_nul(&value) { None } else { serde_json::from_value(value).ok() }
}

fn ordered(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut all: Vec<_> = map.iter().collect();
    all.sort_by_key(|(name, _)| *name);
    all
}

/// JSON with the names of maps in order.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let all = ordered(map).into_iter().map(|(name, value)| format!("{name:?}:{}", canonical(value)));
            format!("{{{}}}", all.collect::<Vec<_>>().join(","))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

pub(crate) fn unreadable(error: params::Error) -> Error {
    let params::Error { name, message, kind } = error;
    let fault = match kind {
        params::Kind::Form => Reason::Form.says(message),
        params::Kind::TooMany => Reason::TooMany.says(message).with("max", params::VALUES),
        params::Kind::TooDeep => Reason::TooDeep.says(message).with("max", params::DEPTH),
    };
    Error::bad(name, fault)
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    value.split(';').next().unwrap_or("").trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::Size;
    use crate::state::bodies::Bodies;
    use proptest::prelude::*;

    async fn read(query: &str, kind: &str, body: impl Into<Body>) -> Result<Params> {
        let request = Request::post(format!("/x?{query}")).header("content-type", kind).body(body.into());
        read_request(request.expect("a request")).await
    }

    /// Reads at most a thousand bytes.
    async fn read_request(request: Request<Body>) -> Result<Params> {
        Params::read(request, Allowance::of(&Bodies::new(1 << 20), Size::Bytes(1000), 0, None)).await
    }

    #[tokio::test]
    async fn every_way_gives_the_same() {
        let form = "application/x-www-form-urlencoded";
        let multipart = "--b\r\ncontent-disposition: form-data; name=\"ids[]\"\r\n\r\na\r\n--b\r\n\
                         content-disposition: form-data; name=\"ids[]\"\r\n\r\nb\r\n--b\r\n\
                         content-disposition: form-data; name=\"v[k e]\"\r\n\r\n1 & 2\r\n--b--\r\n";
        for params in [
            read("ids%5B%5D=a&ids[]=b&v[k+e]=1+%26+2", "", "").await,
            read("", form, "ids[]=a&ids%5B%5D=b&v[k%20e]=1+%26+2").await,
            read("", "application/json", r#"{"ids":["a","b"],"v":{"k e":"1 & 2"}}"#).await,
            read("", "application/json;charset=utf-8", r#"{"ids[]":["a","b"],"v":{"k e":"1 & 2"}}"#).await,
            read("", "application/json", r#"{"ids[]":["a","b"],"v[k e]":"1 & 2"}"#).await,
            read("", "multipart/form-data; boundary=b", multipart).await,
        ] {
            let params = params.expect("readable");
            assert_eq!(params.texts("ids").expect("a list"), Some(vec!["a".into(), "b".into()]));
            assert_eq!(params.map("v").expect("a map").expect("there")["k e"], "1 & 2");
        }
    }

    #[tokio::test]
    async fn a_get_may_carry_its_parameters_in_its_body() {
        let request = Request::get("/x?a=1").header("content-type", "application/x-www-form-urlencoded");
        let params = read_request(request.body(Body::from("limit=5")).expect("a request")).await.expect("readable");
        assert_eq!((params.integer("a").ok(), params.integer("limit").ok()), (Some(Some(1)), Some(Some(5))));
    }

    #[tokio::test]
    async fn lists_of_maps_come_in_brackets_and_as_json() {
        let form = "application/x-www-form-urlencoded";
        let wanted = serde_json::json!([{"name": "Noël", "date": "2026-12-25"}, {"name": "Toussaint", "date": "1"}]);
        for params in [
            read("", form, "h[0][name]=No%C3%ABl&h[0][date]=2026-12-25&h[1][name]=Toussaint&h[1][date]=1").await,
            read("", form, "h[][name]=No%C3%ABl&h[][date]=2026-12-25&h[][name]=Toussaint&h[][date]=1").await,
            read("h%5B%5D%5Bname%5D=No%C3%ABl&h[][date]=2026-12-25&h[][name]=Toussaint&h[][date]=1", "", "").await,
            read("", "application/json", wanted_body("h", &wanted)).await,
            read("", "application/json", wanted_body("h", &serde_json::json!(wanted.to_string()))).await,
        ] {
            let maps = params.expect("readable").maps("h").expect("a list").expect("there");
            assert_eq!(serde_json::json!(maps), wanted);
        }
        let params = read("a=x&b[]=1&c=", "", "").await.expect("readable");
        assert!(params.maps("a").is_err());
        assert!(params.maps("b").is_err());
        assert_eq!(params.maps("c").expect("a list"), Some(Vec::new()));
        assert_eq!(params.maps("d").expect("a list"), None);
        assert_eq!(params.integers("b").expect("a list"), Some(vec![1]));
        assert!(params.integers("a").is_err());
    }

    fn wanted_body(name: &str, value: &Value) -> String {
        serde_json::json!({ name: value }).to_string()
    }

    #[tokio::test]
    async fn errors_name_the_parameter() {
        let params = read("limit=ten&private=maybe&id=xyz", "", "").await.expect("readable");
        assert!(matches!(params.integer("limit"), Err(Error::BadParameter { field, .. }) if field == "limit"));
        assert!(matches!(params.boolean("private"), Err(Error::BadParameter { field, .. }) if field == "private"));
        assert!(params.id("id", model::ThreadId::parse).is_err());
        assert!(matches!(read("", "application/json", "[1]").await, Err(Error::BadParameter { .. })));
        assert!(matches!(read("", "application/json", "x".repeat(2000)).await, Err(Error::TooLarge(_))));
    }

    proptest! {
        #[test]
        fn no_input_panics(query in "\\PC{0,60}", brackets in "[a-c\\[\\]=&%0-9]{0,40}") {
            let _ = Params::from_query(&query);
            let _ = Params::from_query(&brackets);
            let _ = Params::from_query(&brackets.replace('a', "[][").replace('b', "=1&c"));
        }
    }
}
