use std::time::Duration;

use model::SourcePermission;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::sdk::ThirdParty;
use crate::support::visitor::Visitor;
use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, Answer, TestApp, assert_fields, id, send};

const FIELDS: &str = "content_type created_at embed filename foreign_id id public? size updated_at url video_metadata";

async fn upload(t: &TestApp, token: &str, name: &str, bytes: &[u8]) -> Answer {
    let part = Part::bytes(bytes.to_vec()).file_name(name.to_owned());
    send(t.request_as(token, Method::POST, "/1.0/attachments").multipart(Form::new().part("file", part))).await
}

#[tokio::test]
async fn a_file_is_stored_shown_and_read_back() {
    let t = TestApp::start().await;
    let part =
        Part::bytes(b"%PDF-1.7".to_vec()).file_name("r\u{e9}sum\u{e9} 1.pdf").mime_str("text/html").expect("a type");
    let form = Form::new().text("private", "1").part("file", part);
    let made = send(t.request(Method::POST, "/1.0/attachments").multipart(form)).await.ok();
    assert_fields(&made, FIELDS);
    let expected = json!({
        "content_type": "application/pdf", "created_at": "2026-03-02T09:00:00Z", "embed": false,
        "filename": "r\u{e9}sum\u{e9} 1.pdf", "foreign_id": null, "id": made["id"], "public?": false, "size": 8,
        "updated_at": "2026-03-02T09:00:00Z", "url": made["url"], "video_metadata": [],
    });
    assert_eq!(made, expected);
    assert_eq!(t.get(&format!("/1.0/attachments/{}", id(&made))).await.ok(), expected);
    let list = t.get("/1.0/attachments").await.ok();
    assert_eq!(list, json!({"count": 1, "limit": 30, "offset": 0, "records": [expected]}));

    let url = made["url"].as_str().expect("an address").strip_prefix(&t.url).expect("our own").to_owned();
    let file = t.anonymous(Method::GET, &url).send().await.expect("an answer");
    assert_eq!(file.status(), 200);
    for (name, value) in [
        ("content-type", "application/pdf"),
        ("content-length", "8"),
        ("content-disposition", "attachment; filename*=UTF-8''r%C3%A9sum%C3%A9%201.pdf"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
    ] {
        assert_eq!(file.headers()[name], value, "{name}");
    }
    assert_eq!(file.bytes().await.expect("bytes").as_ref(), b"%PDF-1.7");
}

#[tokio::test]
async fn only_harmless_files_are_shown_rather_than_saved() {
    let t = TestApp::start().await;
    for (name, kind, disposition) in [
        ("a.png", "image/png", "inline"),
        ("A.JPG", "image/jpeg", "inline"),
        ("a.svg", "application/octet-stream", "attachment"),
        ("a.html", "application/octet-stream", "attachment"),
        ("a", "application/octet-stream", "attachment"),
        ("a.txt", "text/plain", "attachment"),
    ] {
        let made = upload(&t, ADMIN_TOKEN, name, b"<script>").await.ok();
        let url = made["url"].as_str().expect("an address").strip_prefix(&t.url).expect("our own").to_owned();
        let file = t.anonymous(Method::GET, &url).send().await.expect("an answer");
        assert_eq!(file.headers()["content-type"], kind, "{name}");
        assert!(file.headers()["content-disposition"].to_str().expect("text").starts_with(disposition), "{name}");
        let saved = t.anonymous(Method::GET, &format!("{url}?download=1")).send().await.expect("an answer");
        assert!(saved.headers()["content-disposition"].to_str().expect("text").starts_with("attachment"), "{name}");
    }
}

#[tokio::test]
async fn a_player_gets_the_part_of_a_file_that_it_asks_for() {
    let t = TestApp::start().await;
    let made = upload(&t, ADMIN_TOKEN, "film.mp4", b"0123456789").await.ok();
    let url = made["url"].as_str().expect("an address").strip_prefix(&t.url).expect("our own").to_owned();
    let ask =
        async |range: &str| t.anonymous(Method::GET, &url).header("range", range).send().await.expect("an answer");
    let part = ask("bytes=2-4").await;
    assert_eq!(
        (part.status().as_u16(), &part.headers()["content-range"]),
        (206, &"bytes 2-4/10".parse().expect("text"))
    );
    assert_eq!(
        (&part.headers()["content-type"], part.headers()["content-length"].len()),
        (&"video/mp4".parse().expect("text"), 1)
    );
    assert_eq!(part.text().await.expect("text"), "234");
    assert_eq!(ask("bytes=20-30").await.status(), 416);
    let whole = t.anonymous(Method::GET, &url).send().await.expect("an answer");
    let tag = whole.headers()["etag"].to_str().expect("text").to_owned();
    assert_eq!((whole.headers()["accept-ranges"].len(), whole.text().await.expect("text").len()), (5, 10));
    // Whoever has it need not have it again, and no part of another file is put to it.
    let known = t.anonymous(Method::GET, &url).header("if-none-match", &tag).send().await.expect("an answer");
    assert_eq!(known.status(), 304);
    let resumed = async |known: &str| {
        let request = t.anonymous(Method::GET, &url).header("range", "bytes=8-").header("if-range", known);
        request.send().await.expect("an answer").text().await.expect("text")
    };
    assert_eq!((resumed(&tag).await.as_str(), resumed("\"other\"").await.as_str()), ("89", "0123456789"));
}

#[tokio::test]
async fn an_address_without_its_signature_opens_nothing() {
    let t = TestApp::start().await;
    let a = upload(&t, ADMIN_TOKEN, "a.png", b"a").await.ok();
    let b = upload(&t, ADMIN_TOKEN, "b.png", b"b").await.ok();
    let of_b = b["url"].as_str().expect("an address").rsplit('/').next().expect("a signature").to_owned();
    for signature in [of_b.as_str(), "0", "00000000000000000000000000000000", "%00", "é"] {
        let request = t.anonymous(Method::GET, &format!("/attachments/{}/{signature}", id(&a)));
        assert_eq!(send(request).await.error(404), "not_found", "{signature}");
    }
    for path in [format!("/attachments/{}", id(&a)), format!("/attachments/x/{of_b}")] {
        assert_eq!(send(t.anonymous(Method::GET, &path)).await.error(404), "not_found");
    }
}

async fn opens(t: &TestApp, url: &str) -> u16 {
    let path = url.strip_prefix(&t.url).expect("our own");
    t.anonymous(Method::GET, path).send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn an_address_that_was_shown_ends_and_each_answer_has_a_new_one() {
    let t = TestApp::start().await;
    let day = Duration::from_secs(24 * 3600);
    let file = upload(&t, ADMIN_TOKEN, "a.png", b"a").await.ok();
    let shown = async || {
        let file = t.get(&format!("/1.0/attachments/{}", id(&file))).await.ok();
        file["url"].as_str().expect("an address").to_owned()
    };
    let first = shown().await;
    t.clock.advance(Duration::from_secs(3600));
    // A browser needs it once a day.
    assert_eq!(shown().await, first);
    t.clock.advance(day * 7);
    let second = shown().await;
    assert_ne!(second, first);
    assert_eq!((opens(&t, &first).await, opens(&t, &second).await), (200, 200));
    t.clock.advance(day);
    assert_eq!((opens(&t, &first).await, opens(&t, &second).await), (404, 200));
    // The end is part of what is signed.
    let (start, signature) = second.rsplit_once('-').expect("an end");
    let end: i64 = start.rsplit('/').next().expect("an end").parse().expect("a number");
    for other in ["0".to_owned(), (end + 1).to_string(), format!("0{end}"), String::new()] {
        let address = format!("/attachments/{}/{other}-{signature}", id(&file));
        assert_eq!(send(t.anonymous(Method::GET, &address)).await.error(404), "not_found", "{other}");
    }
}

#[tokio::test]
async fn third_parties_keep_addresses_and_those_that_they_got_before_still_open() {
    let t = TestApp::start().await;
    let blog = ThirdParty::new(&t, "Blog").await;
    let shop = World::new(&t).await;
    let said = blog.says(&t, "1", "42", "Have you a map?").await;
    let asked = shop.say(&t, "ann", None, "Have you a map?").await.content.id;
    let mut files = Vec::new();
    for content in [&said["id"], &json!(asked)] {
        let file = upload(&t, ADMIN_TOKEN, "map.png", b"png").await.ok();
        let reply = json!({"in_reply_to_id": content, "body": "Here", "attachment_ids": [file["id"]]});
        t.post("/1.0/contents", reply).await.ok();
        files.push(file);
    }
    let sent = blog.gets(1).await.remove(0).params["attachments"][0]["url"].as_str().expect("an address").to_owned();
    t.clock.advance(Duration::from_secs(3650 * 24 * 3600));
    assert_eq!(opens(&t, &sent).await, 200);
    let before = |file: &Value| {
        let signature = t.app.keys.signature(&format!("attachment:{}", id(file)));
        format!("{}/attachments/{}/{signature}", t.url, id(file))
    };
    assert_eq!((opens(&t, &before(&files[0])).await, opens(&t, &before(&files[1])).await), (200, 404));
}

#[tokio::test]
async fn names_lose_what_a_file_system_or_a_header_would_trip_over() {
    let t = TestApp::start().await;
    for (given, kept) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\cat.png", "cat.png"),
        (".htaccess", "htaccess"),
        ("a\"b;c.png", "ab;c.png"),
        ("...", "file"),
    ] {
        let made = upload(&t, ADMIN_TOKEN, given, b"x").await.ok();
        assert_eq!(made["filename"], kept, "{given}");
    }
    let long = format!("{}.png", "x".repeat(400));
    let made = upload(&t, ADMIN_TOKEN, &long, b"x").await.ok();
    let kept = made["filename"].as_str().expect("a name");
    assert!(kept.len() <= 150 && kept.ends_with(".png") && made["content_type"] == "image/png", "{kept}");
}

#[tokio::test]
async fn what_is_no_file_or_too_large_is_refused() {
    let t = TestApp::start_with(|config| config.attachment_max_bytes = 100_000).await;
    let post = || t.request(Method::POST, "/1.0/attachments");
    let without = send(post().multipart(Form::new().text("private", "1"))).await;
    assert_eq!(without.json["field"], "file");
    assert_eq!(without.error(422), "validation_failed");
    assert_eq!(send(post().json(&json!({"file": "x"}))).await.error(422), "validation_failed");
    let broken = post().header("content-type", "multipart/form-data; boundary=b").body("--b\r\nx");
    assert_eq!(send(broken).await.error(400), "invalid_parameter");
    assert_eq!(
        send(post().header("content-type", "multipart/form-data").body("x")).await.error(400),
        "invalid_parameter"
    );
    upload(&t, ADMIN_TOKEN, "a.png", &[0; 100_000]).await.ok();
    for size in [100_001, 200_000, 5_000_000] {
        let refused = upload(&t, ADMIN_TOKEN, "a.png", &vec![0; size]).await;
        assert_eq!(refused.error(413), "too_large", "{size}");
    }
}

#[tokio::test]
async fn the_list_is_filtered_by_ending_and_time() {
    let t = TestApp::start().await;
    let mut made = Vec::new();
    for name in ["a.png", "b.PDF", "c.pdf"] {
        made.push(id(&upload(&t, ADMIN_TOKEN, name, b"x").await.ok()).to_owned());
        t.clock.advance(Duration::from_secs(60));
    }
    let list = async |query: &str| -> Vec<usize> {
        let (ids, _) = t.get(&format!("/1.0/attachments?{query}")).await.ids();
        ids.iter().map(|id| made.iter().position(|known| known == id).expect("known")).collect()
    };
    for (query, expected) in [
        ("", vec![2, 1, 0]),
        ("extension=pdf", vec![2, 1]),
        ("extension=.Pdf", vec![2, 1]),
        ("extension=df", vec![]),
        ("extension=%25", vec![]),
        ("extension=p_f", vec![]),
        ("extension=%5C", vec![]),
        ("extension=%27", vec![]),
        ("created_before=2026-03-02T09:01:00Z", vec![1, 0]),
        ("created_after=2026-03-02T09:01:00Z", vec![2, 1]),
        ("created_after=2026-03-02T09:01:00Z&created_before=2026-03-02T09:01:00Z", vec![1]),
        ("created_after=2026-03-02T10:01:00%2B01:00", vec![2, 1]),
        ("created_after=2026-03-03", vec![]),
        ("limit=1&offset=1", vec![1]),
    ] {
        assert_eq!(list(query).await, expected, "{query}");
    }
    for query in ["created_after=soon", "created_before=x", "limit=0"] {
        assert_eq!(t.get(&format!("/1.0/attachments?{query}")).await.error(400), "invalid_parameter", "{query}");
    }
}

#[tokio::test]
async fn files_are_seen_by_who_sent_them_and_who_may_read_their_content() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    shop.another_chat(&t, "Second chat").await;
    let said = shop.say(&t, "ann", None, "Hello").await;
    let file = upload(&t, ADMIN_TOKEN, "a.png", b"x").await.ok();
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let own = upload(&t, &token, "own.png", b"x").await.ok();
    let path = format!("/1.0/attachments/{}", id(&file));
    let show = || send(t.request_as(&token, Method::GET, &path));
    let list = async || send(t.request_as(&token, Method::GET, "/1.0/attachments")).await.ids();
    // Of no content yet, a file is its sender's alone.
    assert_eq!(show().await.error(404), "not_found");
    let body = json!({"in_reply_to_id": said.content.id, "attachment_ids": [file["id"]]});
    t.post("/1.0/contents", body).await.ok();
    show().await.ok();
    assert_eq!(list().await.1, 2);

    shop.permit(&t, &nora, &[]).await;
    assert_eq!(show().await.error(404), "not_found");
    assert_eq!(list().await, (vec![id(&own).to_owned()], 1));
    let narrowed = send(t.request_as(&token, Method::GET, "/1.0/attachments?extension=png&limit=1")).await.ids();
    assert_eq!(narrowed, (vec![id(&own).to_owned()], 1));
    shop.permit(&t, &nora, &[SourcePermission::Read]).await;
    show().await.ok();
    for id in ["x", "111111111111111111111111"] {
        assert_eq!(t.get(&format!("/1.0/attachments/{id}")).await.error(404), "not_found");
    }
}

