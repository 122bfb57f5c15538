//! Comments on conversations, with a case or without, and whom they mention.

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::team::new_team;
use crate::support::socket::Socket;
use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, eventually, id, send};

const API: &str = "/1.0/intervention_comments";

struct Desk {
    t: TestApp,
    shop: World,
    nora: String,
    nora_id: String,
    omar: String,
    omar_id: String,
}

impl Desk {
    async fn new() -> Self {
        let t = TestApp::start().await;
        let shop = World::new(&t).await;
        let (nora_user, nora) = user(&t, "Nora", "Agent").await;
        let (omar_user, omar) = user(&t, "Omar", "Agent").await;
        Self { shop, nora, nora_id: id(&nora_user).to_owned(), omar, omar_id: id(&omar_user).to_owned(), t }
    }

    /// What Ann says, in a conversation of its own.
    async fn say(&self, body: &str) -> (String, String) {
        let said = self.shop.say(&self.t, "ann", None, body).await;
        (said.thread.id.to_string(), said.content.id.to_string())
    }

    async fn get(&self, token: &str, path: &str) -> Value {
        send(self.t.request_as(token, Method::GET, path)).await.ok()
    }

    async fn note(&self, thread: &str, body: &str, calls: &[&str]) -> Answer {
        let path = format!("/console/threads/{thread}/comments");
        let body = json!({"body": body, "mention_ids": calls});
        send(self.t.request_as(&self.nora, Method::POST, &path).json(&body)).await
    }

    async fn comments(&self, thread: &str) -> Value {
        self.get(&self.omar, &format!("/console/threads/{thread}")).await["comments"].clone()
    }

    async fn row(&self, token: &str, thread: &str) -> Value {
        self.get(token, &format!("/console/threads/{thread}")).await["thread"].clone()
    }

    /// The conversations that the search box lists, with how many it counts.
    async fn listed(&self, token: &str, typed: &str) -> (Value, Vec<String>) {
        let query = [("folder", "all"), ("q", typed)];
        let answer = send(self.t.request_as(token, Method::GET, "/console/threads").query(&query)).await.ok();
        let records = answer["records"].as_array().expect("a list");
        (answer["count"].clone(), records.iter().map(|row| id(row).to_owned()).collect())
    }

    async fn found(&self, token: &str, typed: &str) -> Vec<String> {
        let (count, found) = self.listed(token, typed).await;
        assert_eq!(count, found.len(), "{typed}");
        found
    }

    /// Waits until the search box finds these: the index follows.
    async fn finds(&self, typed: &str, wanted: &[&String]) {
        let mut wanted: Vec<String> = wanted.iter().map(|id| (*id).clone()).collect();
        wanted.sort();
        eventually(typed, || async {
            let (count, mut found) = self.listed(&self.nora, typed).await;
            found.sort();
            (count == wanted.len() && found == wanted).then_some(())
        })
        .await;
    }

    async fn counted(&self, path: &str) -> Value {
        self.t.get(path).await.ok()["count"].clone()
    }
}

#[tokio::test]
async fn a_comment_needs_no_case_and_programs_do_not_see_it_then() {
    let desk = Desk::new().await;
    let (thread, _) = desk.say("Hello?").await;
    let made = desk.note(&thread, "Who knows her?", &[]).await.ok();
    assert_eq!(
        made,
        json!({"id": made["id"], "thread_id": thread, "intervention_id": null, "user_id": desk.nora_id,
               "body": "Who knows her?", "mention_ids": [], "created_at": "2026-03-02T09:00:00Z"})
    );
    let shown = json!([{
        "id": made["id"], "body": "Who knows her?", "mention_ids": [], "may_delete": false, "mentions": [], "intervention_id": null,
        "user": {"id": desk.nora_id, "name": "Nora Test"}, "after": 1, "created_at": "2026-03-02T09:00:00Z",
    }]);
    assert_eq!(desk.comments(&thread).await, shown);
    assert_eq!(desk.row(&desk.omar, &thread).await["state"], "unassigned", "nobody has it by that");
    assert_eq!(desk.counted(API).await, 0);
    for method in [Method::GET, Method::DELETE] {
        let path = format!("{API}/{}", id(&made));
        assert_eq!(send(desk.t.request_as(&desk.nora, method, &path)).await.error(404), "not_found");
    }
}

