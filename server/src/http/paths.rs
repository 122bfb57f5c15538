//! Addresses of the REST API as clients write them: with a slash too many, or with the format at their end.

use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The address that the route table knows, where a client's one differs from it: `//1.0/tags`, `/1.0/tags/` and
/// `/1.0/tags.json` are `/1.0/tags`. None for every other address.
pub(crate) fn plain_uri(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !(path.starts_with("/1.0/") || path.starts_with("//")) {
        return None;
    }
    if !path.contains("//") && !path.ends_with('/') && !path.ends_with(".json") {
        return None;
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let ["1.0", _, ..] = parts.as_slice() else { return None };
    let joined = format!("/{}", parts.join("/"));
    let plain = joined.strip_suffix(".json").unwrap_or(&joined);
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut all = uri.clone().into_parts();
    all.path_and_query = Some(PathAndQuery::try_from(format!("{plain}{query}")).ok()?);
    Uri::from_parts(all).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_api_become_those_of_the_routes() {
        let plain = |text: &'static str| plain_uri(&Uri::from_static(text)).map(|uri| uri.to_string());
        for (written, meant) in [
            ("//1.0/tags", "/1.0/tags"),
            ("/1.0//tags?limit=1", "/1.0/tags?limit=1"),
            ("/1.0/tags/", "/1.0/tags"),
            ("/1.0/tags.json?q=a//b.json/", "/1.0/tags?q=a//b.json/"),
            ("/1.0/contents/1/ignore.json", "/1.0/contents/1/ignore"),
        ] {
            assert_eq!(plain(written).as_deref(), Some(meant), "{written}");
        }
        for other in ["/1.0/tags", "/1.0/tags?q=a/", "/openapi.json", "//chat/x/loader.js", "/inbox/new/", "/1.0/"] {
            assert_eq!(plain(other), None, "{other}");
        }
    }
}
