//! Nobody gives what they do not have, by any way, and nobody gets into the account of somebody who may do more.

use std::collections::BTreeMap;

use hubbub::crypto::Keys;
use hubbub::domain::role::{self, RoleIn};
use hubbub::domain::user::{self, Invite, UserIn};
use hubbub::domain::user_sources;
use hubbub::domain::webhook::{self, WebhookIn};
use hubbub::domain::{Actor, Error, access, access_token, session};
use model::{CreatedFrom, Permission, RoleId, SourceId, SourcePermission, UserId};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};
use store::access_token::AccessToken;
use store::{Tx, params};

use crate::support::world::{World, user as new_user};
use crate::support::{Answer, TestApp, id, send};

/// A desk with two chats, and a user administrator who may do everything but on the second one.
struct Desk {
    t: TestApp,
    open: World,
    hidden: World,
    /// The limited administrator's token.
    token: String,
    limited: Value,
}

async fn desk() -> Desk {
    let t = TestApp::start().await;
    let open = World::new(&t).await;
    let community = json!({"type": "engage_messaging", "name": "Others", "signed_identities": "rejected"});
    let community = t.post("/1.0/communities", community).await.ok();
    let chat = json!({"type": "engage_messaging", "name": "Hidden chat", "community_id": community["id"]});
    let chat = t.post("/1.0/content_sources", chat).await.ok();
    let token = chat["token"].as_str().expect("a token").to_owned();
    let found = t.app.db.read(move |tx| Box::pin(async move { store::source::by_token(tx, &token).await })).await;
    let hidden = World::on(found.expect("a read").expect("a source"));
    let (limited, token) = new_user(&t, "Lim", "Administrator").await;
    hidden.permit(&t, &limited, &[]).await;
    Desk { t, open, hidden, token, limited }
}

impl Desk {
    async fn ask(&self, method: Method, path: &str, body: Value) -> Answer {
        send(self.t.request_as(&self.token, method, &format!("/1.0/{path}")).json(&body)).await
    }

    async fn role(&self, label: &str) -> Value {
        let roles = self.t.get("/1.0/roles?limit=150").await.ok();
        roles["records"].as_array().expect("roles").iter().find(|r| r["label"] == label).expect("a role").clone()
    }

    /// A user whom the limited administrator makes with a role that reads nothing, with a token.
    async fn puppet(&self) -> (Value, String, Value) {
        let role = self.ask(Method::POST, "roles", json!({"label": "Nothing", "read_user": true})).await.ok();
        let user = json!({"firstname": "Pup", "lastname": "Pet", "email": "pup@shop.test", "no_password": true,
                          "role_id": role["id"]});
        let user = self.ask(Method::POST, "users", user).await.ok();
        let token = json!({"label": "x", "user_id": user["id"]});
        let token = self.ask(Method::POST, "access_tokens", token).await.ok();
        (user, token["token"].as_str().expect("a token").to_owned(), role)
    }

    /// What a token gets of a content on each chat.
    async fn reads(&self, token: &str) -> [u16; 2] {
        let mut codes = [0; 2];
        for (code, shop) in codes.iter_mut().zip([&self.open, &self.hidden]) {
            let said = shop.say(&self.t, "ann", None, "Hello").await;
            let path = format!("/1.0/contents/{}", said.content.id);
            *code = send(self.t.request_as(token, Method::GET, &path)).await.status.as_u16();
        }
        codes
    }
}

#[tokio::test]
async fn another_role_opens_no_source_that_its_giver_does_not_read() {
    let d = desk().await;
    let (puppet, token, _) = d.puppet().await;
    assert_eq!(d.reads(&token).await, [404, 404]);
    let agent = d.role("Agent").await;
    d.ask(Method::PUT, &format!("users/{}", id(&puppet)), json!({"role_id": agent["id"]})).await.ok();
    assert_eq!(d.reads(&token).await, [200, 404]);
    // Who may read it may give it.
    let all = json!({d.hidden.chat.id.as_str(): ["read"]});
    d.t.put(&format!("/1.0/users/{}/sources_permissions", id(&puppet)), all).await.ok();
    assert_eq!(d.reads(&token).await, [200, 200]);
}

