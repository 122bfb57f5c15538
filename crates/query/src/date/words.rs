//! The words of dates in English and French, without case and accents.

use jiff::civil::Weekday;

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// Which one of a row: the one before this, this, or the one after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Last,
    This,
    Next,
}

/// A unit by its name.
pub(super) fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "second" | "seconds" | "sec" | "secs" | "s" | "seconde" | "secondes" => Unit::Second,
        "minute" | "minutes" | "min" | "mins" | "mn" => Unit::Minute,
        "hour" | "hours" | "hr" | "hrs" | "h" | "heure" | "heures" => Unit::Hour,
        "day" | "days" | "jour" | "jours" | "j" => Unit::Day,
        "week" | "weeks" | "semaine" | "semaines" => Unit::Week,
        "month" | "months" | "mois" => Unit::Month,
        "year" | "years" | "an" | "ans" | "annee" | "annees" => Unit::Year,
        _ => return None,
    })
}

/// A number by its name. `an` is left out: it is a year in French.
pub(super) fn number(word: &str) -> Option<i64> {
    Some(match word {
        "a" | "an" | "one" | "un" | "une" => 1,
        "two" | "deux" => 2,
        "three" | "trois" => 3,
        "four" | "quatre" => 4,
        "five" | "cinq" => 5,
        "six" => 6,
        "seven" | "sept" => 7,
        "eight" | "huit" => 8,
        "nine" | "neuf" => 9,
        "ten" | "dix" => 10,
        "eleven" | "onze" => 11,
        "twelve" | "douze" => 12,
        "fifteen" | "quinze" => 15,
        "twenty" | "vingt" => 20,
        "thirty" | "trente" => 30,
        _ => return None,
    })
}

/// An ordinal by its name.
pub(super) fn ordinal(word: &str) -> Option<i64> {
    Some(match word {
        "first" | "premier" | "premiere" => 1,
        // `second` is a unit as well; an ordinal where a day follows.
        "second" | "deuxieme" | "seconde" => 2,
        "third" | "troisieme" => 3,
        "fourth" | "quatrieme" => 4,
        "fifth" | "cinquieme" => 5,
        "sixth" | "sixieme" => 6,
        "seventh" | "septieme" => 7,
        _ => return None,
    })
}

/// What makes an ordinal of the number before it.
pub(super) fn is_ordinal_ending(word: &str) -> bool {
    matches!(word, "st" | "nd" | "rd" | "th" | "er" | "ere" | "e" | "eme" | "ieme" | "nde")
}

/// A weekday by its name.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" | "lundi" | "lun" => Weekday::Monday,
        "tuesday" | "tue" | "tues" | "mardi" => Weekday::Tuesday,
        "wednesday" | "wed" | "mercredi" | "mer" => Weekday::Wednesday,
        "thursday" | "thu" | "thur" | "thurs" | "jeudi" | "jeu" => Weekday::Thursday,
        "friday" | "fri" | "vendredi" | "ven" => Weekday::Friday,
        "saturday" | "sat" | "samedi" | "sam" => Weekday::Saturday,
        "sunday" | "sun" | "dimanche" | "dim" => Weekday::Sunday,
        _ => return None,
    })
}

/// A month by its name, 1 to 12.
pub(super) fn month(word: &str) -> Option<i8> {
    Some(match word {
        "january" | "jan" | "janvier" | "janv" => 1,
        "february" | "feb" | "fevrier" | "fev" | "fevr" => 2,
        "march" | "mar" | "mars" => 3,
        "april" | "apr" | "avril" | "avr" => 4,
        "may" | "mai" => 5,
        "june" | "jun" | "juin" => 6,
        "july" | "jul" | "juillet" | "juil" => 7,
        "august" | "aug" | "aout" => 8,
        "september" | "sep" | "sept" | "septembre" => 9,
        "october" | "oct" | "octobre" => 10,
        "november" | "nov" | "novembre" => 11,
        "december" | "dec" | "decembre" => 12,
        _ => return None,
    })
}

/// Which one, by the word before it.
pub(super) fn which_before(word: &str) -> Option<Which> {
    Some(match word {
        "last" | "past" | "previous" => Which::Last,
        "this" | "ce" | "cet" | "cette" => Which::This,
        "next" | "coming" => Which::Next,
        _ => return None,
    })
}

/// Which one, by the word after it, as in French.
pub(super) fn which_after(word: &str) -> Option<Which> {
    Some(match word {
        "dernier" | "derniere" | "derniers" | "dernieres" | "passe" | "passee" | "precedent" | "precedente" => {
            Which::Last
        }
        "prochain" | "prochaine" | "suivant" | "suivante" => Which::Next,
        _ => return None,
    })
}

/// Whether a word makes business time of a unit.
pub(super) fn is_business(word: &str) -> bool {
    matches!(
        word,
        "business" | "working" | "ouvre" | "ouvree" | "ouvres" | "ouvrees" | "ouvrable" | "ouvrables" | "travail"
    )
}

/// Whether a word is an article or a preposition that may stand before a day.
pub(super) fn is_article(word: &str) -> bool {
    matches!(word, "the" | "on" | "le" | "la" | "les" | "since" | "depuis")
}

/// Whether a word joins a day to its period.
pub(super) fn is_of(word: &str) -> bool {
    matches!(word, "of" | "in" | "de" | "du" | "des" | "d" | "en" | "dans")
}
