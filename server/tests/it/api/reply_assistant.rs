use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::{World, user};
use crate::support::{TestApp, assert_fields, id, send};

async fn made(t: &TestApp, noun: &str, body: Value) -> Value {
    t.post(&format!("/1.0/reply_assistant/{noun}"), body).await.ok()
}

/// An entry with one version.
async fn answer(t: &TestApp, label: &str, body: &str) -> Value {
    let entry = made(t, "entries", json!({"label": label})).await;
    made(t, "versions", json!({"entry_id": entry["id"], "body": body})).await;
    entry
}

#[tokio::test]
async fn groups_hold_entries_and_entries_hold_versions() {
    let t = TestApp::start().await;
    let entry = made(&t, "entries", json!({"label": "Opening hours"})).await;
    assert_fields(
        &entry,
        "category_ids created_at entry_group_id foreign_id id label shortcuts source_ids updated_at version_ids",
    );
    let group = json!({"name": "General", "entry_ids": [entry["id"]], "autocomplete": true, "position": 2});
    let group = made(&t, "groups", group).await;
    assert_fields(&group, "autocomplete created_at entry_ids id name position updated_at");
    assert_eq!(group["entry_ids"], json!([entry["id"]]));
    let version = json!({"entry_id": entry["id"], "body": "From nine to six", "language": "en"});
    let version = made(&t, "versions", version).await;
    assert_fields(&version, "attachments_count body created_at entry_id format id language source_ids updated_at");
    assert_eq!((&version["format"], &version["attachments_count"]), (&json!("text"), &json!(0)));
    let entry_path = format!("/1.0/reply_assistant/entries/{}", id(&entry));
    let shown = t.get(&entry_path).await.ok();
    assert_eq!((&shown["entry_group_id"], &shown["version_ids"]), (&group["id"], &json!([version["id"]])));

    let form = "label=Hours&foreign_id=KB042&shortcuts[]=hours&shortcuts[]=open&entry_group_id=";
    let changed = send(t.request(Method::PUT, &format!("{entry_path}?{form}"))).await.ok();
    assert_eq!((&changed["label"], &changed["foreign_id"]), (&json!("Hours"), &json!("KB042")));
    assert_eq!((&changed["shortcuts"], &changed["entry_group_id"]), (&json!("hours, open"), &Value::Null));
    let group_path = format!("/1.0/reply_assistant/groups/{}", id(&group));
    assert_eq!(t.get(&group_path).await.ok()["entry_ids"], json!([]));
    let back = t.put(&group_path, json!({"entry_ids": [entry["id"]], "name": "Shop"})).await.ok();
    assert_eq!(
        (&back["name"], &back["entry_ids"], &back["position"]),
        (&json!("Shop"), &json!([entry["id"]]), &json!(2))
    );
    let version_path = format!("/1.0/reply_assistant/versions/{}", id(&version));
    let html = json!({"format": "html", "body": "<p>Nine<script>x()</script></p>", "language": ""});
    let html = t.put(&version_path, html).await.ok();
    assert_eq!((&html["body"], &html["language"]), (&json!("<p>Nine</p>"), &Value::Null));
    for noun in ["groups", "entries", "versions"] {
        assert_eq!(t.get(&format!("/1.0/reply_assistant/{noun}")).await.ids().1, 1, "{noun}");
    }

    // A group leaves its entries; an entry takes its versions along.
    assert_eq!(t.delete(&group_path).await.ok()["entry_ids"], json!([entry["id"]]));
    assert_eq!(t.get(&group_path).await.error(404), "not_found");
    assert_eq!(t.get(&entry_path).await.ok()["entry_group_id"], Value::Null);
    assert_eq!(t.delete(&entry_path).await.ok()["version_ids"], json!([version["id"]]));
    assert_eq!(t.get(&version_path).await.error(404), "not_found");
    let version = json!({"entry_id": entry["id"], "body": "Too late"});
    assert_eq!(t.post("/1.0/reply_assistant/versions", version).await.error(404), "not_found");
}

