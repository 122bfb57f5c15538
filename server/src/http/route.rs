//! A line of the route table.

use axum::http::Method;
use axum::routing::MethodRouter;

use super::auth::Need;
use super::docs::AnswerSchema;
use crate::app::App;

/// A line of the route table.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with `{id}` for its parameters.
    pub path: &'static str,
    /// What it needs before its handler runs.
    pub need: Need,
    /// The module and the name of its handler.
    pub name: &'static str,
    /// What it answers with, where the API's document says it.
    pub answer: Option<AnswerSchema>,
    /// The handler.
    pub handler: MethodRouter<App>,
}
