//! Dates, one by one.

use jiff::tz::TimeZone;
use model::Timestamp;

use super::{BusinessUnit, Locale, Moment, parse};

fn read(text: &str, now: &str, zone: &str, locale: &str) -> Result<String, String> {
    let moment = Moment {
        now: Timestamp::parse(now).expect("a time"),
        zone: TimeZone::get(zone).expect("a zone"),
        locale: Locale::of(locale),
        // A desk whose hour is half an hour long, and whose day is two.
        business: &|now, amount, unit| {
            Some(now.plus_seconds(amount * if unit == BusinessUnit::Days { 172_800 } else { 30 }))
        },
    };
    parse(text, &moment).map(Timestamp::to_api).map_err(|e| e.to_string())
}

/// A Wednesday, 12:30 in Paris.
const NOW: &str = "2011-06-15T10:30:45Z";

#[track_caller]
fn check(locale: &str, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(read(text, NOW, "Europe/Paris", locale).as_deref(), Ok(*expected), "{text:?} ({locale})");
    }
}

#[test]
fn absolute_dates() {
    let both = [
        ("2011-02-03", "2011-02-02T23:00:00Z"),
        ("2011-02-03 14:27:33", "2011-02-03T13:27:33Z"),
        ("2011-02-03 14:27", "2011-02-03T13:27:00Z"),
        ("2011-02-03T14:27:33", "2011-02-03T13:27:33Z"),
        ("2011-02-03T14:27:33Z", "2011-02-03T14:27:33Z"),
        ("2011-02-03T14:27:33+05:30", "2011-02-03T08:57:33Z"),
        ("2011-02-03 at 4pm", "2011-02-03T15:00:00Z"),
        ("03/17/2011", "2011-03-16T23:00:00Z"),
        ("17/03/2011", "2011-03-16T23:00:00Z"),
        ("2011/02/03", "2011-02-02T23:00:00Z"),
        ("2011-02", "2011-01-31T23:00:00Z"),
        ("2010", "2009-12-31T23:00:00Z"),
        ("03/17/2011 14:00", "2011-03-17T13:00:00Z"),
        (" 2011-02-03 ", "2011-02-02T23:00:00Z"),
    ];
    for locale in ["en", "fr", "en-GB", "de"] {
        check(locale, &both);
    }
    check("en", &[("03/04/2011", "2011-03-03T23:00:00Z"), ("03/04/11", "2011-03-03T23:00:00Z")]);
    check("fr", &[("03/04/2011", "2011-04-02T22:00:00Z"), ("3.4.2011", "2011-04-02T22:00:00Z")]);
    check("fr", &[("25/12", "2010-12-24T23:00:00Z"), ("15/06", "2011-06-14T22:00:00Z")]);
    check("en", &[("12/25", "2010-12-24T23:00:00Z")]);
}