#[tokio::test]
async fn values_that_cannot_be_are_refused() {
    let t = TestApp::start().await;
    let entry = answer(&t, "Hours", "Nine").await;
    let version = t.get("/1.0/reply_assistant/versions").await.ids().0.remove(0);
    let group = made(&t, "groups", json!({"name": "Shop"})).await;
    let unknown = json!(["111111111111111111111111"]);
    for (path, field, value, status) in [
        (format!("groups/{}", id(&group)), "name", json!(" "), 422),
        (format!("groups/{}", id(&group)), "entry_ids", unknown.clone(), 422),
        (format!("groups/{}", id(&group)), "position", json!("first"), 400),
        (format!("groups/{}", id(&group)), "position", json!(i64::MAX), 422),
        (format!("entries/{}", id(&entry)), "label", json!(""), 422),
        (format!("entries/{}", id(&entry)), "category_ids", unknown.clone(), 422),
        (format!("entries/{}", id(&entry)), "source_ids", unknown.clone(), 422),
        (format!("entries/{}", id(&entry)), "entry_group_id", unknown[0].clone(), 422),
        (format!("entries/{}", id(&entry)), "shortcuts", json!(["x".repeat(300)]), 422),
        (format!("versions/{version}"), "body", json!(" "), 422),
        (format!("versions/{version}"), "body", json!("x".repeat(20_001)), 422),
        (format!("versions/{version}"), "format", json!("markdown"), 422),
        (format!("versions/{version}"), "language", json!("English"), 422),
        (format!("versions/{version}"), "source_ids", unknown.clone(), 422),
    ] {
        let answer = t.put(&format!("/1.0/reply_assistant/{path}"), json!({field: value})).await;
        assert_eq!(answer.json["field"], field, "{path} {value}: {}", answer.text);
        answer.error(status);
    }
    for (noun, body) in [("groups", json!({})), ("entries", json!({})), ("versions", json!({"body": "x"}))] {
        let refused = t.post(&format!("/1.0/reply_assistant/{noun}"), body).await;
        assert_eq!(refused.error(422), "validation_failed", "{noun}");
    }
}

