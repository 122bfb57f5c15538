//! What is wrong with a query, and where.

use std::fmt;

/// Why a query cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The place: the first character is 1.
    pub character: usize,
    /// What was expected there, or what is wrong.
    pub message: String,
}

impl Error {
    /// An error at a byte of the query's text.
    pub(crate) fn at(text: &str, byte: usize, message: impl Into<String>) -> Self {
        let before = text.char_indices().take_while(|(at, _)| *at < byte).count();
        Self { character: before + 1, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.character, self.message)
    }
}

impl std::error::Error for Error {}
