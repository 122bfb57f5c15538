//! One thing done to several conversations: to each by the rules of the single act, and taken back together.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::live_chat::live_shop;
use super::undo::Desk;
use crate::support::counted::assert_counted;
use crate::support::derived::assert_derived;
use crate::support::visitor::Visitor;
use crate::support::world::user;
use crate::support::{Answer, TestApp, id, send};

const ACT: &str = "aaaaaaaaaaaaaaaaaaaaaaa1";

impl Desk {
    async fn bulk(&self, token: &str, act: &str, what: &str, threads: &[String], more: Value) -> Answer {
        let mut body = json!({"act_id": act, "act": what, "thread_ids": threads});
        body.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        send(self.t.request_as(token, Method::POST, "/console/bulk").json(&body)).await
    }

    async fn take_back(&self, token: &str, act: &str) -> Answer {
        send(self.t.request_as(token, Method::POST, &format!("/console/bulk/{act}/undo"))).await
    }

    async fn hear(&self, who: &str) -> (String, String) {
        let said = self.shop.say(&self.t, who, None, "Hello?").await;
        (said.thread.id.to_string(), said.content.id.to_string())
    }

    /// The state of each, and who has it.
    async fn stand(&self, threads: &[String]) -> Vec<(String, Value)> {
        let mut all = Vec::new();
        for thread in threads {
            let row = self.t.get(&format!("/console/threads/{thread}")).await.ok()["thread"].clone();
            all.push((row["state"].as_str().expect("a state").to_owned(), row["owner"]["id"].clone()));
        }
        all
    }
}

fn refused(answer: &Value) -> Vec<(Value, Value)> {
    let all = answer["refused"].as_array().expect("a list").iter();
    all.map(|one| (one["thread_id"].clone(), one["refusal"]["error"].clone())).collect()
}

fn many(list: &Value) -> usize {
    list.as_array().expect("a list").len()
}

#[tokio::test]
async fn several_are_done_at_once_and_come_back_at_once() {
    let desk = Desk::new().await;
    let (nobodys, _) = desk.hear("ann").await;
    let (mine, said) = desk.hear("bob").await;
    desk.take(&desk.nora, &said).await;
    let (answered, said) = desk.hear("cyd").await;
    desk.take(&desk.nora, &said).await;
    desk.reply(&desk.nora, &said).await.ok();
    let (omars, said) = desk.hear("dan").await;
    desk.take(&desk.omar, &said).await;
    let all = [nobodys, mine, answered, omars.clone()];
    let before = desk.stand(&all).await;

    let done = desk.bulk(&desk.nora, ACT, "done", &all, json!({})).await.ok();
    assert_eq!((many(&done["done"]), many(&done["fixed"])), (3, 0), "{done}");
    assert_eq!(refused(&done), [(json!(omars), json!("forbidden"))]);
    let states: Vec<String> = desk.stand(&all).await.into_iter().map(|one| one.0).collect();
    assert_eq!(states, ["done", "done", "done", "open"]);
    // The same again does nothing more, and says the same of what was done.
    let again = desk.bulk(&desk.nora, ACT, "done", &all, json!({})).await.ok();
    assert_eq!((&again["done"], refused(&again).len()), (&done["done"], 1));

    desk.take_back(&desk.omar, ACT).await.error(404);
    let undone = desk.take_back(&desk.nora, ACT).await.ok();
    assert_eq!((many(&undone["undone"]), many(&undone["kept"]), &undone["more"]), (3, 0, &json!(false)), "{undone}");
    assert_eq!(desk.stand(&all).await, before);
    let twice = desk.take_back(&desk.nora, ACT).await.ok();
    assert_eq!((many(&twice["undone"]), many(&twice["kept"])), (0, 0), "once is enough");
    assert_derived(&desk.t).await;
    assert_counted(&desk.t).await;
}

#[tokio::test]
async fn what_somebody_took_in_between_stays_theirs() {
    let desk = Desk::new().await;
    let (one, said) = desk.hear("ann").await;
    let (two, _) = desk.hear("bob").await;
    let all = [one.clone(), two.clone()];
    let nobody = desk.stand(&all).await;
    // What nobody has is taken for whom it is given to.
    let to = json!({"user_id": id(&desk.users[1])});
    let given = desk.bulk(&desk.nora, ACT, "assign", &all, to).await.ok();
    assert_eq!(many(&given["done"]), 2, "{given}");
    let omars = ("open".to_owned(), desk.users[1]["id"].clone());
    assert_eq!(desk.stand(&all).await, [omars.clone(), omars.clone()]);
    desk.reply(&desk.omar, &said).await.ok();
    let undone = desk.take_back(&desk.nora, ACT).await.ok();
    assert_eq!(undone["undone"], json!([two]));
    let kept = &undone["kept"][0];
    let because = &kept["refusal"];
    assert_eq!(
        (&kept["thread_id"], &because["because"], &because["by"]["name"]),
        (&json!(one), &json!("answered"), &json!("Omar Test"))
    );
    assert_eq!(desk.stand(&all).await, [omars, nobody[1].clone()]);
    assert_derived(&desk.t).await;
    assert_counted(&desk.t).await;
}

