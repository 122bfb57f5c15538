//! Mails on their way out, to a real server of mails.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hubbub::config::Config;
use hubbub::domain::Error;
use hubbub::domain::mail as mails;
use mail::{Security, Server, Way};
use model::{DeliveryState, MailId};
use reqwest::Method;
use serde_json::{Value, json};
use store::mail_delivery::{self, MailDelivery};
use store::params;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::operator::Desk;
use crate::support::smtp::{LOGIN, Smtp, send_by};
use crate::support::{ADMIN, ADMIN_TOKEN, TestApp, eventually, id, send};

const PATH: &str = "/1.0/mail_deliveries";

/// A desk whose mails go to this server.
async fn desk(smtp: &Smtp) -> TestApp {
    TestApp::start_with(|config| smtp.used(config)).await
}

/// Has a mail sent to the administrator.
async fn try_out(t: &TestApp) -> Value {
    t.post(&format!("{PATH}/test"), json!({})).await.ok()
}

/// A mail as soon as it stands so and has been tried so often.
async fn once(t: &TestApp, mail: &Value, state: &str, attempts: usize) -> Value {
    let path = format!("{PATH}/{}", id(mail));
    eventually(&format!("a mail that is {state} after {attempts}"), || async {
        let now = t.get(&path).await.ok();
        let tried = now["attempts"].as_array().expect("attempts").len();
        (now["state"] == state && tried == attempts).then_some(now)
    })
    .await
}

fn reason(mail: &Value) -> &str {
    let attempts = mail["attempts"].as_array().expect("attempts");
    attempts.last().and_then(|attempt| attempt["error"].as_str()).expect("a reason")
}

/// A mail as it is kept.
async fn row(t: &TestApp, mail: &Value) -> MailDelivery {
    let id = MailId::parse(id(mail)).expect("an id");
    let read = t.app.db.read(move |tx| Box::pin(async move { mail_delivery::find(tx, &id).await }));
    read.await.expect("a read").expect("a mail")
}

#[tokio::test]
async fn a_mail_arrives_with_its_headers_and_in_the_language_of_its_user() {
    let smtp = Smtp::open();
    let t = desk(&smtp).await;
    t.put("/1.0/settings", json!({"name": "Café Zoë, Ventes & Après-vente : 日本"})).await.ok();
    let me = t.get("/1.0/users/me").await.ok();
    let change = json!({"locale": "fr", "firstname": "Zoë \"Z\"", "lastname": "Müller"});
    t.put(&format!("/1.0/users/{}", id(&me)), change).await.ok();
    let mail = try_out(&t).await;
    assert_eq!((&mail["kind"], &mail["recipient"], &mail["user_id"]), (&json!("test"), &json!(ADMIN.0), &me["id"]));
    let sent = once(&t, &mail, "delivered", 1).await;
    assert_eq!(sent["attempts"][0]["answer"], "250 2.0.0 OK: queued");
    assert_eq!((&sent["attempts"][0]["error"], &sent["next_attempt_at"]), (&json!(null), &json!(null)));

    let received = &smtp.wait(1).await[0];
    assert_eq!(received.told["from"], "desk@hubbub.test");
    assert_eq!((&received.told["to"], &received.told["greeting"]), (&json!([ADMIN.0]), &json!("desk.test")));
    let (subject, body) = received.read();
    assert_eq!(subject, "Essai d'envoi de Café Zoë, Ventes & Après-vente : 日本");
    assert!(body.starts_with("Bonjour Zoë \"Z\",\n\nVous avez demandé à Café Zoë"), "{body}");
    assert_eq!(received.header("Date"), "Mon, 02 Mar 2026 09:00:00 +0000");
    assert_eq!(received.header("Auto-Submitted"), "auto-generated");
    assert!(received.header("To").ends_with(&format!("<{}>", ADMIN.0)), "{}", received.text);
    assert!(received.header("From").ends_with("<desk@hubbub.test>"), "{}", received.text);
    let message_id = received.header("Message-ID");
    assert!(message_id.contains(id(&mail)) && message_id.ends_with("@hubbub.test>"), "{message_id}");
    assert!(received.text.is_ascii(), "{}", received.text);
    // What it said is forgotten once it has been taken.
    assert_eq!(row(&t, &mail).await.sealed_text, None);
    assert_eq!(t.put(&format!("{PATH}/{}/resend", id(&mail)), json!({})).await.error(422), "mail_sent");
}

