//! Whom the console can join, and what a person was joined of.

use model::CommunityId;
use reqwest::Method;
use serde_json::{Value, json};

use super::identity::{change, customers};
use super::identity_group::group_of;
use crate::support::world::{World, user};
use crate::support::{Answer, TestApp, id, send};

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(|p| p["identity"]["id"].as_str()).collect()
}

#[tokio::test]
async fn people_are_found_by_parts_of_what_is_known_of_them() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let customers = customers(&t, &world).await;
    let (ann, ben) = (customers[0].as_str(), customers[1].as_str());
    change(&t, ann, |i| {
        i.firstname = Some("Ann".into());
        i.lastname = Some("O'Hara_100%".into());
        i.email = Some("ann@Shop.test".into());
        i.mobile_phone = Some("+33 6 12".into());
    })
    .await;
    change(&t, ben, |i| i.uuid = Some("crm-2".into())).await;
    group_of(&t, ben, json!({"firstname": "Benjamin", "lastname": "Smith", "emails": ["b.smith@home.test"]})).await;
    // The shop's own identity is no customer.
    let own = world.chat.identity_id.as_ref().expect("an identity").as_str();
    change(&t, own, |i| i.lastname = Some("Smith".into())).await;
    for (text, expected) in [
        ("ann", vec![ann]),
        ("  HARA  shop.TEST ", vec![ann]),
        ("ann smith", vec![]),
        ("+33 6", vec![ann]),
        ("+336 12", vec![ann]),
        ("06 12", vec![ann]),
        ("hara 0612", vec![ann]),
        ("07 12", vec![]),
        ("an\u{ad}n", vec![ann]),
        ("100%", vec![ann]),
        ("n%o", vec![]),
        ("a_a", vec![]),
        ("crm-2", vec![ben]),
        ("smith benj", vec![ben]),
        ("b.smith@home", vec![ben]),
        ("be", vec![ben]),
        ("n", vec![]),
        (" ", vec![]),
    ] {
        let query = [("text", text)];
        let found = send(t.request(Method::GET, "/console/people").query(&query)).await.ok();
        let (mut found, mut expected) = (ids(&found), expected);
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{text}");
    }
    let found = t.get("/console/people?text=benjamin").await.ok();
    assert_eq!(
        (&found[0]["community"], &found[0]["joined"], &found[0]["identity_group"]["lastname"]),
        (&json!("Shop visitors"), &json!(false), &json!("Smith"))
    );
}

#[tokio::test]
async fn a_person_shows_which_identities_can_be_taken_out() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let customers = customers(&t, &world).await;
    let group = group_of(&t, &customers[0], json!({})).await;
    let joined = json!({"associated_identity_id": customers[1]});
    t.put(&format!("/1.0/identity_groups/{group}/merge"), joined).await.ok();
    let path = format!("/console/people?identity_group_id={group}");
    let list = t.get(&path).await.ok();
    assert_eq!(ids(&list), customers);
    assert_eq!((&list[0]["joined"], &list[1]["joined"]), (&json!(false), &json!(true)));
    t.get("/console/people?identity_group_id=0123456789abcdef01234567").await.error(404);
    t.get("/console/people?identity_group_id=x").await.error(400);
}

#[tokio::test]
async fn who_was_said_not_to_be_the_same_is_not_offered_any_more() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let customers = customers(&t, &world).await;
    let (ann, ben) = (&customers[0], &customers[1]);
    world.say(&t, "cy", None, "Hello").await;
    let list = t.get("/1.0/identities?foreign_id=cy").await.ok();
    let cy = id(&list["records"][0]);
    for one in [ann, ben, cy] {
        change(&t, one, |i| i.email = Some("both@home.test".into())).await;
    }
    let beside = async |id: &str, other: &str| {
        let found = t.get(&format!("/console/people?text=both@home.test&beside={id}")).await.ok();
        ids(&found).contains(&other)
    };
    let not_same = async |id: &str, other: &str| {
        t.put(&format!("/console/people/{id}/not_same"), json!({"other_id": other})).await
    };
    assert!(beside(ann, ben).await && beside(ben, ann).await);
    for _ in 0..2 {
        assert_eq!(not_same(ben, ann).await.status.as_u16(), 204);
    }
    assert!(!beside(ann, ben).await && !beside(ben, ann).await && beside(ann, cy).await);
    // It counts for the whole person, whoever is joined to it later.
    let group = group_of(&t, ben, json!({})).await;
    t.put(&format!("/1.0/identity_groups/{group}/merge"), json!({"associated_identity_id": cy})).await.ok();
    assert!(!beside(ann, cy).await && !beside(cy, ann).await);
    // Whoever looks for somebody by hand finds them, and may still merge them.
    let found = t.get("/console/people?text=both@home.test").await.ok();
    assert!(ids(&found).contains(&ben.as_str()));
    for (id, other) in [(ann.as_str(), ann.as_str()), (ben, cy), (ann, "0123456789abcdef01234567")] {
        let refused = not_same(id, other).await;
        assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!("other_id")), "{}", refused.text);
    }
    not_same("0123456789abcdef01234567", ann).await.error(404);
}

