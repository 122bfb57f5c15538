//! Where visitors get the pictures of who answers them.

use crate::app::App;
use crate::domain::picture::Face;

/// The address of a picture.
pub fn address(app: &App, face: Face) -> String {
    match face {
        Face::Own(name) => own(app, &name),
        Face::Given(url) => url,
    }
}

/// The address of a picture that the server keeps.
pub fn own(app: &App, name: &str) -> String {
    format!("{}/pictures/{name}", app.config.public_url)
}
