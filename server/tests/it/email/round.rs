//! The whole way: a mail of ours goes to a server, into a customer's mailbox, is answered there by a program that people
//! use (s-nail), and the answer comes back into its conversation.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;

use super::inbound::{contents, fetch};
use super::outbound::{answer, asked, by, settled};
use crate::support::TestApp;
use crate::support::dovecot::{Owner, PASSWORD, dovecot};
use crate::support::smtp::Smtp;

/// Has somebody do this in their mailbox, whose mails go out by a server.
pub(super) fn use_mailbox(customer: &Owner, port: u16, from: &str, typed: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("s-nail");
    let settings = [
        "v15-compat".to_owned(),
        "smtp-auth=none".to_owned(),
        "imap-auth=login".to_owned(),
        "reply-to-honour".to_owned(),
        format!("mta=smtp://127.0.0.1:{port}"),
        format!("from={from}"),
        format!("password={PASSWORD}"),
    ];
    command.args(["-#", "-n"]).args(settings.iter().flat_map(|setting| ["-S", setting]));
    command.arg("-f").arg(format!("imap://{}@127.0.0.1:{}/INBOX", customer.name, dovecot().port));
    command.env("HOME", folder.path()).env("LC_ALL", "C.UTF-8").stdin(Stdio::piped());
    let mut child = command.spawn().expect("s-nail (scripts/install-test-tools)");
    let mut input = child.stdin.take().expect("an input");
    write!(input, "{typed}\n~.\nquit\n").expect("written");
    drop(input);
    assert!(child.wait().expect("an end").success());
}

#[tokio::test]
async fn an_answer_that_a_real_program_writes_comes_into_its_conversation() {
    let t = TestApp::start().await;
    for below in [false, true] {
        let (mut owner, mut customer, smtp) = (Owner::new().await, Owner::new().await, Smtp::open());
        let mut more = by(&smtp);
        more["reply_address"] = json!(below);
        let (made, asked) = asked(&t, &mut owner, more).await;
        let sent = answer(&t, &asked, json!({})).await;
        settled(&t, &sent).await;
        let ours = smtp.received().remove(0);
        customer.append("INBOX", &ours.text).await;
        use_mailbox(&customer, smtp.port(), "Ann Lee <ann@a.test>", "reply 1\nMerci, ça va.");
        let theirs = smtp.wait(2).await.remove(1);
        let to = theirs.told["to"][0].as_str().expect("an address").to_owned();
        assert_eq!(to.starts_with("desk+h."), below, "{to}");
        let bytes: Vec<u8> = theirs.text.chars().map(|c| c as u8).collect();
        owner.append_with("INBOX", "", &bytes).await;
        fetch(&t, &made).await;
        let all = contents(&t, &made).await;
        let back = all.iter().find(|one| one["body"].as_str().is_some_and(|body| body.starts_with("Merci, ça va.")));
        let back = back.unwrap_or_else(|| panic!("no answer in {all:#?}"));
        let reason = if below { "token" } else { "reference" };
        assert_eq!((&back["thread_id"], &back["mail"]["thread_reason"]), (&asked["thread_id"], &json!(reason)));
        assert_eq!((&back["author_id"], &back["status"]), (&asked["author_id"], &json!("new")));
    }
}
