//! Where a chat stands on a page, and in which colours.

use serde_json::{Value, json};
use store::source::Source;

use crate::base::{Error, Fault, Result};

/// The colours that a chat can have: the browser's choice, or always the same.
pub(super) const SCHEMES: &[&str] = &["auto", "light", "dark"];
/// The sides of the window at which it can stand.
pub(super) const POSITIONS: &[&str] = &["right", "left"];
/// How far it is from that side, and from the bottom.
pub(super) const SIDES: &[&str] = &["x", "y"];
/// The highest `z-index`.
pub(super) const Z_INDEX_MAX: i64 = 2_147_483_647;
/// How far from the sides it can be at the most, in pixels.
const OFFSET_MAX: i64 = 200;

/// How far a chat is from the sides of the window, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// From the side at which it stands.
    pub x: i64,
    /// From the bottom.
    pub y: i64,
}

impl Default for Offset {
    fn default() -> Self {
        Self { x: 20, y: 20 }
    }
}

impl From<Offset> for Value {
    fn from(offset: Offset) -> Self {
        json!({"x": offset.x, "y": offset.y})
    }
}

/// Where a chat stands, and in which colours.
#[derive(Clone, Debug)]
pub struct Look {
    /// `right` or `left`.
    pub position: String,
    /// How far from that side and from the bottom.
    pub offset: Offset,
    /// Its `z-index`; none for above all that the page has.
    pub z_index: Option<i64>,
    /// `auto`, `light` or `dark`.
    pub color_scheme: String,
}

/// How a chat looks.
#[must_use]
pub fn of_source(source: &Source) -> Look {
    let text = |name: &str, default: &str| source.setting(name).unwrap_or(default).to_owned();
    let number = |name: &str| source.settings.get(name).and_then(Value::as_i64);
    let far = |side: &str| source.settings.get("offset").and_then(|offset| offset[side].as_i64());
    let Offset { x, y } = Offset::default();
    Look {
        position: text("position", POSITIONS[0]),
        offset: Offset { x: far("x").unwrap_or(x), y: far("y").unwrap_or(y) },
        z_index: number("z_index"),
        color_scheme: text("color_scheme", SCHEMES[0]),
    }
}

/// Checks how far a chat is to be from the sides.
pub(super) fn check_offset(field: &str, value: &Value) -> Result<()> {
    for (side, far) in value.as_object().into_iter().flatten() {
        if !far.as_i64().is_some_and(|far| (0..=OFFSET_MAX).contains(&far)) {
            return Err(Error::invalid(format!("{field}.{side}"), Fault::between(0, OFFSET_MAX)));
        }
    }
    Ok(())
}