#[tokio::test]
async fn a_server_is_signed_in_at_under_tls() {
    for security in [Security::Starttls, Security::Tls] {
        let smtp = Smtp::start(security, true);
        let t = desk(&smtp).await;
        once(&t, &try_out(&t).await, "delivered", 1).await;
        let told = &smtp.wait(1).await[0].told;
        assert_eq!((&told["tls"], &told["user"]), (&json!(true), &json!(LOGIN.0)), "{security:?}");
        let sender = t.get(&format!("{PATH}/sender")).await.ok();
        let word = if security == Security::Tls { "tls" } else { "starttls" };
        let server = format!("127.0.0.1:{}", smtp.port());
        let told = json!({"from": "desk@hubbub.test", "security": word, "server": server, "way": "smtp"});
        assert_eq!(sender, told);
    }
}

#[tokio::test]
async fn nothing_is_handed_to_a_server_that_is_not_who_it_should_be_or_does_not_let_us_in() {
    let smtp = Smtp::start(Security::Starttls, true);
    type Change = fn(&mut Server);
    let changes: [(&str, Change); 4] = [
        ("signing in", |server| server.login = Some((LOGIN.0.into(), "canary-wrong-password".into()))),
        ("STARTTLS", |server| server.roots = None),
        ("the sender: 530", |server| server.security = Security::None),
        ("connecting", |server| server.security = Security::Tls),
    ];
    for (says, change) in changes {
        let mut server = smtp.server();
        change(&mut server);
        if server.security == Security::None {
            server.login = None;
        }
        let t = TestApp::start_with(|config| send_by(config, Way::Smtp(server))).await;
        // It says nothing of the mail: that is tried again.
        let waits = once(&t, &try_out(&t).await, "pending", 1).await;
        assert!(reason(&waits).contains(says), "{says}: {waits}");
        assert!(!waits.to_string().contains("canary"), "{waits}");
        assert_eq!(waits["next_attempt_at"], "2026-03-02T09:01:00Z");
    }
    assert!(smtp.received().is_empty());
}

