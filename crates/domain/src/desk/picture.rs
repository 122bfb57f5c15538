//! The pictures of agents and bots, as visitors see them beside what is said for the company.

use model::UserId;
use store::Tx;
use store::source::Source;
use store::user_picture::{self as rows, UserPicture};

use crate::base::{Actor, Error, Result};

/// A picture that visitors see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Face {
    /// One that the server keeps, by its name.
    Own(String),
    /// One at an address elsewhere.
    Given(String),
}

/// The picture of a source, which stands for whoever has none.
#[must_use]
pub fn of_source(source: &Source) -> Option<Face> {
    source.setting("avatar_url").map(|url| Face::Given(url.to_owned()))
}

/// The picture beside what a user says on a source.
pub async fn of(tx: &mut Tx, source: &Source, user: &UserId) -> Result<Option<Face>> {
    let own = rows::names(tx, std::slice::from_ref(user)).await?.pop();
    Ok(own.map(|(_, name)| Face::Own(name)).or_else(|| of_source(source)))
}

/// The name of the actor's picture.
pub async fn name(tx: &mut Tx, actor: &Actor) -> Result<Option<String>> {
    Ok(rows::names(tx, std::slice::from_ref(&actor.user.id)).await?.pop().map(|(_, name)| name))
}

/// Keeps the actor's picture: `body` in base64, under a new `name`.
pub async fn keep(tx: &mut Tx, actor: &Actor, name: String, body: String) -> Result<()> {
    let picture = UserPicture { user_id: actor.user.id.clone(), name, body, updated_at: tx.now() };
    Ok(rows::keep(tx, &picture).await?)
}

/// Removes the actor's picture.
pub async fn remove(tx: &mut Tx, actor: &Actor) -> Result<()> {
    Ok(rows::remove(tx, &actor.user.id).await?)
}

/// The picture of a name, in base64.
///
/// # Errors
/// 404.
pub async fn show(tx: &mut Tx, name: &str) -> Result<String> {
    Ok(rows::find(tx, name).await?.ok_or(Error::NotFound("picture"))?.body)
}
