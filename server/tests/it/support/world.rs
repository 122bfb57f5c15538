//! A named world: a chat on a shop's site, its customers, and agents with and without permissions.

use hubbub::domain::ingest::{self, Author, Incoming, Place, Received};
use hubbub::domain::{Change, note_change};
use model::{SourcePermission, ThreadId, UserId};
use serde_json::{Value, json};
use store::source::{self, Source};

use super::TestApp;

/// The shop.
pub struct World {
    /// The chat on its site.
    pub chat: Source,
}

impl World {
    /// Makes the shop on a server.
    pub async fn new(t: &TestApp) -> Self {
        let community = json!({"type": "engage_messaging", "name": "Shop visitors", "signed_identities": "rejected"});
        let community = t.post("/1.0/communities", community).await.ok();
        let chat = json!({"type": "engage_messaging", "name": "Shop chat", "community_id": community["id"],
                          "sender_name": "{{firstname}} from the shop", "max_open_conversations": 20});
        let chat = t.post("/1.0/content_sources", chat).await.ok();
        let token = chat["token"].as_str().expect("a token").to_owned();
        let found = t.app.db.read(move |tx| Box::pin(async move { source::by_token(tx, &token).await })).await;
        Self { chat: found.expect("a read").expect("a source") }
    }

    /// A second chat of the same shop, for the same customers.
    pub async fn another_chat(&self, t: &TestApp, name: &str) -> Source {
        let chat = json!({"type": "engage_messaging", "name": name, "community_id": self.chat.community_id});
        let chat = t.post("/1.0/content_sources", chat).await.ok();
        let token = chat["token"].as_str().expect("a token").to_owned();
        let found = t.app.db.read(move |tx| Box::pin(async move { source::by_token(tx, &token).await })).await;
        found.expect("a read").expect("a source")
    }

    /// The same shop by another of its chats.
    pub fn on(chat: Source) -> Self {
        Self { chat }
    }

    /// Gives a user permissions of their own on the chat, instead of their role's.
    pub async fn permit(&self, t: &TestApp, user: &Value, permissions: &[SourcePermission]) {
        let (id, source, permissions) = (user_id(user), self.chat.id.clone(), permissions.to_vec());
        let write = t.app.db.write(move |tx| {
            Box::pin(async move {
                store::source_permission::set(tx, &id, &source, Some(permissions)).await?;
                note_change(tx, None, "user", id.as_str(), Change::Updated);
                Ok::<_, hubbub::domain::Error>(())
            })
        });
        write.await.expect("permitted");
    }

    /// A customer writes; without a thread, a new one begins.
    pub async fn say(&self, t: &TestApp, who: &str, thread: Option<&str>, body: &str) -> Received {
        let author = Author { foreign_id: who.into(), screenname: Some(who.into()), ..Author::default() };
        let place = thread.map_or(Place::New, |id| Place::Known(ThreadId::parse(id).expect("an id")));
        let incoming = Incoming::text(self.chat.clone(), author, place, body.into());
        t.app.db.write(move |tx| Box::pin(ingest::receive(tx, incoming))).await.expect("received")
    }
}

/// The id of a user as the API shows it.
pub fn user_id(user: &Value) -> UserId {
    UserId::parse(user["id"].as_str().expect("an id")).expect("an id")
}

/// Makes a user with a role's label and an API token; gives the user and the token.
pub async fn user(t: &TestApp, name: &str, role: &str) -> (Value, String) {
    let roles = t.get("/1.0/roles").await.ok();
    let records = roles["records"].as_array().expect("roles");
    let role = records.iter().find(|r| r["label"] == role).expect("a role of that name");
    let email = format!("{}@shop.test", name.to_lowercase());
    let user = json!({"firstname": name, "lastname": "Test", "email": email, "password": "a long passphrase",
                      "role_id": role["id"]});
    let user = t.post("/1.0/users", user).await.ok();
    let token = json!({"label": name, "user_id": user["id"]});
    let token = t.post("/1.0/access_tokens", token).await.ok()["token"].as_str().expect("a token").to_owned();
    (user, token)
}
