//! What is wrong with a value, or why an act is refused: a reason that programs and front ends know, with the values
//! that belong to it, and the English words that stand in `message`. Front ends have words of their own for each
//! reason, so nothing here is ever shown to a person as it is.

use std::borrow::Cow;
use std::fmt::{self, Display};

use serde_json::{Map, Value};

model::named_enum! {
    /// Why something is refused, as programs read it.
    Reason {
        /// A value must be there and is not.
        Required = "required",
        /// A text must not be empty.
        Blank = "blank",
        /// More characters than `max`.
        TooLong = "too_long",
        /// More bytes than `max`.
        TooLarge = "too_large",
        /// Fewer characters than `min`.
        TooShort = "too_short",
        /// More than `max` of them.
        TooMany = "too_many",
        /// Not `min` to `max` characters.
        Length = "length",
        /// Not a number from `min` to `max`.
        Between = "between",
        /// A number below `min`.
        AtLeast = "at_least",
        /// Not one of those that are `allowed`.
        OneOf = "one_of",
        /// Not of the form that is expected: another type, or another structure.
        Form = "form",
        /// Other characters than those that are `allowed`.
        Characters = "characters",
        /// Characters that nobody sees.
        Invisible = "invisible",
        /// A character that cannot be kept: U+0000.
        NulCharacter = "nul_character",
        /// Not a single line.
        SingleLine = "single_line",
        /// Not an e-mail address.
        Email = "email",
        /// Not an international phone number.
        Phone = "phone",
        /// Not an address that may be called.
        Url = "url",
        /// Not a language code.
        Language = "language",
        /// Not a time zone.
        TimeZone = "time_zone",
        /// Not a date.
        Date = "date",
        /// Not hours of a day.
        Hours = "hours",
        /// Not in the future, or too far away.
        Future = "future",
        /// Something else has it already.
        Taken = "taken",
        /// Nothing of that `id` or `name` exists, or not for the caller.
        Unknown = "unknown",
        /// What is named exists and does not fit here.
        Unfit = "unfit",
        /// It cannot change any more.
        Fixed = "fixed",
        /// It only belongs to something of another kind.
        NotForThis = "not_for_this",
        /// Conversations are not closed yet.
        OpenThreads = "open_threads",
        /// What is named is the thing itself, or below it.
        Itself = "itself",
        /// Too many levels.
        TooDeep = "too_deep",
        /// The category `name` only heads what is below it.
        NotSelectable = "not_selectable",
        /// The category `name` is not offered on this source.
        NotOnSource = "not_on_source",
        /// Only one of `name` is possible.
        OnlyOne = "only_one",
        /// A category of each of `names` is mandatory.
        CategoryMissing = "category_missing",
        /// A password without a digit.
        NoDigit = "no_digit",
        /// A password of letters and digits alone.
        NoSymbol = "no_symbol",
        /// One of the last `count` passwords.
        UsedBefore = "used_before",
        /// A password that is tried first.
        CommonPassword = "common_password",
        /// A password that is little more than what others know of its owner.
        PersonalPassword = "personal_password",
        /// A password that takes few guesses.
        EasyToGuess = "easy_to_guess",
        /// Not the password that the caller has.
        WrongPassword = "wrong_password",
        /// Not the code that is asked for.
        WrongCode = "wrong_code",
        /// Not in the search language; it goes wrong at `character`.
        Query = "query",
        /// A placeholder that does not exist; there are those that are `allowed`.
        Placeholder = "placeholder",
        /// A section of a text that has no beginning or no end: `name`.
        Unpaired = "unpaired",
        /// A text without the link that belongs in it.
        NoLink = "no_link",
        /// A private key where the public one belongs.
        PrivateKey = "private_key",
        /// Not a public key.
        PublicKey = "public_key",
        /// People only look at it; programs fill it in.
        ReadOnly = "read_only",
        /// A setting switches it off.
        SwitchedOff = "switched_off",
        /// The file `name` is of a kind that is not taken.
        FileType = "file_type",
        /// An identity of the company and not of a customer.
        Company = "company",
        /// The other side did not answer, or not as it should.
        OtherSide = "other_side",
        /// Only for teams that the caller leads.
        NotLeader = "not_leader",
        /// This user cannot be impersonated.
        Impersonation = "impersonation",
        /// The role lacks `permissions`, any of which would do.
        Permission = "permission",
        /// Somebody would gain what the caller does not have.
        MoreThanYou = "more_than_you",
        /// The user or the role may do more than the caller.
        AboveYou = "above_you",
        /// It does nothing by itself: one of those that are `allowed` goes with it.
        Alone = "alone",
        /// Style that cannot be taken; it goes wrong at `line` and `column`.
        Css = "css",
        /// Not a CSS selector.
        Selector = "selector",
        /// Those of `names` use it.
        UsedBy = "used_by",
        /// Somebody else has changed it since it was read.
        Stale = "stale",
        /// It is so already.
        Already = "already",
        /// One's own content is for somebody else to decide.
        OwnContent = "own_content",
        /// A case that is closed takes no more.
        InterventionClosed = "intervention_closed",
        /// A case with replies is closed and not cancelled.
        HasReplies = "has_replies",
        /// A reply still waits for approval.
        ReplyWaits = "reply_waits",
        /// Parts of it are hidden from the caller.
        Hidden = "hidden",
        /// The caller has no access token of their own.
        NoToken = "no_token",
        /// The bodies of other requests fill the memory that there is for them.
        BodiesFull = "bodies_full",
        /// Too many connections are open, from the caller's address or in all.
        ConnectionsFull = "connections_full",
        /// The database does not answer.
        DatabaseAway = "database_away",
        /// A provider of sign-ins said no, or gave nothing: `said` has its words.
        Provider = "provider",
        /// Others write to the same at this moment.
        Held = "held",
        /// There is no room left for more.
        StorageFull = "storage_full",
        /// None of these; `message` alone says it.
        Other = "other",
    }
}

