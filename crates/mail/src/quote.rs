//! Where a mail begins to quote an earlier one, by its text. Nothing is taken away: only the place is told, so that
//! the rest can be folded.
//!
//! What counts as quoted goes to the end of the text. What stands between quotes is an answer, and stays; so does what
//! somebody passes on. Where nothing would be left, nothing is quoted.

use crate::quote_words::{self as words, is_label};
use crate::read::looked_at;

/// How many lines the line before a quote ("On … wrote:") may take, and how many bytes.
const ATTRIBUTION_LINES: usize = 4;
const ATTRIBUTION_MAX: usize = 500;
/// How many lines a signature has at the most.
const SIGNATURE_LINES: usize = 15;
/// How many lines below the first one are looked at for more labels of a head.
const HEAD_LINES: usize = 6;

/// A line of the text, and where it begins.
struct Line<'a> {
    at: usize,
    text: &'a str,
}

impl Line<'_> {
    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    fn is_quoted(&self) -> bool {
        self.text.trim_start().starts_with('>')
    }
}

/// Where in the text (in bytes) that begins which can be folded. `marked` is where its markup says so.
pub(crate) fn find(text: &str, marked: Option<usize>) -> Option<usize> {
    let mut at = 0;
    let lines: Vec<Line<'_>> = text
        .split_inclusive('\n')
        .map(|whole| {
            let line = Line { at, text: whole.trim_end_matches(['\n', '\r']) };
            at += whole.len();
            line
        })
        .collect();
    let marked = marked.and_then(|marked| lines.iter().position(|line| line.at >= marked));
    let told = (0..lines.len()).find(|n| begins_all(&lines, *n));
    let mut end = lines.len();
    if let Some(first) = marked.into_iter().chain(told).min() {
        end = with_attribution(&lines, first);
    }
    loop {
        while end > 0 && lines[end - 1].is_blank() {
            end -= 1;
        }
        match shorter(&lines[..end]) {
            Some(less) => end = less,
            None => break,
        }
    }
    let rest = &lines[end..];
    let first = rest.iter().find(|line| !line.is_blank())?;
    lines[..end].iter().any(|line| !line.is_blank() && !line.is_quoted()).then_some(first.at)
}

/// Who wrote the mail that somebody passes on in this text, as its head there says: what stands behind "From".
pub(crate) fn passed_on(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.find(|line| words::is_forward(line))?;
    let head = lines.take(HEAD_LINES).find(|line| is_label(line, words::FROM))?;
    let (_, told) = head.split_once([':', '：'])?;
    // What was fat has stars around it.
    Some(told.replace('*', ""))
}