#[tokio::test]
async fn people_are_seen_by_who_may_read_their_sources() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let customers = customers(&t, &world).await;
    let group = group_of(&t, &customers[0], json!({})).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    let get = async |path: &str| send(t.request_as(&token, Method::GET, path)).await;
    assert_eq!(ids(&get("/console/people?text=ann").await.ok()), [&customers[0]]);
    world.permit(&t, &nora, &[]).await;
    let path = format!("/console/people?identity_group_id={group}");
    for path in ["/console/people?text=ann", &path] {
        let answer = get(path).await;
        assert!(answer.status.as_u16() != 200 || answer.json == json!([]), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn case_and_accents_do_not_matter_and_no_text_is_too_much() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let customers = customers(&t, &world).await;
    let (ann, ben) = (customers[0].as_str(), customers[1].as_str());
    change(&t, ann, |i| {
        i.firstname = Some("Élodie".into());
        i.lastname = Some("СЕРГЕЕВА".into());
    })
    .await;
    change(&t, ben, |i| {
        i.screenname = None;
        i.uuid = Some("CRM/Ü 7".into());
    })
    .await;
    // Called as the console calls them, in any case.
    let shown = t.get(&format!("/1.0/identities/{ben}")).await.ok()["display_name"].clone();
    let visitor = shown.as_str().expect("a name").to_uppercase();
    assert!(visitor.starts_with("VISITOR "), "{visitor}");
    let long = "x".repeat(55_000);
    for (text, expected) in [
        ("Élodie", vec![ann]),
        ("ELODIE", vec![ann]),
        ("elodie сергеева", vec![ann]),
        (&visitor, vec![ben]),
        ("crm/u 7", vec![ben]),
        ("CRM/Ü 7", vec![ben]),
        ("visitor ann", vec![]),
        (&long, vec![]),
        ("a\u{0}b", vec![]),
    ] {
        let found = send(t.request(Method::GET, "/console/people").query(&[("text", text)])).await;
        assert!(found.status != 500, "{text}: {}", found.text);
        if found.status == 200 {
            assert_eq!(ids(&found.json), expected, "{text}");
        } else {
            assert!(expected.is_empty(), "{text}: {}", found.text);
        }
    }
}

async fn merge(t: &TestApp, into: &str, other: &str) -> Answer {
    t.put(&format!("/console/people/{into}/merge"), json!({"other_id": other})).await
}

async fn group_of_identity(t: &TestApp, identity: &str) -> Value {
    let group = t.get(&format!("/1.0/identities/{identity}")).await.ok()["identity_group_id"].clone();
    match group.as_str() {
        Some(group) => t.get(&format!("/1.0/identity_groups/{group}")).await.ok(),
        None => Value::Null,
    }
}

/// A person called Anna-Maria by hand, of two identities of which one said Ann and the other one Antje; gives those.
async fn anna(t: &TestApp, world: &World) -> [String; 2] {
    let mut identities = Vec::new();
    for (name, first) in [("p", "Ann"), ("q", "Antje")] {
        t.clock.advance(std::time::Duration::from_secs(1));
        let identity = world.say(t, name, None, "Hello").await.author.id.to_string();
        change(t, &identity, move |i| {
            i.firstname = Some(first.into());
            i.company = Some(format!("{first}'s"));
            i.email = Some(format!("{first}@shop.test"));
        })
        .await;
        identities.push(identity);
    }
    let [p, q] = [identities.remove(0), identities.remove(0)];
    let group = group_of(t, &p, json!({})).await;
    t.put(&format!("/1.0/identity_groups/{group}/merge"), json!({"associated_identity_id": q})).await.ok();
    let corrected = json!({"firstname": "Anna-Maria", "lastname": "Smith", "company": "", "notes": "Tall",
                           "emails": ["ann@shop.test", "am@home.test"]});
    t.put(&format!("/1.0/identity_groups/{group}"), corrected).await.ok();
    [p, q]
}

#[tokio::test]
async fn a_whole_person_comes_with_what_was_corrected() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let r = world.say(&t, "r", None, "Hello").await.author.id.to_string();
    let [p, q] = anna(&t, &world).await;
    let before = group_of_identity(&t, &q).await;
    let merged = merge(&t, &r, &q).await.ok();
    assert_eq!((&merged["firstname"], &merged["lastname"]), (&json!("Anna-Maria"), &json!("Smith")));
    assert_eq!((&merged["company"], &merged["notes"]), (&json!(null), &json!("Tall")));
    assert_eq!(merged["emails"], json!(["ann@shop.test", "am@home.test"]));
    assert_eq!(merged["identity_ids"], json!([r, p, q]));
    assert_eq!(group_of_identity(&t, &q).await, merged);
    // Once more changes nothing.
    assert_eq!(merge(&t, &r, &p).await.ok(), merged);
    // All of it is told.
    let events = t.get("/1.0/events/journal?after=0&type=identity.merged").await.ok();
    assert_eq!(events["records"].as_array().map(Vec::len), Some(3), "{events}");

    let unmerge = format!("/1.0/identity_groups/{}/unmerge", id(&merged));
    for identity in [&p, &q] {
        t.put(&unmerge, json!({"associated_identity_id": identity})).await.ok();
    }
    let known = |mut group: Value| {
        group.as_object_mut().expect("a map").remove("updated_at");
        group
    };
    assert_eq!(known(group_of_identity(&t, &p).await), known(before));
    let alone = group_of_identity(&t, &r).await;
    assert_eq!((&alone["firstname"], &alone["notes"], &alone["emails"]), (&json!(null), &json!(null), &json!([])));
}