#[test]
fn english_dates() {
    check(
        "en",
        &[
            ("now", "2011-06-15T10:30:45Z"),
            ("today", "2011-06-14T22:00:00Z"),
            ("Yesterday", "2011-06-13T22:00:00Z"),
            ("tomorrow", "2011-06-15T22:00:00Z"),
            ("the day before yesterday at noon", "2011-06-13T10:00:00Z"),
            ("yesterday at 4pm", "2011-06-14T14:00:00Z"),
            ("4pm yesterday", "2011-06-14T14:00:00Z"),
            ("at 4 pm", "2011-06-15T14:00:00Z"),
            ("16:30", "2011-06-15T14:30:00Z"),
            ("yesterday 4:30 p.m.", "2011-06-14T14:30:00Z"),
            ("yesterday at 12am", "2011-06-13T22:00:00Z"),
            ("2 hours ago", "2011-06-15T08:30:45Z"),
            ("an hour ago", "2011-06-15T09:30:45Z"),
            ("6h ago", "2011-06-15T04:30:45Z"),
            ("90 seconds ago", "2011-06-15T10:29:15Z"),
            ("in 10 minutes", "2011-06-15T10:40:45Z"),
            ("10 minutes from now", "2011-06-15T10:40:45Z"),
            ("3 days ago", "2011-06-11T22:00:00Z"),
            ("a week ago", "2011-06-07T22:00:00Z"),
            ("2 weeks ago at 4pm", "2011-06-01T14:00:00Z"),
            ("two months ago", "2011-04-14T22:00:00Z"),
            ("1 year from now", "2012-06-14T22:00:00Z"),
            ("last 3 days", "2011-06-11T22:00:00Z"),
            ("last week", "2011-06-04T22:00:00Z"),
            ("this week", "2011-06-11T22:00:00Z"),
            ("last month", "2011-04-30T22:00:00Z"),
            ("next month", "2011-06-30T22:00:00Z"),
            ("last year", "2009-12-31T23:00:00Z"),
            ("last hour", "2011-06-15T09:30:45Z"),
            ("last friday at 20:00", "2011-06-10T18:00:00Z"),
            ("20:00 last friday", "2011-06-10T18:00:00Z"),
            ("last wednesday", "2011-06-07T22:00:00Z"),
            ("next friday", "2011-06-16T22:00:00Z"),
            ("friday", "2011-06-09T22:00:00Z"),
            ("wednesday", "2011-06-14T22:00:00Z"),
            ("this friday", "2011-06-16T22:00:00Z"),
            ("4th day last week", "2011-06-07T22:00:00Z"),
            ("first day of last month", "2011-04-30T22:00:00Z"),
            ("3rd wednesday in november", "2010-11-16T23:00:00Z"),
            ("second monday of march 2011", "2011-03-13T23:00:00Z"),
            ("dec 25", "2010-12-24T23:00:00Z"),
            ("December 25th, 2009", "2009-12-24T23:00:00Z"),
            ("25 dec. 2009", "2009-12-24T23:00:00Z"),
            ("june 15", "2011-06-14T22:00:00Z"),
            ("january 5 at 4", "2011-01-05T03:00:00Z"),
            ("jan 5 16:00", "2011-01-05T15:00:00Z"),
            ("friday, 25 december 2009 at midnight", "2009-12-24T23:00:00Z"),
            ("december", "2010-11-30T23:00:00Z"),
            ("december 2009", "2009-11-30T23:00:00Z"),
            ("last december", "2010-11-30T23:00:00Z"),
            ("feb 29", "2008-02-28T23:00:00Z"),
        ],
    );
}

#[test]
fn french_dates() {
    check(
        "fr",
        &[
            ("maintenant", "2011-06-15T10:30:45Z"),
            ("aujourd'hui", "2011-06-14T22:00:00Z"),
            ("aujourd’hui à 8h", "2011-06-15T06:00:00Z"),
            ("hier", "2011-06-13T22:00:00Z"),
            ("Hier à 16h30", "2011-06-14T14:30:00Z"),
            ("avant-hier à midi", "2011-06-13T10:00:00Z"),
            ("après-demain", "2011-06-16T22:00:00Z"),
            ("il y a 2 heures", "2011-06-15T08:30:45Z"),
            ("il y a une heure", "2011-06-15T09:30:45Z"),
            ("il y a sept jours", "2011-06-07T22:00:00Z"),
            ("il y a 2 semaines à 16h", "2011-06-01T14:00:00Z"),
            ("il y a 2 semaines à 16 heures 15", "2011-06-01T14:15:00Z"),
            ("il y a un an", "2010-06-14T22:00:00Z"),
            ("dans 3 mois", "2011-09-14T22:00:00Z"),
            ("les 3 derniers jours", "2011-06-11T22:00:00Z"),
            ("vendredi dernier à 20:00", "2011-06-10T18:00:00Z"),
            ("vendredi prochain", "2011-06-16T22:00:00Z"),
            ("vendredi", "2011-06-09T22:00:00Z"),
            ("la semaine dernière", "2011-06-05T22:00:00Z"),
            ("cette semaine", "2011-06-12T22:00:00Z"),
            ("le mois dernier", "2011-04-30T22:00:00Z"),
            ("l'année dernière", "2009-12-31T23:00:00Z"),
            ("le mois prochain", "2011-06-30T22:00:00Z"),
            ("le 4e jour de la semaine dernière", "2011-06-08T22:00:00Z"),
            ("1er lundi de mars 2011", "2011-03-06T23:00:00Z"),
            ("25 déc", "2010-12-24T23:00:00Z"),
            ("le 25 décembre 2009 à 9h05", "2009-12-25T08:05:00Z"),
            ("1er janvier", "2010-12-31T23:00:00Z"),
            ("5 janvier à 4", "2011-01-05T03:00:00Z"),
            ("14 août 2010", "2010-08-13T22:00:00Z"),
        ],
    );
}

