//! What agents are told that happened to their conversations, and how they want to be told.

use model::SourcePermission as P;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::sdk::{Reaction, ThirdParty};
use crate::support::socket::Socket;
use crate::support::world::{World, user};
use crate::support::{ADMIN_TOKEN, TestApp, eventually, id, send};

async fn get(t: &TestApp, token: &str, path: &str) -> Value {
    send(t.request_as(token, Method::GET, path)).await.ok()
}

async fn ask(t: &TestApp, token: &str, method: Method, path: &str, body: Value) -> Value {
    send(t.request_as(token, method, path).json(&body)).await.ok()
}

/// What somebody is told, newest first: what happened, by whom, and whether they have seen it.
async fn told(t: &TestApp, token: &str) -> Vec<String> {
    let all = get(t, token, "/console/notifications").await;
    let one = |told: &Value| {
        let word =
            |value: &Value| value.as_str().and_then(|text| text.split(' ').next()).unwrap_or("nobody").to_owned();
        let seen = if told["seen"] == true { "" } else { " *" };
        format!("{} {}{seen}", word(&told["kind"]), word(&told["by"]["name"]))
    };
    all["records"].as_array().expect("a list").iter().map(one).collect()
}

#[tokio::test]
async fn agents_are_told_what_others_did_with_their_conversations() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora_user, nora) = user(&t, "Nora", "Agent").await;
    let (omar_user, omar) = user(&t, "Omar", "Team leader").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let taking = json!({"content_id": said.content.id});
    let case = ask(&t, &nora, Method::POST, "/1.0/interventions", taking).await;
    assert_eq!(told(&t, &nora).await, Vec::<String>::new(), "what one does oneself is no news");

    let (mut socket, _) = Socket::agent(&t, &omar, None).await;
    let path = format!("/1.0/interventions/{}", id(&case));
    ask(&t, &nora, Method::PUT, &format!("{path}/reassign"), json!({"user_id": id(&omar_user)})).await;
    assert_eq!(told(&t, &omar).await, ["given Nora *"]);
    assert_eq!(socket.next_of("noted").await["unseen"], 1);
    let first = get(&t, &omar, "/console/notifications").await;
    assert_eq!((&first["unseen"], &first["more"]), (&json!(1), &json!(false)));
    let record = &first["records"][0];
    assert_eq!((&record["thread"]["id"], &record["content_id"]), (&json!(said.thread.id), &Value::Null));
    assert_eq!(record["thread"]["identity"]["display_name"], "ann");

    ask(&t, &omar, Method::PUT, &format!("{path}/reassign"), json!({"user_id": id(&nora_user)})).await;
    assert_eq!(told(&t, &nora).await, ["given Omar *"]);
    // Who takes it from somebody is not told; who had it is.
    ask(&t, &omar, Method::PUT, &format!("{path}/reassign"), json!({"user_id": id(&omar_user)})).await;
    assert_eq!(told(&t, &nora).await, ["taken Omar *", "given Omar *"]);
    assert_eq!(told(&t, &omar).await, ["given Nora *"]);
    let reply = json!({"in_reply_to_id": said.content.id, "body": "Good morning"});
    ask(&t, &omar, Method::POST, "/1.0/contents", reply).await;
    send(t.request_as(ADMIN_TOKEN, Method::PUT, &format!("{path}/close"))).await.ok();
    assert_eq!(told(&t, &omar).await, ["done Admin *", "given Nora *"]);

    // Seen on one page, it is seen on all; what came later is not.
    let (mut other, _) = Socket::agent(&t, &omar, None).await;
    let seen = json!({"upto": record["id"]});
    assert_eq!(ask(&t, &omar, Method::POST, "/console/notifications/seen", seen).await, json!({"unseen": 1}));
    // What came just before may still be told to it.
    while other.next_of("noted").await["unseen"] != 1 {}
    assert_eq!(told(&t, &omar).await, ["done Admin *", "given Nora"]);
    let of_thread = json!({"thread_id": said.thread.id});
    assert_eq!(ask(&t, &omar, Method::POST, "/console/notifications/seen", of_thread).await, json!({"unseen": 0}));
    assert_eq!(told(&t, &omar).await, ["done Admin", "given Nora"]);
    assert_eq!(told(&t, &nora).await[0], "taken Omar *", "each has their own");

    // Pages, and what cannot be asked.
    let page = get(&t, &omar, "/console/notifications?limit=1").await;
    assert_eq!((page["records"].as_array().expect("a list").len(), &page["more"]), (1, &json!(true)));
    let next = get(&t, &omar, &format!("/console/notifications?before={}", id(&page["records"][0]))).await;
    assert_eq!((&next["records"][0]["kind"], &next["more"]), (&json!("given"), &json!(false)));
    for (method, path, code, field) in [
        (Method::GET, "/console/notifications?limit=51", 422, "limit"),
        (Method::GET, "/console/notifications?before=x", 400, "before"),
        (Method::POST, "/console/notifications/seen", 400, "upto"),
    ] {
        let answer = send(t.request_as(&omar, method, path)).await;
        assert_eq!((answer.status.as_u16(), &answer.json["field"]), (code, &json!(field)), "{path}");
    }
    // Of what somebody may not read any more they are told nothing.
    assert_eq!(get(&t, &nora, "/console/notifications").await["unseen"], 2);
    shop.permit(&t, &nora_user, &[]).await;
    assert_eq!(told(&t, &nora).await, Vec::<String>::new());
    assert_eq!(get(&t, &nora, "/console/notifications").await["unseen"], 0);
}

