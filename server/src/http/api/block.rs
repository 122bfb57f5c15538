//! `/console/blocks`: whose words are kept out, who has blocked them, and taking that back.

use axum::extract::State;
use model::{BlockId, BlockKind, IdentityId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::domain::block::{self, Known, NewBlock, Whom};
use crate::domain::{Error, Reason};
use crate::http::answer::write;
use crate::http::{Caller, Id, Paged, Params, Result, Written, page};

/// Whose words are kept out, or were.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuthorBlock")]
pub struct BlockOut {
    id: BlockId,
    /// What is blocked: a customer with all their identities, an e-mail address, or a network.
    kind: BlockKind,
    /// The customer's identity.
    identity_id: Option<IdentityId>,
    /// How the customer is called.
    identity_name: Option<String>,
    /// The e-mail address.
    email: Option<String>,
    /// The network.
    network: Option<String>,
    /// Why.
    reason: Option<String>,
    /// Until when; null for as long as nobody takes it back.
    until: Option<Timestamp>,
    /// Whether it keeps words out now.
    holds: bool,
    /// How many it has kept out.
    refused_count: i64,
    /// When the last one was.
    last_refused_at: Option<Timestamp>,
    /// Who has blocked.
    user_id: UserId,
    /// How they are called.
    user_name: Option<String>,
    created_at: Timestamp,
    /// When it was taken back, or was over.
    lifted_at: Option<Timestamp>,
    /// Who has taken it back; null where its time was over.
    lifted_by_id: Option<UserId>,
    /// How they are called.
    lifted_by_name: Option<String>,
}

impl From<Known> for BlockOut {
    fn from(Known { block, holds, identity, by, lifted_by }: Known) -> Self {
        let value = |kind: BlockKind| (block.kind == kind).then(|| block.value.clone());
        Self {
            email: value(BlockKind::Email),
            network: value(BlockKind::Network),
            identity_id: block.identity_id,
            identity_name: identity.map(|identity| identity.display_name()),
            id: block.id,
            kind: block.kind,
            reason: block.reason,
            until: block.until,
            holds,
            refused_count: block.refused_count,
            last_refused_at: block.last_refused_at,
            user_id: block.user_id,
            user_name: by.map(|user| user.name()),
            created_at: block.created_at,
            lifted_at: block.lifted_at,
            lifted_by_id: block.lifted_by,
            lifted_by_name: lifted_by.map(|user| user.name()),
        }
    }
}

/// Blocks, newest first.
pub async fn list(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Paged<BlockOut>> {
    let (page, holds) = (page(&params)?, params.boolean("holds")?);
    let of = params.id("identity_id", IdentityId::parse)?;
    let read = app.db.read(move |tx| Box::pin(async move { block::list(tx, &actor, holds, of.as_ref(), page).await }));
    Ok(Paged::new(read.await?, page, BlockOut::from))
}

/// Blocking somebody.
pub async fn create(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<BlockOut>> {
    let new = NewBlock { whom: whom(&params)?, until: params.time("until")?, reason: params.text("reason")? };
    write(&app, move |_, tx| Box::pin(async move { Ok(block::create(tx, &actor, new).await?.into()) })).await
}

fn whom(params: &Params) -> Result<Whom> {
    let identity = params.id("identity_id", IdentityId::parse)?.map(Whom::Identity);
    let email = params.text("email")?.map(Whom::Email);
    let network = params.text("network")?.map(Whom::Network);
    let mut given = [identity, email, network].into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(whom), None) => Ok(whom),
        (None, _) => Err(params.missing("identity_id").into()),
        (Some(_), Some(_)) => {
            let one = Reason::OnlyOne.says("must stand alone: one of identity_id, email and network is blocked");
            Err(Error::invalid("email", one).into())
        }
    }
}

/// Taking a block back.
pub async fn lift(State(app): State<App>, Caller(actor): Caller, Id(id): Id<BlockId>) -> Result<Written<BlockOut>> {
    write(&app, move |_, tx| Box::pin(async move { Ok(block::lift(tx, &actor, &id).await?.into()) })).await
}