#[tokio::test]
async fn a_comment_is_on_the_case_that_there_is_and_stays_when_that_goes() {
    let desk = Desk::new().await;
    let (thread, said) = desk.say("Hello?").await;
    let case = desk.t.post("/1.0/interventions", json!({"content_id": said})).await.ok();
    let made = desk.note(&thread, "Ask the warehouse", &[]).await.ok();
    assert_eq!(made["intervention_id"], case["id"]);
    let known = desk.t.get(&format!("{API}/{}", id(&made))).await.ok();
    let expected = json!({
        "body": "Ask the warehouse", "created_at": "2026-03-02T09:00:00Z", "id": made["id"],
        "intervention_id": case["id"], "thread_id": thread, "updated_at": "2026-03-02T09:00:00Z",
        "user_id": desk.nora_id, "videntity_id": case["identity_id"], "identity_id": case["identity_id"],
    });
    assert_eq!(known, expected, "programs see it as before");
    let intervention = format!("/1.0/interventions/{}", id(&case));
    assert_eq!(desk.t.get(&intervention).await.ok()["comments_count"], 1);

    desk.t.delete(&format!("{intervention}/cancel")).await.ok();
    let left = desk.comments(&thread).await;
    assert_eq!((&left[0]["id"], &left[0]["intervention_id"]), (&made["id"], &Value::Null));
    assert_eq!(desk.counted(API).await, 0);
    assert_eq!(desk.t.get(&format!("{API}/{}", id(&made))).await.error(404), "not_found");
}

#[tokio::test]
async fn those_who_are_called_find_the_conversation_marked_and_are_told() {
    let desk = Desk::new().await;
    let (lea_user, lea) = user(&desk.t, "Lea", "Team leader").await;
    let (thread, _) = desk.say("Hello?").await;
    let read = send(desk.t.request_as(&desk.omar, Method::POST, &format!("/console/threads/{thread}/read")));
    read.await.ok();
    let (mut socket, _) = Socket::agent(&desk.t, &desk.omar, None).await;
    // Who stands in the text alone is not told.
    let body = format!("@[{}] look, as @[{}]\n said", desk.omar_id, id(&lea_user));
    let made = desk.note(&thread, &body, &[&desk.omar_id]).await.ok();
    assert_eq!((&made["body"], &made["mention_ids"]), (&json!(body), &json!([desk.omar_id])));

    let event = socket.next_of("event").await["event"].clone();
    assert_eq!(
        (&event["type"], &event["mentioned_ids"]),
        (&json!("intervention_comment.created"), &json!([desk.omar_id]))
    );
    let marked = socket.next_of("mine").await;
    assert_eq!(
        (&marked["thread_id"], &marked["marked"], &marked["mentioned"]),
        (&json!(thread), &json!(true), &json!(true))
    );
    assert_eq!(socket.next_of("noted").await["unseen"], 1);
    let told = desk.get(&desk.omar, "/console/notifications").await["records"][0].clone();
    assert_eq!(
        (&told["kind"], &told["comment_id"], &told["by"]["name"]),
        (&json!("mention"), &made["id"], &json!("Nora Test"))
    );
    assert_eq!(told["excerpt"], "@Omar Test look, as @Lea Test said");
    let named = json!([{"id": desk.omar_id, "name": "Omar Test"}, {"id": lea_user["id"], "name": "Lea Test"}]);
    assert_eq!(desk.comments(&thread).await[0]["mentions"], named);

    let row = desk.row(&desk.omar, &thread).await;
    assert_eq!((&row["unread"], &row["mentioned"]), (&json!(true), &json!(true)));
    assert_eq!(desk.row(&lea, &thread).await["mentioned"], false);
    for (token, is) in [(&desk.omar, true), (&lea, false), (&desk.nora, false)] {
        let expected = if is { vec![thread.clone()] } else { vec![] };
        assert_eq!(desk.found(token, "mentions:me").await, expected);
        assert_eq!(desk.found(token, "-mentions:me").await.is_empty(), is);
    }
    // Another comment does not make one forget it; reading does.
    desk.note(&thread, "And?", &[]).await.ok();
    assert_eq!(desk.row(&desk.omar, &thread).await["mentioned"], true);
    let read = send(desk.t.request_as(&desk.omar, Method::POST, &format!("/console/threads/{thread}/read")));
    assert_eq!(read.await.ok()["mentioned"], false);
    let row = desk.row(&desk.omar, &thread).await;
    assert_eq!((&row["unread"], &row["mentioned"]), (&json!(false), &json!(false)));
    assert_eq!(desk.found(&desk.omar, "mentions:me").await, [thread]);
}

