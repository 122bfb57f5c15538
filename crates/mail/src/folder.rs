//! A folder instead of a server. A mail that is laid there again takes its own place.

use std::path::Path;

use tokio::fs;

use crate::{Failure, Mail};

/// Writes a mail to a file that is named by its `Message-ID`; gives the file's name.
pub(crate) async fn lay(folder: &Path, mail: &Mail) -> Result<String, Failure> {
    let bytes = mail.bytes()?;
    let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '@');
    let id: String = mail.message_id.chars().filter(|c| fit(*c)).collect();
    let (name, part) = (format!("{id}.eml"), folder.join(format!("{id}.part")));
    let written = async {
        fs::create_dir_all(folder).await?;
        fs::write(&part, bytes).await?;
        fs::rename(&part, folder.join(&name)).await
    };
    match written.await {
        Ok(()) => Ok(name),
        Err(error) => Err(Failure { code: None, reason: format!("writing {name}: {error}"), is_final: false }),
    }
}