#[tokio::test]
async fn a_role_that_is_changed_opens_none_either() {
    let d = desk().await;
    let (puppet, token, role) = d.puppet().await;
    let role_path = format!("roles/{}", id(&role));
    let read = json!({"source_permissions": ["read"]});
    assert_eq!(d.ask(Method::PUT, &role_path, read.clone()).await.error(403), "forbidden");
    assert_eq!(d.reads(&token).await, [404, 404]);
    // Where nobody would gain by it, it is done.
    let none = json!({d.hidden.chat.id.as_str(): []});
    let elsewhere = json!({d.hidden.chat.id.as_str(): ["reply"]});
    for lines in [elsewhere, none] {
        d.t.put(&format!("/1.0/users/{}/sources_permissions", id(&puppet)), lines).await.ok();
    }
    d.ask(Method::PUT, &format!("users/{}", id(&puppet)), json!({"enabled": false})).await.ok();
    assert_eq!(d.ask(Method::PUT, &role_path, read).await.error(403), "forbidden");
}

#[tokio::test]
async fn somebody_stays_who_can_give_every_source_again() {
    let d = desk().await;
    let admin = d.t.get("/1.0/users?email=admin@hubbub.test").await.ok()["records"][0].clone();
    // A limited administrator can sign in and has a password, but cannot give the hidden chat to anybody.
    let password = json!({"password": "seven boats at noon"});
    d.t.put(&format!("/1.0/users/{}", id(&d.limited)), password).await.ok();
    let out = format!("users/{}", id(&admin));
    for way in [json!({"enabled": false}), json!({"bot": true})] {
        assert_eq!(d.ask(Method::PUT, &out, way).await.error(422), "last_administrator");
    }
    assert_eq!(d.ask(Method::DELETE, &out, json!({})).await.error(422), "last_administrator");
    let all = format!("/1.0/roles/{}", id(&d.role("Administrator").await));
    let none = json!({"source_permissions": []});
    assert_eq!(d.t.put(&all, none).await.error(422), "last_administrator");
    let own = format!("/1.0/users/{}/sources_permissions", id(&admin));
    let blind = json!({d.hidden.chat.id.as_str(): []});
    assert_eq!(d.t.put(&own, blind).await.error(422), "last_administrator");
}

#[tokio::test]
async fn an_invitation_opens_no_more_than_its_giver_may_do_when_it_is_used() {
    let d = desk().await;
    let agent = d.role("Agent").await;
    let mut tokens = Vec::new();
    for name in ["kept", "promoted"] {
        let email = format!("{name}@shop.test");
        let invited = json!({"firstname": "In", "lastname": "Vited", "email": email, "role_id": agent["id"]});
        let invited = d.ask(Method::POST, "users/invite", invited).await.ok();
        tokens.push(invited["invitation_url"].as_str().and_then(|u| u.split_once('#')).expect("a token").1.to_owned());
        if name == "promoted" {
            let more = json!({d.hidden.chat.id.as_str(): ["read"]});
            d.t.put(&format!("/1.0/users/{}/sources_permissions", id(&invited)), more).await.ok();
        }
    }
    let accept = async |token: &str| {
        let body = json!({"token": token, "password": "seven boats at noon"});
        send(d.t.anonymous(Method::POST, "/console/invitation").json(&body)).await
    };
    accept(&tokens[0]).await.ok();
    assert_eq!(accept(&tokens[1]).await.error(422), "invitation_invalid");
}