#[tokio::test]
async fn whether_somebody_else_was_mentioned_cannot_be_asked() {
    let refused = TestApp::start().await.get("/1.0/content_threads?q=mentions:lea").await;
    assert_eq!((refused.status.as_u16(), &refused.json["field"]), (400, &json!("q")), "{}", refused.json);
}

#[tokio::test]
async fn a_team_is_called_as_far_as_it_may_read_and_who_is_not_there_is_refused() {
    let desk = Desk::new().await;
    let (pat_user, pat) = user(&desk.t, "Pat", "Agent").await;
    desk.shop.permit(&desk.t, &pat_user, &[]).await;
    let all = [desk.nora_id.as_str(), &desk.omar_id, id(&pat_user)];
    let care = new_team(&desk.t, "Care", &[], &all).await;
    let (thread, _) = desk.say("Hello?").await;
    desk.note(&thread, &format!("@[{care}]: who?"), &[&care, id(&pat_user)]).await.ok();
    let unseen = async |token: &str| desk.get(token, "/console/notifications").await["unseen"].clone();
    assert_eq!((unseen(&desk.omar).await, unseen(&desk.nora).await), (json!(1), json!(0)));
    // Not even when they may read it again.
    desk.shop.permit(&desk.t, &pat_user, &[model::SourcePermission::Read]).await;
    assert_eq!((unseen(&pat).await, desk.found(&pat, "mentions:me").await), (json!(0), vec![]));
    assert_eq!(desk.comments(&thread).await[0]["mentions"], json!([{"id": care, "name": "Care"}]));

    let many: Vec<String> = (0..51).map(|n| format!("{n:024x}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (body, calls, status, field) in [
        ("x", &["111111111111111111111111"][..], 422, "mention_ids"),
        ("x", &many[..], 422, "mention_ids"),
        ("x", &["omar"][..], 400, "mention_ids"),
        (" \n", &[][..], 422, "body"),
        (&"x".repeat(20_001), &[][..], 422, "body"),
    ] {
        let refused = desk.note(&thread, body, calls).await;
        assert_eq!((refused.status.as_u16(), &refused.json["field"]), (status, &json!(field)), "{}", refused.json);
    }
    assert_eq!(desk.note("111111111111111111111111", "x", &[]).await.error(404), "not_found");
}

#[tokio::test]
async fn those_who_can_be_called_are_those_who_may_read_it_its_own_people_ahead() {
    let desk = Desk::new().await;
    let (pat_user, pat) = user(&desk.t, "Pat", "Agent").await;
    let (zoe_user, zoe) = user(&desk.t, "Zoe", "Agent").await;
    new_team(&desk.t, "Care", &[], &[&desk.omar_id]).await;
    new_team(&desk.t, "Elsewhere", &[], &[id(&pat_user)]).await;
    let (thread, said) = desk.say("Hello?").await;
    send(desk.t.request_as(&zoe, Method::POST, "/1.0/interventions").json(&json!({"content_id": said}))).await.ok();
    desk.shop.permit(&desk.t, &pat_user, &[]).await;
    let path = format!("/console/threads/{thread}/callable");
    let records = desk.get(&desk.nora, &path).await["records"].clone();
    let names: Vec<&str> = records.as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["Zoe Test", "Admin Hubbub", "Care", "Omar Test"]);
    let zoe = json!({"id": zoe_user["id"], "name": "Zoe Test", "email": "zoe@shop.test", "team": false});
    assert_eq!((&records[0], &records[2]["team"], &records[2]["email"]), (&zoe, &json!(true), &Value::Null));
    assert_eq!(send(desk.t.request_as(&pat, Method::GET, &path)).await.error(404), "not_found");
}

