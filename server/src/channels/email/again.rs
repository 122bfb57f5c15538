//! A mail that was parked, once more: as it was kept, or, where its server has not given it yet, as that gives it now.

use bytes::Bytes;
use model::Timestamp;
use serde_json::Value;
use store::inbound_item::InboundItem;
use store::source::Source;

use super::fetch;
use super::inbound::{KIND, LOST};
use super::large::Given;
use super::letter::{Came, Unread, read};
use crate::app::App;
use crate::domain::listed::{Item, Piece};
use crate::domain::mail_settings;
use crate::files::Key;
use crate::uploads;

/// How many bytes of a parked one are read at once.
const CHUNK: usize = 256 * 1024;

/// Reads once more a mail that was parked.
///
/// # Errors
/// Why it still cannot be taken in, in words.
pub(crate) async fn again(app: &App, source: &Source, parked: &InboundItem) -> Result<Item, String> {
    let payload: Value = text::json(parked.payload.as_bytes()).map_err(|_| "it is not known what it was".to_owned())?;
    let word = |name: &str| payload[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| payload[name].as_i64();
    let foreign_id = parked.dedupe.strip_prefix("mail:").unwrap_or(&parked.dedupe).to_owned();
    let mut came = Came {
        mailbox: word("mailbox"),
        uid: number("uid").and_then(|uid| u32::try_from(uid).ok()).unwrap_or(0),
        validity: validity(&foreign_id).unwrap_or(0),
        account: number("account").and_then(|account| u32::try_from(account).ok()),
        at: payload["came_at"].as_str().and_then(Timestamp::parse),
        old: payload["old"].as_bool().unwrap_or(false),
        cut: payload["cut"].as_bool().unwrap_or(false),
        left_out: serde_json::from_value(payload["left_out"].clone()).unwrap_or_default(),
    };
    let sha256 = word("sha256");
    let (bytes, raw) = match sha256.is_empty() {
        true => {
            let given = given(app, source, &came).await?;
            (came.cut, came.left_out) = (given.cut, given.left_out);
            let bytes = Bytes::from(given.bytes);
            let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            let sha256 = uploads::keep(&app.files, bytes.clone()).await.map_err(|error| error.to_string())?;
            (bytes, (sha256, size))
        }
        false => (kept(app, &sha256).await?, (sha256, number("size").unwrap_or(0))),
    };
    match read(app, source, &came, bytes, raw).await {
        Ok(letter) => {
            let piece = Ok(Piece::Mail(Box::new(letter)));
            Ok(Item { kind: KIND, foreign_id, payload: parked.payload.clone(), piece })
        }
        Err(Unread::Mail(why)) => Err(why),
        Err(Unread::Ours(error)) => Err(error.to_string()),
    }
}

/// The validity of the numbers of a mailbox, as it stands in what tells a parked mail from others.
fn validity(id: &str) -> Option<u32> {
    id.rsplit(':').nth(1)?.parse().ok()
}

async fn kept(app: &App, sha256: &str) -> Result<Bytes, String> {
    let opened = app.files.read(&Key::attachment(sha256)).await.map_err(|error| error.to_string())?;
    let mut opened = opened.ok_or("its bytes are gone")?;
    let mut bytes = Vec::new();
    while let Some(chunk) = opened.next(CHUNK).await.map_err(|error| error.to_string())? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

/// Asks the server for a mail that it has not given yet.
async fn given(app: &App, source: &Source, came: &Came) -> Result<Given, String> {
    if came.account.is_some_and(|account| account != fetch::account(source)) {
        return Err("it is in a mailbox of another account, which this source does not read any more".into());
    }
    let told = |stop: fetch::Stop| stop.told().text;
    let mut door = fetch::door(app, source).await.map_err(told)?;
    let mut session = fetch::enter(app, source, &mut door).await.map_err(told)?;
    let asking = async {
        let found = session.examine(&came.mailbox).await?;
        // With another validity the number is another mail's.
        let heads = if found.validity == came.validity { session.heads(&[came.uid]).await? } else { Vec::new() };
        match heads.first() {
            Some(head) => session.given(*head, mail_settings::mail_max_bytes(source), true).await,
            None => Ok(None),
        }
    };
    let asked = asking.await;
    session.close().await;
    match asked {
        Ok(Some(given)) => Ok(given),
        Ok(None) => Err("it is not in its mailbox any more".into()),
        Err(broken) => Err(format!("{LOST}: {}", broken.text)),
    }
}

#[cfg(test)]
mod tests {
    use super::validity;

    #[test]
    fn a_mailbox_may_have_any_name() {
        assert_eq!(validity("INBOX:17:4"), Some(17));
        assert_eq!(validity("a:b:1712345678:4"), Some(1_712_345_678));
        assert_eq!(validity("4"), None);
    }
}