#[tokio::test]
async fn nobody_gets_into_an_account_that_may_do_more() {
    let d = desk().await;
    let (agent, _) = new_user(&d.t, "Nora", "Agent").await;
    let path = format!("users/{}", id(&agent));
    for way in
        [json!({"password": "mine from now on"}), json!({"email": "mine@shop.test"}), json!({"external_id": "mine"})]
    {
        let answer = d.ask(Method::PUT, &path, way).await;
        assert_eq!(answer.json["reason"], "above_you", "{}", answer.text);
        answer.error(403);
    }
    // What takes away or says something of them is no way in.
    d.ask(Method::PUT, &path, json!({"nickname": "No", "enabled": false, "no_password": true})).await.ok();
    for way in [json!({"enabled": true}), json!({"no_password": false})] {
        d.ask(Method::PUT, &path, way).await.error(403);
    }
    d.t.put(&format!("/1.0/{path}"), json!({"enabled": true, "no_password": false})).await.ok();
    let token = d.ask(Method::POST, "access_tokens", json!({"label": "x", "user_id": agent["id"]})).await;
    assert_eq!(token.error(403), "forbidden");
    let as_nora = d.ask(Method::GET, &format!("users/me?impersonated_user_id={}", id(&agent)), json!({})).await;
    as_nora.error(400);
    let hers = d.t.post("/1.0/access_tokens", json!({"label": "hers", "user_id": agent["id"]})).await.ok();
    let hook = json!({"url": "https://bot.example", "registered_events": ["content.imported"], "active": false,
                      "access_token_id": hers["id"]});
    assert_eq!(d.ask(Method::POST, "webhooks", hook).await.json["field"], "access_token_id");
    for change in [json!({"enabled": false}), json!({"label": "mine"})] {
        d.ask(Method::PUT, &format!("access_tokens/{}", id(&hers)), change).await.error(403);
    }
    // Somebody with the same limits is within reach.
    d.hidden.permit(&d.t, &agent, &[]).await;
    d.ask(Method::PUT, &path, json!({"password": "a new passphrase"})).await.ok();
}

#[tokio::test]
async fn who_needs_approval_makes_nobody_who_does_not() {
    let d = desk().await;
    let own = json!({d.open.chat.id.as_str(): ["read", "reply", "approval_required"]});
    d.t.put(&format!("/1.0/users/{}/sources_permissions", id(&d.limited)), own).await.ok();
    let agent = d.role("Agent").await;
    let user = json!({"firstname": "Free", "lastname": "Hand", "email": "free@shop.test", "no_password": true,
                      "role_id": agent["id"]});
    let made = d.ask(Method::POST, "users", user).await.ok();
    let on = d.t.get(&format!("/1.0/users/{}/sources_permissions", id(&made))).await.ok();
    assert_eq!(on[d.open.chat.id.as_str()], json!(["read", "reply", "approval_required"]));
    let (nora, _) = new_user(&d.t, "Nora", "Agent").await;
    d.hidden.permit(&d.t, &nora, &[]).await;
    d.ask(Method::POST, "access_tokens", json!({"label": "x", "user_id": nora["id"]})).await.error(403);
}

#[tokio::test]
async fn what_somebody_may_no_longer_do_they_give_nobody() {
    let d = desk().await;
    let actor = {
        let lim = UserId::parse(id(&d.limited)).expect("an id");
        let read = async move |tx: &mut Tx| access::actor(tx, &lim, None, CreatedFrom::Api).await;
        d.t.app.db.read(move |tx| Box::pin(async move { read(tx).await })).await.expect("an actor")
    };
    // The request came in; meanwhile its caller has another role.
    let agent = d.role("Agent").await;
    d.t.put(&format!("/1.0/users/{}", id(&d.limited)), json!({"role_id": agent["id"]})).await.ok();
    let given = RoleIn {
        second_factor_required: None,
        label: Some("More".into()),
        permissions: vec![(Permission::UpdateSettings, true), (Permission::ReadUser, true)],
        source_permissions: None,
    };
    let made = d.t.app.db.write(move |tx| Box::pin(async move { role::create(tx, &actor, given).await })).await;
    assert_eq!(made.expect("a role").permissions.0, [Permission::ReadUser]);
}

/// What somebody can reach, each with how freely: a permission of the role, one on a source, and how many of a hundred
/// contents go out without approval.
type Reach = BTreeMap<String, u8>;

