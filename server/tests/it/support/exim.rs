//! Debian's mail server beside the test (`scripts/exim`): it lays mails into the mailboxes of Dovecot.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

use super::dovecot::dovecot;
use crate::architecture::root;

static SERVER: OnceLock<(u16, Child, ChildStdin)> = OnceLock::new();

/// The port of the server of all tests. It ends with the process: its input does.
pub fn exim() -> u16 {
    let start = || {
        let mut command = Command::new(root().join("scripts/exim"));
        command.arg(&dovecot().home).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a mail server's script");
        let input = child.stdin.take().expect("an input");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("an output")).read_line(&mut line).expect("a line");
        let port = line.trim().parse().expect("a mail server (scripts/install-test-tools)");
        (port, child, input)
    };
    SERVER.get_or_init(start).0
}
