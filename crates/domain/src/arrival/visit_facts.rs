//! What a visitor's browser tells of itself and of the visit, for agents.

use model::Timestamp;
use store::visitor::{Facts, Visitor};

use crate::arrival::page_address;

/// Longest text that is kept, in characters.
const TEXT_MAX: usize = 100;
/// A count beyond this is none.
const COUNT_MAX: i64 = 1_000_000;
/// No zone is further from UTC, in minutes.
const OFFSET_MAX: i64 = 24 * 60;
/// So much another clock may differ from itself, in seconds: what lies closer is the same moment.
const SAME: i64 = 10;

/// What is told. What is left out stays as it was.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Of the browser and the visit.
    pub facts: Facts,
    /// How long it lasts, in seconds. Lengths are told and no times: the clocks of visitors show anything.
    pub seconds: Option<i64>,
}

impl Told {
    /// Notes it; `moved` is whether they have come to the page by this. Tells whether anything is news.
    pub(super) fn note(self, visitor: &mut Visitor, moved: bool, now: Timestamp) -> bool {
        let known = (visitor.facts.0.clone(), visitor.visit_at, visitor.page_at);
        let Told { facts, seconds } = self;
        let Facts { browser, system, device, locale, offset, referrer, visits, pages, filled } = facts;
        let line = |text: Option<String>| {
            let bare = text?.chars().filter(|c| !c.is_control()).collect::<String>();
            Some(text::beginning(bare.trim(), TEXT_MAX).to_owned()).filter(|text| !text.is_empty())
        };
        let referrer = referrer.map(|url| page_address::kept(&url)).filter(|url| !url.is_empty());
        let count = |n: Option<i64>| n.filter(|n| (0..=COUNT_MAX).contains(n));
        let since = |seconds: i64, known: Option<Timestamp>| {
            let at = now.plus_seconds(-seconds);
            known.filter(|known| known.seconds_since(at).abs() <= SAME).unwrap_or(at)
        };
        if moved {
            visitor.page_at = Some(now);
        }
        if let Some(seconds) = count(seconds) {
            visitor.visit_at = Some(since(seconds, visitor.visit_at));
        }
        let facts = &mut visitor.facts.0;
        *facts = Facts {
            browser: line(browser).or(facts.browser.take()),
            system: line(system).or(facts.system.take()),
            device: line(device).or(facts.device.take()),
            locale: line(locale).or(facts.locale.take()),
            offset: offset.filter(|minutes| minutes.abs() <= OFFSET_MAX).or(facts.offset),
            referrer: referrer.or(facts.referrer.take()),
            visits: count(visits).or(facts.visits),
            pages: count(pages).or(facts.pages),
            filled: filled.or(facts.filled.take()),
        };
        known != (visitor.facts.0.clone(), visitor.visit_at, visitor.page_at)
    }
}
