//! `/console/second_factor`: a code beside the password. Setting it up, taking it away, and codes to recover with.

use axum::extract::State;
use axum::http::{HeaderName, header};
use model::{Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;

use super::session::own_password;
use crate::app::App;
use crate::crypto::{random_code, totp};
use crate::domain::second_factor::{self, CODES, SetUp, Standing};
use crate::http::answer::write;
use crate::http::caller::OwnSession;
use crate::http::qr::{self, Qr};
use crate::http::{Caller, Done, Id, Network, Params, Reply, Result, Written};

/// Where the caller stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SecondFactor")]
pub struct StandingOut {
    /// Whether a code is asked for beside the password.
    on: bool,
    /// Since when.
    on_since: Option<Timestamp>,
    /// How many recovery codes are left.
    recovery_codes_left: i64,
    /// Whether the caller's role requires it.
    required: bool,
}

impl From<Standing> for StandingOut {
    fn from(Standing { on_since, codes_left, required }: Standing) -> Self {
        Self { on: on_since.is_some(), on_since, recovery_codes_left: codes_left, required }
    }
}

/// What an app is given.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SecondFactorSetUp")]
pub struct SetUpOut {
    /// The key, to be typed.
    key: String,
    /// The key with what it is for.
    address: String,
    /// That as a QR code, to be scanned.
    qr: QrOut,
}

/// A QR code, to be drawn.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "QrCode")]
struct QrOut {
    /// How many squares it is wide and high, without a margin.
    size: usize,
    /// The dark squares, as the path of an SVG in which each is one unit wide.
    path: String,
}

/// Codes that are shown once.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RecoveryCodes")]
pub struct CodesOut {
    /// Each lets one in once, in the place of the app.
    recovery_codes: Vec<String>,
}

type Private<T> = ([(HeaderName, &'static str); 1], T);

fn private<T>(answer: T) -> Private<T> {
    ([(header::CACHE_CONTROL, "no-store")], answer)
}

fn codes() -> Vec<String> {
    (0..CODES).map(|_| random_code()).collect()
}

/// Where one stands.
pub async fn show(State(app): State<App>, Caller(actor): Caller, _: OwnSession) -> Result<Reply<StandingOut>> {
    let standing = app.db.read(move |tx| Box::pin(async move { second_factor::show(tx, &actor).await })).await?;
    Ok(Reply(standing.into()))
}

/// Beginning a set-up: the key. What one has already stays as it is until its end.
pub async fn begin(
    State(app): State<App>,
    Network(network): Network,
    OwnSession(own): OwnSession,
    params: Params,
) -> Result<Private<Written<SetUpOut>>> {
    let known = own_password(&app, &network, &own, params.required("password")?).await?;
    let key = totp::new_key();
    let begun = write(&app, move |app, tx| {
        Box::pin(async move {
            let SetUp { key, address } = second_factor::begin(tx, &app.keys, &known, key).await?;
            let Qr { size, path } = qr::draw(&address)?;
            Ok(SetUpOut { key, address, qr: QrOut { size, path } })
        })
    });
    Ok(private(begun.await?))
}

/// Going on with it: a code shows that the app has the key. The recovery codes are told.
pub async fn prove(
    State(app): State<App>,
    Caller(actor): Caller,
    _: OwnSession,
    params: Params,
) -> Result<Private<Written<CodesOut>>> {
    let (code, recovery_codes) = (params.required("code")?, codes());
    let proved = write(&app, move |app, tx| {
        Box::pin(async move {
            second_factor::prove(tx, &app.keys, &actor, &code, &recovery_codes).await?;
            Ok(CodesOut { recovery_codes })
        })
    });
    Ok(private(proved.await?))
}

/// Ending it: one of these codes shows that they were kept.
pub async fn turn_on(
    State(app): State<App>,
    Caller(actor): Caller,
    OwnSession(own): OwnSession,
    params: Params,
) -> Result<Written<StandingOut>> {
    let code = params.required("recovery_code")?;
    write(&app, move |app, tx| {
        Box::pin(async move { Ok(second_factor::turn_on(tx, &actor, &own, &code, app.pen()).await?.into()) })
    })
    .await
}

/// Taking one's own away.
pub async fn turn_off(
    State(app): State<App>,
    Network(network): Network,
    Caller(actor): Caller,
    OwnSession(own): OwnSession,
    params: Params,
) -> Result<Written<StandingOut>> {
    let known = own_password(&app, &network, &own, params.required("password")?).await?;
    write(&app, move |app, tx| {
        Box::pin(async move { Ok(second_factor::turn_off(tx, &actor, &known, app.pen()).await?.into()) })
    })
    .await
}

/// Other recovery codes, in the place of those before.
pub async fn renew_codes(
    State(app): State<App>,
    Network(network): Network,
    Caller(actor): Caller,
    OwnSession(own): OwnSession,
    params: Params,
) -> Result<Private<Written<CodesOut>>> {
    let known = own_password(&app, &network, &own, params.required("password")?).await?;
    let recovery_codes = codes();
    let renewed = write(&app, move |_, tx| {
        Box::pin(async move {
            second_factor::renew_codes(tx, &actor, &known, &recovery_codes).await?;
            Ok(CodesOut { recovery_codes })
        })
    });
    Ok(private(renewed.await?))
}

/// Extension: taking the second factor of a user away.
pub async fn reset(State(app): State<App>, Caller(actor): Caller, Id(id): Id<UserId>) -> Result<Done> {
    let reset = write(&app, move |app, tx| {
        Box::pin(async move { Ok(second_factor::reset(tx, &actor, &id, app.pen()).await?) })
    });
    Ok(reset.await?.into())
}
