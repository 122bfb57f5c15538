//! Mails to visitors who have not read what agents wrote, by a real server of mails.

use std::collections::HashMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::smtp::{Received, Smtp};
use crate::support::visitor::Visitor;
use crate::support::world::World;
use crate::support::{TestApp, eventually, id, send};

const ZOE: &str = "zoe@example.org";

/// A shop that sends its mails by this server, and a visitor with an address who has written.
pub(super) struct Scene {
    pub(super) t: TestApp,
    pub(super) shop: World,
    pub(super) zoe: Visitor,
    said: Value,
}

impl Scene {
    pub(super) async fn new(smtp: &Smtp, settings: Value) -> Self {
        Self::with(smtp, settings, json!({"firstname": "Zoë", "lastname": "Müller", "email": ZOE})).await
    }

    pub(super) async fn with(smtp: &Smtp, settings: Value, identity: Value) -> Self {
        let t = TestApp::start_with(|config| smtp.used(config)).await;
        let shop = World::new(&t).await;
        let scene = json!({"identity": identity, "page": {"url": "https://shop.test/cart?a=1", "title": "Cart"}});
        set(&t, &shop, json!({"allowed_domains": ["*.elsewhere.test", "shop.test"]})).await;
        set(&t, &shop, settings).await;
        let zoe = Visitor::with(&t, &shop.chat, scene).await;
        let said = zoe.write(&t, None, "Where is my parcel?").await;
        Self { t, shop, zoe, said }
    }

    pub(super) fn thread(&self) -> &str {
        id(&self.said["thread"])
    }

    pub(super) async fn reply(&self, body: &str) -> Value {
        let content = json!({"in_reply_to_id": self.said["message"]["id"], "body": body});
        self.t.post("/1.0/contents", content).await.ok()
    }

    async fn read(&self, up_to: &Value) {
        let path = format!("threads/{}/read", self.thread());
        self.zoe.post(&self.t, &path, json!({"message_id": up_to["id"]})).await.ok();
    }

    /// So much later, when all that is due then is done.
    pub(super) async fn later(&self, seconds: u64) {
        self.t.settled().await;
        self.t.clock.advance(Duration::from_secs(seconds));
        self.t.settled().await;
    }

    async fn mails(&self, state: &str) -> Vec<Value> {
        let listed = self.t.get(&format!("/1.0/mail_deliveries?state={state}")).await.ok();
        listed["records"].as_array().expect("a list").clone()
    }
}

pub(super) async fn set(t: &TestApp, shop: &World, settings: Value) {
    t.put(&format!("/1.0/content_sources/{}", shop.chat.id), settings).await.ok();
}

/// The address at which a mail is unsubscribed from.
fn unsubscribing(mail: &Received) -> String {
    mail.header("List-Unsubscribe").trim_matches(['<', '>']).to_owned()
}

/// The same on the server as it runs now.
fn path_of(url: &str) -> String {
    let at = url.find("/unsubscribe/").expect("such an address");
    url[at..].to_owned()
}

