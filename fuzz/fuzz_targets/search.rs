//! The search language: nothing panics, what is printed reads back the same, and errors point into the text.
#![no_main]

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use model::Timestamp;
use query::{Locale, Moment, Query};

fuzz_target!(|text: &str| {
    let place = |error: query::Error, length: usize| assert!((1..=length + 1).contains(&error.character), "{error}");
    let length = text.chars().count();
    for (code, zone) in [("en", "America/New_York"), ("fr", "Europe/Paris")] {
        let moment = Moment {
            now: Timestamp::from_millis(1_300_000_000_000),
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
            locale: Locale::of(code),
            business: &|now, amount, _| Some(now.plus_seconds(amount)),
        };
        if let Err(error) = query::date::parse(text, &moment) {
            place(error, length);
        }
        match Query::parse(text) {
            Err(error) => place(error, length),
            Ok(query) => {
                let printed = query.to_string();
                // A text near the limit may print longer than it is allowed to be.
                if let Ok(again) = Query::parse(&printed) {
                    assert_eq!(again.to_string(), printed);
                } else {
                    assert!(printed.len() > 16 * 1024, "{printed}");
                }
                for error in [
                    query::threads(&query, &moment).err(),
                    query::contents(&query).err(),
                    query::events(&query, &moment).err(),
                ] {
                    error.into_iter().for_each(|error| place(error, length));
                }
            }
        }
    }
});
