use mail::Security;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::dovecot::{Owner, PASSWORD, dovecot, settings, source};
use crate::support::smtp::{LOGIN, Smtp};
use crate::support::{TestApp, id};

fn path(source: &Value, end: &str) -> String {
    format!("/1.0/content_sources/{}{end}", id(source))
}

#[tokio::test]
async fn a_mailbox_is_used_only_once_it_says_where_its_mail_comes_from() {
    let t = TestApp::start().await;
    let made = source(&t, json!({})).await;
    assert_eq!((&made["type"], &made["active"]), (&json!("email"), &json!(false)));
    assert_eq!(made["common_ancestors_threading"], true);
    assert_eq!(made["imap_ssl_verify_mode"], "PEER");
    for (field, value) in [
        ("imap_smtp_email", json!("desk@shop.test")),
        ("imap_address", json!("imap.shop.test")),
        ("imap_username", json!("desk")),
        ("imap_password", json!("hunter2")),
    ] {
        let refused = t.put(&path(&made, ""), json!({"active": true})).await;
        assert_eq!((refused.json["field"].as_str(), refused.json["reason"].as_str()), (Some(field), Some("required")));
        t.put(&path(&made, ""), json!({field: value})).await.ok();
    }
    let active = t.put(&path(&made, ""), json!({"active": true})).await.ok();
    assert_eq!(active["active"], true);
    // A secret is kept and never shown.
    assert!(active.get("imap_password").is_none() && active["secrets"]["imap_password"].is_string(), "{active}");
    assert!(!t.get(&path(&made, "")).await.text.contains("hunter2"));
    let refused = t.put(&path(&made, ""), json!({"imap_password": ""})).await;
    assert_eq!(refused.json["field"], "imap_password");
}

#[tokio::test]
async fn what_is_wrong_with_a_mailbox_is_said_at_its_field() {
    let t = TestApp::start().await;
    let made = source(&t, json!({})).await;
    for (field, value) in [
        ("imap_address", json!("https://imap.shop.test")),
        ("imap_address", json!("imap.shop.test:993")),
        ("smtp_address", json!("a b")),
        ("imap_smtp_email", json!("desk")),
        ("imap_port", json!(0)),
        ("imap_ssl_verify_mode", json!("SOME")),
        ("imap_authentication_type", json!("magic")),
        ("cc_blacklist", json!(["nobody"])),
        ("whitelisted_emails", json!("a@b.test nobody")),
        ("import_from", json!("2d")),
        ("automatic_mail", json!("drop")),
        ("mails_per_minute", json!(0)),
        ("smtp_max_bytes", json!(1)),
        ("oauth_tenant", json!("a/../b")),
        ("oauth_token_url", json!("ftp://a.test")),
        ("oauth_authorize_url", json!("javascript:alert(1)")),
    ] {
        let refused = t.put(&path(&made, ""), json!({field: value})).await;
        assert_eq!(refused.json["field"], field, "{}", refused.text);
        refused.error(422);
    }
    t.put(&path(&made, ""), json!({"whitelisted_emails": "form@shop.test, @partner.test"})).await.ok();
}

#[tokio::test]
async fn credentials_are_tried_before_they_are_kept() {
    let t = TestApp::start().await;
    let owner = Owner::new().await;
    let made = source(&t, settings(&owner)).await;
    let before = made["secrets"].clone();
    let credentials = path(&made, "/email_credentials");
    let refused = t.put(&credentials, json!({"imap": {"username": owner.name, "password": "wrong"}})).await;
    assert!(refused.text.to_lowercase().contains("authentication fail"), "{}", refused.text);
    assert_eq!(refused.error(422), "imap_login_failed");
    assert_eq!(t.get(&path(&made, "")).await.ok()["secrets"], before);
    t.clock.advance(std::time::Duration::from_secs(5));
    let kept = t.put(&credentials, json!({"imap": {"username": "box9", "password": PASSWORD}})).await.ok();
    assert_eq!(kept["imap_username"], "box9");
    assert_ne!(kept["secrets"], before);
    t.put(&path(&made, ""), json!({"imap_address": "127.0.0.1", "imap_port": 1})).await.ok();
    let refused = t.put(&credentials, json!({"imap": {"password": PASSWORD}})).await;
    assert_eq!(refused.error(422), "imap_not_reached");
}