#[tokio::test]
async fn only_who_may_manages_the_assistant() {
    let t = TestApp::start().await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    let entry = answer(&t, "Hours", "Nine").await;
    let entry = format!("entries/{}", id(&entry));
    for noun in ["groups", "entries", "versions", entry.as_str()] {
        let path = format!("/1.0/reply_assistant/{noun}");
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let fits = matches!(method, Method::GET) || (method == Method::POST) != noun.contains('/');
            if fits {
                let answer = send(t.request_as(&token, method.clone(), &path).json(&json!({"name": "x"}))).await;
                assert!([403, 405].contains(&answer.status.as_u16()), "{method} {path} {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn answers_are_suggested_where_they_fit_with_their_variables_filled_in() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let other = shop.another_chat(&t, "Other chat").await;
    let reason = t.post("/1.0/categories", json!({"name": "Reason"})).await.ok();
    let said = shop.say(&t, "mia", None, "When do you open?").await;
    let (_, token) = user(&t, "Nora", "Agent").await;
    let suggest = async |more: &str| {
        let path = format!("/1.0/reply_assistant/suggestions?content_id={}{more}", said.content.id);
        let list = send(t.request_as(&token, Method::GET, &path)).await.ok();
        list.as_array().expect("a list").clone()
    };
    let labels =
        |list: &[Value]| list.iter().map(|s| s["label"].as_str().expect("a label").to_owned()).collect::<Vec<_>>();

    let hours = answer(&t, "Hours", "Hi {{identity.name|there}}, {{user.firstname}} of {{domain.name}}: {{x.y}}").await;
    let elsewhere = answer(&t, "Elsewhere", "x").await;
    let restrict = json!({"source_ids": [other.id]});
    t.put(&format!("/1.0/reply_assistant/entries/{}", id(&elsewhere)), restrict).await.ok();
    let refund = answer(&t, "Refund", "We pay it back").await;
    let restrict = json!({"category_ids": [reason["id"]], "shortcuts": ["money"]});
    t.put(&format!("/1.0/reply_assistant/entries/{}", id(&refund)), restrict).await.ok();
    made(&t, "entries", json!({"label": "Without words"})).await;
    assert_eq!(labels(&suggest("").await), ["Hours"]);

    let list = suggest("").await;
    assert_eq!(list[0]["version"]["body"], "Hi mia, Nora of Hubbub: {{x.y}}");
    assert_eq!(list[0]["version"]["missing"], json!(["x.y"]));

    // The content's categories let another one in; groups come first, in their order.
    let categories = json!({"category_ids": [reason["id"]]});
    t.put(&format!("/1.0/contents/{}/update_categories", said.content.id), categories).await.ok();
    made(&t, "groups", json!({"name": "Money", "entry_ids": [refund["id"]], "autocomplete": true})).await;
    let list = suggest("").await;
    assert_eq!(labels(&list), ["Refund", "Hours"]);
    assert_eq!((&list[0]["group"], &list[0]["autocomplete"]), (&json!("Money"), &json!(true)));
    assert_eq!(labels(&suggest("&text=MONEY").await), ["Refund"]);
    assert_eq!(labels(&suggest("&text=hi+of").await), ["Hours"]);
    assert_eq!(labels(&suggest("&text=nothing").await), Vec::<String>::new());
    assert_eq!(hours["version_ids"], json!([]));
}

#[tokio::test]
async fn the_wording_in_the_customer_s_language_is_taken() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let entry = answer(&t, "Hours", "Any language").await;
    for (body, language) in [("Neuf heures", "fr"), ("Nove", "pt-BR"), ("Nine", "en")] {
        made(&t, "versions", json!({"entry_id": entry["id"], "body": body, "language": language})).await;
    }
    let said = shop.say(&t, "mia", None, "Bonjour").await;
    for (language, body) in [("fr-CA", "Neuf heures"), ("pt", "Nove"), ("en", "Nine"), ("de", "Any language")] {
        let source = json!({"default_content_language": language});
        t.put(&format!("/1.0/content_sources/{}", shop.chat.id), source).await.ok();
        let list = t.get(&format!("/1.0/reply_assistant/suggestions?content_id={}", said.content.id)).await.ok();
        assert_eq!(list[0]["version"]["body"], body, "{language}");
    }
}

#[tokio::test]
async fn a_version_is_rendered_for_a_content_and_html_stays_safe() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let said = shop.say(&t, "<b>mia</b>", None, "Hello").await;
    let entry = made(&t, "entries", json!({"label": "Hello"})).await;
    let version =
        json!({"entry_id": entry["id"], "format": "html", "body": "<p>Hi {{identity.name}} {{identity.email}}</p>"});
    let version = made(&t, "versions", version).await;
    let path = format!("/1.0/reply_assistant/versions/{}/render?content_id={}", id(&version), said.content.id);
    let rendered = t.get(&path).await.ok();
    assert_fields(&rendered, "body entry_id format id language missing");
    assert_eq!(rendered["body"], "<p>Hi &lt;b&gt;mia&lt;/b&gt; </p>");
    assert_eq!(rendered["missing"], json!(["identity.email"]));

    let (nora, token) = user(&t, "Nora", "Agent").await;
    send(t.request_as(&token, Method::GET, &path)).await.ok();
    shop.permit(&t, &nora, &[]).await;
    assert_eq!(send(t.request_as(&token, Method::GET, &path)).await.status.as_u16() / 100, 4);
    let nothing = format!("/1.0/reply_assistant/versions/{}/render", id(&version));
    assert_eq!(t.get(&nothing).await.error(400), "invalid_parameter");
}
