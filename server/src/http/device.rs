//! What a browser says that it is, in the two words by which its user knows it again.

use axum::http::{HeaderMap, header};

/// A browser, and the system that it runs on; none where they are not known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) browser: Option<&'static str>,
    pub(super) system: Option<&'static str>,
}

/// Signs of browsers, and what they are called. Most say that they are others too, so the first that is found counts.
const BROWSERS: [(&str, &str); 14] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Epiphany/", "GNOME Web"),
    ("Safari/", "Safari"),
];

/// The same of systems.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

impl Device {
    /// That of whoever sent these headers.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let told = headers.get(header::USER_AGENT).and_then(|told| told.to_str().ok()).unwrap_or_default();
        let known =
            |names: &[(&str, &'static str)]| names.iter().find(|(sign, _)| told.contains(sign)).map(|(_, name)| *name);
        Self { browser: known(&BROWSERS), system: known(&SYSTEMS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_as_their_users_call_them() {
        for (told, browser, system) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 \
                 Safari/537.36 Edg/138.0.0.0",
                "Edge",
                "Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari",
                "iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile \
                 Safari/537.36",
                "Chrome",
                "Android",
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, told.parse().expect("a header"));
            assert_eq!(Device::of(&headers), Device { browser: Some(browser), system: Some(system) });
        }
        assert_eq!(Device::of(&HeaderMap::new()), Device { browser: None, system: None });
    }
}
