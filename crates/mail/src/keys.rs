//! What mails of one conversation have in common: names of our own in what we send, and subjects.
//!
//! A name of ours carries a mac under the server's key, so that nobody can make one, and no table has to be asked.

use unicode_normalization::UnicodeNormalization;

/// The header by which servers of this kind know each other's mails.
pub const TRACE: &str = "X-Hubbub-Trace";
/// How many hex digits of a mac are in a name.
const MAC: usize = 20;

/// The names of our own, under the server's key.
pub struct Keys<'k>(pub &'k crypto::Keys);

impl Keys<'_> {
    fn mac(&self, what: &str, id: &str) -> String {
        self.0.signature(&format!("mail {what} {id}"))[..MAC].to_owned()
    }

    fn named(&self, what: &str, name: &str) -> Option<String> {
        let (id, mac) = name.strip_prefix("h.")?.rsplit_once('.')?;
        let fits = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        // Servers on the way may change the case of an address.
        let mac = mac.to_ascii_lowercase();
        (fits && crypto::same(self.mac(what, id).as_bytes(), mac.as_bytes())).then(|| id.to_owned())
    }

    /// The `Message-ID` of a content that is sent from a domain; without angles.
    #[must_use]
    pub fn message_id(&self, content: &str, domain: &str) -> String {
        format!("{}@{domain}", self.envelope(content))
    }

    /// What a server names a content's mail by in its reports (`ENVID`).
    #[must_use]
    pub fn envelope(&self, content: &str) -> String {
        format!("h.{content}.{}", self.mac("content", content))
    }

    /// The content that a report names so, when we have made it.
    #[must_use]
    pub fn enveloped(&self, name: &str) -> Option<String> {
        self.named("content", name)
    }

    /// The content whose `Message-ID` this is, when we have made it.
    #[must_use]
    pub fn content(&self, message_id: &str) -> Option<String> {
        self.named("content", message_id.split_once('@')?.0)
    }

    /// An address to which answers of a thread come: `local+h.<thread>.<mac>@domain`. None when `address` is none.
    #[must_use]
    pub fn address(&self, thread: &str, address: &str) -> Option<String> {
        let (local, domain) = address.rsplit_once('@')?;
        Some(format!("{local}+h.{thread}.{}@{domain}", self.mac("thread", thread)))
    }

    /// The thread to which a recipient's address leads, when we have made it.
    #[must_use]
    pub fn thread(&self, address: &str) -> Option<String> {
        let (local, _) = address.rsplit_once('@')?;
        let at = local.rfind("+h.")?;
        self.named("thread", &local[at + 1..])
    }

    /// What [`TRACE`] says in the mail of a content that is written after `count` others, each answering the one before by
    /// itself.
    #[must_use]
    pub fn trace(&self, content: &str, count: u32) -> String {
        format!("{} {count} {content}", self.mac("trace", &format!("{count} {content}")))
    }

    /// The content of a mail, and how many came before it, when [`TRACE`] in it is ours.
    #[must_use]
    pub fn traced(&self, value: &str) -> Option<(String, u32)> {
        let (mac, rest) = value.trim().split_once(' ')?;
        let (count, content) = rest.split_once(' ')?;
        let count: u32 = count.parse().ok()?;
        let fits = crypto::same(self.mac("trace", &format!("{count} {content}")).as_bytes(), mac.as_bytes());
        fits.then(|| (content.to_owned(), count))
    }
}

/// What answers and what is passed on begin their subjects with.
const PREFIXES: [&str; 32] = [
    "re", "fw", "fwd", "aw", "wg", "sv", "vs", "tr", "rv", "rif", "res", "antw", "odp", "ynt", "ref", "réf", "rép",
    "rep", "enc", "i", "r", "vl", "fs", "doorst", "pd", "ilt", "atb", "hа", "回复", "回覆", "答复", "转发",
];

/// Those of what is passed on.
const FORWARDS: [&str; 14] =
    ["fw", "fwd", "wg", "tr", "rv", "enc", "i", "vs", "vl", "vb", "doorst", "pd", "ilt", "转发"];

/// What of a subject stays the same in answers: without their prefixes and the names of lists, in lower case.
#[must_use]
pub fn plain_subject(subject: &str) -> String {
    let all: String = subject.nfkc().collect();
    let lower = all.to_lowercase();
    let mut rest = lower.trim();
    loop {
        let shorter = without_tag(rest).or_else(|| without_prefix(rest));
        match shorter {
            Some(shorter) => rest = shorter.trim_start(),
            None => break,
        }
    }
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a subject is that of an answer or of what is passed on.
#[must_use]
pub fn has_prefix(subject: &str) -> bool {
    let all: String = subject.nfkc().collect();
    without_prefix(all.to_lowercase().trim()).is_some()
}

/// Whether a subject says that the mail is one that is passed on.
pub(crate) fn is_passed_on(subject: &str) -> bool {
    let lower = subject.trim_start().to_lowercase();
    let word = lower.split(':').next().unwrap_or_default().trim_end();
    lower.contains(':') && FORWARDS.contains(&word)
}

fn without_tag(subject: &str) -> Option<&str> {
    let (tag, rest) = subject.strip_prefix('[')?.split_once(']')?;
    // A subject that is nothing but a tag is one.
    (tag.len() <= 60 && !rest.trim().is_empty()).then_some(rest)
}

fn without_prefix(subject: &str) -> Option<&str> {
    let (before, rest) = subject.split_once(':')?;
    let word = before.trim_end();
    // A count: `re[2]:`, `re(2):` or `re^2:`.
    let word = match word.find(['[', '(', '^']) {
        Some(at) if word[at + 1..].chars().all(|c| c.is_ascii_digit() || matches!(c, ']' | ')')) => &word[..at],
        _ => word,
    };
    PREFIXES.contains(&word.trim_end()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_our_own_are_known_again_and_no_others() {
        let (ours, others) = ("1".repeat(64), "2".repeat(64));
        let (ours, others) =
            (crypto::Keys::from_text(&ours).expect("a key"), crypto::Keys::from_text(&others).expect("a key"));
        let (ours, others) = (Keys(&ours), Keys(&others));
        let id = ours.message_id("66a0", "shop.test");
        assert_eq!(ours.content(&id).as_deref(), Some("66a0"));
        assert_eq!((others.content(&id), ours.content(&id.replace("66a0", "66a1"))), (None, None));
        let to = ours.address("77b0", "desk@shop.test").expect("an address");
        assert_eq!(ours.thread(&to).as_deref(), Some("77b0"));
        assert_eq!((others.thread(&to), ours.thread("desk+x@shop.test"), ours.thread("desk")), (None, None, None));
        // What names a content names no thread.
        assert_eq!(ours.thread(&format!("desk+{id}")), None);
        assert_eq!(
            (ours.traced(&ours.trace("66a0", 3)), others.traced(&ours.trace("66a0", 3)), ours.traced("x 3 66a0")),
            (Some(("66a0".into(), 3)), None, None)
        );
    }

    #[test]
    fn answers_have_the_subject_of_what_they_answer() {
        for subject in [
            "Order 12",
            "Re: Order 12",
            "RE[2]: Fwd: order  12",
            "[desk] AW: Re: Order 12",
            "Re： ＯＲＤＥＲ 12",
            "SV: [a] re: Order 12",
        ] {
            assert_eq!(plain_subject(subject), "order 12", "{subject}");
        }
        assert_eq!(plain_subject("Note: x"), "note: x");
        assert_eq!(plain_subject("[tag]"), "[tag]");
        assert!(has_prefix("Aw: x") && !has_prefix("Award: x"));
    }
}
