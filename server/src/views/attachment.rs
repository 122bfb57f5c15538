//! Files: as the API shows them, and their signed addresses.

use model::{AttachmentId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::attachment::Attachment;

use crate::app::App;

/// An attachment as the API shows it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AttachmentOut {
    content_type: String,
    created_at: Timestamp,
    embed: bool,
    filename: String,
    foreign_id: Option<String>,
    id: AttachmentId,
    #[serde(rename = "public?")]
    public: bool,
    size: i64,
    updated_at: Timestamp,
    url: String,
    video_metadata: Vec<String>,
}

impl AttachmentOut {
    /// An attachment with its signed address.
    pub fn new(app: &App, attachment: Attachment) -> Self {
        let url = url(app, &attachment);
        let Attachment { id, content_id: _, source_id: _, uploader: _, filename, content_type, size, .. } = attachment;
        let Attachment { sha256: _, embed, private, foreign_id, created_at, updated_at, .. } = attachment;
        Self {
            content_type,
            created_at,
            embed,
            filename,
            foreign_id,
            id,
            public: !private,
            size,
            updated_at,
            url,
            video_metadata: Vec::new(),
        }
    }
}

const DAY: i64 = 24 * 3600;

/// The signed address of a file for who is shown it: whoever has it can read the file until it ends, and nobody can
/// guess it. It ends at a midnight, so that it stays the same for a day and browsers need the file once.
pub fn url(app: &App, attachment: &Attachment) -> String {
    let day = app.db.clock().now().millis() / 1000 / DAY;
    address(app, attachment, (day + 1 + app.config.attachment_url_days) * DAY)
}

/// The signed address of a file for who keeps it: third parties that show it for ever. It does not end.
pub fn lasting_url(app: &App, attachment: &Attachment) -> String {
    address(app, attachment, 0)
}

/// An address with its end in it, in seconds; 0 is none.
fn address(app: &App, Attachment { id, .. }: &Attachment, end: i64) -> String {
    let signature = app.keys.signature(&format!("attachment:{id}:{end}"));
    format!("{}/attachments/{id}/{end}-{signature}", app.config.public_url)
}

/// How an address opens its file.
#[derive(Clone, Copy)]
pub enum Opens {
    /// By a signature with an end that has not come.
    Now,
    /// By one without an end, as they were until addresses got one.
    IfKept,
}

/// How a signature opens a file; none when it does not.
pub fn opens(app: &App, id: &AttachmentId, signature: &str) -> Option<Opens> {
    let Some((end, rest)) = signature.split_once('-') else {
        return app.keys.verifies(&format!("attachment:{id}"), signature).then_some(Opens::IfKept);
    };
    if !app.keys.verifies(&format!("attachment:{id}:{end}"), rest) {
        return None;
    }
    let end: i64 = end.parse().ok()?;
    (end == 0 || end > app.db.clock().now().millis() / 1000).then_some(Opens::Now)
}
