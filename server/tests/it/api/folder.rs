use reqwest::Method;
use serde_json::{Value, json};

use super::team::new_team;
use crate::support::world::{World, user, user_id};
use crate::support::{TestApp, eventually, id, send};

async fn made(t: &TestApp, body: Value) -> Value {
    t.post("/1.0/folders", body).await.ok()
}

fn labels(list: &Value) -> Vec<&str> {
    list["records"].as_array().expect("a list").iter().filter_map(|f| f["label"].as_str()).collect()
}

#[tokio::test]
async fn a_folder_has_every_field() {
    let t = TestApp::start().await;
    let (_, nora) = t.user_of("Agent").await;
    let above = made(&t, json!({"label": "Support"})).await;
    let roles = t.get("/1.0/roles").await.ok();
    let role = roles["records"][2]["id"].as_str().expect("an id");
    let team = new_team(&t, "Night shift", &[], &[]).await;
    let query = format!(
        "/1.0/folders?label=Mine&parent_id={}&query=active_and_assigned_to_me:true&render_threads_count=true\
         &role_restriction[only][]={role}&team_restriction[only][]={team}&user_restriction[only][]={nora}",
        id(&above)
    );
    let folder = send(t.request(Method::POST, &query)).await.ok();
    let expected = json!({
        "id": folder["id"], "created_at": "2026-03-02T09:00:00Z", "updated_at": "2026-03-02T09:00:00Z",
        "label": "Mine", "parent_id": above["id"], "position": 0, "query": "active_and_assigned_to_me:true",
        "render_threads_count": true, "role_restriction": {"only": [role]}, "team_restriction": {"only": [team]},
        "user_restriction": {"only": [nora]}, "user_id": null,
    });
    assert_eq!(folder, expected);
    let path = format!("/1.0/folders/{}", id(&folder));
    assert_eq!(t.get(&path).await.ok(), expected);
    let changes = json!({"label": "All", "parent_id": "", "query": "", "render_threads_count": false,
                         "role_restriction[only][]": [], "team_restriction": {"only": []},
                         "user_restriction": {"only": []}});
    let changed = t.put(&path, changes).await.ok();
    assert_eq!(
        (&changed["label"], &changed["parent_id"], &changed["query"]),
        (&json!("All"), &json!(null), &json!(null))
    );
    for name in ["role_restriction", "team_restriction", "user_restriction"] {
        assert_eq!(changed[name], json!({"only": []}), "{name}");
    }
    assert_eq!(t.delete(&path).await.ok()["id"], folder["id"]);
    t.get(&path).await.error(404);
}

#[tokio::test]
async fn folders_stand_in_order_and_in_a_tree_without_circles() {
    let t = TestApp::start().await;
    let (a, b) = (made(&t, json!({"label": "a"})).await, made(&t, json!({"label": "b"})).await);
    made(&t, json!({"label": "c", "position": 0})).await;
    let list = t.get("/1.0/folders").await.ok();
    assert_eq!((labels(&list), &list["count"]), (vec!["c", "a", "b"], &json!(3)));
    let list = t.get("/1.0/folders?limit=1&offset=1").await.ok();
    assert_eq!((labels(&list), &list["count"]), (vec!["a"], &json!(3)));

    let (path_a, path_b) = (format!("/1.0/folders/{}", id(&a)), format!("/1.0/folders/{}", id(&b)));
    t.put(&path_b, json!({"parent_id": a["id"]})).await.ok();
    for (path, parent) in [(&path_a, &b), (&path_a, &a)] {
        let circle = t.put(path, json!({"parent_id": parent["id"]})).await;
        assert_eq!(circle.json["field"], "parent_id");
        circle.error(422);
    }
    assert_eq!(t.delete(&path_a).await.error(422), "folder_has_children");
    t.delete(&path_b).await.ok();
    t.delete(&path_a).await.ok();

    let mut above = json!(null);
    for level in 1..=21 {
        let answer = t.post("/1.0/folders", json!({"label": "deep", "parent_id": above})).await;
        if level == 21 {
            assert_eq!(answer.json["field"], "parent_id");
            answer.error(422);
        } else {
            above = answer.ok()["id"].clone();
        }
    }
}