#[tokio::test]
async fn the_server_that_mails_go_out_by_is_tried_too() {
    let t = TestApp::start().await;
    let (owner, smtp) = (Owner::new().await, Smtp::start(Security::Starttls, true));
    let made = source(&t, settings(&owner)).await;
    let credentials = path(&made, "/email_credentials");
    let (user, password) = LOGIN;
    let login = json!({"smtp": {"username": user, "password": password}});
    assert_eq!(t.put(&credentials, login.clone()).await.json["field"], "smtp_address");
    t.put(&path(&made, ""), json!({"smtp_address": "127.0.0.1", "smtp_port": smtp.port()})).await.ok();
    // The certificate is nobody's.
    assert_eq!(t.put(&credentials, login.clone()).await.error(422), "smtp_not_reached");
    t.put(&path(&made, ""), json!({"smtp_ssl_verify_mode": "NONE"})).await.ok();
    t.put(&credentials, login.clone()).await.ok();
    let before = t.get(&path(&made, "")).await.ok()["secrets"].clone();
    let wrong = t.put(&credentials, json!({"smtp": {"username": user, "password": "wrong"}})).await;
    assert!(wrong.text.contains("535 5.7.8"), "{}", wrong.text);
    assert_eq!(wrong.error(422), "smtp_login_failed");
    assert_eq!(t.get(&path(&made, "")).await.ok()["secrets"], before);
    let test = async || t.post(&path(&made, "/test"), json!({})).await.ok()["steps"].clone();
    let codes = |steps: &Value| {
        let steps = steps.as_array().cloned().unwrap_or_default();
        steps
            .iter()
            .map(|one| format!("{} {}", one["step"].as_str().unwrap_or_default(), one["ok"]))
            .collect::<Vec<_>>()
    };
    let all = test().await;
    assert_eq!(codes(&all)[3..], ["smtp_connect true", "smtp_tls true", "smtp_login true", "smtp_from true"], "{all}");
    assert_eq!(smtp.received().len(), 0);
    smtp.answer(&[("mail", "550 5.7.60 not as this one")]);
    let all = test().await;
    assert_eq!(codes(&all).last().map(String::as_str), Some("smtp_from false"), "{all}");
    assert!(all[6]["message"].as_str().is_some_and(|text| text.contains("5.7.60")), "{all}");
    // STARTTLS is never given up.
    let plain = Smtp::open();
    t.put(&path(&made, ""), json!({"smtp_port": plain.port()})).await.ok();
    let all = test().await;
    assert_eq!(codes(&all).last().map(String::as_str), Some("smtp_tls false"), "{all}");
}

#[tokio::test]
async fn connections_are_guarded_as_the_settings_say() {
    let t = TestApp::start().await;
    let mut owner = Owner::new().await;
    owner.say("CREATE \"Caf&AOk- &- Co\"").await;
    let made = source(&t, settings(&owner)).await;
    let knock = async |given: Value| {
        t.put(&path(&made, ""), given).await.ok();
        let login = json!({"imap": {"username": owner.name, "password": PASSWORD}});
        t.put(&path(&made, "/email_credentials"), login).await
    };
    let (plain, tls) = (dovecot().port, dovecot().tls_port);
    let usual = json!({"imap_use_ssl_tls": null, "imap_use_start_tls": null, "imap_port": tls});
    // The certificate is nobody's.
    let refused = knock(usual.clone()).await;
    assert!(refused.text.contains("certificate") || refused.text.contains("Issuer"), "{}", refused.text);
    assert_eq!(refused.error(422), "imap_not_reached");
    t.put(&path(&made, ""), json!({"imap_ssl_verify_mode": "NONE"})).await.ok();
    knock(usual).await.ok();
    let listed = t.get(&path(&made, "/mailboxes")).await.ok();
    assert_eq!(listed["mailboxes"], json!(["INBOX", "Café & Co"]));
    knock(json!({"imap_use_ssl_tls": false, "imap_use_start_tls": true, "imap_port": plain})).await.ok();
    knock(json!({"imap_use_ssl_tls": false, "imap_use_start_tls": false, "imap_port": plain})).await.ok();
    // TLS where the other side speaks none.
    let refused = knock(json!({"imap_use_ssl_tls": true, "imap_use_start_tls": true, "imap_port": plain})).await;
    assert_eq!(refused.error(422), "imap_not_reached");
}

#[tokio::test]
async fn private_hosts_are_refused_where_they_are_not_allowed() {
    let t = TestApp::start_with(|config| config.allow_private_targets = false).await;
    let owner = Owner::new().await;
    let made = source(&t, settings(&owner)).await;
    for host in ["127.0.0.1", "localhost", "::1", "169.254.169.254"] {
        t.put(&path(&made, ""), json!({"imap_address": host, "imap_password": PASSWORD})).await.ok();
        let refused = t.put(&path(&made, "/email_credentials"), json!({"imap": {"password": PASSWORD}})).await;
        assert!(refused.text.contains("no public address"), "{}", refused.text);
        assert_eq!(refused.error(422), "imap_not_reached");
    }
}

/// A server that offers STARTTLS, and that somebody in between has taken the offer of, or put a line after the answer to.
async fn between(says: &'static [(&'static str, &'static str)]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            line.write_all(b"* OK ready\r\n").await.expect("written");
            for (_, answer) in says {
                let mut heard = [0; 512];
                if line.read(&mut heard).await.unwrap_or(0) == 0 {
                    break;
                }
                let _ = line.write_all(answer.as_bytes()).await;
            }
            let _ = line.shutdown().await;
        }
    });
    port
}

#[tokio::test]
async fn starttls_is_never_given_up_and_what_came_before_it_counts_for_nothing() {
    let t = TestApp::start().await;
    let owner = Owner::new().await;
    let made = source(&t, settings(&owner)).await;
    let knock = async |port: u16| {
        let given = json!({"imap_use_start_tls": true, "imap_port": port, "imap_ssl_verify_mode": "NONE"});
        t.put(&path(&made, ""), given).await.ok();
        t.put(&path(&made, "/email_credentials"), json!({"imap": {"password": PASSWORD}})).await
    };
    let taken = between(&[("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nh1 OK\r\n")]).await;
    let refused = knock(taken).await;
    assert!(refused.text.contains("does not offer STARTTLS"), "{}", refused.text);
    let put = between(&[
        ("CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS\r\nh1 OK\r\n"),
        ("STARTTLS", "h2 OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nh1 OK\r\na1 OK you are in\r\n"),
    ])
    .await;
    assert_eq!(knock(put).await.error(422), "imap_not_reached");
}