/// A relay that puts answers of its own behind the one to STARTTLS.
async fn meddler(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let own = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(("127.0.0.1", port)).await.expect("the server");
            let ((mut near_in, mut near_out), (mut far_in, mut far_out)) = (near.into_split(), far.into_split());
            tokio::spawn(async move { tokio::io::copy(&mut near_in, &mut far_out).await });
            tokio::spawn(async move {
                let mut bytes = vec![0; 65_536];
                while let Ok(count @ 1..) = far_in.read(&mut bytes).await {
                    let mut passed = bytes[..count].to_vec();
                    if passed.starts_with(b"220 Ready to start TLS") {
                        passed.extend(b"250-meddler\r\n250 AUTH PLAIN\r\n");
                    }
                    if near_out.write_all(&passed).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    own
}

#[tokio::test]
async fn what_comes_behind_the_answer_to_starttls_is_not_taken_for_one_under_tls() {
    let smtp = Smtp::start(Security::Starttls, true);
    let server = Server { port: meddler(smtp.port()).await, ..smtp.server() };
    let t = TestApp::start_with(|config| send_by(config, Way::Smtp(server))).await;
    let waits = once(&t, &try_out(&t).await, "pending", 1).await;
    assert!(reason(&waits).contains("STARTTLS"), "{waits}");
    assert!(smtp.received().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            tokio::spawn(async move { while near.write_all(&b"220-and more\r\n".repeat(1000)).await.is_ok() {} });
        }
    });
    let server = Server { port, security: Security::None, login: None, ..Smtp::start(Security::None, false).server() };
    let t = TestApp::start_with(|config| send_by(config, Way::Smtp(server))).await;
    let waits = once(&t, &try_out(&t).await, "pending", 1).await;
    assert!(reason(&waits).contains("does not end"), "{waits}");
}

#[tokio::test]
async fn what_is_refused_for_good_is_parked_with_the_reason_and_can_be_sent_again() {
    let smtp = Smtp::open();
    let t = desk(&smtp).await;
    for (n, (step, refusal)) in
        [("mail", "550 5.7.60 You may not send as that"), ("rcpt", "550 5.1.1 No such user"), ("data", "554 5.6.0 No")]
            .into_iter()
            .enumerate()
    {
        smtp.answer(&[(step, refusal)]);
        let parked = once(&t, &try_out(&t).await, "parked", 1).await;
        assert!(reason(&parked).contains(refusal), "{parked}");
        assert_eq!(parked["attempts"][0]["code"].to_string(), refusal[..3]);
        let seen = t.get(&format!("{PATH}?state=parked")).await.ok();
        assert_eq!((&seen["count"], &seen["records"][0]["id"]), (&json!(1), &parked["id"]));
        t.put(&format!("{PATH}/{}/resend", id(&parked)), json!({})).await.ok();
        let sent = once(&t, &parked, "delivered", 2).await;
        assert_eq!(sent["attempts_count"], 2);
        assert_eq!(t.get(&format!("{PATH}?state=parked")).await.ok()["count"], 0);
        assert_eq!(t.get(PATH).await.ok()["count"], n + 1);
    }
    // What was handed over and refused, and what was taken, are one mail.
    let all: Vec<_> = smtp.wait(4).await.iter().map(|mail| (mail.header("Message-ID"), mail.text.clone())).collect();
    assert_eq!(all.len(), 4);
    assert_eq!(all[2], all[3]);
}

#[tokio::test]
async fn what_is_not_taken_now_is_tried_by_the_ladder() {
    let smtp = Smtp::open();
    let t = desk(&smtp).await;
    smtp.answer(&[("rcpt", "450 4.2.1 Greylisted"), ("data", "451 4.3.0 Later"), ("data", "drop")]);
    let mail = try_out(&t).await;
    for (n, (says, next, seconds)) in [
        ("450 4.2.1 Greylisted", "2026-03-02T09:01:00Z", 60),
        ("451 4.3.0 Later", "2026-03-02T09:06:00Z", 300),
        ("the mail", "2026-03-02T09:36:00Z", 1800),
    ]
    .into_iter()
    .enumerate()
    {
        let waits = once(&t, &mail, "pending", n + 1).await;
        assert!(reason(&waits).contains(says), "{says}: {waits}");
        assert_eq!(waits["next_attempt_at"], next);
        t.clock.advance(Duration::from_secs(seconds));
    }
    once(&t, &mail, "delivered", 4).await;
    // The server that broke off may have had it: then it has the same mail twice, and can tell.
    let all = smtp.wait(3).await;
    assert!(all.iter().all(|mail| mail.text == all[0].text));
}

#[tokio::test]
async fn a_dead_server_is_tried_for_a_day_and_then_by_hand() {
    let smtp = Smtp::open();
    // A port that is taken, so that nobody else gets it, and where nobody listens.
    let dead = TcpSocket::new_v4().expect("a socket");
    dead.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let port = dead.local_addr().expect("an address").port();
    let server = Server { port, ..smtp.server() };
    let t = TestApp::start_with(|config| send_by(config, Way::Smtp(server))).await;
    let mail = try_out(&t).await;
    let mut tries = 0;
    loop {
        tries += 1;
        let path = format!("{PATH}/{}", id(&mail));
        let now = eventually("a try", || async {
            let now = t.get(&path).await.ok();
            (now["attempts"].as_array().expect("attempts").len() == tries).then_some(now)
        })
        .await;
        assert!(reason(&now).contains("connecting to 127.0.0.1"), "{now}");
        if now["state"] == "parked" {
            break;
        }
        t.set_clock(now["next_attempt_at"].as_str().expect("a time"));
    }
    assert_eq!((tries, t.clock.now().to_string().as_str()), (16, "2026-03-03T09:00:00Z"));
    // The server is there now.
    let listener = dead.listen(16).expect("a listener");
    let far = smtp.port();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = TcpStream::connect(("127.0.0.1", far)).await.expect("the server");
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
        }
    });
    t.put(&format!("{PATH}/{}/resend", id(&mail)), json!({})).await.ok();
    once(&t, &mail, "delivered", tries + 1).await;
}

