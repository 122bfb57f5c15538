//! Mailboxes: mail is fetched by IMAP and becomes conversations, and answers go out by SMTP. Fetching changes nothing on the
//! server, unless the source says what is to be done with a mail that was taken in.

pub(crate) mod again;
mod asking;
pub(crate) mod authorization;
pub(crate) mod credentials;
mod door;
pub(crate) mod fetch;
mod imap;
pub(crate) mod inbound;
mod large;
mod letter;
mod line;
mod lines;
mod names;
pub(crate) mod outbound;
mod position;
mod posts;
mod reading;
mod refusals;
mod sent_copy;
mod smtp;
mod tokens;
pub(crate) mod trial;

pub(crate) use lines::Lines;
pub(crate) use posts::Posts;