/// Where the text ends without what can be folded at its end; none when there is nothing of that kind.
fn shorter(lines: &[Line<'_>]) -> Option<usize> {
    let last = lines.last()?;
    if last.is_quoted() {
        let own = lines.iter().rposition(|line| !line.is_blank() && !line.is_quoted()).map_or(0, |at| at + 1);
        let first = own + lines[own..].iter().position(Line::is_quoted)?;
        return Some(with_attribution(lines, first));
    }
    let from = lines.len().saturating_sub(SIGNATURE_LINES);
    if let Some(at) = lines[from..].iter().rposition(|line| matches!(line.text.trim_end(), "--" | "—")) {
        return Some(from + at);
    }
    words::is_sent_from(last.text.trim()).then(|| lines.len() - 1)
}

/// Whether all is quoted from this line on.
fn begins_all(lines: &[Line<'_>], n: usize) -> bool {
    let text = lines[n].text.trim();
    looked_at(lines[n].text.len());
    if text.is_empty() || text.len() > ATTRIBUTION_MAX || lines[n].is_quoted() {
        return false;
    }
    if words::REPLY_ABOVE.contains(&text) || words::is_original(text) {
        return true;
    }
    if is_label(text, words::FROM) {
        let below = lines[n + 1..].iter().take(HEAD_LINES);
        let more = below.filter(|line| is_label(line.text.trim(), words::OTHERS)).count();
        let before = lines[..n].iter().rev().find(|line| !line.is_blank());
        let passed_on = before.is_some_and(|line| words::is_forward(line.text.trim()));
        return more >= 2 && !passed_on;
    }
    if !words::begins_attribution(text) {
        return false;
    }
    let Some(length) = (1..=ATTRIBUTION_LINES).find(|length| is_attribution(lines, n, *length)) else { return false };
    // Where it is followed by lines with a mark, those say how far it goes.
    let next = lines[n + length..].iter().find(|line| !line.is_blank());
    next.is_some_and(|next| !next.is_quoted())
}

/// The first line of the sentence that leads to a quote, or that of the quote.
fn with_attribution(lines: &[Line<'_>], first: usize) -> usize {
    let mut end = first;
    while end > 0 && first - end < 2 && lines[end - 1].is_blank() {
        end -= 1;
    }
    let fits = |length: &usize| *length <= end && is_attribution(lines, end - length, *length);
    let begins = |length: &usize| words::begins_attribution(lines[end - length].text.trim());
    let found = (1..=ATTRIBUTION_LINES).rev().find(|length| fits(length) && begins(length));
    if let Some(length) = found.or_else(|| (1..=ATTRIBUTION_LINES).find(fits)) {
        return end - length;
    }
    // A line across the page before the head of the earlier mail.
    match end.checked_sub(1).map(|at| lines[at].text.trim()) {
        Some(rule) if rule.len() >= 5 && rule.bytes().all(|b| matches!(b, b'_' | b'-' | b'=' | b'*')) => end - 1,
        _ => first,
    }
}

/// Whether some lines together say who wrote what follows.
fn is_attribution(lines: &[Line<'_>], from: usize, count: usize) -> bool {
    let Some(some) = lines.get(from..from + count) else { return false };
    if some.iter().any(|line| line.is_blank() || line.is_quoted()) {
        return false;
    }
    looked_at(some.iter().map(|line| line.text.len()).sum());
    let joined = some.iter().map(|line| line.text.trim()).collect::<Vec<_>>().join(" ");
    if joined.len() > ATTRIBUTION_MAX || !joined.ends_with([':', '：']) {
        return false;
    }
    let digits = joined.chars().filter(char::is_ascii_digit).count();
    let address = joined.contains('@');
    words::says_wrote(&joined) && (digits >= 4 || address) || address && joined.contains('<') && digits >= 4
}

#[cfg(test)]
mod tests {
    use super::find;

    /// The text, with a mark where the quote begins.
    fn marked(text: &str) -> String {
        match find(text, None) {
            Some(at) => format!("{}|{}", &text[..at], &text[at..]),
            None => text.to_owned(),
        }
    }

    #[test]
    fn quotes_at_the_end_are_found() {
        for text in [
            "Yes.\n\n|On Mon, Mar 2, 2026 at 10:00 AM Ann <ann@b.test> wrote:\n> old\n> more\n",
            "Yes.\n\n|On Mon, Mar 2, 2026 at 10:00 AM Ann Lee <\nann@b.test> wrote:\n\n> old\n",
            "Oui.\n\n|Le lun. 2 mars 2026 à 10:00, Ann <ann@b.test> a écrit :\n> old\n",
            "Ja.\n\n|Am 02.03.2026 um 10:00 schrieb Ann Lee:\n> old\n",
            "Sí.\n\n|El lun, 2 mar 2026 a las 10:00, Ann (<ann@b.test>) escribió:\n> old\n",
            "はい\n\n|2026年3月2日(月) 10:00 Ann <ann@b.test>:\n> old\n",
            "Yes.\n\n|-----Original Message-----\nFrom: Ann\nSent: x\n\nold\n",
            "Ja.\n\n|-----Ursprüngliche Nachricht-----\nVon: Ann\n\nold\n",
            "Yes.\n\n|________________________________\nFrom: Ann <ann@b.test>\nSent: Monday\nTo: Bob\nSubject: x\n\nold\n",
            "Oui.\n\n|De : Ann\nEnvoyé : lundi\nÀ : Bob\nObjet : x\n\nold\n",
            "はい\n\n|差出人: Ann\n送信日時: 2026年3月2日\n宛先: Bob\n件名: x\n\nold\n",
            "Yes.\n|-- \nBob\nShop\n\nOn 2 Mar 2026, ann@b.test wrote:\n> old\n",
            "Yes.\n\n|Sent from my iPhone\n\nOn 2 Mar 2026, at 10:00, Ann <ann@b.test> wrote:\n\nold\n",
            "Yes.\n|-- \nBob\n",
            "> old\n\nmy answer\n\n|> older\n",
            "My text\n|> old\n\n-- \nBob\n",
        ] {
            assert_eq!(marked(&text.replace('|', "")), text);
        }
    }

    #[test]
    fn what_stands_between_or_alone_stays() {
        for text in [
            "> old\nyes\n> more\nno\n",
            "On 2 Mar 2026, ann@b.test wrote:\n> old\n\nMy answer below.\n",
            ">\n",
            "> old\n> more\n",
            "On 2 Mar 2026, ann@b.test wrote:\n> old\n",
            "Please see below.\n\n---------- Forwarded message ---------\nFrom: Ann <ann@b.test>\nDate: Mon\nSubject: x\nTo: b\n\nold\n",
            "From: here to there.\nTo: nobody\n",
            "He wrote:\nnothing\n",
            "",
        ] {
            assert_eq!(marked(text), text);
        }
        assert_eq!(find("new\nold", Some(4)), Some(4));
        assert_eq!(find("new\nOn 2 Mar 2026 Ann <a@b.test> wrote:\nold", Some(41)), Some(4));
    }
}
