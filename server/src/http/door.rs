//! What a long-lived connection was opened with: it lasts no longer than that.

use std::time::Duration;

use axum::http::HeaderMap;

use crate::app::App;
use crate::crypto::token_hash;
use crate::domain::{Actor, Error, Result, access, second_factor, session};
use crate::http::Params;
use crate::http::auth::{bearer, cookie, session_cookie};

/// How often it is looked whether what opened a connection still opens it: a session can end by its age, which nothing
/// tells.
pub(crate) const RECHECK: Duration = Duration::from_secs(300);

/// The hash of what opened a connection.
#[derive(Clone)]
pub(crate) enum Door {
    /// An API token.
    Token(String),
    /// A session of the console.
    Session(String),
}

impl Door {
    /// What a request came in with, in the order in which the guard has looked for the caller.
    ///
    /// # Errors
    /// 401 when there is nothing.
    pub(crate) fn of(app: &App, headers: &HeaderMap, params: &Params) -> Result<Self> {
        let token = bearer(headers).or_else(|| params.access_token());
        match (token, cookie(headers, session_cookie(app))) {
            (Some(token), _) => Ok(Self::Token(token_hash(&token))),
            (None, Some(id)) => Ok(Self::Session(token_hash(&id))),
            (None, None) => Err(Error::Unauthorized("unauthorized", "an access token is required".into())),
        }
    }

    /// The actor as they are now. Whoever came in as somebody else is asked again whether they may.
    ///
    /// # Errors
    /// 401 when the token, the session or the user is gone; 403 when they must set up a second factor first; 400 when the caller may not act as that user any more.
    pub(crate) async fn reload(&self, app: &App, actor: &Actor) -> Result<Actor> {
        let (user, door) = (actor.user.id.clone(), self.clone());
        let loaded = app.db.read(move |tx| {
            Box::pin(async move {
                let caller = match door {
                    Self::Token(hash) => access::by_token(tx, &hash).await?,
                    Self::Session(hash) => access::by_session(tx, &hash).await?.0,
                };
                if caller.awaits_second_factor {
                    return Err(second_factor::set_up_first());
                }
                if caller.user.id == user { Ok(caller) } else { session::impersonate(tx, &caller, user.as_str()).await }
            })
        });
        loaded.await
    }
}
