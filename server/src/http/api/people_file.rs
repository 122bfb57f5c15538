//! `/console/people/import` and `/console/people.csv`: customers in from a file, and out into one.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use model::{CommunityId, IdentityId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::Tx;
use store::identity::Identity;

use super::identity::told;
use crate::app::App;
use crate::domain::identity_import::{self, ImportIn, Outcome};
use crate::domain::people::{self, Person};
use crate::domain::{Actor, Error, Fault};
use crate::http::answer::write;
use crate::http::{Caller, Params, Refusal, Result, Written, csv};

/// How many people one request imports.
const ROWS: usize = 200;

/// What became of one of them, or would.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ImportedPerson")]
struct ImportedOut {
    /// `new`, `changed`, `same` or `refused`.
    #[schemars(extend("enum" = ["new", "changed", "same", "refused"]))]
    outcome: &'static str,
    /// What was known before, by the names under which it is imported; null but for `changed`.
    before: Option<BeforeOut>,
    /// Why, as a refusal says it; null but for `refused`.
    refusal: Option<Value>,
}

/// What was known of somebody.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ImportedBefore")]
struct BeforeOut {
    firstname: Option<String>,
    lastname: Option<String>,
    /// The name that they show.
    screenname: Option<String>,
    company: Option<String>,
    email: Option<String>,
    /// Their mobile phone.
    mobile_phone: Option<String>,
    /// Their phone at home.
    home_phone: Option<String>,
    gender: Option<String>,
}

impl From<Identity> for BeforeOut {
    fn from(known: Identity) -> Self {
        let Identity { firstname, lastname, screenname, company, email, mobile_phone, home_phone, gender, .. } = known;
        Self { firstname, lastname, screenname, company, email, mobile_phone, home_phone, gender }
    }
}

impl From<Result<Outcome, Error>> for ImportedOut {
    fn from(outcome: Result<Outcome, Error>) -> Self {
        let told =
            |outcome, before: Option<Identity>, refusal| Self { outcome, before: before.map(From::from), refusal };
        match outcome {
            Ok(Outcome::New) => told("new", None, None),
            Ok(Outcome::Changed(before)) => told("changed", Some(*before), None),
            Ok(Outcome::Same) => told("same", None, None),
            Err(error) => told("refused", None, Some(Refusal(error).told())),
        }
    }
}

/// What became of people.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ImportedPeople")]
pub struct ImportOut {
    /// One for each row, in their order.
    rows: Vec<ImportedOut>,
}

/// Importing people, or saying what that would do.
pub async fn import(State(app): State<App>, Caller(actor): Caller, params: Params) -> Result<Written<ImportOut>> {
    let community_id = params.required_id("community_id", CommunityId::parse)?;
    let dry = params.boolean("dry_run")?.unwrap_or(false);
    let rows = params.maps("rows")?.ok_or_else(|| params.missing("rows"))?;
    if rows.len() > ROWS {
        return Err(Error::bad("rows", Fault::too_many(ROWS)).into());
    }
    let upsert = params.boolean("upsert")?.unwrap_or(true);
    write(&app, move |_, tx| {
        Box::pin(async move {
            let mut out = Vec::with_capacity(rows.len());
            for row in rows {
                let given = told(&Params::from(row)).map_err(|Refusal(error)| error);
                let given = given.map(|given| ImportIn { community_id: Some(community_id.clone()), upsert, ..given });
                out.push(ImportedOut::from(one(tx, &actor, given, dry).await?));
            }
            Ok(ImportOut { rows: out })
        })
    })
    .await
}

/// Imports one, or says what that would do. What is refused hinders no other; what is nobody's fault ends all of it.
async fn one(
    tx: &mut Tx,
    actor: &Actor,
    given: Result<ImportIn, Error>,
    dry: bool,
) -> Result<Result<Outcome, Error>, Error> {
    let outcome = match given {
        Ok(given) => match identity_import::foresee(tx, actor, &given).await {
            Ok(outcome @ (Outcome::New | Outcome::Changed(_))) if !dry => {
                identity_import::import(tx, actor, given).await.map(|_| outcome)
            }
            outcome => outcome,
        },
        Err(error) => Err(error),
    };
    match outcome {
        Err(error @ (Error::Store(_) | Error::Internal(_))) => Err(error),
        outcome => Ok(outcome),
    }
}

/// The columns of the file of all customers: the first ones are those that are imported.
const COLUMNS: [&str; 16] = [
    "identifier",
    "firstname",
    "lastname",
    "screenname",
    "company",
    "email",
    "mobile_phone",
    "home_phone",
    "gender",
    "community",
    "uuid",
    "identity_id",
    "identity_group_id",
    "notes",
    "created_at",
    "updated_at",
];

fn line(Person { identity, community, group, .. }: Person) -> String {
    let text = |value: Option<String>| value.unwrap_or_default();
    let group = group.map(|group| group.group);
    csv::line([
        identity.foreign_id,
        text(identity.firstname),
        text(identity.lastname),
        text(identity.screenname),
        text(identity.company),
        text(identity.email),
        text(identity.mobile_phone),
        text(identity.home_phone),
        text(identity.gender),
        community,
        text(identity.uuid),
        identity.id.to_string(),
        text(group.as_ref().map(|group| group.id.to_string())),
        text(group.and_then(|group| group.notes)),
        identity.created_at.to_string(),
        identity.updated_at.to_string(),
    ])
}

/// All customers whom the caller sees, as a file: a line for each identity, however many there are.
pub async fn export(State(app): State<App>, Caller(actor): Caller) -> Result<Response> {
    let first = part(&app, &actor, None).await?;
    let rest = futures_util::stream::try_unfold(Some(first), move |part_| {
        let (app, actor) = (app.clone(), actor.clone());
        async move {
            let Some((lines, last)) = part_ else { return Ok::<_, std::io::Error>(None) };
            let next = match last {
                Some(last) => Some(part(&app, &actor, Some(last)).await.map_err(std::io::Error::other)?),
                None => None,
            };
            Ok(Some((Bytes::from(lines), next)))
        }
    });
    let head = futures_util::stream::iter([Ok(Bytes::from(csv::line(COLUMNS)))]);
    let body = Body::from_stream(futures_util::StreamExt::chain(head, rest));
    Ok((csv::headers("attachment; filename=\"people.csv\""), body).into_response())
}

/// Some lines after an identity, and the last of them where there may be more.
async fn part(app: &App, actor: &Actor, after: Option<IdentityId>) -> Result<(String, Option<IdentityId>), Error> {
    let actor = actor.clone();
    let read = app.db.read_ahead(move |tx| Box::pin(async move { people::after(tx, &actor, after.as_ref()).await }));
    let people = read.await?;
    let last = people.last().map(|person| person.identity.id.clone());
    Ok((people.into_iter().map(line).collect(), last))
}