async fn reach(tx: &mut Tx, user: &UserId, sources: &[SourceId]) -> Result<Reach, store::Error> {
    let mut reach = Reach::new();
    let Some(user) = store::user::find(tx, user).await?.filter(|u| u.enabled) else { return Ok(reach) };
    let Some(role) = store::role::find(tx, &user.role_id).await? else { return Ok(reach) };
    reach.extend(role.permissions.iter().map(|p| (p.to_string(), 1)));
    let own = store::source_permission::of_user(tx, &user.id).await?;
    let on = |source: &SourceId| own.iter().find(|(id, _)| id == source).map_or(&role.source_permissions.0, |(_, p)| p);
    let places = sources.iter().map(|s| (s.to_string(), on(s)));
    for (place, permissions) in places.chain([("a new source".to_owned(), &role.source_permissions.0)]) {
        let free = 101 - SourcePermission::approval_percent(permissions);
        let real = permissions.iter().filter(|p| !p.is_approval());
        reach.extend(real.map(|p| (format!("{place}: {p}"), if *p == SourcePermission::Reply { free } else { 1 })));
    }
    Ok(reach)
}

fn join(all: &mut Reach, more: Reach) {
    for (what, freely) in more {
        let known = all.entry(what).or_default();
        *known = freely.max(*known);
    }
}

/// What one of the limited people tries.
#[derive(Clone, Debug)]
enum Act {
    Create { role: Index, invite: bool },
    Give { user: Index, role: Index },
    Enable { user: Index, on: bool },
    SetPassword { user: Index },
    SetEmail { user: Index },
    Delete { user: Index },
    MakeRole { permissions: Vec<Permission>, on_sources: Vec<SourcePermission> },
    ChangeRole { role: Index, permission: Permission, on: bool },
    OpenRole { role: Index, on_sources: Vec<SourcePermission> },
    Permit { user: Index, source: Index, on: Vec<SourcePermission> },
    Token { user: Index },
    Impersonate { user: Index },
    Hook { token: Index },
}

fn on_source() -> impl Strategy<Value = Vec<SourcePermission>> {
    use SourcePermission as S;
    subsequence(vec![S::Read, S::Reply, S::Destroy, S::ApprovalThreshold30], 0..=4)
}

fn act() -> impl Strategy<Value = Act> {
    let index = any::<Index>;
    prop_oneof![
        2 => (index(), any::<bool>()).prop_map(|(role, invite)| Act::Create { role, invite }),
        3 => (index(), index()).prop_map(|(user, role)| Act::Give { user, role }),
        1 => (index(), any::<bool>()).prop_map(|(user, on)| Act::Enable { user, on }),
        1 => index().prop_map(|user| Act::SetPassword { user }),
        1 => index().prop_map(|user| Act::SetEmail { user }),
        1 => index().prop_map(|user| Act::Delete { user }),
        1 => (subsequence(Permission::ALL.to_vec(), 0..5), on_source())
            .prop_map(|(permissions, on_sources)| Act::MakeRole { permissions, on_sources }),
        2 => (index(), select(Permission::ALL), any::<bool>())
            .prop_map(|(role, permission, on)| Act::ChangeRole { role, permission, on }),
        3 => (index(), on_source()).prop_map(|(role, on_sources)| Act::OpenRole { role, on_sources }),
        2 => (index(), index(), on_source()).prop_map(|(user, source, on)| Act::Permit { user, source, on }),
        2 => index().prop_map(|user| Act::Token { user }),
        1 => index().prop_map(|user| Act::Impersonate { user }),
        1 => index().prop_map(|token| Act::Hook { token }),
    ]
}

/// A walk of limited people: into whose accounts they have a way, and what all of them together had when it began.
struct Walk {
    sources: Vec<SourceId>,
    users: Vec<UserId>,
    roles: Vec<RoleId>,
    known: Vec<UserId>,
    had: Reach,
    count: usize,
}

impl Walk {
    fn person(&mut self, role: RoleId) -> UserIn {
        self.count += 1;
        UserIn {
            email: Some(format!("walk{}@shop.test", self.count)),
            firstname: Some("Walk".into()),
            lastname: Some("On".into()),
            role_id: Some(role),
            no_password: Some(true),
            ..UserIn::default()
        }
    }

