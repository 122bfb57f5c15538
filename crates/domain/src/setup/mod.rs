//! How the desk is set up: settings, categories, tags, custom fields, opening hours, ready answers.

pub(crate) mod attributes;
pub mod categorize;
pub mod category;
pub(crate) mod chat_criteria;
pub mod chat_item;
pub mod chat_prebuilt;
pub(crate) mod chat_source;
pub mod chat_trigger;
pub mod chat_variable;
pub mod custom_field;
pub(crate) mod custom_value;
pub mod locale;
pub mod mail_template;
pub mod mail_words;
mod page_pattern;
pub(crate) mod password_rules;
pub mod reply_assistant;
pub(crate) mod setting;
pub mod settings;
pub mod source_settings;
pub mod tag;
pub mod targeting;
pub mod time_sheet;
pub mod welcome;
