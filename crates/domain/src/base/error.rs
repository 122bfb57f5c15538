//! What a use case can refuse, and why. It knows nothing of HTTP; `http::error` gives each kind its code.

use model::{InterventionId, Owner, UserId};

use crate::base::fault::{Fault, Reason};

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The thing does not exist, or the caller may not see it.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The user is not connected.
    #[error("this agent is not connected")]
    Disconnected,
    /// The caller may not do this.
    #[error("{1}")]
    Forbidden(&'static str, Fault),
    /// The request is not understood: a parameter is missing or has the wrong form.
    #[error("{field}: {fault}")]
    BadParameter {
        /// The parameter.
        field: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The request is understood and cannot be done: a value is not acceptable.
    #[error("{field}: {fault}")]
    Invalid {
        /// The field at fault.
        field: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The HTML of a content has tags that may not be written: these.
    #[error("body: has tags that are not allowed: {}; there are {}", .0.join(", "), richtext::WRITABLE.join(", "))]
    HtmlNotAllowed(Vec<String>),
    /// The request is understood and the state does not allow it; an identifier and a message.
    #[error("{1}")]
    Unprocessable(&'static str, Fault),
    /// Something else is going on with the thing.
    #[error("{1}")]
    Conflict(&'static str, Fault),
    /// Another agent has the customer.
    #[error("{name} has this conversation already")]
    AlreadyEngaged {
        /// Who.
        user_id: UserId,
        /// Their name.
        name: String,
    },
    /// The caller has the customer already.
    #[error("you have this intervention open already")]
    AlreadyOpen {
        /// The intervention.
        intervention_id: InterventionId,
        /// The epoch of its thread.
        epoch: i64,
    },
    /// A write was composed under an earlier epoch of the thread: it has another owner by now.
    #[error("{}", stale(owner.as_deref()))]
    StaleOwner {
        /// Who has it now; none for nobody.
        owner: Option<Box<Owner>>,
        /// The epoch now.
        epoch: i64,
    },
    /// An act cannot be taken back.
    #[error("this cannot be taken back: {because}")]
    CannotUndo {
        /// Why.
        because: Because,
        /// Who has done something in between, with their name.
        by: Option<(UserId, String)>,
    },
    /// The journal cannot go on from a cursor: what came after it is no longer kept, or it is not of this journal.
    #[error(
        "the journal cannot go on from this position: begin again between {oldest} and {head}, timeline {timeline}"
    )]
    CursorExpired {
        /// The earliest position from which it can.
        oldest: i64,
        /// Its newest position.
        head: i64,
        /// Of which history positions are.
        timeline: String,
    },
    /// The caller is not known.
    #[error("{1}")]
    Unauthorized(&'static str, Fault),
    /// Too much at once.
    #[error("{1}")]
    TooMany(&'static str, Fault, Option<Pace>),
    /// Too large.
    #[error("{0}")]
    TooLarge(Fault),
    /// Others take up all that the server has of something.
    #[error("{0}")]
    Busy(Fault),
    /// The disk must keep what is left of it for the database.
    #[error("the server's disk is nearly full: no files are taken at the moment")]
    DiskReserve,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Anything that is our own fault.
    #[error("{0}")]
    Internal(String),
}

fn stale(owner: Option<&Owner>) -> String {
    let now = owner.map_or("nobody has it now".to_owned(), |owner| format!("{} has it now", owner.name));
    format!("the conversation changed hands after this was composed: {now}")
}

impl Error {
    /// A value is not acceptable.
    pub fn invalid(field: impl Into<String>, fault: impl Into<Fault>) -> Self {
        Self::Invalid { field: field.into(), fault: fault.into() }
    }

    /// Something cannot be made without this value.
    pub fn missing(field: impl Into<String>) -> Self {
        Self::invalid(field, Fault::required())
    }

    /// A parameter is missing or has the wrong form.
    pub fn bad(field: impl Into<String>, fault: impl Into<Fault>) -> Self {
        Self::BadParameter { field: field.into(), fault: fault.into() }
    }

    /// The reason that is told beside the code, where there is more to say than the code does.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::BadParameter { fault, .. }
            | Self::Invalid { fault, .. }
            | Self::Forbidden(_, fault)
            | Self::Unprocessable(_, fault)
            | Self::Conflict(_, fault)
            | Self::Unauthorized(_, fault)
            | Self::TooMany(_, fault, _)
            | Self::TooLarge(fault)
            | Self::Busy(fault) => Some(fault),
            _ => None,
        }
    }

    /// Whether it says something of this moment and nothing of what was asked: the same may succeed later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_passing())
    }

    /// The caller's role or permissions do not allow this.
    pub fn forbidden(fault: impl Into<Fault>) -> Self {
        Self::Forbidden("forbidden", fault.into())
    }

    /// A constraint of the database refused a row: say it of the field that it guards.
    #[must_use]
    pub fn taken(error: store::Error, field: &'static str) -> Self {
        match error {
            store::Error::Unique(_) => Self::invalid(field, Reason::Taken.says("has already been taken")),
            other => Self::Store(other),
        }
    }
}

model::named_enum! {
    /// Why an act cannot be taken back.
    Because {
        /// Somebody else has the thread by now.
        Taken = "taken",
        /// It was answered.
        Answered = "answered",
        /// What it changed was changed again.
        Changed = "changed",
        /// Its time is over.
        Over = "over",
    }
}

/// The pace that a caller went over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many a minute are taken, where that is the limit.
    pub per_minute: Option<u32>,
    /// After how many seconds the next one is.
    pub wait: u64,
}

/// The outcome of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;
