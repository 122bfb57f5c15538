//! What mails to visitors say: the built-in words, the names that words of one's own may use, and how all of it becomes a
//! mail.

use std::collections::HashMap;

use model::Timestamp;
use rules::mustache::{self, Names, Template, Wrong};

pub use rules::mustache::Values;

use crate::base::{Error, Fault, Reason, Result};

/// Characters of a subject at the most.
const SUBJECT_MAX: usize = 255;
/// Bytes of what a mail says at the most.
const HTML_MAX: usize = 64 * 1024;
const FRAME: &str = include_str!("mail_words/frame.html");

/// The words in a language, as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// The language's code.
    pub language: String,
    /// What a mail is about.
    pub subject: String,
    /// What it says, in HTML.
    pub html: String,
}

/// The names that a mail may use.
pub const NAMES: Names = Names {
    values: &[
        "identity",
        "title",
        "back_to_chat_link",
        "unsubscribe_link",
        "source",
        "agent",
        "firstname",
        "lastname",
        "firstname_upcase",
        "lastname_upcase",
        "nickname",
        "email",
        "identity_company",
        "identity_email",
        "identity_emails",
        "identity_firstname",
        "identity_lastname",
        "identity_gender",
        "identity_home_phone",
        "identity_home_phones",
        "identity_mobile_phone",
        "identity_mobile_phones",
        "identity_screenname",
        "identity_uuid",
    ],
    raw: &["back_to_chat_link", "unsubscribe_link"],
    lists: &[("messages", &ROW)],
};

/// What each of the messages has beside them.
pub const ROW: Names = Names { values: &["timestamp", "screenname", "body"], raw: &["body"], lists: &[] };

/// The languages that words are built in for.
pub const BUILT_IN: [&str; 2] = ["en", "fr"];

/// The words that are built in for a language; English for all others.
#[must_use]
pub fn built_in(language: &str) -> Wording {
    let (language, subject, html) = match language {
        "fr" => ("fr", "Nouveaux messages de {{source}}", include_str!("mail_words/fr.html")),
        _ => ("en", "New messages from {{source}}", include_str!("mail_words/en.html")),
    };
    Wording { language: language.into(), subject: subject.into(), html: html.into() }
}

/// A mail as its reader gets it.
#[derive(Clone, Debug)]
pub struct Said {
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The same in HTML, made safe.
    pub html: String,
}

/// Words that were looked through.
#[derive(Clone, Debug)]
pub struct Ready {
    language: String,
    subject: Template,
    html: Template,
}

/// Looks words through.
///
/// # Errors
/// 422 on `subject` or `html`: blank, too long, or with a name that there is not.
pub fn checked(words: &Wording) -> Result<Ready> {
    let Wording { language, subject, html } = words;
    if subject.trim().is_empty() {
        return Err(Error::invalid("subject", Fault::blank()));
    }
    if subject.chars().count() > SUBJECT_MAX {
        return Err(Error::invalid("subject", Fault::too_long(SUBJECT_MAX)));
    }
    if subject.chars().any(char::is_control) {
        return Err(Error::invalid("subject", Reason::SingleLine.says("must be a single line")));
    }
    if html.trim().is_empty() {
        return Err(Error::invalid("html", Fault::blank()));
    }
    if html.len() > HTML_MAX {
        return Err(Error::invalid("html", Fault::too_large(HTML_MAX)));
    }
    let read = |field: &str, text: &str| mustache::read(text, &NAMES).map_err(|wrong| refused(field, wrong));
    Ok(Ready { language: language.clone(), subject: read("subject", subject)?, html: read("html", html)? })
}

fn refused(field: &str, wrong: Wrong) -> Error {
    let fault = match wrong {
        Wrong::Unknown(name) | Wrong::NotRaw(name) => {
            let message = format!("has the placeholder {name:?}, which there is not, or not as it is written");
            let names = NAMES.values.iter().chain(ROW.values).chain(&["messages"]).copied().collect::<Vec<_>>();
            Reason::Placeholder.says(message).with("name", name).with("allowed", names.join(", "))
        }
        Wrong::Unpaired(name) => {
            Reason::Unpaired.says(format!("the section {name:?} has no beginning or no end")).with("name", name)
        }
        Wrong::Open => Reason::Unpaired.says("has braces that do not close").with("name", "{{"),
    };
    Error::invalid(field, fault)
}

impl Ready {
    /// Their language.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The mail with everything filled in.
    #[must_use]
    pub fn say(&self, values: &Values) -> Said {
        let subject = self.subject.fill(values, str::to_owned);
        let body = richtext::mail(&self.html.fill(values, richtext::escape));
        let html = FRAME.replace("{language}", &richtext::escape(&self.language)).replace("{body}", &body);
        let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
        Said { subject: text::beginning(&subject, SUBJECT_MAX).to_owned(), text: richtext::plain_of(&body), html }
    }
}