#[tokio::test]
async fn what_a_folder_cannot_be_is_named() {
    let t = TestApp::start().await;
    let nobody = "0123456789abcdef01234567";
    for (body, field, status) in [
        (json!({}), "label", 422),
        (json!({"label": " "}), "label", 422),
        (json!({"label": "x", "parent_id": "x"}), "parent_id", 400),
        (json!({"label": "x", "parent_id": nobody}), "parent_id", 422),
        (json!({"label": "x", "position": -2}), "position", 422),
        (json!({"label": "x", "query": "colour:red"}), "query", 422),
        (json!({"label": "x", "query": "x".repeat(2001)}), "query", 422),
        (json!({"label": "x", "render_threads_count": "x"}), "render_threads_count", 400),
        (json!({"label": "x", "role_restriction": [nobody]}), "role_restriction", 400),
        (json!({"label": "x", "role_restriction": {"except": [nobody]}}), "role_restriction", 400),
        (json!({"label": "x", "user_restriction": {"only": ["x"]}}), "user_restriction", 400),
        (json!({"label": "x", "role_restriction": {"only": [nobody]}}), "role_restriction", 422),
        (json!({"label": "x", "team_restriction": {"only": [nobody]}}), "team_restriction", 422),
        (json!({"label": "x", "user_restriction": {"only": [nobody]}}), "user_restriction", 422),
        (json!({"label": "x", "user_id": nobody}), "user_id", 422),
    ] {
        let answer = t.post("/1.0/folders", body.clone()).await;
        assert_eq!((&answer.json["field"], answer.status.as_u16()), (&json!(field), status), "{body} {}", answer.text);
    }
    assert_eq!(t.get("/1.0/folders").await.ok()["count"], 0);
}

#[tokio::test]
async fn who_is_restricted_does_not_see_a_folder_nor_what_is_below() {
    let t = TestApp::start().await;
    let (nora, nora_token) = user(&t, "Nora", "Agent").await;
    let (_, omar_token) = user(&t, "Omar", "Agent").await;
    let (_, lea_token) = user(&t, "Lea", "Team leader").await;
    let team = new_team(&t, "Night shift", &[], &[id(&nora)]).await;
    made(&t, json!({"label": "all"})).await;
    let users = made(&t, json!({"label": "nora", "user_restriction": {"only": [nora["id"]]}})).await;
    made(&t, json!({"label": "below nora", "parent_id": users["id"]})).await;
    made(&t, json!({"label": "agents", "role_restriction": {"only": [nora["role_id"]]}})).await;
    made(&t, json!({"label": "team", "team_restriction": {"only": [team]}})).await;
    let leaders = t.get("/1.0/roles").await.ok()["records"][1]["id"].clone();
    let both = json!({"label": "nora as leader", "user_restriction": {"only": [nora["id"]]},
                      "role_restriction": {"only": [leaders]}});
    made(&t, both).await;
    let get = async |token: &str, path: &str| send(t.request_as(token, Method::GET, path)).await;
    for (token, expected) in [
        (&nora_token, vec!["all", "below nora", "nora", "agents", "team"]),
        (&omar_token, vec!["all", "agents"]),
        (&lea_token, vec!["all"]),
    ] {
        let list = get(token, "/1.0/folders").await.ok();
        let mut seen = labels(&list);
        let mut expected = expected;
        seen.sort_unstable();
        expected.sort_unstable();
        assert_eq!(seen, expected);
        let console = get(token, "/console/folders").await.ok();
        assert_eq!(console["folders"].as_array().expect("a list").len(), expected.len());
    }
    let path = format!("/1.0/folders/{}", id(&users));
    get(&nora_token, &path).await.ok();
    get(&omar_token, &path).await.error(404);
    get(&omar_token, &format!("/console/threads?folder={}", id(&users))).await.error(404);
    send(t.request_as(&omar_token, Method::PUT, &path).json(&json!({"label": "x"}))).await.error(404);
    // Who manages folders sees them all, and has those alone in the inbox that are for them.
    assert_eq!(t.get("/1.0/folders").await.ok()["count"], 6);
    assert_eq!(t.get("/console/folders").await.ok()["folders"].as_array().expect("a list").len(), 1);
}