/// A JPEG that was taken with a telephone, turned, at some place.
fn photograph() -> Vec<u8> {
    let segment = |marker: u8, held: &[u8]| {
        let length = u16::try_from(held.len() + 2).expect("short").to_be_bytes();
        [&[0xff, marker], length.as_slice(), held].concat()
    };
    let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\x0048.8584N 2.2945E";
    let parts = [segment(0xe1, exif), segment(0xdb, b"tables"), segment(0xc0, b"frame"), segment(0xda, b"scan")];
    [b"\xff\xd8".as_slice(), &parts.concat(), b"picture\xff\xd9"].concat()
}

async fn bytes_of(t: &TestApp, file: &Value) -> Vec<u8> {
    let path = file["url"].as_str().expect("an address").strip_prefix(&t.url).expect("our own").to_owned();
    t.anonymous(Method::GET, &path).send().await.expect("an answer").bytes().await.expect("bytes").to_vec()
}

#[tokio::test]
async fn pictures_do_not_tell_where_they_were_taken() {
    let t = TestApp::start().await;
    let has = |bytes: &[u8], wanted: &[u8]| bytes.windows(wanted.len()).any(|part| part == wanted);
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let part = Part::bytes(photograph()).file_name("holiday.jpg");
    let sent = send(ann.request(&t, Method::POST, "attachments").multipart(Form::new().part("file", part))).await.ok();
    for file in [sent, upload(&t, ADMIN_TOKEN, "holiday.jpg", &photograph()).await.ok()] {
        let bytes = bytes_of(&t, &file).await;
        assert!(!has(&bytes, b"48.8584N") && has(&bytes, b"picture"), "{bytes:?}");
        assert!(has(&bytes, b"\x01\x12\0\x03\0\0\0\x01\0\x06"), "which side is up stays");
        assert_eq!(file["size"], bytes.len());
    }
    t.put("/1.0/settings", json!({"keep_picture_notes": true})).await.ok();
    let kept = upload(&t, ADMIN_TOKEN, "holiday.jpg", &photograph()).await.ok();
    assert_eq!(bytes_of(&t, &kept).await, photograph());
}

