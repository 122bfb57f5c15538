//! The shop's chats, and what they offer to whom on its pages (`web/demo`): made by the use cases that the API calls.

use model::{ChatItemId, CommunityId, SignedIdentities, SourceId};
use serde_json::{Value, json};
use store::Tx;
use store::chat_item::ByLocale;
use store::chat_variable::InPage;
use store::community::Community;
use store::source::Source;

use crate::crypto::Keys;
use crate::domain::chat_item::{self, ItemIn};
use crate::domain::chat_trigger::{self, TriggerIn};
use crate::domain::chat_variable::{self, VariableIn};
use crate::domain::source::{self, SourceIn};
use crate::domain::time_sheet::{self, TimeSheetIn};
use crate::domain::{Actor, Error, Result, source_settings};

/// Makes the shop's chats. Its customers' messages of the last weeks came by the first two.
pub(super) async fn make(tx: &mut Tx, actor: &Actor, keys: &Keys) -> Result<Vec<Source>> {
    let now = tx.now();
    let community = Community {
        id: CommunityId::new(now),
        name: "Shop visitors".into(),
        kind: "engage_messaging".into(),
        active: true,
        signed_identities: SignedIdentities::Rejected,
        created_at: now,
        updated_at: now,
    };
    tx.insert(&community).await?;
    let make = async |tx: &mut Tx, name: &str, settings: Value| {
        let usual = json!({"sender_name": "{{firstname}} from Fern & Fable"});
        let all = [usual, settings].into_iter().filter_map(|map| map.as_object().cloned()).flatten();
        let setting = |name: &str| source_settings::all().find(|s| s.name == name);
        let settings = all.filter_map(|(name, value)| Some((setting(&name)?, value))).collect();
        let given = SourceIn {
            name: Some(name.into()),
            kind: Some("engage_messaging".into()),
            community_id: Some(community.id.clone()),
            settings,
            ..SourceIn::default()
        };
        source::create(tx, actor, keys, given).await.map(|shown| shown.source)
    };
    let welcome = json!({
        "en": "Hello {{firstname}}! Ask us anything about plants, orders or deliveries.",
        "fr": "Bonjour {{firstname}} ! Posez-nous toutes vos questions sur les plantes, les commandes et les livraisons.",
    });
    let shop = make(tx, "Shop chat", json!({"color": 2, "welcome_messages": welcome})).await?;
    let app = json!({"color": 4, "welcome_messages": {"en": "Hi! We usually answer within minutes."}});
    let app = make(tx, "App messages", app).await?;
    let welcome = json!({"en": "You are talking to the greenhouse.", "fr": "Vous parlez à la serre."});
    let live = json!({"color": 3, "mode": "live_chat", "availability_follows_business_hours": true,
                      "show_queue_position": true, "welcome_messages": welcome});
    let live = make(tx, "Greenhouse live", live).await?;
    look_for(tx, actor, &shop.id).await?;
    ask_why_it_is_empty(tx, actor, &shop.id).await?;
    invite(tx, actor, &shop.id).await?;
    offer_live(tx, actor, &live.id).await?;
    Ok(vec![shop, app])
}

/// What of the shop's pages triggers look at.
async fn look_for(tx: &mut Tx, actor: &Actor, shop: &SourceId) -> Result<()> {
    let in_page = |expression: &str| InPage {
        by: "selector".into(),
        expression: expression.into(),
        attribute: None,
        pattern: None,
    };
    for (name, label, kind, expression) in [
        ("custom_cart", "Things in the cart", "number", "#cart-count"),
        ("custom_plant", "Plant", "string", "h1.plant-name"),
    ] {
        let given = VariableIn {
            source_id: Some(shop.clone()),
            name: Some(name.into()),
            label: Some(label.into()),
            kind: Some(kind.into()),
            in_page: Some(Some(in_page(expression))),
            show_to_agents: Some(true),
            ..VariableIn::default()
        };
        chat_variable::create(tx, actor, given).await?;
    }
    Ok(())
}

/// A word about a cart that was emptied.
async fn ask_why_it_is_empty(tx: &mut Tx, actor: &Actor, shop: &SourceId) -> Result<()> {
    let body = ByLocale::from([
        ("en".to_owned(), "Your cart is empty again. Was something not right with it? We are glad to help.".to_owned()),
        (
            "fr".to_owned(),
            "Votre panier est de nouveau vide. Quelque chose n’allait pas ? Nous vous aidons volontiers.".to_owned(),
        ),
    ]);
    let message = ItemIn { kind: Some("automatic_message".into()), body: Some(body), ..named(shop, "Empty cart") };
    let message = chat_item::create(tx, actor, message).await?.id;
    let conditions = json!([
        {"criterion": "page_path", "position": "current", "operator": "starts_with", "value": "/demo/cart"},
        {"criterion": "custom_cart", "position": "any_previous", "operator": "gte", "value": 1},
        {"criterion": "custom_cart", "position": "current", "operator": "is", "value": 0},
    ]);
    let actions = json!([{"type": "show_and_open_chat"}, {"type": "automatic_message", "message_id": message}]);
    trigger(tx, actor, shop, "Emptied cart", conditions, actions, false).await
}