fn serve(desk: &Desk, smtp: &Smtp) -> Child {
    let mut command: Command = desk.command(&["serve"]);
    command
        .env("HUBBUB_ADMIN_EMAIL", ADMIN.0)
        .env("HUBBUB_ADMIN_PASSWORD", "a long passphrase")
        .env("HUBBUB_ADMIN_TOKEN", ADMIN_TOKEN)
        .env("HUBBUB_MAIL_HOST", "127.0.0.1")
        .env("HUBBUB_MAIL_PORT", smtp.port().to_string())
        .env("HUBBUB_MAIL_SECURITY", "none")
        .env("HUBBUB_MAIL_FROM", "desk@hubbub.test");
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program")
}

#[tokio::test]
async fn a_process_that_dies_after_sending_and_before_noting_it_sends_the_same_mail_once_more() {
    let (smtp, desk) = (Smtp::open(), Desk::new().await);
    // It has the mail, and has not said so yet.
    smtp.answer(&[("data", "hang")]);
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let ready = || async {
        let answer = client.get(format!("{}/readyz", desk.url())).send().await.ok()?;
        answer.status().is_success().then_some(())
    };
    let mut first = serve(&desk, &smtp);
    eventually("a server", ready).await;
    let asked = client.post(format!("{}{PATH}/test", desk.url())).bearer_auth(ADMIN_TOKEN).json(&json!({}));
    let mail = send(asked).await.ok();
    smtp.wait(1).await;
    first.kill().expect("killed");
    first.wait().expect("gone");

    let mut second = serve(&desk, &smtp);
    let all = smtp.wait(2).await;
    eventually("a mail that is noted", || async {
        let asked = client.get(format!("{}{PATH}/{}", desk.url(), id(&mail))).bearer_auth(ADMIN_TOKEN);
        (send(asked).await.ok()["state"] == "delivered").then_some(())
    })
    .await;
    second.kill().expect("killed");
    second.wait().expect("gone");
    assert_eq!(smtp.received().len(), 2);
    assert_eq!(all[0].text, all[1].text);
    assert!(all[0].header("Message-ID").contains(id(&mail)));
}

/// What a process takes of the mails that are due.
async fn take(t: &TestApp, process: &'static str) -> Vec<MailDelivery> {
    t.app.db.write(move |tx| Box::pin(async move { mails::take(tx, process, &[], 8).await })).await.expect("a take")
}

