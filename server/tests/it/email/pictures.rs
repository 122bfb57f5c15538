//! Pictures in the text of mails that go out.

use serde_json::{Value, json};

use super::outbound::{asked, by, read, settled, upload};
use crate::support::dovecot::Owner;
use crate::support::smtp::Smtp;
use crate::support::{TestApp, id};

const GIF: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

fn html(of: &Value, body: &str, files: &[&Value]) -> Value {
    let files: Vec<&str> = files.iter().map(|file| id(file)).collect();
    json!({"in_reply_to_id": id(of), "body": body, "body_format": "html", "attachment_ids": files})
}

#[tokio::test]
async fn a_picture_in_the_text_goes_with_it_and_is_shown_there() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (_, asked) = asked(&t, &mut owner, by(&smtp)).await;
    let (map, terms) = (upload(&t, "map.gif", GIF).await, upload(&t, "terms.txt", b"42").await);
    let body = format!("<p>Here: <img src=\"cid:{}\" alt=\"the map\"> See you.</p>", id(&map));
    let sent = t.post("/1.0/contents", html(&asked, &body, &[&terms, &map])).await.ok();
    let sent = settled(&t, &sent).await;
    assert_eq!(sent["synchronization_status"], "success");
    let received = smtp.received().remove(0);
    assert!(received.text.contains("multipart/related"), "{}", received.text);
    let letter = read(&received);
    let files: Vec<_> = letter.files.iter().map(|file| (file.name.as_str(), file.inline, file.bytes.len())).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files.contains(&("map.gif", true, GIF.len())) && files.contains(&("terms.txt", false, 2)), "{files:?}");
    let picture = letter.files.iter().find(|file| file.inline).expect("a picture");
    let named = picture.content_id.clone().expect("a name");
    assert!(named.ends_with("@shop.test"), "{named}");
    let shown = letter.html.expect("html");
    assert!(shown.contains(&format!("<img data-cid=\"{named}\" alt=\"the map\">")), "{shown}");
    assert!(letter.body.starts_with("Here: See you."), "{}", letter.body);
    // As it was sent it is shown, and only what is beside it is a file.
    let view = t.get(&format!("/console/threads/{}", sent["thread_id"].as_str().expect("an id"))).await.ok();
    let all = view["contents"].as_array().expect("contents");
    let ours = all.iter().find(|content| content["id"] == sent["id"]).expect("ours");
    let html = ours["html"].as_str().expect("html");
    assert!(html.contains(&format!("src=\"{}/attachments/{}/", t.url, id(&map))), "{html}");
    let beside: Vec<&Value> = ours["attachments"].as_array().expect("files").iter().map(|f| &f["filename"]).collect();
    assert_eq!(beside, ["terms.txt"]);
}

#[tokio::test]
async fn only_own_pictures_stand_in_a_text_and_only_in_mails() {
    let t = TestApp::start().await;
    let (mut owner, smtp) = (Owner::new().await, Smtp::open());
    let (_, asked) = asked(&t, &mut owner, by(&smtp)).await;
    let (map, terms) = (upload(&t, "map.gif", GIF).await, upload(&t, "terms.txt", b"42").await);
    let write = async |of: &Value, body: &str, files: &[&Value]| t.post("/1.0/contents", html(of, body, files)).await;
    for other in ["<img src=\"https://spy.test/1.gif\">", "<img>", "<img src=\"data:image/gif;base64,AA\">"] {
        let refused = write(&asked, other, &[&map]).await;
        assert_eq!(refused.json["tags"], json!(["img"]), "{other}");
        assert_eq!(refused.error(422), "html_not_allowed");
    }
    let place = |file: &Value| format!("<p>x<img src=\"cid:{}\"></p>", id(file));
    for (body, files) in [(place(&map), vec![]), (place(&terms), vec![&terms])] {
        let refused = write(&asked, &body, &files).await;
        assert_eq!(refused.json["field"], "attachment_ids", "{body}");
        refused.error(422);
    }
    // It counts for how large a mail may be, and is no link in any.
    let made = t.get(&format!("/1.0/contents/{}", id(&asked))).await.ok();
    let path = format!("/1.0/content_sources/{}", made["source_id"].as_str().expect("an id"));
    t.put(&path, json!({"smtp_max_bytes": 65_536, "link_large_files": true})).await.ok();
    let large = upload(&t, "large.gif", &[GIF, &[0; 60_000]].concat()).await;
    assert_eq!(write(&asked, &place(&large), &[&large]).await.error(422), "mail_too_large");
    let shop = crate::support::world::World::new(&t).await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let chat = json!({"id": said.content.id});
    assert_eq!(write(&chat, &place(&map), &[&map]).await.error(422), "html_not_allowed");
}