#[tokio::test]
async fn each_act_has_the_rules_of_the_single_one() {
    let desk = Desk::new().await;
    let t = &desk.t;
    let (nobodys, _) = desk.hear("ann").await;
    let (mine, said) = desk.hear("bob").await;
    desk.take(&desk.nora, &said).await;
    let all = [nobodys.clone(), mine.clone()];
    let act = |n: u8| format!("b{n:023x}");

    let until = json!({"deferred_at": t.clock.now().plus_seconds(3600)});
    let deferred = desk.bulk(&desk.nora, &act(1), "defer", &all, until).await.ok();
    assert_eq!((&deferred["done"], refused(&deferred)[0].0.clone()), (&json!([mine]), json!(nobodys)));
    desk.take_back(&desk.nora, &act(1)).await.ok();
    let gone = desk.bulk(&desk.nora, &act(2), "let_go", &all, json!({})).await.ok();
    assert_eq!((&gone["done"], refused(&gone).len()), (&json!([mine]), 1), "{gone}");
    let locked = desk.bulk(&desk.nora, &act(3), "lock", &all, json!({})).await.ok();
    assert_eq!(many(&locked["done"]), 2, "{locked}");
    let twice = desk.bulk(&desk.nora, &act(7), "lock", &all, json!({})).await.ok();
    assert_eq!(refused(&twice).len(), 2, "they are locked already: {twice}");
    desk.take_back(&desk.nora, &act(3)).await.ok();
    let category = t.post("/1.0/categories", json!({"name": "Orders"})).await.ok();
    let ids = json!({"category_ids": [category["id"]]});
    let sorted = desk.bulk(&desk.nora, &act(4), "categorize", &all, ids).await.ok();
    assert_eq!(many(&sorted["done"]), 2, "{sorted}");
    let row = t.get(&format!("/console/threads/{mine}")).await.ok();
    assert_eq!(row["thread"]["category_ids"], json!([category["id"]]));
    let read = desk.bulk(&desk.nora, &act(5), "read", &all, json!({})).await.ok();
    assert_eq!((many(&read["done"]), many(&read["fixed"])), (2, 2), "reading is not taken back: {read}");

    // Too late, too many, none, and another act under the same id.
    desk.t.clock.advance(Duration::from_secs(61));
    assert_eq!(desk.take_back(&desk.nora, &act(4)).await.error(409), "cannot_undo");
    let crowd: Vec<String> = (0..51).map(|n| format!("{n:024x}")).collect();
    for (threads, status) in [(&crowd[..], 422), (&[][..], 400)] {
        let answer = desk.bulk(&desk.nora, &act(6), "done", threads, json!({})).await;
        assert_eq!((answer.status.as_u16(), &answer.json["field"]), (status, &json!("thread_ids")));
    }
    let answer = desk.bulk(&desk.nora, &act(6), "dance", &all, json!({})).await;
    assert_eq!((answer.status.as_u16(), &answer.json["field"]), (400, &json!("act")));
    let other = desk.bulk(&desk.nora, &act(4), "done", &all, json!({})).await.ok();
    assert_eq!(refused(&other).len(), 0, "it was done under this id: {other}");
    let (third, _) = desk.hear("cyd").await;
    let other = desk.bulk(&desk.nora, &act(4), "done", &[third], json!({})).await.ok();
    assert_eq!(refused(&other)[0].1, "act_id_used");
    assert_derived(t).await;
    assert_counted(t).await;
}

#[tokio::test]
async fn live_chats_are_treated_as_one_by_one() {
    let t = TestApp::start().await;
    let shop = live_shop(&t, json!({})).await;
    let (_, nora) = user(&t, "Nora", "Agent").await;
    let visitor = Visitor::new(&t, &shop.chat).await;
    let said = visitor.write(&t, None, "Anybody?").await;
    let thread = id(&said["thread"]).to_owned();
    let body = json!({"content_id": said["message"]["id"]});
    send(t.request_as(&nora, Method::POST, "/1.0/interventions").json(&body)).await.ok();
    let desk = Desk { omar: nora.clone(), users: [Value::Null, Value::Null], shop, nora, t };
    let until = json!({"duration": 3600});
    let deferred = desk.bulk(&desk.nora, ACT, "defer", std::slice::from_ref(&thread), until).await.ok();
    assert_eq!(refused(&deferred)[0].1, "live_chat");
    let done = desk.bulk(&desk.nora, ACT, "done", std::slice::from_ref(&thread), json!({})).await.ok();
    assert_eq!((many(&done["done"]), many(&done["fixed"])), (1, 1), "with it the chat ends, for good: {done}");
}