/// A text of a message as it stands in a mail.
#[must_use]
pub fn body(text: &str) -> String {
    text.trim().lines().map(richtext::escape).collect::<Vec<_>>().join("<br>")
}

/// A time as it stands in a mail.
#[must_use]
pub fn timestamp(at: Timestamp, zone: &jiff::tz::TimeZone, language: &str) -> String {
    let form = if language == "fr" { "%d/%m/%y %H:%M" } else { "%m-%d-%y %H:%M" };
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    at.to_zoned(zone.clone()).strftime(form).to_string()
}

/// Made-up values, to look at words.
#[must_use]
pub fn sample(source: &str, link: &str, now: Timestamp, zone: &jiff::tz::TimeZone, language: &str) -> Values {
    let said: [(i64, &str); 2] = match language {
        "fr" => {
            [(-1200, "Bonjour Camille, j’ai regardé votre commande."), (-1140, "Elle arrive demain.\n📎 facture.pdf")]
        }
        _ => [(-1200, "Hello Camille, I have looked at your order."), (-1140, "It arrives tomorrow.\n📎 invoice.pdf")],
    };
    let rows = said.into_iter().map(|(ago, said)| row(timestamp(now.plus_seconds(ago), zone, language), "Alex", said));
    let texts = [
        ("identity", "Camille Moreau"),
        ("title", "Order 4711"),
        ("source", source),
        ("back_to_chat_link", link),
        ("unsubscribe_link", link),
        ("agent", "Alex"),
        ("firstname", "Alex"),
        ("lastname", "Berger"),
        ("firstname_upcase", "ALEX"),
        ("lastname_upcase", "BERGER"),
        ("nickname", "Al"),
        ("email", "alex@example.com"),
        ("identity_company", "Moreau & fils"),
        ("identity_email", "camille@example.com"),
        ("identity_emails", "camille@example.com"),
        ("identity_firstname", "Camille"),
        ("identity_lastname", "Moreau"),
        ("identity_gender", "woman"),
        ("identity_home_phone", "+33 1 99 00 00 00"),
        ("identity_home_phones", "+33 1 99 00 00 00"),
        ("identity_mobile_phone", "+33 6 39 98 00 00"),
        ("identity_mobile_phones", "+33 6 39 98 00 00"),
        ("identity_screenname", "Camille"),
        ("identity_uuid", "4711"),
    ];
    let texts = texts.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    Values { texts, lists: HashMap::from([("messages", rows.collect())]) }
}

/// One of the messages.
#[must_use]
pub fn row(timestamp: String, screenname: &str, said: &str) -> Values {
    let texts = [("timestamp", timestamp), ("screenname", screenname.to_owned()), ("body", body(said))];
    Values { texts: HashMap::from(texts), ..Values::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &Wording) -> Said {
        let now = Timestamp::parse("2026-03-02T09:00:00Z").expect("a time");
        let values =
            sample("Shop <b>", "https://shop.test/a?b=1&c=2#d", now, &jiff::tz::TimeZone::UTC, &words.language);
        checked(words).expect("good words").say(&values)
    }

    #[test]
    fn what_is_built_in_becomes_a_mail_with_all_that_it_needs() {
        for language in BUILT_IN {
            let Said { subject, text, html } = said(&built_in(language));
            assert!(subject.ends_with("Shop <b>"), "{subject}");
            assert!(html.contains("Shop &lt;b&gt;") && !html.contains("{{"), "{html}");
            for part in ["Camille Moreau", "Alex", "https://shop.test/a?b=1&c=2#d", "08:40"] {
                assert!(text.contains(part), "{part}: {text}");
            }
            assert!(html.contains(&format!("lang=\"{language}\"")), "{html}");
        }
        assert_eq!(built_in("de"), built_in("en"));
    }

    #[test]
    fn what_cannot_be_filled_in_is_refused_by_its_field() {
        let with = |subject: &str, html: &str| Wording { subject: subject.into(), html: html.into(), ..built_in("en") };
        for (words, field) in [
            (with("", "a"), "subject"),
            (with("a\nb", "a"), "subject"),
            (with(&"a".repeat(256), "a"), "subject"),
            (with("{{who}}", "a"), "subject"),
            (with("a", " "), "html"),
            (with("a", "{{{source}}}"), "html"),
            (with("a", "{{body}}"), "html"),
            (with("a", "{{#messages}}"), "html"),
            (with("a", &"a".repeat(HTML_MAX + 1)), "html"),
        ] {
            match checked(&words) {
                Err(Error::Invalid { field: found, .. }) => assert_eq!(found, field, "{words:?}"),
                other => panic!("{words:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn nothing_that_runs_leaves_the_house() {
        let html =
            "<script>x</script><p onclick=\"x\">{{source}}</p><a href=\"javascript:{{{back_to_chat_link}}}\">a</a>";
        let Said { html, .. } = said(&Wording { html: html.into(), ..built_in("en") });
        assert!(html.contains("<p>Shop &lt;b&gt;</p><a>a</a>") && !html.contains("script"), "{html}");
    }
}
