//! What a new password must be: the settings of the domain, and that it takes many guesses.

use model::Timestamp;
use zxcvbn::feedback::Warning;
use zxcvbn::{Score, zxcvbn};

use crate::base::{Error, Fault, Reason, Result};

/// Bytes of a password at the most: longer ones are not hashed.
pub const PASSWORD_MAX: usize = 1024;
/// How many characters of a password are looked at for what makes it easy to guess: more take long to look at, and a
/// password that begins well is good.
const LOOKED_AT: usize = 64;
/// How many characters a word has at the least that others know of somebody.
const WORD_MIN: usize = 3;

/// What a new password must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordRules {
    /// Characters at the least.
    pub min_length: usize,
    /// At least one digit.
    pub numbers: bool,
    /// At least one character that is neither a letter nor a digit.
    pub non_word: bool,
    /// How many of the user's last passwords it must not be; 0 for any.
    pub archived: i64,
    /// After how many seconds a password must be changed.
    pub expires_after: Option<i64>,
}

impl PasswordRules {
    /// Refuses passwords that the rules forbid, that are too long to hash, or that are easily guessed by somebody who
    /// has what is `known` of the user and the desk: names and addresses. That takes long.
    ///
    /// # Errors
    /// 422 on `field`.
    pub fn check(&self, field: &str, password: &str, known: &[String]) -> Result<()> {
        self.check_form(field, password)?;
        strength(password, known).map_err(|fault| Error::invalid(field, fault))
    }

    fn check_form(&self, field: &str, password: &str) -> Result<()> {
        let least = self.min_length;
        let refuse = |fault: Fault| Err(Error::invalid(field, fault));
        if password.chars().all(|c| c.is_whitespace() || c.is_control() || text::is_invisible(c)) {
            return refuse(Fault::blank());
        }
        if password.chars().count() < least {
            return refuse(
                Reason::TooShort.says(format!("is too short (at least {least} characters)")).with("min", least),
            );
        }
        if password.len() > PASSWORD_MAX {
            return refuse(Fault::too_large(PASSWORD_MAX));
        }
        if self.numbers && !password.chars().any(|c| c.is_ascii_digit()) {
            return refuse(Reason::NoDigit.says("must have a digit"));
        }
        if self.non_word && password.chars().all(char::is_alphanumeric) {
            return refuse(Reason::NoSymbol.says("must have a character that is neither a letter nor a digit"));
        }
        Ok(())
    }

    /// Whether a password that was set at this time must be changed.
    #[must_use]
    pub fn is_expired(&self, set_at: Timestamp, now: Timestamp) -> bool {
        self.expires_after.is_some_and(|seconds| now >= set_at.plus_seconds(seconds))
    }
}

/// Refuses a password that takes few guesses. What is known of its owner counts for nothing in it.
fn strength(password: &str, known: &[String]) -> std::result::Result<(), Fault> {
    let words = words(known);
    let inputs: Vec<&str> = words.iter().map(String::as_str).collect();
    let lower = password.to_lowercase();
    let own = words.iter().fold(lower.clone(), |rest, word| rest.replace(word, ""));
    let own = Some(own).filter(|rest| *rest != lower);
    let looked_at = own.as_deref().unwrap_or(password);
    let looked_at: String = looked_at.chars().take(LOOKED_AT).collect();
    let found = zxcvbn(&looked_at, &inputs);
    if found.score() >= Score::Three {
        return Ok(());
    }
    let common = found.feedback().and_then(zxcvbn::feedback::Feedback::warning).is_some_and(|warning| {
        use Warning::*;
        matches!(
            warning,
            ThisIsATop10Password | ThisIsATop100Password | ThisIsACommonPassword | ThisIsSimilarToACommonlyUsedPassword
        )
    });
    Err(if own.is_some() {
        Reason::PersonalPassword.says("is little more than a name or an address that others know")
    } else if common {
        Reason::CommonPassword.says("is one of those that are tried first")
    } else {
        Reason::EasyToGuess.says("is easy to guess: several words that do not belong together are better")
    })
}

/// The words in what is known of somebody, the longest first.
fn words(known: &[String]) -> Vec<String> {
    let parts = known.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let mut words: Vec<String> = parts.filter(|w| w.chars().count() >= WORD_MIN).map(str::to_lowercase).collect();
    words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> Option<Reason> {
        let known = ["alicia.johnson@fern.example", "Alicia", "Johnson", "Fern & Fable"].map(str::to_owned);
        strength(password, &known).err().map(|fault| fault.reason)
    }

    #[test]
    fn what_is_tried_first_or_known_of_somebody_is_no_password() {
        for (password, reason) in [
            ("password", Reason::CommonPassword),
            ("12345678", Reason::CommonPassword),
            ("Passw0rd!", Reason::CommonPassword),
            ("qwertyuiop", Reason::CommonPassword),
            ("aaaaaaaaaaaa", Reason::EasyToGuess),
            ("11.12.2011", Reason::EasyToGuess),
            ("alicia.johnson", Reason::PersonalPassword),
            ("alicia.johnson@fern.example", Reason::PersonalPassword),
            ("Fern-and-Fable", Reason::PersonalPassword),
            ("ALICIA2026", Reason::PersonalPassword),
            ("alicia-password", Reason::PersonalPassword),
        ] {
            assert_eq!(refused(password), Some(reason), "{password}");
        }
        for good in [
            "a long passphrase",
            "Alicia waters three tulips",
            "kv9#Lq2!xTz",
            "fleißige Bienen summen",
            "東京の夜は静かに更ける",
        ] {
            assert_eq!(refused(good), None, "{good}");
        }
    }

    #[test]
    fn blanks_are_no_password_and_long_ones_are_looked_at_quickly() {
        let rules = PasswordRules { min_length: 8, numbers: false, non_word: false, archived: 0, expires_after: None };
        for blank in [" ".repeat(12), "\u{a0}\t \u{2003}\u{200b}\u{3164}\u{feff}\u{2060} \r".to_owned()] {
            let Err(Error::Invalid { fault, .. }) = rules.check("password", &blank, &[]) else {
                panic!("{blank:?} is taken")
            };
            assert_eq!(fault.reason, Reason::Blank, "{blank:?}");
        }
        assert!(rules.check("password", &"4@8({[<369&#!1/|0$5+7%2".repeat(40), &[]).is_ok());
    }
}
