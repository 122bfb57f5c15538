//! A line of the route table.

use std::pin::Pin;

use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};

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

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler by its address. All are of one type, so that the router is built by the same code for each: the code that a
/// handler's own type would need at the start lies all over the program, and all of it would be in memory.
#[derive(Clone, Copy)]
struct ByAddress(fn(Request, App) -> Answering);

impl Handler<(), App> for ByAddress {
    type Future = Answering;

    fn call(self, request: Request, app: App) -> Answering {
        (self.0)(request, app)
    }
}

/// What answers a method by a handler.
pub(crate) fn handled(method: MethodFilter, handler: fn(Request, App) -> Answering) -> MethodRouter<App> {
    on(method, ByAddress(handler))
}