/// The style that is built in, above the chat's own button.
const INVITATION: &str = concat!(
    include_str!("../../../crates/domain/src/setup/chat_prebuilt/invitation.css"),
    "\n.hubbub-item-invitation {\n  bottom: calc(96px + env(safe-area-inset-bottom));\n}\n"
);

/// An invitation to whoever reads about a plant for a while.
async fn invite(tx: &mut Tx, actor: &Actor, shop: &SourceId) -> Result<()> {
    let texts = json!({
        "en": {"title": "Is this the plant for your room?", "text": "Tell us about its light, we know them all.",
               "accept": "Ask a gardener", "dismiss": "No, thanks"},
        "fr": {"title": "Est-ce la plante qu’il vous faut ?", "text": "Parlez-nous de la lumière, nous les connaissons toutes.",
               "accept": "Demander à un jardinier", "dismiss": "Non merci"},
    });
    let invitation = ItemIn {
        kind: Some("invitation".into()),
        css: Some(INVITATION.into()),
        texts: serde_json::from_value(texts).ok(),
        ..named(shop, "Ask a gardener")
    };
    let invitation = chat_item::create(tx, actor, invitation).await?.id;
    let conditions = json!([
        {"criterion": "page_path", "position": "current", "operator": "starts_with", "value": "/demo/product"},
        {"criterion": "page_visit_duration", "position": "current", "operator": "gte", "value": 8},
    ]);
    let actions = json!([{"type": "show_invitation", "item_id": invitation}]);
    trigger(tx, actor, shop, "Reads about a plant", conditions, actions, false).await
}

/// What the page with the shop's address offers: a live chat while somebody is there, and how to write otherwise.
async fn offer_live(tx: &mut Tx, actor: &Actor, live: &SourceId) -> Result<()> {
    let day = Some("32400-64800".to_owned());
    let hours = [day.clone(), day.clone(), day.clone(), day.clone(), day.clone(), day, None];
    let sheet = TimeSheetIn {
        label: Some("Greenhouse".into()),
        source_ids: Some(vec![live.clone()]),
        hours,
        ..TimeSheetIn::default()
    };
    time_sheet::create(tx, actor, sheet).await?;
    let texts = json!({
        "en": {"title": "Live chat", "now": "Talk to the greenhouse now", "later": "The greenhouse is closed",
               "write": "Write to us, we answer in the morning"},
        "fr": {"title": "Chat en direct", "now": "Parler à la serre", "later": "La serre est fermée", "write": "Écrivez-nous, nous répondons le matin"},
    });
    let button = ItemIn {
        kind: Some("button".into()),
        html: Some(include_str!("../../demo/live.html").trim().into()),
        css: Some(include_str!("../../demo/live.css").into()),
        offline_support: Some(true),
        texts: serde_json::from_value(texts).ok(),
        ..named(live, "Greenhouse")
    };
    let button: ChatItemId = chat_item::create(tx, actor, button).await?.id;
    let actions = json!([{"type": "hide_others"}, {"type": "show_button", "item_ids": [button]}]);
    trigger(tx, actor, live, "Greenhouse", json!([]), actions, true).await
}

fn named(chat: &SourceId, label: &str) -> ItemIn {
    ItemIn { source_id: Some(chat.clone()), label: Some(label.into()), ..ItemIn::default() }
}

async fn trigger(
    tx: &mut Tx,
    actor: &Actor,
    chat: &SourceId,
    label: &str,
    conditions: Value,
    actions: Value,
    agents: bool,
) -> Result<()> {
    let wrong = |e: serde_json::Error| Error::Internal(format!("the demo's triggers: {e}"));
    let given = TriggerIn {
        source_id: Some(chat.clone()),
        label: Some(label.into()),
        conditions: Some(serde_json::from_value(conditions).map_err(wrong)?),
        actions: Some(serde_json::from_value(actions).map_err(wrong)?),
        only_if_agents_available: Some(agents),
        once_per_visit: Some(!agents),
        ..TriggerIn::default()
    };
    chat_trigger::create(tx, actor, given).await?;
    Ok(())
}
