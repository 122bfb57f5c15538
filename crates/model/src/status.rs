//! Enumerations that are stored and shown by name.

use std::fmt;

/// A name that the enumeration does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName(pub String);

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown name {:?}", self.0)
    }
}

impl std::error::Error for UnknownName {}

/// Declares an enumeration whose variants have one name each, used in the database and in JSON alike.
#[macro_export]
macro_rules! named_enum {
    ($(#[doc = $doc:expr])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant),* }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in the database and in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownName;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($text => Ok(Self::$variant),)* _ => Err($crate::UnknownName(text.to_owned())) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl $crate::schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut $crate::schemars::SchemaGenerator) -> $crate::schemars::Schema {
                let about = [$($doc),*].concat();
                $crate::schemars::json_schema!({"type": "string", "description": about.trim(), "enum": [$($text),*]})
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as $crate::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err($crate::serde::de::Error::custom)
            }
        }
    };
}

named_enum! {
    /// Where a content stands between customer and agent.
    ContentStatus {
        /// Came in and nobody has engaged.
        New = "new",
        /// Under an open intervention.
        Assigned = "assigned",
        /// A customer's content that an agent answered.
        Replied = "replied",
        /// An agent's answer.
        UserReply = "user_reply",
        /// An agent's first word in a discussion.
        UserInitiated = "user_initiated",
        /// Archived without an answer.
        Ignored = "ignored",
        /// Handed to another category.
        Forwarded = "forwarded",
    }
}

named_enum! {
    /// Where an intervention stands.
    InterventionStatus {
        /// Being worked on.
        Open = "open",
        /// Put aside until a time.
        Deferred = "deferred",
        /// Done.
        Closed = "closed",
    }
}

named_enum! {
    /// How the conversations of a chat go.
    ChatMode {
        /// Over days, with a list of conversations.
        Messaging = "messaging",
        /// Now, with somebody who is there; it ends.
        LiveChat = "live_chat",
    }
}

named_enum! {
    /// Where a live chat stands.
    ChatState {
        /// Nobody has had it yet.
        Waiting = "waiting",
        /// Somebody has it.
        Connected = "connected",
        /// Somebody had it, and it waits for another.
        Transferred = "transferred",
        /// It is over.
        Ended = "ended",
    }
}

named_enum! {
    /// Why a live chat has ended; the names are those of the reference's exports.
    CloseCause {
        /// Nobody had it in time.
        ImpossibleDelay = "client_impossible_delay",
        /// The visitor ended it.
        Visitor = "visitor_closed",
        /// An agent or a program closed the intervention, or locked or archived the thread.
        Intervention = "intervention_closed",
        /// The same, done by a timer.
        Automatic = "intervention_auto_closed",
        /// The visitor was away for too long.
        Disconnection = "disconnection",
    }
}

named_enum! {
    /// How a source that is asked for what is new fares.
    SourceHealth {
        /// It was never reached.
        Unchecked = "unchecked",
        /// The last run or request worked.
        Ok = "ok",
        /// It works in part.
        Degraded = "degraded",
        /// It does not work.
        Error = "error",
        /// The other side does not let the server in.
        NeedsReauth = "needs_reauth",
        /// It is switched off.
        Paused = "paused",
    }
}

named_enum! {
    /// What a source is connected to.
    SourceType {
        /// Hubbub's own chat on a site or in an app.
        EngageMessaging = "engage_messaging",
        /// A third party that speaks the Source SDK.
        Sdk = "sdk",
        /// A mailbox.
        Email = "email",
    }
}

named_enum! {
    /// How an agent's content fares on its way to the other side.
    SyncStatus {
        /// Waiting to be sent, or being sent again.
        Pending = "pending",
        /// The other side has it.
        Success = "success",
        /// The other side refused it, or could not be reached for too long.
        Error = "error",
    }
}

named_enum! {
    /// The format in which a body was written.
    BodyFormat {
        /// Plain text.
        Text = "text",
        /// HTML, sanitized before it is stored.
        Html = "html",
    }
}

named_enum! {
    /// Which way a content came into Hubbub.
    CreatedFrom {
        /// From the source, by a customer.
        Synchronizer = "synchronizer",
        /// From the console.
        Interface = "interface",
        /// From the REST API.
        Api = "api",
        /// By Hubbub itself.
        Automatic = "automatic",
    }
}

named_enum! {
    /// Whether a messaging community takes signed identities.
    SignedIdentities {
        /// Only signed identities are taken.
        Required = "required",
        /// Only unsigned identities are taken.
        Rejected = "rejected",
    }
}

named_enum! {
    /// The state of a webhook's connection.
    WebhookStatus {
        /// The endpoint has not answered the challenge yet.
        Unverified = "unverified",
        /// Events are sent.
        Active = "active",
        /// Too many requests failed: tried again after a pause.
        Suspended = "suspended",
        /// Switched off.
        Inactive = "inactive",
    }
}

named_enum! {
    /// Where the approval of a content stands.
    ApprovalState {
        /// Nobody has decided.
        Waiting = "waiting",
        /// The content has gone out.
        Approved = "approved",
        /// The content never goes out.
        Refused = "refused",
    }
}

named_enum! {
    /// The state of a delivery.
    DeliveryState {
        /// Waiting for its next attempt.
        Pending = "pending",
        /// Acknowledged by the receiver.
        Delivered = "delivered",
        /// Out of attempts; an operator can send it again.
        Parked = "parked",
    }
}