#[test]
fn business_dates() {
    check(
        "en",
        &[
            ("6 business hours ago", "2011-06-15T07:30:45Z"),
            ("20 business minutes from now", "2011-06-15T10:40:45Z"),
            ("1 business day ago", "2011-06-13T10:30:45Z"),
            ("1 business day ago at 9:00", "2011-06-13T07:00:00Z"),
            ("in 2 working days", "2011-06-19T10:30:45Z"),
        ],
    );
    check(
        "fr",
        &[
            ("il y a 6 heures ouvrées", "2011-06-15T07:30:45Z"),
            ("dans 20 minutes ouvrées", "2011-06-15T10:40:45Z"),
            ("il y a 1 jour ouvré", "2011-06-13T10:30:45Z"),
            ("il y a deux jours ouvrables à 9h", "2011-06-11T07:00:00Z"),
        ],
    );
}

#[test]
fn days_keep_their_clock_when_the_clock_changes() {
    let paris = |text: &str, now: &str| read(text, now, "Europe/Paris", "en").expect("a date");
    // The clock went forward on 27 March 2011 at 2, and back on 30 October 2011 at 3.
    assert_eq!(paris("2 days ago at 4pm", "2011-03-28T10:00:00Z"), "2011-03-26T15:00:00Z");
    assert_eq!(paris("yesterday", "2011-03-28T10:00:00Z"), "2011-03-26T23:00:00Z");
    assert_eq!(paris("today", "2011-03-28T10:00:00Z"), "2011-03-27T22:00:00Z");
    assert_eq!(paris("24 hours ago", "2011-03-27T10:00:00Z"), "2011-03-26T10:00:00Z");
    assert_eq!(paris("2011-03-27 02:30", "2011-03-28T10:00:00Z"), "2011-03-27T01:30:00Z");
    assert_eq!(paris("2011-10-30 02:30", "2011-11-01T10:00:00Z"), "2011-10-30T00:30:00Z");
    assert_eq!(paris("yesterday at 3:30", "2011-10-31T10:00:00Z"), "2011-10-30T02:30:00Z");
    // A day that begins at one o'clock, because midnight is skipped.
    let there = read("2018-11-04", "2018-11-10T10:00:00Z", "America/Sao_Paulo", "en");
    assert_eq!(there.as_deref(), Ok("2018-11-04T03:00:00Z"));
    // It is tomorrow already on the other side of the world.
    assert_eq!(read("today", NOW, "Pacific/Kiritimati", "en").as_deref(), Ok("2011-06-15T10:00:00Z"));
}

#[test]
fn what_is_no_date_is_refused_at_its_place() {
    for (text, expected) in [
        ("", "at character 1: expected a date"),
        ("soon", "at character 1: expected a date"),
        ("the parcel", "at character 5: expected a date"),
        ("yesterday at", "at character 11: expected the end"),
        ("yesterday at 25", "at character 11: there is no such time"),
        ("yesterday at 13pm", "at character 11: there is no such time"),
        ("2 hours ago at 4pm", "at character 13: a time cannot follow"),
        ("4pm yesterday at 5pm", "at character 15: the time is given twice"),
        ("31/31/2011", "at character 1: there is no such date"),
        ("feb 30", "at character 1: there is no such day"),
        ("9th day last week", "at character 1: there is no such day"),
        ("4th day", "at character 8: expected a period"),
        ("5000000 days ago", "at character 1: expected a number up to"),
        ("1000000 years ago", "at character 1: the date is too far away"),
        ("2 business weeks ago", "at character 1: expected business minutes"),
        ("2011-13-40", "at character 1: there is no such date"),
    ] {
        let error = read(text, NOW, "Europe/Paris", "en").expect_err(text);
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}