#[tokio::test]
async fn what_waits_for_a_quarter_of_an_hour_is_mailed_once_all_in_one() {
    let smtp = Smtp::open();
    let s = Scene::new(&smtp, json!({"email_sender_name": "The <Shop>\r\nBcc: x@y.test"})).await;
    s.reply("It left yesterday.\n<b>Tracking</b>: 4711").await;
    s.later(300).await;
    s.reply("It arrives tomorrow.").await;
    s.later(599).await;
    assert_eq!(smtp.received().len(), 0);
    let rules = s.t.app.db.administration();
    s.later(1).await;
    let mail = smtp.wait(1).await.remove(0);
    assert_eq!(s.t.app.db.administration(), rules, "a mail is no reason for everybody to read all rules anew");
    let (subject, text) = mail.read();
    assert_eq!((subject.as_str(), &mail.told["to"]), ("New messages from Shop chat", &json!([ZOE])));
    for part in [
        "Hello Zoë Müller,",
        "[03-02-26 09:00] Admin from the shop: It left yesterday.\n<b>Tracking</b>: 4711",
        "[03-02-26 09:05] Admin from the shop: It arrives tomorrow.",
        &format!("https://shop.test/cart?a=1#hubbub-chat={}", s.thread()),
        &unsubscribing(&mail),
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (_, html) = mail.read_html();
    assert!(html.contains("It left yesterday.<br>&lt;b&gt;Tracking&lt;/b&gt;: 4711"), "{html}");
    assert_eq!(mail.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert!(mail.header("Message-ID").starts_with(&format!("<{}.1.", s.thread())), "{}", mail.text);
    // "The <Shop> Bcc: x@y.test", and no other header.
    assert_eq!(mail.header("From"), "=?utf-8?b?VGhlIDxTaG9wPiBCY2M6IHhAeS50ZXN0?= <desk@hubbub.test>");

    // The next one has only what came later, and as long a wait.
    s.later(3600).await;
    let last = s.reply("It is there.").await;
    s.later(900).await;
    let second = smtp.wait(2).await.remove(1);
    let (_, text) = second.read();
    assert!(text.contains("It is there.") && !text.contains("tomorrow"), "{text}");
    assert!(second.header("Message-ID").starts_with(&format!("<{}.2.", s.thread())), "{}", second.text);
    s.read(&last).await;
    s.later(24 * 3600).await;
    assert_eq!(smtp.received().len(), 2);
}

#[tokio::test]
async fn what_was_read_in_the_last_second_is_not_mailed() {
    let smtp = Smtp::open();
    let s = Scene::new(&smtp, json!({})).await;
    let one = s.reply("One").await;
    s.later(600).await;
    let two = s.reply("Two").await;
    s.later(299).await;
    s.read(&one).await;
    s.later(1).await;
    assert_eq!(smtp.received().len(), 0);
    s.later(599).await;
    s.read(&two).await;
    s.later(3600).await;
    assert_eq!((smtp.received().len(), s.mails("pending").await.len()), (0, 0));

    // One that the server did not take at first is taken back when what it tells of has been read meanwhile.
    smtp.answer(&[("rcpt", "450 4.2.1 Later")]);
    let three = s.reply("Three").await;
    s.later(900).await;
    assert_eq!(s.mails("pending").await.len(), 1);
    s.read(&three).await;
    s.later(60).await;
    assert_eq!((smtp.received().len(), s.mails("pending").await.len()), (0, 0));

    // And so is one that waits for its next try when such mails are switched off.
    smtp.answer(&[("rcpt", "450 4.2.1 Later")]);
    s.reply("Four").await;
    s.later(900).await;
    assert_eq!(s.mails("pending").await.len(), 1);
    set(&s.t, &s.shop, json!({"unread_email": false})).await;
    s.later(60).await;
    assert_eq!((smtp.received().len(), s.mails("pending").await.len()), (0, 0));
}

#[tokio::test]
async fn what_nobody_waits_for_is_not_mailed() {
    let smtp = Smtp::open();
    let on = json!({"first_message_from_user": true});
    let text = json!([{"language": "en", "created_from_trigger": "first_message_from_user", "body": "We are on it."}]);
    let automatic = json!({"auto_response_trigger_enabled": on, "auto_response_triggers": text});
    let s = Scene::new(&smtp, automatic).await;
    // What a machine says by itself.
    s.later(7200).await;
    // What waits for approval is not there yet.
    set(&s.t, &s.shop, json!({"unread_email": false})).await;
    s.reply("Switched off").await;
    s.later(7200).await;
    set(&s.t, &s.shop, json!({"unread_email": true})).await;
    s.reply("The source is off").await;
    set(&s.t, &s.shop, json!({"active": false})).await;
    s.later(7200).await;
    set(&s.t, &s.shop, json!({"active": true})).await;
    assert_eq!(smtp.received().len(), 0);
    // Whoever has no address waits for it to be told; what a machine said comes along.
    s.reply("Hello").await;
    s.later(900).await;
    let (_, all) = smtp.wait(1).await.remove(0).read();
    for part in ["We are on it.", "Switched off", "The source is off", "Hello"] {
        assert!(all.contains(part), "{part}: {all}");
    }
}

#[tokio::test]
async fn who_has_no_address_or_is_in_a_live_chat_gets_no_mail() {
    let smtp = Smtp::open();
    let s = Scene::with(&smtp, json!({}), json!({"firstname": "Ann"})).await;
    s.reply("Hello").await;
    s.later(3600).await;
    let live = json!({"type": "engage_messaging", "name": "Live", "community_id": s.shop.chat.community_id,
                      "mode": "live_chat"});
    let live = s.t.post("/1.0/content_sources", live).await.ok();
    assert_eq!((&live["unread_email"], &live["automatic_email_request"]), (&Value::Null, &Value::Null));
    let token = live["token"].as_str().expect("a token").to_owned();
    let live = s.t.app.db.read(move |tx| Box::pin(async move { store::source::by_token(tx, &token).await })).await;
    let live = live.expect("a read").expect("a source");
    let ben = Visitor::with(&s.t, &live, json!({"identity": {"email": "ben@example.org"}})).await;
    let said = ben.write(&s.t, None, "Hello").await;
    s.t.post("/1.0/contents", json!({"in_reply_to_id": said["message"]["id"], "body": "Hi"})).await.ok();
    s.later(3600).await;
    assert_eq!((smtp.received().len(), s.t.get("/1.0/mail_deliveries").await.ok()["count"].clone()), (0, json!(0)));
}

#[tokio::test]
async fn an_address_gets_ten_mails_of_a_source_in_a_day() {
    let smtp = Smtp::open();
    let s = Scene::new(&smtp, json!({"unread_email_delay": "1m"})).await;
    for n in 0..12 {
        s.reply(&format!("Number {n}.")).await;
        s.later(600).await;
    }
    assert_eq!(smtp.wait(10).await.len(), 10);
    // The first of the ten was written at 09:10: a day later there is room again, for all that waits.
    s.t.settled().await;
    s.t.set_clock("2026-03-03T09:09:59Z");
    s.t.settled().await;
    assert_eq!(smtp.received().len(), 10);
    s.later(1).await;
    let (_, text) = smtp.wait(11).await.remove(10).read();
    assert!(text.contains("Number 10.") && text.contains("Number 11."), "{text}");
}

#[tokio::test]
async fn a_mail_that_nobody_takes_is_tried_five_times_then_parked_and_can_be_sent() {
    let smtp = Smtp::open();
    let s = Scene::new(&smtp, json!({})).await;
    smtp.answer(&[
        ("data", "drop"),
        ("rcpt", "450 4.2.1 Later"),
        ("mail", "451 4.3.0 Later"),
        ("data", "452 4.3.1 Full"),
        ("rcpt", "450 4.2.1 Later"),
    ]);
    s.reply("Hello").await;
    s.later(900).await;
    for (n, seconds) in [60, 300, 1800, 7200].into_iter().enumerate() {
        let tried = || async { (s.mails("pending").await.first()?["attempts_count"] == n + 1).then_some(()) };
        eventually("the next try", tried).await;
        s.later(seconds).await;
    }
    let parked = eventually("the parked mail", || async { s.mails("parked").await.pop() }).await;
    assert_eq!((&parked["attempts_count"], &parked["kind"]), (&json!(5), &json!("unread_messages")));
    s.later(3600).await;
    assert_eq!(s.mails("parked").await.len(), 1);
    s.t.put(&format!("/1.0/mail_deliveries/{}/resend", id(&parked)), json!({})).await.ok();
    let delivered = || async { (s.mails("delivered").await.len() == 1).then_some(()) };
    eventually("the mail that is sent again", delivered).await;
    // All that was handed over is one mail.
    let all = smtp.received();
    assert!(all.iter().all(|mail| mail.text == all[0].text), "{all:?}");
}

#[tokio::test]
async fn a_conversation_is_unsubscribed_from_by_a_button_or_a_program() {
    let smtp = Smtp::open();
    let s = Scene::new(&smtp, json!({})).await;
    s.reply("Hello").await;
    s.later(900).await;
    let path = path_of(&unsubscribing(&smtp.wait(1).await[0]));
    let page = |language: &'static str, path: &str| {
        s.t.anonymous(Method::GET, path).header("accept-language", language).send()
    };
    for (language, title) in [("en", "No more mails about"), ("fr-FR,fr;q=0.9", "Ne plus recevoir d’e-mails sur")] {
        let shown = page(language, &path).await.expect("an answer");
        assert_eq!(shown.status(), 200);
        let policy = shown.headers()["content-security-policy"].to_str().expect("a text").to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let html = shown.text().await.expect("a page");
        assert!(
            html.contains(title) && html.contains("Shop chat") && html.contains("<form method=\"post\">"),
            "{html}"
        );
    }
    // A look changes nothing.
    s.reply("More").await;
    s.later(900).await;
    assert_eq!(smtp.wait(2).await.len(), 2);
    for wrong in [path.replace("/unsubscribe/", "/unsubscribe/0"), format!("{path}0"), "/unsubscribe/a/b".into()] {
        assert_eq!(page("en", &wrong).await.expect("an answer").status(), 404, "{wrong}");
        let tried = s.t.anonymous(Method::POST, &wrong).body("List-Unsubscribe=One-Click").send().await;
        assert_eq!(tried.expect("an answer").status(), 404, "{wrong}");
    }
    // A mail that is on its way is taken back.
    smtp.answer(&[("rcpt", "450 4.2.1 Later")]);
    s.reply("On its way").await;
    s.later(900).await;
    for _ in 0..2 {
        let form = s.t.anonymous(Method::POST, &path).header("content-type", "application/x-www-form-urlencoded");
        let done = form.body("List-Unsubscribe=One-Click").send().await.expect("an answer");
        assert_eq!(done.status(), 200);
        assert!(done.text().await.expect("a page").contains("sends you no more mails"));
    }
    s.reply("Never mailed").await;
    s.later(7200).await;
    assert_eq!((smtp.received().len(), s.mails("pending").await.len()), (2, 0));

    // Another conversation is another matter.
    let other = s.zoe.write(&s.t, None, "Something else").await;
    s.t.post("/1.0/contents", json!({"in_reply_to_id": other["message"]["id"], "body": "Of course"})).await.ok();
    s.later(900).await;
    assert_eq!(smtp.wait(3).await.len(), 3);
}

#[tokio::test]
async fn a_mail_leads_to_the_page_of_the_source_in_the_words_and_the_language_of_its_reader() {
    let smtp = Smtp::open();
    let s =
        Scene::new(&smtp, json!({"back_to_chat_link": "https://help.test/#/chat", "content_languages": ["fr"]})).await;
    let client = model::new_object_id(s.t.clock.now());
    let body = json!({"client_id": client, "body": "Où est mon colis ?", "language": "fr"});
    let said = s.zoe.post(&s.t, "messages", body).await.ok();
    let reply = json!({"in_reply_to_id": said["message"]["id"], "body": "Il arrive."});
    s.t.post("/1.0/contents", reply.clone()).await.ok();
    s.later(900).await;
    let (subject, text) = smtp.wait(1).await.remove(0).read();
    assert_eq!(subject, "Nouveaux messages de Shop chat");
    assert!(
        text.contains("[02/03/26 09:00] Admin from the shop :") && text.contains("https://help.test/#/chat"),
        "{text}"
    );
    assert!(!text.contains("hubbub-chat"), "{text}");

    let html = "<h1 onclick=\"x\">{{firstname_upcase}} → {{identity_email}}</h1>{{#messages}}{{{body}}}{{/messages}}";
    let words = json!({"language": "fr", "subject": "{{identity_firstname}}, « {{source}} »", "html": html});
    s.t.post("/1.0/messaging_email_templates", words).await.ok();
    s.t.post("/1.0/contents", reply).await.ok();
    s.later(900).await;
    let mail = smtp.wait(2).await.remove(1);
    let (subject, html) = mail.read_html();
    assert_eq!(subject, "Zoë, « Shop chat »");
    assert!(html.contains("<h1>ADMIN → zoe@example.org</h1>Il arrive."), "{html}");
    assert!(!mail.read().1.contains("Bonjour"));
}

#[tokio::test]
async fn a_conversation_that_was_closed_by_itself_tells_of_nothing() {
    let smtp = Smtp::open();
    let s = Scene::new(&smtp, json!({"unread_email_delay": "10d"})).await;
    s.reply("Hello").await;
    s.later(5 * 24 * 3600).await;
    let path = format!("/1.0/content_threads/{}", s.thread());
    eventually("a closed conversation", || async { s.t.get(&path).await.ok()["closed"].as_bool().filter(|on| *on) })
        .await;
    s.later(6 * 24 * 3600).await;
    assert_eq!(smtp.received().len(), 0);
}

/// Whatever happens in between, each message is in one mail, and one that nobody has read is in one.
#[tokio::test]
async fn over_restarts_and_failures_no_message_is_mailed_twice_and_none_is_forgotten() {
    for seed in [3_u32, 11, 42] {
        let smtp = Smtp::open();
        let mut s = Scene::new(&smtp, json!({"unread_email_delay": "1m"})).await;
        let (mut state, mut said) = (seed, Vec::new());
        for n in 0..14 {
            match next(&mut state) % 5 {
                0 => s.t.restart().await,
                1 => smtp.answer(&[("data", "drop")]),
                2 => s.later(45).await,
                3 => s.later(4000).await,
                _ => {}
            }
            said.push(format!("Message {n}."));
            s.reply(&said[n]).await;
        }
        s.t.restart().await;
        s.later(24 * 3600).await;
        s.later(24 * 3600).await;
        let mut mails: HashMap<String, String> = HashMap::new();
        for mail in smtp.received() {
            mails.insert(mail.header("Message-ID"), mail.read().1);
        }
        for body in &said {
            let in_mails = mails.values().filter(|text| text.contains(body)).count();
            assert_eq!(in_mails, 1, "{body}, seed {seed}: {mails:?}");
        }
    }
}

/// The next of numbers that look random and are the same each time.
fn next(state: &mut u32) -> u32 {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    *state
}

#[tokio::test]
async fn words_are_kept_for_a_language_looked_at_and_tried_out() {
    const PATH: &str = "/1.0/messaging_email_templates";
    let smtp = Smtp::open();
    let t = TestApp::start_with(|config| smtp.used(config)).await;
    let basis = t.get(&format!("{PATH}/basis")).await.ok();
    assert_eq!((&basis["sends"], &basis["built_in"][1]["language"]), (&json!(true), &json!("fr")));
    let made = t.post(PATH, json!({"language": "fr"})).await.ok();
    assert_eq!((&made["html"], &made["subject"]), (&basis["built_in"][1]["html"], &basis["built_in"][1]["subject"]));
    assert_eq!(t.post(PATH, json!({"language": "fr"})).await.error(422), "validation_failed");
    let one = format!("{PATH}/{}", id(&made));
    for (given, field, reason) in [
        (json!({"html": "{{who}}"}), "html", "placeholder"),
        (json!({"html": "{{#messages}}"}), "html", "unpaired"),
        (json!({"html": " "}), "html", "blank"),
        (json!({"html": "a".repeat(65_537)}), "html", "too_large"),
        (json!({"subject": "{{{title}}}"}), "subject", "placeholder"),
        (json!({"subject": "a".repeat(256)}), "subject", "too_long"),
        (json!({"language": "french!"}), "language", "language"),
    ] {
        let refused = t.put(&one, given.clone()).await;
        assert_eq!((&refused.json["field"], &refused.json["reason"]), (&json!(field), &json!(reason)), "{given}");
    }
    let words =
        json!({"language": "de", "subject": "Neues: {{title}}", "html": "<p>{{identity}}</p><script>x</script>"});
    let shown = t.post(&format!("{PATH}/preview"), words.clone()).await.ok();
    assert_eq!((&shown["subject"], &shown["text"]), (&json!("Neues: Order 4711"), &json!("Camille Moreau")));
    assert!(!shown["html"].as_str().expect("a page").contains("script"), "{shown}");
    let mut to = words.clone();
    to["to"] = json!("nobody");
    assert_eq!(t.post(&format!("{PATH}/test"), to.clone()).await.error(422), "validation_failed");
    to["to"] = json!("me@example.org");
    t.post(&format!("{PATH}/test"), to).await.ok();
    let (subject, html) = smtp.wait(1).await.remove(0).read_html();
    assert!(subject == "Neues: Order 4711" && html.contains("<p>Camille Moreau</p>"), "{subject} {html}");
    t.put(&one, json!({"language": "pt-BR", "subject": "Novidades"})).await.ok();
    assert_eq!(t.get(PATH).await.ok()["records"][0]["language"], "pt-BR");
    t.delete(&one).await.ok();
    assert_eq!(t.get(PATH).await.ok()["count"], 0);
    t.settled().await;
    let without = TestApp::start().await;
    assert_eq!(without.get(&format!("{PATH}/basis")).await.ok()["sends"], false);
    let tried = without.post(&format!("{PATH}/test"), json!({"language": "en", "to": "me@example.org"})).await;
    assert_eq!(tried.error(422), "mail_not_configured");
    let agent = without.token_of("Agent").await;
    assert_eq!(send(without.request_as(&agent, Method::GET, PATH)).await.error(403), "forbidden");
}

/// Sources from before mails did not send any, and do not begin to.
#[tokio::test]
async fn the_delay_is_a_minute_at_the_least() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let path = format!("/1.0/content_sources/{}", shop.chat.id);
    let seen = t.get(&path).await.ok();
    let names = ["unread_email", "unread_email_delay", "automatic_email_request", "email_request_grace_period"];
    let found = names.map(|name| seen[name].clone());
    assert_eq!(found, [json!(true), json!(900), json!(false), json!(7200)]);
    for (given, field) in [
        (json!({"unread_email_delay": "59s"}), "unread_email_delay"),
        (json!({"unread_email_delay": "31d"}), "unread_email_delay"),
        (json!({"back_to_chat_link": "javascript:alert(1)"}), "back_to_chat_link"),
        (json!({"email_sender_name": "a".repeat(256)}), "email_sender_name"),
    ] {
        let refused = t.put(&path, given).await;
        assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!(field)));
    }
    let set = t.put(&path, json!({"unread_email_delay": "1m", "email_request_grace_period": 0})).await.ok();
    assert_eq!((&set["unread_email_delay"], &set["email_request_grace_period"]), (&json!(60), &json!(0)));
}