#[tokio::test]
async fn a_small_picture_that_claims_countless_parts_is_taken_as_it_is() {
    let t = TestApp::start().await;
    let boxed = |kind: &[u8], held: &[u8]| {
        let size = u32::try_from(held.len() + 8).expect("short").to_be_bytes();
        [size.as_slice(), kind, held].concat()
    };
    let items = boxed(b"iinf", &[&[0; 6], boxed(b"infe", b"\x02\0\0\0\0\x01\0\0Exif\0").as_slice()].concat());
    let places = boxed(b"iloc", &[b"\0\0\0\0\0\0\x07\xd0", [0, 1, 0, 0, 0xff, 0xff].repeat(2000).as_slice()].concat());
    let picture = [boxed(b"ftyp", b"heic\0\0\0\0"), boxed(b"meta", &[&[0; 4], &*items, &places].concat())].concat();
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let part = Part::bytes(picture.clone()).file_name("a.jpg");
    let sent = send(ann.request(&t, Method::POST, "attachments").multipart(Form::new().part("file", part))).await.ok();
    assert_eq!(bytes_of(&t, &sent).await, picture);
}

#[tokio::test]
async fn an_empty_file_is_refused_by_every_door() {
    let t = TestApp::start().await;
    assert_eq!(upload(&t, ADMIN_TOKEN, "empty.pdf", b"").await.error(422), "attachment_empty");
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let part = Part::bytes(Vec::new()).file_name("empty.pdf");
    let sent = send(ann.request(&t, Method::POST, "attachments").multipart(Form::new().part("file", part))).await;
    assert_eq!(sent.error(422), "attachment_empty");
}