#[tokio::test]
async fn a_person_keeps_what_is_known_and_takes_in_one_without_a_group() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let [p, q] = anna(&t, &world).await;
    let r = world.say(&t, "r", None, "Hello").await.author.id.to_string();
    change(&t, &r, |i| {
        i.firstname = Some("Rose".into());
        i.company = Some("Acme".into());
    })
    .await;
    let merged = merge(&t, &p, &r).await.ok();
    assert_eq!((&merged["firstname"], &merged["company"]), (&json!("Anna-Maria"), &json!("Acme")));
    assert_eq!(merged["identity_ids"].as_array().map(Vec::len), Some(3));
    assert_eq!(group_of_identity(&t, &q).await, merged);
}

#[tokio::test]
async fn a_person_of_whom_not_all_is_seen_is_not_merged() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let [p, q] = anna(&t, &world).await;
    let r = world.say(&t, "r", None, "Hello").await.author.id.to_string();
    // The one identity is on a community of which the agent may read no source.
    let elsewhere = json!({"name": "Elsewhere", "type": "engage_messaging"});
    let elsewhere = t.post("/1.0/communities", elsewhere).await.ok();
    let community_id = CommunityId::parse(id(&elsewhere)).expect("an id");
    let mut shop = world.chat.clone();
    shop.community_id = community_id.clone();
    let other = World::on(World::on(shop).another_chat(&t, "Elsewhere").await);
    change(&t, &q, move |i| i.community_id = community_id).await;
    let (nora, token) = user(&t, "Nora", "Agent").await;
    other.permit(&t, &nora, &[]).await;
    let before = group_of_identity(&t, &p).await;
    for (into, other, status) in [(&r, &p, 403), (&r, &q, 422), (&q, &r, 422), (&r, &r, 422)] {
        let path = format!("/console/people/{into}/merge?other_id={other}");
        send(t.request_as(&token, Method::PUT, &path)).await.error(status);
    }
    let path = format!("/console/people/{r}/merge");
    send(t.request_as(&token, Method::PUT, &path)).await.error(400);
    assert_eq!(group_of_identity(&t, &p).await, before);
    assert_eq!(group_of_identity(&t, &r).await, Value::Null);
    // Somebody who sees all of it can.
    merge(&t, &r, &p).await.ok();
}

#[tokio::test]
async fn where_merging_is_off_nothing_is_made() {
    let t = TestApp::start().await;
    let world = World::new(&t).await;
    let customers = customers(&t, &world).await;
    t.put("/1.0/settings", json!({"identity_merge": false})).await.ok();
    merge(&t, &customers[0], &customers[1]).await.error(403);
    assert_eq!(group_of_identity(&t, &customers[0]).await, Value::Null);
    let events = t.get("/1.0/events/journal?after=0&type=identity_group.created").await.ok();
    assert_eq!(events["records"], json!([]));
}
