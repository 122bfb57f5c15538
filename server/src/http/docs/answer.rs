//! What an operation answers with, read off its handler's type, so that the document cannot say anything else.

use axum::http::StatusCode;
use axum::response::Response;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use std::future::Future;

use crate::domain::Result;
use crate::http::{Paged, Reply};

/// Gives the schema of an answer; nothing where it is not JSON.
pub type AnswerSchema = fn(&mut SchemaGenerator) -> Option<Schema>;

/// An answer of a handler.
#[diagnostic::on_unimplemented(note = "derive `schemars::JsonSchema` for the `Out` type of the answer")]
pub trait Answer {
    /// Its schema; nothing where it is not JSON.
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema>;
}

impl<T: JsonSchema> Answer for Reply<T> {
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// With another code than 200: something was made.
impl<T: JsonSchema> Answer for (StatusCode, Reply<T>) {
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Reply::<T>::schema(generator)
    }
}

impl<T: JsonSchema> Answer for Paged<T> {
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<Self>())
    }
}

impl Answer for Response {
    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

/// A handler: an asynchronous function of some extractors that answers or refuses.
#[diagnostic::on_unimplemented(
    message = "the API's document cannot tell what `{Self}` answers with",
    note = "it answers with a `Reply` or a `Paged` of a type that has `#[derive(schemars::JsonSchema)]`, or a `Response`"
)]
pub trait Handler<Arguments> {
    /// The schema of what it answers with.
    const ANSWER: AnswerSchema;
}

macro_rules! handlers {
    ($(($($argument:ident),*))*) => {$(
        impl<F, Answering, A, $($argument),*> Handler<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Answering,
            Answering: Future<Output = Result<A>>,
            A: Answer,
        {
            const ANSWER: AnswerSchema = A::schema;
        }
    )*};
}

handlers! { () (A1) (A1, A2) (A1, A2, A3) (A1, A2, A3, A4) (A1, A2, A3, A4, A5) (A1, A2, A3, A4, A5, A6) }

/// The schema of what a handler answers with.
pub fn answer_of<F: Handler<Arguments>, Arguments>(_: &F) -> AnswerSchema {
    F::ANSWER
}