#[tokio::test]
async fn what_telephones_send_goes_both_ways_in_a_chat_and_is_told_of_beforehand() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let ann = Visitor::new(&t, &shop.chat).await;
    let told = send(t.anonymous(Method::GET, &format!("/chat/{}/config", shop.chat.token))).await.ok();
    let told = &told["attachments"];
    assert_eq!(told["max_bytes"], 10_485_760);
    let begun = ann.write(&t, None, "Hello").await;
    let (thread, message) = (id(&begun["thread"]), id(&begun["message"]));
    let shown = t.get(&format!("/console/threads/{thread}")).await.ok();
    assert_eq!(shown["attachment_extensions"], told["extensions"]);
    for (name, kind) in [
        ("a.heic", "image/heic"),
        ("a.heif", "image/heif"),
        ("a.webp", "image/webp"),
        ("a.m4a", "audio/mp4"),
        ("a.3gp", "video/3gpp"),
        ("a.txt", "text/plain"),
        ("a.ics", "text/calendar"),
        ("a.VCF", "text/vcard"),
    ] {
        let ending = name.rsplit_once('.').expect("an ending").1.to_lowercase();
        assert!(told["extensions"].as_array().expect("a list").contains(&json!(ending)), "{name}");
        let part = Part::bytes(b"some words".to_vec()).file_name(name);
        let sent = send(ann.request(&t, Method::POST, "attachments").multipart(Form::new().part("file", part))).await;
        assert_eq!(sent.ok()["content_type"], kind, "{name}");
        let file = upload(&t, ADMIN_TOKEN, name, b"some words").await.ok();
        let reply = json!({"in_reply_to_id": message, "body": "Here", "attachment_ids": [file["id"]]});
        t.post("/1.0/contents", reply).await.ok();
    }
    let refused = Part::bytes(b"MZ".to_vec()).file_name("a.exe");
    let refused = send(ann.request(&t, Method::POST, "attachments").multipart(Form::new().part("file", refused))).await;
    assert_eq!(refused.error(422), "attachment_type_refused");
}