#[tokio::test]
async fn authors_are_told_what_became_of_their_replies() {
    let t = TestApp::start().await;
    let party = ThirdParty::new(&t, "Forum").await;
    let (nora_user, nora) = user(&t, "Nora", "Agent").await;
    let (_, lea) = user(&t, "Lea", "Team leader").await;
    party.says(&t, "m1", "t1", "Hello?").await;
    let content = party.content(&t, "m1").await;
    ask(&t, &nora, Method::POST, "/1.0/interventions", json!({"content_id": id(&content)})).await;
    let reply = async |body: &str| {
        let body = json!({"in_reply_to_id": id(&content), "body": body});
        ask(&t, &nora, Method::POST, "/1.0/contents", body).await
    };
    let (mut socket, _) = Socket::agent(&t, &nora, None).await;
    party.script([Reaction::Error("banned", true)]);
    reply("Good\n morning").await;
    assert_eq!(socket.next_of("noted").await["unseen"], 1);
    assert_eq!(told(&t, &nora).await, ["failed nobody *"]);
    let failed = get(&t, &nora, "/console/notifications").await["records"][0].clone();
    assert_eq!(failed["excerpt"], "Good morning");

    World::on(party.row(&t).await).permit(&t, &nora_user, &[P::Read, P::Reply, P::ApprovalRequired]).await;
    let (one, other) = (reply("Yes").await, reply("No").await);
    let path = |content: &Value, act: &str| format!("/1.0/contents/{}/{act}", id(content));
    ask(&t, &lea, Method::PUT, &path(&one, "approve"), json!({})).await;
    ask(&t, &lea, Method::PUT, &path(&other, "refuse"), json!({"reason": "Be kinder"})).await;
    assert_eq!(told(&t, &nora).await, ["refused Lea *", "approved Lea *", "failed nobody *"]);
    assert_eq!(told(&t, &lea).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_machines_of_an_agent_know_at_which_one_they_are() {
    let t = TestApp::start().await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let (_, omar) = user(&t, "Omar", "Agent").await;
    let (mut desk, _) = Socket::agent(&t, &nora, None).await;
    let (mut home, _) = Socket::agent(&t, &nora, None).await;
    let (mut other, _) = Socket::agent(&t, &omar, None).await;
    desk.send(json!({"type": "active", "device": "x".repeat(41)})).await;
    desk.send(json!({"type": "active", "device": "desk"})).await;
    assert_eq!(home.next_of("active").await["device"], "desk");
    other.send(json!({"type": "active", "device": "omar's"})).await;
    assert_eq!(other.next_of("active").await["device"], "omar's", "nobody is told of others");
}

#[tokio::test]
async fn so_many_are_kept_for_so_long() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (nora_user, nora) = user(&t, "Nora", "Agent").await;
    let said = shop.say(&t, "ann", None, "Hello?").await;
    let tell = async |count: usize| {
        let (user_id, thread_id) = (crate::support::world::user_id(&nora_user), said.thread.id.clone());
        for _ in 0..count {
            let notice = model::NewNotice {
                user_id: user_id.clone(),
                kind: model::NoticeKind::Given,
                thread_id: thread_id.clone(),
                content_id: None,
                comment_id: None,
                by_user_id: None,
                excerpt: None,
            };
            let written = t.app.db.write(move |tx| {
                let notice = notice.clone();
                Box::pin(async move {
                    tx.notices().push(notice);
                    Ok::<_, store::Error>(())
                })
            });
            written.await.expect("written");
        }
    };
    tell(203).await;
    assert_eq!(get(&t, &nora, "/console/notifications?limit=0").await["unseen"], 200);
    t.clock.advance(std::time::Duration::from_secs(91 * 24 * 3600));
    let gone = async || (get(&t, &nora, "/console/notifications?limit=0").await["unseen"] == 0).then_some(());
    eventually("what is old is forgotten", gone).await;
}

#[tokio::test]
async fn each_is_told_as_they_want() {
    let t = TestApp::start().await;
    let shop = World::new(&t).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let path = "/console/profile/notifications";
    let fresh = get(&t, &nora, "/console/profile").await["signals"].clone();
    let expected = json!({"sound": "mine", "tone": "chime", "volume": 60, "notices": "mine", "muted_source_ids": [],
        "quiet_days": [], "quiet_from": "20:00", "quiet_to": "07:00", "timezone": null, "quiet_until": null});
    assert_eq!(fresh, expected);
    let until = t.clock.now().plus_seconds(3600).to_string();
    let wanted = json!({"sound": "all", "tone": "bell", "volume": 30, "notices": "none", "muted_source_ids": [shop.chat.id],
        "quiet_days": [7, 1, 1], "quiet_from": "22:00", "quiet_to": "06:30", "timezone": "Europe/Paris", "quiet_until": until});
    let kept = ask(&t, &nora, Method::PUT, path, wanted.clone()).await["signals"].clone();
    let mut sorted = wanted;
    sorted["quiet_days"] = json!([1, 7]);
    assert_eq!(kept, sorted);
    let less = json!({"quiet_until": "", "timezone": "", "muted_source_ids": [], "quiet_days": []});
    let kept = ask(&t, &nora, Method::PUT, path, less).await["signals"].clone();
    assert_eq!((&kept["quiet_until"], &kept["timezone"], &kept["sound"]), (&Value::Null, &Value::Null, &json!("all")));
    assert_eq!((&kept["muted_source_ids"], &kept["quiet_days"]), (&json!([]), &json!([])));
    // How the console looks is kept beside it.
    let looks = ask(&t, &nora, Method::PUT, "/console/profile", json!({"dense": true})).await;
    assert_eq!((&looks["dense"], &looks["signals"]["sound"]), (&json!(true), &json!("all")));
    for (field, value, code) in [
        ("sound", json!("loud"), 422),
        ("tone", json!("horn"), 422),
        ("notices", json!("some"), 422),
        ("volume", json!(101), 422),
        ("volume", json!("x"), 400),
        ("quiet_days", json!([0]), 422),
        ("quiet_days", json!([8]), 422),
        ("quiet_from", json!("25:00"), 422),
        ("quiet_from", json!("+1:00"), 422),
        ("quiet_to", json!("7:00"), 422),
        ("timezone", json!("Mars/Base"), 422),
        ("quiet_until", json!(t.clock.now().plus_seconds(8 * 24 * 3600).to_string()), 422),
        ("quiet_until", json!("soon"), 400),
        ("muted_source_ids", json!(["x"]), 400),
    ] {
        let answer = send(t.request_as(&nora, Method::PUT, path).json(&json!({field: value}))).await;
        assert_eq!((answer.status.as_u16(), &answer.json["field"]), (code, &json!(field)), "{value}");
    }
}
