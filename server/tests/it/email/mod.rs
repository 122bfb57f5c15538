//! Mailboxes: how they are set up, what comes in by them, and what goes out.

mod after;
mod authorization;
mod blocked;
mod broken;
mod copies;
mod delivered;
mod erasing;
mod from;
mod inbound;
mod large;
mod later;
mod links;
mod loops;
mod nobody;
mod outbound;
mod parts;
mod pictures;
mod reach;
mod refused;
mod round;
mod rules;
mod settings;
mod trust;
mod waits;
mod written;