    /// Tries an act; gives the account into which there is a way by it.
    async fn act(&mut self, tx: &mut Tx, keys: &Keys, actor: &Actor, act: &Act) -> Result<Option<UserId>, Error> {
        let user = |index: &Index| self.users[index.index(self.users.len())].clone();
        let role = |index: &Index| self.roles[index.index(self.roles.len())].clone();
        let mut given = UserIn::default();
        let way = match act {
            Act::Create { role: index, invite } => {
                given = self.person(role(index));
                let made = match invite {
                    true => {
                        let token_hash = format!("{:0>64}", self.count);
                        user::invite(tx, actor, given, Invite { token_hash, link: String::new(), pen: None }).await?
                    }
                    false => user::create(tx, actor, given).await?,
                };
                self.users.push(made.user.id.clone());
                Some(made.user.id)
            }
            Act::Give { user: one, role: index } => {
                given.role_id = Some(role(index));
                user::update(tx, actor, &user(one), given).await?;
                None
            }
            Act::Enable { user: one, on } => {
                given.enabled = Some(*on);
                user::update(tx, actor, &user(one), given).await?;
                None
            }
            Act::SetPassword { user: one } => {
                given.password_hash = Some("a hash".into());
                Some(user::update(tx, actor, &user(one), given).await?.user.id)
            }
            Act::SetEmail { user: one } => {
                self.count += 1;
                given.email = Some(format!("walk{}@shop.test", self.count));
                Some(user::update(tx, actor, &user(one), given).await?.user.id)
            }
            Act::Delete { user: one } => {
                user::delete(tx, actor, &user(one)).await?;
                None
            }
            Act::Permit { user: one, source, on } => {
                let source = self.sources[source.index(self.sources.len())].clone();
                user_sources::update(tx, actor, &user(one), vec![(source, on.clone())]).await?;
                None
            }
            Act::Token { user: one } => Some(access_token::create(tx, actor, "walk", Some(user(one))).await?.0.user_id),
            Act::Impersonate { user: one } => Some(session::impersonate(tx, actor, user(one).as_str()).await?.user.id),
            Act::Hook { token } => Some(self.hook(tx, keys, actor, token).await?),
            other => {
                self.act_on_role(tx, actor, other).await?;
                None
            }
        };
        Ok(way)
    }

