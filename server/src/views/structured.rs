//! What a structured message in a chat looks like. Values of this form are made by `domain::structured`; the types here
//! say it in the API's document, against which the tests hold each answer.

use schemars::JsonSchema;

/// A structured message as a visitor sees it.
#[derive(JsonSchema)]
#[schemars(rename = "ChatStructured", tag = "type", rename_all = "snake_case")]
pub enum StructuredOut {
    /// Choices under a text; one that is pressed is the answer.
    Select {
        /// Whether they stand in the middle.
        center_items: bool,
        /// Whether the visitor can write no text of their own beside them.
        disable_text_input: bool,
        /// The choices.
        items: Vec<ChoiceOut>,
    },
    /// A card.
    Template {
        /// The card.
        #[schemars(flatten)]
        card: CardOut,
    },
    /// An address with what it leads to.
    RichLink {
        /// Its heading.
        title: String,
        /// The line under it.
        #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
        subtitle: Option<String>,
        /// The address of its picture; null when that is gone.
        #[schemars(skip_serializing_if = "Option::is_none")]
        picture: Option<String>,
        /// Where it leads.
        url: String,
        /// The same for browsers, where `url` is for phones' apps alone.
        #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
        url_fallback: Option<String>,
        /// What stands for the address.
        #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
        url_text: Option<String>,
    },
    /// Several cards in a row.
    Carousel {
        /// The cards.
        items: Vec<CardOut>,
    },
}

/// A choice of a structured message.
#[derive(JsonSchema)]
#[schemars(rename = "ChatChoice")]
pub struct ChoiceOut {
    /// What stands on it, and what the visitor says by it.
    pub title: String,
    /// What comes back with the answer.
    #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
}

/// A card of a structured message.
#[derive(JsonSchema)]
#[schemars(rename = "ChatCard")]
pub struct CardOut {
    /// Its heading.
    pub title: String,
    /// The line under it.
    #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// The address of its picture; null when that is gone.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Where it leads.
    #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The same for browsers, where `url` is for phones' apps alone.
    #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
    pub url_fallback: Option<String>,
    /// What stands for the address.
    #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
    pub url_text: Option<String>,
    /// Its buttons.
    #[schemars(with = "Vec<ButtonOut>", skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ButtonOut>>,
}

/// A button of a card.
#[derive(JsonSchema)]
#[schemars(rename = "ChatButton", tag = "type", rename_all = "snake_case")]
pub enum ButtonOut {
    /// It answers.
    Reply {
        /// What it says.
        #[schemars(flatten)]
        choice: ChoiceOut,
    },
    /// It leads to an address.
    Url {
        /// What stands on it.
        title: String,
        /// Where it leads.
        url: String,
        /// The same for browsers, where `url` is for phones' apps alone.
        #[schemars(with = "String", skip_serializing_if = "Option::is_none")]
        url_fallback: Option<String>,
    },
}
