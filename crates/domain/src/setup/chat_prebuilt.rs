//! What the items of a chat look like, and say, as long as nobody has written anything else.

use std::sync::LazyLock;

use model::Prebuilt;
use store::chat_item::{ByLocale, ChatItem, Texts};

/// `$highlight-color` in the style of items whose chat has no colour of its own.
pub const HIGHLIGHT: &str = "#53cca4";

const ICON: &str = "<svg viewBox=\"0 0 24 24\" width=\"24\" height=\"24\" fill=\"none\" stroke=\"currentColor\" \
    stroke-width=\"1.8\" stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\" focusable=\"false\">\
    <path d=\"M4 7a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3v6.5a3 3 0 0 1-3 3h-5.6l-4.3 3.7V16.5A3 3 0 0 1 4 13.5zM8.3 8.8h7.4M8.3 12h4.6\"></path></svg>";

const LAUNCHER: &str = include_str!("chat_prebuilt/launcher.css");
const BUTTON_DARK: &str = include_str!("chat_prebuilt/button_dark.css");
const BUTTON_LIGHT: &str = include_str!("chat_prebuilt/button_light.css");
const BUTTON_FIXED: &str = include_str!("chat_prebuilt/button_fixed.css");
const INVITATION: &str = include_str!("chat_prebuilt/invitation.css");

/// The items that each chat begins with: their names and looks, in their order. The first is the chat's own button.
pub(super) const FIRST: [(&str, Prebuilt); 6] = [
    ("Default floating button", Prebuilt::Launcher),
    ("Default floating button - dark", Prebuilt::ButtonDark),
    ("Default floating button - light", Prebuilt::ButtonLight),
    ("Default fixed button", Prebuilt::ButtonFixed),
    ("Default invitation", Prebuilt::Invitation),
    ("Default automatic message", Prebuilt::Message),
];

/// The markup of an item.
#[must_use]
pub fn html(item: &ChatItem) -> String {
    item.html.clone().unwrap_or_else(|| html_of(item.prebuilt))
}

/// The style of an item, as it was written.
#[must_use]
pub fn css(item: &ChatItem) -> &str {
    item.css.as_deref().unwrap_or_else(|| css_of(item.prebuilt))
}

/// The texts that stand for keys in an item's markup.
#[must_use]
pub fn texts(item: &ChatItem) -> Texts {
    if item.texts.is_empty() { texts_of(item.prebuilt) } else { item.texts.0.clone() }
}

/// What a message says.
#[must_use]
pub fn body(item: &ChatItem) -> ByLocale {
    if item.body.is_empty() { body_of(item.prebuilt) } else { item.body.0.clone() }
}

pub(super) fn html_of(look: Prebuilt) -> String {
    let button = |name: &str| {
        format!(
            "<button type=\"button\" class=\"hubbub-item-{name} dimelo_chat_item_action\">{ICON}<span>{{{{label}}}}</span></button>"
        )
    };
    match look {
        Prebuilt::Launcher => format!(
            "<button type=\"button\" class=\"hubbub-item-launcher dimelo_chat_item_action\" aria-label=\"{{{{label}}}}\">{ICON}</button>"
        ),
        Prebuilt::ButtonDark => button("dark"),
        Prebuilt::ButtonLight => button("light"),
        Prebuilt::ButtonFixed => button("fixed"),
        Prebuilt::Invitation => "<div class=\"hubbub-item-invitation\">\
            <p class=\"hubbub-item-title\">{{title}}</p><p>{{text}}</p>\
            <div class=\"hubbub-item-choices\">\
            <button type=\"button\" class=\"dimelo_chat_item_action\">{{accept}}</button>\
            <button type=\"button\" class=\"dimelo_chat_item_dismiss\">{{dismiss}}</button></div></div>"
            .into(),
        Prebuilt::Message => String::new(),
    }
}

pub(super) const fn css_of(look: Prebuilt) -> &'static str {
    match look {
        Prebuilt::Launcher => LAUNCHER,
        Prebuilt::ButtonDark => BUTTON_DARK,
        Prebuilt::ButtonLight => BUTTON_LIGHT,
        Prebuilt::ButtonFixed => BUTTON_FIXED,
        Prebuilt::Invitation => INVITATION,
        Prebuilt::Message => "",
    }
}

/// What each of the chat's languages says, by its code.
static WORDS: LazyLock<Texts> =
    LazyLock::new(|| serde_json::from_str(include_str!("chat_prebuilt/texts.json")).unwrap_or_default());

pub(super) fn texts_of(look: Prebuilt) -> Texts {
    let keys: &[(&str, &str)] = match look {
        Prebuilt::Launcher => &[("label", "chat")],
        Prebuilt::ButtonDark | Prebuilt::ButtonLight | Prebuilt::ButtonFixed => &[("label", "button")],
        Prebuilt::Invitation => &[("title", "title"), ("text", "text"), ("accept", "accept"), ("dismiss", "dismiss")],
        Prebuilt::Message => return Texts::new(),
    };
    let of = |words: &ByLocale| keys.iter().map(|(key, word)| ((*key).to_owned(), words[*word].clone())).collect();
    WORDS.iter().map(|(code, words)| (code.clone(), of(words))).collect()
}

pub(super) fn body_of(look: Prebuilt) -> ByLocale {
    match look {
        Prebuilt::Message => WORDS.iter().map(|(code, words)| (code.clone(), words["message"].clone())).collect(),
        _ => ByLocale::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::chat_texts;

    #[test]
    fn what_is_built_in_is_safe_and_style() {
        for look in Prebuilt::ALL {
            assert_eq!(richtext::markup(&html_of(*look)), html_of(*look), "{look}");
            assert!(richtext::css::read(css_of(*look), HIGHLIGHT).is_ok(), "{look}");
        }
    }

    #[test]
    fn what_is_built_in_speaks_each_language_of_the_chat() {
        let mut spoken: Vec<&str> = chat_texts::BUILT_IN.iter().map(|(code, _)| *code).chain(["en"]).collect();
        spoken.sort_unstable();
        for look in Prebuilt::ALL {
            let said: Vec<String> = texts_of(*look).into_keys().chain(body_of(*look).into_keys()).collect();
            assert_eq!(said, spoken, "{look}");
        }
    }
}
