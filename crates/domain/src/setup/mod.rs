//! How the desk is set up: settings, categories, tags, custom fields, opening hours, ready answers.

pub(crate) mod attributes;
pub mod category;
pub mod custom_field;
pub mod custom_score;
pub(crate) mod custom_value;
pub mod locale;
pub mod reply_assistant;
pub mod reply_suggestion;
pub mod settings;
pub mod tag;
pub mod time_sheet;