named_enum! {
    /// What is done to many deliveries of a webhook.
    SweepAct {
        /// They are sent again.
        Resend = "resend",
        /// They are parked.
        Park = "park",
        /// They are removed.
        Forget = "forget",
        /// They are due now.
        Hasten = "hasten",
    }
}

named_enum! {
    /// Where an agent's content stands on its way to its source.
    ExportState {
        /// Waiting for its next try, or being tried.
        Pending = "pending",
        /// It may have arrived; a person says whether it did, or sends it again.
        Unknown = "unknown",
        /// The other side has it.
        Delivered = "delivered",
        /// It did not arrive; a person can send it again.
        Parked = "parked",
        /// It was taken back before it was sent.
        Cancelled = "cancelled",
    }
}

named_enum! {
    /// Where a part of such a content stands: one of the requests that it takes.
    PartState {
        /// The other side does not have it yet.
        Waiting = "waiting",
        /// It may have arrived.
        Unknown = "unknown",
        /// The other side has it.
        Sent = "sent",
    }
}

named_enum! {
    /// How a mail of ours fares with one of those whom it goes to. It never becomes less than it was.
    MailState {
        /// No server has it yet.
        Waiting = "waiting",
        /// The server that mails go out by has it.
        Sent = "sent",
        /// A server on the way does not deliver it.
        Failed = "failed",
        /// It lies in their mailbox.
        Delivered = "delivered",
        /// It was shown to them.
        Read = "read",
    }
}

named_enum! {
    /// How a try at handing a content to its source ended.
    ExportOutcome {
        /// The other side has it.
        Done = "done",
        /// The other side does not want it, now or later.
        Refused = "refused",
        /// It did not work; the next try may.
        Failed = "failed",
        /// The other side asks to wait.
        Wait = "wait",
        /// It was sent, and nobody knows whether it has arrived.
        Unknown = "unknown",
        /// The other side does not know who asks.
        Locked = "locked",
    }
}

named_enum! {
    /// What a mail is sent for.
    MailKind {
        /// An administrator tries out whether mails are sent.
        Test = "test",
        /// A new user sets a first password.
        Invitation = "invitation",
        /// A user who has lost their password chooses another one.
        Recovery = "password_recovery",
        /// An administrator has taken the second factor of a user away.
        SecondFactor = "second_factor_reset",
        /// A visitor has not read what agents wrote.
        Unread = "unread_messages",
        /// Somebody looks at how such a mail arrives.
        Preview = "template_preview",
    }
}

named_enum! {
    /// Whether an agent takes work on a channel.
    Availability {
        /// Takes work.
        Available = "available",
        /// Takes none.
        Away = "away",
    }
}

named_enum! {
    /// Where an agent is.
    PresenceState {
        /// No console is open.
        Absent = "absent",
        /// One is.
        In = "in",
        /// The last one was lost a moment ago: they may come back.
        Gone = "gone",
    }
}

named_enum! {
    /// How much work an agent has on a channel.
    Busyness {
        /// None.
        Unoccupied = "unoccupied",
        /// Some.
        Ok = "ok",
        /// As much as is good.
        Busy = "busy",
        /// As much as is possible.
        Full = "full",
    }
}

named_enum! {
    /// What a custom field belongs to.
    AssociatedType {
        /// Persons.
        IdentityGroup = "IdentityGroup",
        /// Interventions.
        Intervention = "Intervention",
    }
}

named_enum! {
    /// What a custom field holds.
    CustomFieldType {
        /// A line of text.
        String = "string",
        /// True or false.
        Boolean = "boolean",
        /// A text of several lines.
        Text = "text",
        /// A whole number.
        Integer = "integer",
        /// A number.
        Float = "float",
        /// One of some choices.
        SingleChoice = "single_choice",
        /// Any of some choices.
        MultipleChoice = "multiple_choice",
    }
}

named_enum! {
    /// What a trigger of a chat can show.
    ChatItemKind {
        /// Something to press.
        Button = "button",
        /// Something that asks to be pressed.
        Invitation = "invitation",
        /// What the company says first.
        AutomaticMessage = "automatic_message",
    }
}

named_enum! {
    /// Where an item of a chat stands.
    Positioning {
        /// Over the page.
        Floating = "floating",
        /// At the place that the page has for it.
        Fixed = "fixed",
    }
}

named_enum! {
    /// What an item of a chat looks like, or says, where nothing else was written.
    Prebuilt {
        /// The chat's own round button.
        Launcher = "launcher",
        /// A button on a dark ground.
        ButtonDark = "button_dark",
        /// A button on a light ground.
        ButtonLight = "button_light",
        /// A button within the page.
        ButtonFixed = "button_fixed",
        /// A card with a question.
        Invitation = "invitation",
        /// A greeting.
        Message = "message",
    }
}

named_enum! {
    /// What a variable of a chat holds.
    VariableKind {
        /// A text.
        String = "string",
        /// A number.
        Number = "number",
        /// True or false.
        Boolean = "boolean",
    }
}

named_enum! {
    /// Whose words a block keeps out.
    BlockKind {
        /// A customer's, by each of their identities.
        Identity = "identity",
        /// Whoever writes from an e-mail address.
        Email = "email",
        /// Whoever writes in a chat from a network.
        Network = "network",
    }
}