#[tokio::test]
async fn a_folder_outlives_those_whom_it_is_for_and_opens_to_nobody_by_that() {
    let t = TestApp::start().await;
    let (nora, nora_token) = user(&t, "Nora", "Agent").await;
    let (omar, _) = user(&t, "Omar", "Agent").await;
    let team = new_team(&t, "Night shift", &[], &[id(&nora)]).await;
    let role = t.post("/1.0/roles", json!({"label": "Guests"})).await.ok();
    let restrictions = json!({
        "role_restriction": {"only": [nora["role_id"], role["id"]]}, "team_restriction": {"only": [team]},
        "user_restriction": {"only": [nora["id"], omar["id"]]},
    });
    let with = |label: &str| {
        let mut body = restrictions.clone();
        body["label"] = json!(label);
        body
    };
    let folder = made(&t, with("Nights")).await;
    let path = format!("/1.0/folders/{}", id(&folder));
    let sees = async || send(t.request_as(&nora_token, Method::GET, &path)).await.status.as_u16();
    assert_eq!(sees().await, 200);
    t.delete(&format!("/1.0/users/{}", id(&omar))).await.ok();
    t.delete(&format!("/1.0/roles/{}", id(&role))).await.ok();
    t.delete(&format!("/1.0/teams/{team}")).await.ok();

    // A form sends back what it was given.
    let renamed = t.put(&path, with("Late")).await.ok();
    assert_eq!(renamed["label"], "Late");
    assert_eq!(renamed["user_restriction"], json!({"only": [nora["id"]]}));
    assert_eq!(renamed["role_restriction"], json!({"only": [nora["role_id"]]}));
    assert_eq!(renamed["team_restriction"], json!({"only": [team]}), "none would be for all");
    assert_eq!(sees().await, 404);

    // What is gone and not the folder's is still unknown, and so is what was dropped.
    for name in ["role_restriction", "user_restriction"] {
        let other = t.put(&path, json!({name: {"only": [team]}})).await;
        assert_eq!((&other.json["field"], other.status.as_u16()), (&json!(name), 422));
    }
    let again = t.put(&path, json!({"user_restriction": {"only": [omar["id"]]}})).await;
    assert_eq!((&again.json["field"], again.status.as_u16()), (&json!("user_restriction"), 422));
    let opened = t.put(&path, json!({"team_restriction": {"only": []}})).await.ok();
    assert_eq!(opened["team_restriction"], json!({"only": []}));
    assert_eq!(sees().await, 200);
}

#[tokio::test]
async fn shared_folders_are_changed_by_who_manages_them_and_own_ones_by_their_owner() {
    let t = TestApp::start().await;
    let (nora, nora_token) = user(&t, "Nora", "Agent").await;
    let omar_token = t.token_of("Agent").await;
    let shared = made(&t, json!({"label": "shared"})).await;
    let shared_path = format!("/1.0/folders/{}", id(&shared));
    let call = async |token: &str, method: Method, path: &str, body: Value| {
        send(t.request_as(token, method, path).json(&body)).await
    };
    call(&nora_token, Method::POST, "/1.0/folders", json!({"label": "x"})).await.error(403);
    call(&nora_token, Method::PUT, &shared_path, json!({"label": "x"})).await.error(403);
    call(&nora_token, Method::DELETE, &shared_path, json!({})).await.error(403);

    let own = json!({"label": "mine", "user_id": nora["id"], "parent_id": shared["id"], "query": "late"});
    let own = call(&nora_token, Method::POST, "/1.0/folders", own).await.ok();
    let path = format!("/1.0/folders/{}", id(&own));
    assert_eq!(own["user_id"], nora["id"]);
    assert_eq!(labels(&call(&nora_token, Method::GET, "/1.0/folders", json!({})).await.ok()), ["shared", "mine"]);
    assert_eq!(labels(&call(&omar_token, Method::GET, "/1.0/folders", json!({})).await.ok()), ["shared"]);
    call(&omar_token, Method::GET, &path, json!({})).await.error(404);
    t.get(&path).await.error(404);
    call(&nora_token, Method::PUT, &path, json!({"label": "my own"})).await.ok();
    let restricted = json!({"user_restriction": {"only": [nora["id"]]}});
    assert_eq!(call(&nora_token, Method::PUT, &path, restricted).await.error(422), "own_folder");
    call(&nora_token, Method::PUT, &path, json!({"user_id": id(&shared)})).await.error(422);
    let below = json!({"label": "x", "parent_id": own["id"]});
    t.post("/1.0/folders", below).await.error(422);
    call(&nora_token, Method::DELETE, &path, json!({})).await.ok();
    t.delete(&shared_path).await.ok();
}