    async fn act_on_role(&mut self, tx: &mut Tx, actor: &Actor, act: &Act) -> Result<(), Error> {
        let role = |index: &Index| self.roles[index.index(self.roles.len())].clone();
        match act {
            Act::MakeRole { permissions, on_sources } => {
                self.count += 1;
                let given = RoleIn {
                    second_factor_required: None,
                    label: Some(format!("Role {}", self.count)),
                    permissions: permissions.iter().map(|p| (*p, true)).collect(),
                    source_permissions: Some(on_sources.clone()),
                };
                self.roles.push(role::create(tx, actor, given).await?.id);
            }
            Act::ChangeRole { role: index, permission, on } => {
                let given = RoleIn { permissions: vec![(*permission, *on)], ..RoleIn::default() };
                role::update(tx, actor, &role(index), given).await?;
            }
            Act::OpenRole { role: index, on_sources } => {
                let given = RoleIn { source_permissions: Some(on_sources.clone()), ..RoleIn::default() };
                role::update(tx, actor, &role(index), given).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A webhook in the name of a token; gives its user.
    async fn hook(&mut self, tx: &mut Tx, keys: &Keys, actor: &Actor, token: &Index) -> Result<UserId, Error> {
        let tokens: Vec<AccessToken> = tx.select("ORDER BY id", params![]).await?;
        self.count += 1;
        let given = WebhookIn {
            access_token_id: Some(tokens[token.index(tokens.len())].id.clone()),
            url: Some(format!("https://bot{}.example", self.count)),
            registered_events: Some(vec!["content.imported".into()]),
            ..WebhookIn::default()
        };
        Ok(webhook::create(tx, actor, keys, given).await?.webhook.user_id)
    }

    /// Does the acts one after the other; gives what somebody has reached beyond what all of them had.
    async fn go(mut self, tx: &mut Tx, keys: &Keys, acts: &[(Index, Act)]) -> Result<Option<String>, store::Error> {
        for (n, (by, act)) in acts.iter().enumerate() {
            let by = self.known[by.index(self.known.len())].clone();
            let Ok(actor) = access::actor(tx, &by, None, CreatedFrom::Api).await else { continue };
            tx.batch("SAVEPOINT act").await?;
            match self.act(tx, keys, &actor, act).await {
                Ok(way) => self.known.extend(way),
                Err(error @ (Error::Store(_) | Error::Internal(_))) => return Ok(Some(format!("{act:?}: {error}"))),
                Err(_) => tx.batch("ROLLBACK TO SAVEPOINT act").await?,
            }
            tx.batch("RELEASE SAVEPOINT act").await?;
            for user in &self.known {
                for (what, freely) in reach(tx, user, &self.sources).await? {
                    if self.had.get(&what).is_none_or(|had| *had < freely) {
                        return Ok(Some(format!("act {n} by {by} gave {user}: {what} ({freely})")));
                    }
                }
            }
        }
        Ok(None)
    }
}

/// How a walk ended; nothing of it is kept.
struct Over(Option<String>);

impl From<store::Error> for Over {
    fn from(error: store::Error) -> Self {
        Self(Some(error.to_string()))
    }
}

/// The two chats, a user administrator who reads one of them, another who needs approval there and may not do
/// everything, and people who may do more: an agent, one who is switched off, and the administrator.
async fn walkers(d: &Desk) -> Vec<UserId> {
    let weak = json!({"label": "Weak", "create_user": true, "invite_user": true, "update_user": true, "read_user": true,
                      "manage_roles": true, "manage_api_access_tokens": true, "impersonate_user": true,
                      "source_permissions": ["read", "reply", "approval_required"]});
    d.t.post("/1.0/roles", weak).await.ok();
    let (weak, _) = new_user(&d.t, "Weak", "Weak").await;
    d.hidden.permit(&d.t, &weak, &[SourcePermission::Reply]).await;
    let role = d.t.get(&format!("/1.0/roles/{}", d.limited["role_id"].as_str().expect("an id"))).await.ok();
    let mut most = role.clone();
    most["label"] = json!("Most");
    for gone in ["update_settings", "approve_content", "manage_surveys"] {
        most[gone] = json!(false);
    }
    most["source_permissions"] = json!(["read", "reply"]);
    let most = d.t.post("/1.0/roles", most).await.ok();
    d.t.put(&format!("/1.0/users/{}", id(&d.limited)), json!({"role_id": most["id"]})).await.ok();
    new_user(&d.t, "Nora", "Agent").await;
    let (asleep, _) = new_user(&d.t, "Omar", "Agent").await;
    d.t.put(&format!("/1.0/users/{}", id(&asleep)), json!({"enabled": false})).await.ok();
    [&d.limited, &weak].map(|user| UserId::parse(id(user)).expect("an id")).to_vec()
}

#[test]
fn limited_people_never_reach_more_than_they_had() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (d, walkers) = runtime.block_on(async {
        let d = desk().await;
        let walkers = walkers(&d).await;
        (d, walkers)
    });
    let config = Config { cases: 40, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let acts = prop::collection::vec((any::<Index>(), act()), 1..40);
    let sources = vec![d.open.chat.id.clone(), d.hidden.chat.id.clone()];
    let walked = TestRunner::new(config).run(&acts, |acts| {
        let (app, known, sources) = (d.t.app.clone(), walkers.clone(), sources.clone());
        let write = d.t.app.db.write(move |tx| {
            Box::pin(async move {
                let users = store::user::list(tx, &store::user::UserFilter::default(), EVERY).await?;
                let users = users.records.into_iter().map(|user| user.id).collect();
                let roles = store::role::all_locked(tx).await?.into_iter().map(|role| role.id).collect();
                let mut had = Reach::new();
                for walker in &known {
                    join(&mut had, reach(tx, walker, &sources).await?);
                }
                let walk = Walk { sources, users, roles, known, had, count: 0 };
                Err::<(), Over>(Over(walk.go(tx, &app.keys, &acts).await?))
            })
        });
        match runtime.block_on(write) {
            Err(Over(Some(broken))) => Err(TestCaseError::fail(broken)),
            Err(Over(None)) | Ok(()) => Ok(()),
        }
    });
    if let Err(error) = walked {
        panic!("{error}");
    }
    let _inside = runtime.enter();
    drop(d);
}

/// Everything there is.
const EVERY: store::Page = store::Page { offset: 0, limit: 1000 };