#[tokio::test]
async fn a_mail_under_way_is_kept_by_whoever_sends_it_and_taken_up_when_they_are_dead() {
    let smtp = Smtp::open();
    smtp.answer(&[("data", "hang")]);
    let t = desk(&smtp).await;
    let mail = try_out(&t).await;
    smtp.wait(1).await;
    for _ in 0..4 {
        t.clock.advance(Duration::from_secs(4));
        let soon = t.clock.now().plus_seconds(7);
        eventually("a lease that goes on", || async {
            row(&t, &mail).await.leased_until.is_some_and(|until| until > soon).then_some(())
        })
        .await;
        assert!(take(&t, "another").await.is_empty());
    }
    t.app.stopping.cancel();
    // As it is when the process dies: nobody renews.
    let (key, until) = (id(&mail).to_owned(), t.clock.now().plus_seconds(10));
    let left = t.app.db.write(move |tx| {
        Box::pin(async move {
            let sql = "UPDATE mail_deliveries SET leased_until = ?2, leased_by = 'dead' WHERE id = ?1";
            tx.execute(sql, params![key, until]).await.map_err(Error::Store)
        })
    });
    left.await.expect("written");
    assert!(take(&t, "another").await.is_empty());
    t.clock.advance(Duration::from_secs(11));
    let taken = take(&t, "another").await;
    assert_eq!(taken.len(), 1);
    assert!(take(&t, "a third").await.is_empty());
    // The failure of who lost it is noted, and takes nothing from who has it.
    let at = t.clock.now();
    let went = |went| mails::Outcome { at, duration_ms: 1, went };
    let lost = MailDelivery { attempts_count: 1, leased_by: Some("dead".into()), ..taken[0].clone() };
    for (of, outcome) in
        [(&lost, went(mails::Went::Failed(None, "late".into()))), (&taken[0], went(mails::Went::Sent("250 OK".into())))]
    {
        let of = of.clone();
        let noted = t.app.db.write(move |tx| Box::pin(async move { mails::note(tx, &of, outcome).await }));
        noted.await.expect("noted");
        let now = row(&t, &mail).await;
        let theirs = now.leased_by.as_deref() == Some("another") && now.state == DeliveryState::Pending;
        assert!(theirs || now.state == DeliveryState::Delivered, "{now:?}");
    }
    assert_eq!(once(&t, &mail, "delivered", 2).await["attempts"][0]["error"], "late");
}

#[tokio::test]
async fn of_two_servers_one_sends_each_mail() {
    let smtp = Smtp::open();
    let t = desk(&smtp).await;
    let Some(other) = t.beside("2026-03-02T09:00:00Z").await else { return };
    let mut written = Vec::new();
    for n in 0..20 {
        written.push(try_out(if n % 2 == 0 { &t } else { &other }).await);
    }
    for mail in &written {
        assert_eq!(once(&t, mail, "delivered", 1).await["attempts_count"], 1);
    }
    let mut ids: Vec<String> = smtp.wait(20).await.iter().map(|mail| mail.header("Message-ID")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), smtp.received().len()), (20, 20));
}

#[tokio::test]
async fn mails_that_nobody_sends_any_more_are_parked_in_time_and_forgotten_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let sends = |config: &mut Config| send_by(config, Way::Folder(folder.path().to_owned()));
    let t = TestApp::start_with(sends).await;
    let sent = try_out(&t).await;
    once(&t, &sent, "delivered", 1).await;
    // As with a server that is started without `[mail]` while mails wait.
    let (key, at) = (id(&sent).to_owned(), t.clock.now());
    let waits = t.app.db.write(move |tx| {
        Box::pin(async move {
            let mut mail = mail_delivery::find(tx, &MailId::parse(&key).expect("an id")).await?.expect("a mail");
            mail.id = MailId::new(at);
            (mail.state, mail.delivered_at, mail.next_attempt_at) = (DeliveryState::Pending, None, mail.expires_at);
            tx.insert(&mail).await?;
            Ok::<_, Error>(json!({"id": mail.id}))
        })
    });
    let waits = waits.await.expect("written");
    t.app.stopping.cancel();
    let tidy = || async {
        let done = t.app.db.write(|tx| {
            Box::pin(async move {
                mails::park_expired(tx).await?;
                mails::forget_old(tx).await
            })
        });
        done.await.expect("tidied");
        t.get(PATH).await.ids().0
    };
    t.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!((tidy().await.len(), row(&t, &waits).await.state), (2, DeliveryState::Pending));
    t.clock.advance(Duration::from_secs(301));
    assert_eq!((tidy().await.len(), row(&t, &waits).await.state), (2, DeliveryState::Parked));
    t.clock.advance(Duration::from_secs(7 * 24 * 3600));
    assert_eq!(tidy().await, [id(&waits)]);
    t.clock.advance(Duration::from_secs(30 * 24 * 3600));
    assert_eq!(tidy().await.len(), 0);
}