#[tokio::test]
async fn own_folders_move_up_when_a_shared_one_goes_and_go_with_their_owner() {
    let t = TestApp::start().await;
    let (nora, nora_token) = user(&t, "Nora", "Agent").await;
    let above = made(&t, json!({"label": "above"})).await;
    let shared = made(&t, json!({"label": "shared", "parent_id": above["id"]})).await;
    let own = async |label: &str, parent: &Value| {
        let body = json!({"label": label, "user_id": nora["id"], "parent_id": parent["id"]});
        send(t.request_as(&nora_token, Method::POST, "/1.0/folders").json(&body)).await.ok()
    };
    let mine = own("mine", &shared).await;
    let deep = own("deep", &mine).await;
    let beside = own("beside", &above).await;
    let parent = async |folder: &Value| {
        let path = format!("/1.0/folders/{}", id(folder));
        send(t.request_as(&nora_token, Method::GET, &path)).await.ok()["parent_id"].clone()
    };
    // What is shared is in the way, what is somebody's own is not.
    assert_eq!(t.delete(&format!("/1.0/folders/{}", id(&above))).await.error(422), "folder_has_children");
    assert_eq!((parent(&mine).await, parent(&beside).await), (shared["id"].clone(), above["id"].clone()));
    t.delete(&format!("/1.0/folders/{}", id(&shared))).await.ok();
    assert_eq!((parent(&mine).await, parent(&deep).await), (above["id"].clone(), mine["id"].clone()));
    t.delete(&format!("/1.0/folders/{}", id(&above))).await.ok();
    assert_eq!((parent(&mine).await, parent(&deep).await), (json!(null), mine["id"].clone()));
    assert_eq!(parent(&beside).await, json!(null));

    // Nobody could change them any more once she is gone.
    t.delete(&format!("/1.0/users/{}", id(&nora))).await.ok();
    let nora = user_id(&nora);
    let left = t.app.db.read(move |tx| Box::pin(async move { store::folder::count(tx, Some(&nora)).await })).await;
    assert_eq!(left.expect("a count"), 0);
}

#[tokio::test]
async fn a_folder_lists_and_counts_what_its_query_finds() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let first = world.say(&t, "ann", None, "My parcel is late").await;
    world.say(&t, "ben", None, "Thanks").await;
    let folder = json!({"label": "New", "query": "status_in:new", "render_threads_count": true});
    let folder = made(&t, folder).await;
    let mine = json!({"label": "Mine", "query": "active_and_assigned_to_me:true", "render_threads_count": true});
    let mine = made(&t, mine).await;
    made(&t, json!({"label": "Silent", "query": "status_in:new"})).await;
    made(&t, json!({"label": "Group"})).await;
    let counts = async || {
        let folders = t.get("/console/folders").await.ok();
        folders["folders"].as_array().expect("a list").iter().map(|f| f["count"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(counts().await, [json!(2), json!(0), json!(null), json!(null)]);
    t.post("/1.0/interventions", json!({"content_id": first.content.id})).await.ok();
    let taken = [json!(1), json!(1), json!(null), json!(null)];
    eventually("counts that follow", || async { (counts().await == taken).then_some(()) }).await;

    let threads = t.get(&format!("/console/threads?folder={}", id(&mine))).await.ok();
    assert_eq!((&threads["count"], &threads["records"][0]["id"]), (&json!(1), &json!(first.thread.id)));
    let threads = t.get(&format!("/console/threads?folder={}&text=parcel", id(&folder))).await.ok();
    assert_eq!(threads["count"], 0);
    let nobody = "/console/threads?folder=0123456789abcdef01234567";
    t.get(nobody).await.error(404);

    // Somebody who reads nothing there has the folder and no threads.
    let (nora, token) = user(&t, "Nora", "Agent").await;
    world.permit(&t, &nora, &[]).await;
    let theirs = send(t.request_as(&token, Method::GET, "/console/folders")).await.ok();
    assert_eq!((&theirs["folders"][0]["label"], &theirs["folders"][0]["count"]), (&json!("New"), &json!(0)));
}