#[tokio::test]
async fn the_search_box_finds_comments_and_programs_find_what_was_said() {
    let mut desk = Desk::new().await;
    let (noted, _) = desk.say("Hello?").await;
    let (said, _) = desk.say("A flügelhorn").await;
    let (other, content) = desk.say("Nothing").await;
    desk.t.post("/1.0/interventions", json!({"content_id": content})).await.ok();
    desk.note(&noted, "Her Flügelhorn is bent", &[]).await.ok();
    let comment = desk.note(&other, "No flugelhorn here", &[]).await.ok();
    let all = [&noted, &said, &other];
    for query in ["flugelhorn", "flugelhorn order:relevance", "flügelh state:unassigned,open", "-state:done flugelhorn"]
    {
        desk.finds(query, &all).await;
    }
    assert_eq!(desk.found(&desk.nora, "flugelhorn bent").await, std::slice::from_ref(&noted));
    assert_eq!(desk.found(&desk.nora, "flugelhorn state:open").await, std::slice::from_ref(&other));
    // The words of two are not those of one.
    assert_eq!(desk.found(&desk.nora, "hello bent").await, Vec::<String>::new());
    for path in ["/1.0/content_threads", "/1.0/contents"] {
        for query in ["text:flugelhorn", "text:flugelhorn order:relevance", "text:flugelhorn status_in:new"] {
            let answer = send(desk.t.request_as(&desk.nora, Method::GET, path).query(&[("q", query)])).await.ok();
            let found = answer["records"].as_array().expect("a list").len();
            assert_eq!((&answer["count"], found), (&json!(1), 1), "{path} {query}");
        }
    }
    assert_eq!(desk.counted("/1.0/contents?q=text:bent").await, 0);

    // What is removed is not found, and an index that is made anew has the rest.
    desk.t.delete(&format!("{API}/{}", id(&comment))).await.ok();
    desk.finds("flugelhorn", &[&noted, &said]).await;
    let anew = desk.t.app.db.write(|tx| {
        Box::pin(async move {
            store::search_index::clear(tx).await?;
            tx.batch("UPDATE search_state SET to_index = 'g', comments_to_index = 'g'").await
        })
    });
    let anew: Result<(), store::Error> = anew.await;
    anew.expect("emptied");
    desk.t.restart().await;
    desk.finds("flugelhorn", &[&noted, &said]).await;
}

#[tokio::test]
async fn comments_go_with_an_erased_person() {
    let desk = Desk::new().await;
    let (thread, said) = desk.say("Hello?").await;
    desk.note(&thread, "Zwyxqual", &[&desk.omar_id]).await.ok();
    desk.finds("Zwyxqual", &[&thread]).await;
    let author = desk.t.get(&format!("/1.0/contents/{said}")).await.ok()["author_id"].clone();
    desk.t.delete(&format!("/1.0/identities/{}", author.as_str().expect("an id"))).await.ok();
    eventually("a comment without words", || async { (desk.comments(&thread).await[0]["body"] == "").then_some(()) })
        .await;
    assert_eq!(desk.found(&desk.nora, "Zwyxqual").await, Vec::<String>::new());
    assert_eq!(desk.get(&desk.omar, "/console/notifications").await["records"][0]["excerpt"], Value::Null);
}

#[tokio::test]
async fn a_comment_goes_with_whoever_may_remove_it_on_a_case_or_on_none() {
    let desk = Desk::new().await;
    let remove = async |token: &str, comment: &str| {
        send(desk.t.request_as(token, Method::DELETE, &format!("/console/comments/{comment}"))).await
    };
    let (thread, content) = desk.say("Where is it?").await;
    for on_case in [false, true] {
        if on_case {
            let engaged = json!({"content_id": content});
            send(desk.t.request_as(&desk.omar, Method::POST, "/1.0/interventions").json(&engaged)).await.ok();
        }
        let noted = desk.note(&thread, "By mistake", &[&desk.omar_id]).await.ok();
        let shown = desk.comments(&thread).await;
        assert_eq!((&shown[0]["intervention_id"].is_string(), &shown[0]["may_delete"]), (&on_case, &json!(false)));
        // A colleague may not, somebody who leads the desk may, and so may who wrote it.
        remove(&desk.omar, id(&noted)).await.error(403);
        assert_eq!(desk.comments(&thread).await.as_array().map(Vec::len), Some(1));
        assert_eq!(
            remove(if on_case { &desk.nora } else { crate::support::ADMIN_TOKEN }, id(&noted)).await.status,
            204
        );
        assert_eq!(desk.comments(&thread).await, json!([]));
        remove(&desk.nora, id(&noted)).await.error(404);
    }
    let case = desk.get(&desk.omar, &format!("/1.0/interventions?thread_id={thread}")).await["records"][0].clone();
    assert_eq!(case["comments_count"], 0);
    // Programs do not see one that is on no case.
    let (other, _) = desk.say("Hello?").await;
    let noted = desk.note(&other, "Apart", &[]).await.ok();
    send(desk.t.request_as(&desk.nora, Method::DELETE, &format!("{API}/{}", id(&noted)))).await.error(404);
    // Who may not read its source finds nothing.
    desk.shop.permit(&desk.t, &json!({"id": desk.omar_id}), &[]).await;
    remove(&desk.omar, id(&noted)).await.error(404);
}