#[tokio::test]
async fn a_folder_takes_the_place_of_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let t = TestApp::start_with(|config| send_by(config, Way::Folder(folder.path().join("mails")))).await;
    let sent = once(&t, &try_out(&t).await, "delivered", 1).await;
    let name = sent["attempts"][0]["answer"].as_str().expect("a name");
    let text = std::fs::read_to_string(folder.path().join("mails").join(name)).expect("a file");
    assert!(name.ends_with(".eml") && text.contains("Subject: Test mail of Hubbub\r\n"), "{name}: {text}");
    assert_eq!(std::fs::read_dir(folder.path().join("mails")).expect("a folder").count(), 1);
    let sender = t.get(&format!("{PATH}/sender")).await.ok();
    assert_eq!(sender, json!({"from": "desk@hubbub.test", "security": null, "server": null, "way": "folder"}));
}

#[tokio::test]
async fn without_a_server_no_mail_is_written() {
    let t = TestApp::start().await;
    assert_eq!(t.post(&format!("{PATH}/test"), json!({})).await.error(422), "mail_not_configured");
    let sender = t.get(&format!("{PATH}/sender")).await.ok();
    assert_eq!(sender, json!({"from": null, "security": null, "server": null, "way": null}));
    assert_eq!(t.get(PATH).await.ok()["count"], 0);
    let agent = t.token_of("Agent").await;
    assert_eq!(send(t.request_as(&agent, Method::GET, PATH)).await.error(403), "forbidden");
}

#[tokio::test]
async fn an_invited_user_is_told_by_mail_and_nobody_else_reads_the_link() {
    let smtp = Smtp::open();
    let t = desk(&smtp).await;
    let role = t.get("/1.0/roles").await.ok()["records"][0]["id"].clone();
    let invite = |firstname: &str, email: &str| json!({"firstname": firstname, "lastname": "Johnson", "email": email, "role_id": role});
    smtp.answer(&[("rcpt", "450 4.2.1 Greylisted")]);
    let user = t.post("/1.0/users/invite", invite("Alicia", "alicia@shop.test")).await.ok();
    assert_eq!(user["invitation_mailed"], true);
    let link = user["invitation_url"].as_str().expect("a link");
    let mail = t.get(PATH).await.ok()["records"][0].clone();
    assert_eq!((&mail["kind"], &mail["user_id"]), (&json!("invitation"), &user["id"]));
    let waits = once(&t, &mail, "pending", 1).await;
    let token = link.split('#').next_back().expect("a token");
    assert!(!waits.to_string().contains(token), "{waits}");
    let kept = row(&t, &mail).await;
    assert!(kept.sealed_text.is_some() && !format!("{kept:?}").contains(token));
    t.clock.advance(Duration::from_secs(60));
    once(&t, &mail, "delivered", 2).await;
    let (subject, body) = smtp.wait(1).await[0].read();
    assert!(subject.ends_with("invites you to Hubbub"), "{subject}");
    assert!(body.contains(&format!("\n\n{link}\n\n")) && body.contains("for 7 days"), "{body}");

    // A name that tries to be more than a name stays one.
    let odd = t.post("/1.0/users/invite", invite("Bob <x@evil.test>, \"", "bob@shop.test")).await.ok();
    let mail = smtp.wait(2).await[1].clone();
    assert_eq!(mail.told["to"], json!(["bob@shop.test"]));
    let mine = t.get(PATH).await.ok();
    assert_eq!(mine["count"], 2);
    // A user who is removed takes their mails along.
    eventually("a mail that is noted", || async {
        (t.get(&format!("{PATH}?state=delivered")).await.ok()["count"] == 2).then_some(())
    })
    .await;
    t.delete(&format!("/1.0/users/{}", id(&odd))).await.ok();
    assert_eq!(t.get(PATH).await.ok()["count"], 1);
}
