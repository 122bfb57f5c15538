//! How the desk is set up: settings, categories, tags, custom fields, opening hours, ready answers.

pub(crate) mod attributes;
pub mod categorize;
pub mod category;
pub mod custom_field;
pub(crate) mod custom_value;
pub mod locale;
pub(crate) mod password_rules;
pub mod reply_assistant;
pub(crate) mod setting;
pub mod settings;
pub mod source_settings;
pub mod tag;
pub mod time_sheet;
