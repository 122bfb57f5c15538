//! What an operation answers with, read off its handler's type, so that the document cannot say anything else.

use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use std::future::Future;

use crate::http::{Done, Paged, Reply, Result, Socket, Tagged, Written};

/// Where schemas are made: a field that may be left out of what comes in is still in all that goes out.
pub(super) struct Generators {
    /// For what goes out.
    pub(super) told: SchemaGenerator,
    /// For what comes in.
    pub(super) said: SchemaGenerator,
}

impl Generators {
    /// New ones.
    pub(super) fn new(settings: SchemaSettings) -> Self {
        Self { told: settings.clone().for_serialize().into(), said: settings.for_deserialize().into() }
    }
}

/// What an operation answers with.
pub(super) enum Answered {
    /// JSON of this schema.
    Json(Schema),
    /// Frames of these schemas, both ways.
    Frames {
        /// What is told.
        told: Schema,
        /// What is heard.
        said: Schema,
    },
    /// Something else, or nothing.
    Other,
}

/// Gives what an operation answers with.
#[derive(Clone, Copy)]
pub struct AnswerSchema(fn(&mut Generators) -> Answered);

impl AnswerSchema {
    /// What the operation answers with.
    pub(super) fn make(self, generators: &mut Generators) -> Answered {
        self.0(generators)
    }
}

/// An answer of a handler.
#[diagnostic::on_unimplemented(note = "derive `schemars::JsonSchema` for the `Out` type of the answer")]
pub trait Answer {
    /// What it is.
    const SCHEMA: AnswerSchema;
}

impl<T: JsonSchema> Answer for Reply<T> {
    const SCHEMA: AnswerSchema = AnswerSchema(|make| Answered::Json(make.told.subschema_for::<T>()));
}

impl<T: JsonSchema> Answer for Written<T> {
    const SCHEMA: AnswerSchema = Reply::<T>::SCHEMA;
}

impl Answer for Done {
    const SCHEMA: AnswerSchema = Response::SCHEMA;
}

/// With headers of its own.
impl<A: Answer, V, const N: usize> Answer for ([(HeaderName, V); N], A) {
    const SCHEMA: AnswerSchema = A::SCHEMA;
}

/// With headers that are not always the same.
impl<A: Answer> Answer for (HeaderMap, A) {
    const SCHEMA: AnswerSchema = A::SCHEMA;
}

impl<T: JsonSchema> Answer for Tagged<T> {
    const SCHEMA: AnswerSchema = Reply::<T>::SCHEMA;
}

impl<T: JsonSchema> Answer for Paged<T> {
    const SCHEMA: AnswerSchema = AnswerSchema(|make| Answered::Json(make.told.subschema_for::<Self>()));
}

impl<Said: JsonSchema, Told: JsonSchema> Answer for Socket<Said, Told> {
    const SCHEMA: AnswerSchema = AnswerSchema(|make| Answered::Frames {
        told: make.told.subschema_for::<Told>(),
        said: make.said.subschema_for::<Said>(),
    });
}

impl Answer for Response {
    const SCHEMA: AnswerSchema = AnswerSchema(|_| Answered::Other);
}

/// An answer of a handler that writes.
#[diagnostic::on_unimplemented(
    message = "a handler of a writing route answers with a `Written`, and not with `{Self}`",
    note = "`http::answer::write` runs the use case and keeps the answer with the change"
)]
pub trait Writes: Answer {}

impl<T: JsonSchema> Writes for Written<T> {}
impl Writes for Done {}
impl<A: Writes, V, const N: usize> Writes for ([(HeaderName, V); N], A) {}
impl<A: Writes> Writes for (HeaderMap, A) {}

/// A handler: an asynchronous function of some extractors that answers or refuses.
#[diagnostic::on_unimplemented(
    message = "the API's document cannot tell what `{Self}` answers with",
    note = "it answers with a `Reply`, a `Written` or a `Paged` of a type that has `#[derive(schemars::JsonSchema)]`, or a `Response`"
)]
pub trait Handler<Arguments> {
    /// What it answers with.
    type Answer: Answer;
}

macro_rules! handlers {
    ($(($($argument:ident),*))*) => {$(
        impl<F, Answering, A, $($argument),*> Handler<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Answering,
            Answering: Future<Output = Result<A>>,
            A: Answer,
        {
            type Answer = A;
        }
    )*};
}

handlers! { () (A1) (A1, A2) (A1, A2, A3) (A1, A2, A3, A4) (A1, A2, A3, A4, A5) (A1, A2, A3, A4, A5, A6) }

/// What a handler answers with.
pub fn answer_of<F: Handler<Arguments>, Arguments>(_: &F) -> AnswerSchema {
    F::Answer::SCHEMA
}

/// What a handler of a writing route answers with.
pub fn written_by<F: Handler<Arguments>, Arguments>(_: &F) -> AnswerSchema
where
    F::Answer: Writes,
{
    F::Answer::SCHEMA
}