/// A reason, with its words in English and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The reason.
    pub reason: Reason,
    /// The values by their names, such as `max`.
    pub values: Map<String, Value>,
    message: Cow<'static, str>,
}

impl Reason {
    /// This reason with its words in English, which follow the name of the field where there is one.
    pub fn says(self, message: impl Into<Cow<'static, str>>) -> Fault {
        Fault { reason: self, values: Map::new(), message: message.into() }
    }
}

impl Fault {
    /// The same with one more value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// The same about a part of the field that is at fault.
    #[must_use]
    pub fn of(mut self, part: &str) -> Self {
        self.message = format!("{part} {}", self.message).into();
        self
    }

    /// It is not there.
    #[must_use]
    pub fn required() -> Self {
        Reason::Required.says("is required")
    }

    /// It is empty.
    #[must_use]
    pub fn blank() -> Self {
        Reason::Blank.says("can't be blank")
    }

    /// It has more characters than this.
    #[must_use]
    pub fn too_long(max: usize) -> Self {
        Reason::TooLong.says(format!("is too long (at most {max} characters)")).with("max", max)
    }

    /// It has more bytes than this.
    #[must_use]
    pub fn too_large(max: usize) -> Self {
        Reason::TooLarge.says(format!("is too long (at most {max} bytes)")).with("max", max)
    }

    /// There are more than this.
    #[must_use]
    pub fn too_many(max: usize) -> Self {
        Reason::TooMany.says(format!("are too many (at most {max})")).with("max", max)
    }

    /// It is not between these, which are allowed.
    pub fn between(min: impl Display + Into<Value>, max: impl Display + Into<Value>) -> Self {
        let message = format!("must be between {min} and {max}");
        Reason::Between.says(message).with("min", min).with("max", max)
    }

    /// It is less than this.
    #[must_use]
    pub fn at_least(min: i64) -> Self {
        Reason::AtLeast.says(format!("must be {min} or more")).with("min", min)
    }

    /// It is none of these.
    #[must_use]
    pub fn one_of(names: &[&str]) -> Self {
        let message = match names {
            [before @ .., last] if !before.is_empty() => format!("must be {} or {last}", before.join(", ")),
            _ => format!("must be {}", names.concat()),
        };
        Reason::OneOf.says(message).with("allowed", names)
    }

    /// It is not what this says, such as "a text".
    #[must_use]
    pub fn form(what: impl Display) -> Self {
        Reason::Form.says(format!("must be {what}"))
    }

    /// It names nothing.
    #[must_use]
    pub fn unknown() -> Self {
        Reason::Unknown.says("does not exist")
    }

    /// It names a thing of a kind ("category") that does not exist.
    pub fn no(kind: &str, id: impl Display) -> Self {
        Reason::Unknown.says(format!("has no {kind} {id}")).with("id", id.to_string())
    }

    /// It names something of a kind ("a category") that does not exist.
    #[must_use]
    pub fn names_unknown(kind: &str) -> Self {
        Reason::Unknown.says(format!("has {kind} that does not exist"))
    }

    /// What it names is not what this says, such as "a source that you may read".
    #[must_use]
    pub fn not(what: &str) -> Self {
        Reason::Unfit.says(format!("is not {what}"))
    }

    /// The caller lacks permissions, of which any would do.
    #[must_use]
    pub fn lacks(message: String, permissions: &[&str]) -> Self {
        Reason::Permission.says(message).with("permissions", permissions)
    }

    /// It is a category that only heads what is below it.
    #[must_use]
    pub fn not_selectable(name: &str) -> Self {
        Reason::NotSelectable.says(format!("cannot have {name:?} itself, only what is below it")).with("name", name)
    }

    /// It cannot change: another of its kind must be made.
    #[must_use]
    pub fn fixed(kind: &str) -> Self {
        Reason::Fixed.says(format!("cannot be changed: make another {kind}"))
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<&'static str> for Fault {
    fn from(message: &'static str) -> Self {
        Reason::Other.says(message)
    }
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Reason::Other.says(message)
    }
}

impl From<Cow<'static, str>> for Fault {
    fn from(message: Cow<'static, str>) -> Self {
        Reason::Other.says(message)
    }
}

impl From<query::Error> for Fault {
    fn from(error: query::Error) -> Self {
        Reason::Query.says(error.to_string()).with("character", error.character)
    }
}
