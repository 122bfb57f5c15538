//! What somebody outside has signed. The route table takes no handler of a hook without it.

use std::future::Future;

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::response::IntoResponse;

use super::Network;
use super::auth::{NOTHING, Need};
use super::body::{Allowance, aside};
use super::id::{Id, PathId};
use crate::app::App;
use crate::domain::Error;
use crate::state::bodies::{Share, Stopped};

/// Somebody outside who sends what they have signed.
pub(crate) trait Signer: Sized + Send + Sync + 'static {
    /// What the path names them by.
    type Name: PathId + Send;
    /// Why a request of theirs is not done, in the form that they know.
    type Refusal: IntoResponse + From<Stopped> + From<Error> + Send + 'static;

    /// Finds whom the path names; there is no name where that has not its form.
    fn find(app: &App, name: Option<Self::Name>) -> impl Future<Output = Result<Self, Self::Refusal>> + Send;

    /// Finds them as they are at this moment, where what is kept of them may be a moment old and they have signed with
    /// something else; none where nothing is kept.
    fn find_anew(_: &App, _: &Self) -> impl Future<Output = Option<Self>> + Send {
        std::future::ready(None)
    }

    /// Refuses a request by its head alone. A body that they cannot have signed is not read: it must not fill the memory.
    fn check_head(&self, app: &App, head: &Parts) -> Result<(), Self::Refusal>;

    /// Refuses a body that they have not signed.
    fn check_body(&self, app: &App, head: &Parts, body: &[u8]) -> Result<(), Self::Refusal>;
}

/// The body of a request, and whose it is.
#[derive(Debug)]
pub(crate) struct Signed<T> {
    /// Who has signed it.
    pub(crate) by: T,
    /// What came.
    pub(crate) body: Vec<u8>,
    /// What it holds of the room for all bodies, for as long as it is kept.
    pub(crate) share: Share,
}

impl<T: Signer> FromRequest<App> for Signed<T> {
    type Rejection = T::Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, T::Refusal> {
        let (mut head, body) = request.into_parts();
        let name = Id::from_request_parts(&mut head, app).await.ok().map(|Id(name)| name);
        let by = T::find(app, name).await?;
        by.check_head(app, &head)?;
        let network = Network::of(&head.headers, &head.extensions, app)?;
        let size = head.extensions.get::<Need>().unwrap_or(&NOTHING).body;
        let allowed = Allowance::of(&app.bodies, size, app.config.attachment_max_bytes, Some(network));
        let (body, share) = allowed.text(body).await?;
        let (mut by, mut held, mut refused) = check(by, (head, body), app).await;
        if refused.is_some()
            && let Some(newer) = T::find_anew(app, &by).await
        {
            (by, held, refused) = check(newer, held, app).await;
        }
        match refused {
            Some(refused) => Err(refused),
            None => {
                share.is_known();
                Ok(Self { by, body: held.1, share })
            }
        }
    }
}

/// Gives all of it back, with why it is refused.
async fn check<T: Signer>(by: T, held: (Parts, Vec<u8>), app: &App) -> (T, (Parts, Vec<u8>), Option<T::Refusal>) {
    let (length, app) = (held.1.len(), app.clone());
    let checked = move || {
        let refused = by.check_body(&app, &held.0, &held.1).err();
        (by, held, refused)
    };
    aside(length, checked).await
}

/// Takes a handler of what somebody has signed, and no other.
pub(crate) fn signed_by<T, F, Answering>(_: &F)
where
    T: Signer,
    F: Fn(State<App>, Signed<T>) -> Answering,
{
}
