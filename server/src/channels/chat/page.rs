//! What a page and its browser tell of a visitor, as far as agents are helped by it.

use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use store::visitor::Facts;

use super::identity;
use crate::domain::visit::PageNow;
use crate::domain::visit_facts::Told;
use crate::http::Result;

/// What a chat tells of the visit, as far as it knows it. Times are in milliseconds, by the clock of the browser.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[schemars(rename = "ChatVisit")]
pub struct VisitSaid {
    /// How many visits there were, this one included.
    #[serde(default)]
    count: Option<i64>,
    /// How many pages this one has.
    #[serde(default)]
    pages: Option<i64>,
    /// When it began.
    #[serde(default)]
    started: Option<i64>,
    /// What that clock shows now.
    #[serde(default)]
    now: Option<i64>,
    /// By how many minutes its zone is behind UTC.
    #[serde(default)]
    offset: Option<i64>,
    /// The page from which they came to this one.
    #[serde(default)]
    referrer: Option<String>,
}

impl From<VisitSaid> for Told {
    fn from(said: VisitSaid) -> Self {
        let VisitSaid { count: visits, pages, started, now, offset, referrer } = said;
        let seconds = now.zip(started).and_then(|(now, started)| now.checked_sub(started)).map(|ms| ms / 1000);
        Self { facts: Facts { visits, pages, offset, referrer, ..Facts::default() }, seconds }
    }
}

/// What is told of the visit with the page of a session; what is of another form tells nothing.
pub fn visit(page: &Map<String, Value>) -> Told {
    serde_json::from_value::<VisitSaid>(page.clone().into()).unwrap_or_default().into()
}

/// The page that a visitor is on, with custom variables cut as an identity's extra values are.
///
/// # Errors
/// As [`identity::unsigned`].
pub fn page_now(page: Map<String, Value>, custom: Map<String, Value>, mut told: Told) -> Result<PageNow> {
    let text = |name: &str| page.get(name).and_then(Value::as_str).map(str::to_owned);
    // What a page has cleared.
    let cleared: Vec<String> =
        custom.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name.clone()).collect();
    let custom = match custom.is_empty() {
        true => Map::new(),
        false => identity::unsigned(&Map::from_iter([("extra_values".into(), custom.into())]))?.extra_values,
    };
    let url = text("url");
    // From a page of the site itself they came to the site before.
    let own = |referrer: &String| url.as_deref().is_some_and(|url| origin(url) == origin(referrer));
    told.facts.referrer = told.facts.referrer.filter(|referrer| !own(referrer));
    Ok(PageNow { url, title: text("title"), custom, cleared, begins: false, told })
}

/// The page on which a conversation begins, as its first message tells it. What is of another form tells nothing: nobody is
/// refused for what a page says.
pub fn began_on(headers: &HeaderMap, mut origin: Map<String, Value>) -> Option<PageNow> {
    let Some(Value::Object(page)) = origin.remove("page") else { return None };
    let Some(Value::Object(custom)) = origin.remove("custom").or(Some(Map::new().into())) else { return None };
    let told = with_browser(headers, visit(&page));
    page_now(page, custom, told).ok()
}

/// The beginning of an address, up to its path.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find('/').map_or(url.len(), |at| host + at);
    &url[..end]
}

/// By which word a browser names itself, what it is called, and after which word its version stands. The first one that
/// is found counts: most of them name those after them as well.
const BROWSERS: [(&str, &str, &str); 8] = [
    ("Edg", "Edge", "/"),
    ("OPR/", "Opera", ""),
    ("SamsungBrowser/", "Samsung Internet", ""),
    ("FxiOS/", "Firefox", ""),
    ("Firefox/", "Firefox", ""),
    ("CriOS/", "Chrome", ""),
    ("Chrome/", "Chrome", ""),
    ("Safari/", "Safari", "Version/"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// Adds what a request's headers tell of the browser, its device and its language.
pub fn with_browser(headers: &HeaderMap, visit: Told) -> Told {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let agent = text("user-agent");
    let locale = text("accept-language").split([',', ';']).next().filter(|tag| !tag.is_empty() && *tag != "*");
    let system = SYSTEMS.iter().find(|(word, _)| agent.contains(word)).map(|(_, name)| (*name).to_owned());
    let locale = locale.map(str::to_owned);
    Told { facts: Facts { browser: browser(agent), device: device(agent), system, locale, ..visit.facts }, ..visit }
}

fn browser(agent: &str) -> Option<String> {
    let (word, name, version) = BROWSERS.iter().find(|(word, ..)| agent.contains(word))?;
    let mark = if version.is_empty() { word } else { version };
    // Some stand with letters between their name and their version.
    let from = agent.find(word).filter(|_| *mark == "/" || mark == word).or(agent.find(mark))?;
    let after = agent.get(from..)?.split_once('/')?.1;
    let major: String = after.chars().take_while(char::is_ascii_digit).collect();
    Some(if major.is_empty() { (*name).to_owned() } else { format!("{name} {major}") })
}

fn device(agent: &str) -> Option<String> {
    let has = |words: &[&str]| words.iter().any(|word| agent.contains(word));
    let kind = match () {
        () if has(&["iPad", "Tablet"]) || (has(&["Android"]) && !has(&["Mobile"])) => "tablet",
        () if has(&["Mobile", "iPhone"]) => "phone",
        () if has(&["Windows", "Mac OS X", "CrOS", "Linux"]) => "computer",
        () => return None,
    };
    Some(kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::with_browser;
    use crate::domain::visit_facts::Told;

    #[test]
    fn browsers_are_known_by_what_they_call_themselves() {
        let mozilla = "Mozilla/5.0";
        let all = [
            (
                "(Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Edg/128.0.1",
                ("Edge 128", "Windows", "computer"),
            ),
            (
                "(Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Mobile Safari/537.36",
                ("Chrome 127", "Android", "phone"),
            ),
            (
                "(iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                ("Safari 17", "iOS", "phone"),
            ),
            ("(X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", ("Firefox 128", "Linux", "computer")),
            (
                "(Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                ("Chrome 126", "Android", "tablet"),
            ),
        ];
        for (agent, (browser, system, device)) in all {
            let mut headers = axum::http::HeaderMap::new();
            headers.insert("user-agent", format!("{mozilla} {agent}").parse().expect("a header"));
            headers.insert("accept-language", "fr-CH, fr;q=0.9".parse().expect("a header"));
            let told = with_browser(&headers, Told::default()).facts;
            let of = |text: &Option<String>| text.clone().unwrap_or_default();
            assert_eq!(
                (of(&told.browser), of(&told.system), of(&told.device)),
                (browser.into(), system.into(), device.into())
            );
            assert_eq!(of(&told.locale), "fr-CH");
        }
        assert_eq!(with_browser(&axum::http::HeaderMap::new(), Told::default()).facts.browser, None);
    }
}
