use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{TestApp, assert_fields};

fn find<'a>(list: &'a Value, key: &str, value: &str) -> &'a Value {
    let list = list.as_array().expect("a list");
    list.iter().find(|thing| thing[key] == value).unwrap_or_else(|| panic!("{value}"))
}

#[tokio::test]
async fn time_zones_have_the_offset_of_their_winter_and_can_be_set() {
    let t = TestApp::start().await;
    let zones = t.get("/1.0/timezones").await.ok();
    assert_fields(&zones[0], "name utc_offset");
    for (name, offset) in [
        ("UTC", 0),
        ("Europe/Paris", 3600),
        ("America/New_York", -18_000),
        ("Asia/Kolkata", 19_800),
        ("Asia/Tokyo", 32_400),
    ] {
        assert_eq!(find(&zones, "name", name)["utc_offset"], offset, "{name}");
    }
    // In summer they are the same.
    t.clock.advance(Duration::from_secs(150 * 86_400));
    assert_eq!(t.get("/1.0/timezones").await.ok(), zones);
    let names = zones.as_array().expect("a list").iter().map(|z| z["name"].as_str().expect("a name"));
    for name in names.step_by(40) {
        assert_eq!(t.put("/1.0/settings", json!({"timezone": name})).await.ok()["timezone"], name);
    }
}

#[tokio::test]
async fn languages_are_listed_with_those_of_the_console() {
    let t = TestApp::start().await;
    let locales = t.get("/1.0/locales").await.ok();
    assert_eq!(find(&locales, "code", "fr"), &json!({"code": "fr", "interface": true, "name": "French"}));
    assert_eq!(find(&locales, "code", "pt-BR")["interface"], false);
    let interface = t.get("/1.0/interface_locales").await.ok();
    assert_eq!(interface, json!([{"code": "en", "name": "English"}, {"code": "fr", "name": "Français"}]));
    // Each of them is a language that the settings take.
    let codes: Vec<&Value> = locales.as_array().expect("a list").iter().map(|l| &l["code"]).collect();
    assert_eq!(
        t.put("/1.0/settings", json!({"content_languages": codes})).await.ok()["content_languages"],
        json!(codes)
    );
}
