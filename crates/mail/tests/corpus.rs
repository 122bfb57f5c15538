//! Mails as they come, each beside what is expected of it (`corpus/*/*.eml` and `.json`). Of what a mail is read to be,
//! the names that a `.json` has are compared; `_has` and `_lacks` name parts of a text.

use std::fs;
use std::path::{Path, PathBuf};

use mail::{Letter, Person, Report};
use serde_json::{Map, Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// Every mail of the corpus: its name, its bytes and what is expected of it.
fn corpus() -> Vec<(String, Vec<u8>, Map<String, Value>)> {
    let folders = fs::read_dir(folder()).expect("the corpus").map(|entry| entry.expect("an entry").path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()));
    let mut all: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .map(|path| {
            let expected = fs::read(path.with_extension("json")).expect("what is expected");
            let name = path.strip_prefix(folder()).expect("of the corpus").with_extension("");
            let expected = serde_json::from_slice(&expected).unwrap_or_else(|error| panic!("{name:?}: {error}"));
            (name.to_string_lossy().into_owned(), fs::read(&path).expect("a mail"), expected)
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn person(person: &Person) -> String {
    match &person.name {
        Some(name) => format!("{name} <{}>", person.address),
        None => person.address.clone(),
    }
}

fn persons(all: &[Person]) -> Vec<String> {
    all.iter().map(person).collect()
}

fn report(report: &Report) -> Value {
    let recipients = report.recipients.iter().map(|one| {
        json!({"address": one.address, "action": format!("{:?}", one.action), "status": one.status,
               "diagnostic": one.diagnostic})
    });
    json!({"kind": format!("{:?}", report.kind), "original": report.original, "envelope": report.envelope,
           "recipients": recipients.collect::<Vec<_>>()})
}

/// What a mail is read to be, by the names of what is expected.
fn told(letter: &Letter, name: &str) -> Value {
    match name {
        "from_" => json!(letter.from.as_ref().map(person)),
        "to" => json!(persons(&letter.to)),
        "cc" => json!(persons(&letter.cc)),
        "forwarded_from" => json!(letter.forwarded_from.as_ref().map(person)),
        "reply_to" => json!(persons(&letter.reply_to)),
        "subject" => json!(letter.subject),
        "date" => json!(letter.date),
        "message_id" => json!(letter.message_id),
        "in_reply_to" => json!(letter.in_reply_to),
        "references" => json!(letter.references),
        "key" => json!(letter.key()),
        "body" => json!(letter.body),
        "quote" => json!(letter.quote_from.map(|from| &letter.body[from..])),
        "html" => json!(letter.html),
        "remote" => json!(letter.remote_pictures),
        "files" => letter
            .files
            .iter()
            .map(|f| json!({"name": f.name, "type": f.content_type, "size": f.bytes.len(), "inline": f.inline}))
            .collect(),
        "files_named" => letter.files.iter().map(|file| json!(file.name)).collect(),
        "automatic" => json!(letter.automatic.map(|why| format!("{why:?}"))),
        "away" => json!(letter.looks_away),
        "report" => json!(letter.report.as_ref().map(report)),
        "guard" => json!(letter.guard.map(|guard| format!("{guard:?}"))),
        "calendar" => json!(letter.calendar),
        "forged" => json!(letter.genuine == Some(false)),
        "trace" => json!(letter.trace),
        "notes" => letter.notes.iter().map(|note| json!(format!("{note:?}").replace('"', ""))).collect(),
        other => panic!("{other}: nothing of a mail"),
    }
}

/// What a mail is not as it should be.
fn wrong(letter: &Letter, name: &str, expected: &Value) -> Option<String> {
    let html = || letter.html.clone().unwrap_or_default();
    let parts = |of: String, has: bool| {
        let all = expected.as_array().expect("parts of a text").iter().filter_map(Value::as_str);
        let odd: Vec<&str> = all.filter(|part| of.contains(part) != has).collect();
        (!odd.is_empty()).then(|| format!("{name} {odd:?}: {of:?}"))
    };
    match name {
        "html_has" => parts(html(), true),
        "html_lacks" => parts(html(), false),
        "body_has" => parts(letter.body.clone(), true),
        "key_ends" => {
            let end = expected.as_str().expect("an end");
            (!letter.key().ends_with(end)).then(|| letter.key())
        }
        "headers" => expected.as_object().expect("headers").iter().find_map(|(header, expected)| {
            let found = letter.headers.iter().filter(|(name, _)| name == header).map(|(_, value)| json!(value));
            let found: Value = found.collect();
            (found != *expected).then(|| format!("{header}: {found}"))
        }),
        "spam" => {
            let score = letter.spam.score.map(f64::from);
            let near = score.unwrap_or(-999.0) - expected["score"].as_f64().unwrap_or(-999.0);
            let fits = near.abs() < 0.01 && json!(letter.spam.flagged) == expected["flagged"];
            (!fits).then(|| format!("{:?}", letter.spam))
        }
        name => {
            let found = told(letter, name);
            (found != *expected).then(|| format!("{name} is {found}\n      not {expected}"))
        }
    }
}

#[test]
fn every_mail_is_read_as_it_should_be() {
    let (mut odd, all) = (Vec::new(), corpus());
    for (name, bytes, expected) in &all {
        let letter = Letter::read(bytes, Some("mx.example.com"));
        odd.extend(
            expected
                .iter()
                .filter_map(|(what, expected)| wrong(&letter, what, expected).map(|wrong| format!("{name}: {wrong}"))),
        );
    }
    assert!(all.len() > 200, "{} mails", all.len());
    assert!(odd.is_empty(), "{} of {}:\n{}", odd.len(), all.len(), odd.join("\n"));
}

/// Mails in which another reader sees other files, or none at all: what programs run, files within a text, and a mail whose
/// innermost part is not one.
const READ_OTHERWISE: [&str; 4] =
    ["bodies/amp", "bodies/uuencoded", "bodies/uuencoded-part", "bodies/forwarded-three-deep"];

/// Another reader, which knows nothing of this one, finds the same sender, subject and files.
#[test]
fn another_reader_finds_the_same() {
    use mail_parser::{MessageParser, MimeHeaders};
    let kinds = ["bodies/", "charsets/", "quotes/", "automatic/dsn"];
    let of_kind = |name: &str| kinds.iter().any(|kind| name.starts_with(kind)) && !READ_OTHERWISE.contains(&name);
    let mails: Vec<_> = corpus().into_iter().filter(|(name, ..)| of_kind(name)).collect();
    for (name, bytes, _) in &mails {
        let (ours, theirs) = (Letter::read(bytes, None), MessageParser::default().parse(bytes).expect("a mail"));
        let from = theirs.from().and_then(|from| from.first()).and_then(|from| from.address());
        assert_eq!(from, ours.from.as_ref().map(|from| from.address.as_str()), "{name}");
        assert_eq!(theirs.subject(), Some(ours.subject.as_str()), "{name}");
        let files: Vec<_> = theirs.attachments().map(|part| (part.attachment_name(), part.contents().len())).collect();
        let same = files.len() == ours.files.len()
            && files
                .iter()
                .zip(&ours.files)
                .all(|((name, length), own)| name.is_none_or(|name| name == own.name) && *length == own.bytes.len());
        assert!(same, "{name}: {files:?}");
    }
    assert!(mails.len() > 150, "{} mails", mails.len());
}
