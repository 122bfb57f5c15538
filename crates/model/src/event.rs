//! The events of the journal: what can happen, in one closed list.

use serde_json::Value;

use crate::{SourceId, ThreadId, UserId, named_enum};

named_enum! {
    /// What happened. The dotted names are those of the reference's webhook guide (`docs/webhooks/events.md`);
    /// those that it does not have are Hubbub's own and cannot be registered by a webhook.
    EventType {
        /// A message came in from a source.
        ContentImported = "content.imported",
        /// An agent or bot answered a content.
        ContentReplied = "content.replied",
        /// An agent or bot began a discussion.
        ContentDiscussionInitiated = "content.discussion_initiated",
        /// A content that an agent wrote waits for approval.
        ContentApprovalRequested = "content.approval_requested",
        /// A content that waited for approval will not get it.
        ContentApprovalRefused = "content.approval_refused",
        /// A content that waited for approval got it.
        ContentApproved = "content.approved",
        /// A content was handed to its source, with or without success.
        ContentExported = "content.exported",
        /// A content that its source did not take is on its way to it again.
        ContentExportRetried = "content.export_retried",
        /// Something is to be done with a content on the other side.
        ContentUpdateRequested = "content.update_requested",
        /// Something was done with a content on the other side, with or without success.
        ContentUpdateExported = "content.update_exported",
        /// A content was taken back before it was sent.
        ContentTakenBack = "content.taken_back",
        /// The other side tells of a content otherwise than before.
        ContentEdited = "content.edited",
        /// A thread was locked.
        ContentThreadClosed = "content.thread_closed",
        /// A thread was unlocked.
        ContentThreadOpened = "content.thread_opened",
        /// A thread was closed because nobody had said anything for long.
        ContentThreadAutoClosed = "content.thread_auto_closed",
        /// A live chat waits for somebody: at first, or again.
        ChatQueued = "chat.queued",
        /// Somebody has a live chat.
        ChatConnected = "chat.connected",
        /// Who had a live chat has it no more.
        ChatLeft = "chat.left",
        /// A visitor was asked for an e-mail address.
        ChatEmailAsked = "chat.email_asked",
        /// A visitor has given one.
        ChatEmailGiven = "chat.email_given",
        /// An agent engaged a customer.
        InterventionOpened = "intervention.opened",
        /// An intervention has an agent.
        InterventionAssigned = "intervention.assigned",
        /// An intervention was cancelled.
        InterventionCanceled = "intervention.canceled",
        /// An intervention was closed.
        InterventionClosed = "intervention.closed",
        /// An intervention was put aside.
        InterventionDeferred = "intervention.deferred",
        /// A closed intervention was opened again.
        InterventionReopened = "intervention.reopened",
        /// A deferred intervention's time came.
        InterventionReactivated = "intervention.reactivated",
        /// An intervention's categories changed.
        InterventionRecategorized = "intervention.recategorized",
        /// An intervention went to another agent.
        InterventionUserUpdated = "intervention.user_updated",
        /// An intervention's custom fields changed.
        InterventionCustomFieldsUpdated = "intervention.custom_fields_updated",
        /// A content was archived.
        ContentIgnored = "content.ignored",
        /// A content that was archived is not any more.
        ContentUnignored = "content.unignored",
        /// A content's categories changed.
        ContentRecategorized = "content.recategorized",
        /// What another analysis says of a content's sentiment.
        ContentScored = "content.scored",
        /// The other side has received agents' contents.
        ContentDelivered = "content.delivered",
        /// The other side has read contents.
        ContentRead = "content.read",
        /// A thread's categories changed.
        ThreadRecategorized = "content_thread.recategorized",
        /// A thread's tags changed.
        ThreadTagged = "content_thread.tagged",
        /// A thread was archived.
        ThreadIgnored = "content_thread.ignored",
        /// A thread was split in two; both tell of it.
        ThreadSplit = "content_thread.split",
        /// Two threads have become one; both tell of it.
        ThreadMerged = "content_thread.merged",
        /// A thread's text input was switched on or off.
        ThreadInputUpdated = "content_thread.input_updated",
        /// An identity joined a person.
        IdentityMerged = "identity.merged",
        /// An identity left a person again.
        IdentityUnmerged = "identity.unmerged",
        /// An identity was made from outside of any conversation.
        IdentityImported = "identity.imported",
        /// An identity's attributes changed outside of any conversation.
        IdentityUpdated = "identity.updated",
        /// A person was erased.
        IdentityAnonymized = "identity.anonymized",
        /// Contents of a thread were erased with the person whose they were.
        ContentAnonymized = "content.anonymized",
        /// A person was made for an identity.
        IdentityGroupCreated = "identity_group.created",
        /// A person's attributes changed.
        IdentityGroupUpdated = "identity_group.updated",
        /// A thread has another owner: a bot, an agent, or nobody.
        ThreadOwnerChanged = "content_thread.owner_changed",
        /// A thread went from a bot to people, or back.
        ThreadHandedOver = "content_thread.handed_over",
        /// A customer's answers to a survey came in.
        SurveyResponseImported = "survey_response.imported",
        /// A private comment was written.
        CommentCreated = "intervention_comment.created",
        /// A private comment was removed.
        CommentDeleted = "intervention_comment.deleted",
        /// An agent is there.
        AgentConnected = "push_agent.connected",
        /// An agent is not there any more.
        AgentDisconnected = "push_agent.disconnected",
        /// An agent whose connection was lost is there again.
        AgentReconnected = "push_agent.reconnected",
        /// An agent's last connection was lost; they may come back.
        AgentConnectionLost = "push_agent.connection_lost",
        /// An agent takes work on other channels than before.
        AgentAvailabilityChange = "push_agent.availability_change",
        /// A source that is asked for what is new fares better or worse than before.
        SourceHealthChanged = "content_source.health_changed",
        /// A thing of the administration was created, changed or removed; `resource` says which.
        AdministrationChanged = "administration.changed",
    }
}

impl EventType {
    /// Whether a webhook can be told of it.
    #[must_use]
    pub fn is_registrable(self) -> bool {
        REGISTRABLE.contains(&self.as_str())
    }

    /// Whether it tells who is there, and for which work.
    #[must_use]
    pub const fn is_of_agents(self) -> bool {
        matches!(
            self,
            Self::AgentConnected
                | Self::AgentDisconnected
                | Self::AgentReconnected
                | Self::AgentConnectionLost
                | Self::AgentAvailabilityChange
        )
    }

    /// Every event that webhooks are told of, in the order of this list.
    pub fn told() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| kind.is_registrable())
    }

    /// Every event name that a webhook may register. Those without a cause in this version never fire.
    #[must_use]
    pub fn registrable() -> &'static [&'static str] {
        REGISTRABLE
    }
}

const REGISTRABLE: &[&str] = &[
    "content.approved",
    "content.discussion_initiated",
    "content.exported",
    "content.imported",
    "content.replied",
    "content.thread_auto_closed",
    "content.thread_closed",
    "content.thread_opened",
    "content.update_exported",
    "content_thread.handed_over",
    "content_thread.owner_changed",
    "identity.merged",
    "identity.unmerged",
    "intervention.assigned",
    "intervention.canceled",
    "intervention.closed",
    "intervention.custom_fields_updated",
    "intervention.deferred",
    "intervention.opened",
    "intervention.reactivated",
    "intervention.recategorized",
    "intervention.reopened",
    "intervention.user_updated",
    "intervention_segment.summary_generated",
    "intervention_segment.summary_generation_failed",
    "intervention_segment.summary_submitted",
    "push_agent.accept_task",
    "push_agent.availability_change",
    "push_agent.busyness_change",
    "push_agent.connected",
    "push_agent.disconnected",
    "push_agent.missed_task",
    "push_agent.reconnected",
    "push_agent.request_task",
    "survey_response.imported",
    "task.assigned",
    "task.completed",
    "task.created",
    "task.destroyed",
    "task.expired_from_step",
    "task.expired_from_workbin",
    "task.recategorized",
    "task.resume",
    "task.supervisor_assigned",
    "task.taken",
    "task.transferred",
    "task.undelivered",
];

/// What the journal calls a mail that goes out.
pub const MAIL_DELIVERY: &str = "mail_delivery";
/// What the journal calls a thing that came in and was set aside.
pub const PARKED_ITEM: &str = "parked_item";
/// What the journal calls it that somebody wants a source to be asked.
pub const SOURCE_RUN: &str = "content_source_run";
/// Whose changes are noted with those of the administration, and change no rule: nobody keeps anything of them.
pub const PASSING: [&str; 3] = [MAIL_DELIVERY, PARKED_ITEM, SOURCE_RUN];

/// After which somebody is another person than before.
const PERSONS: [EventType; 2] = [EventType::IdentityMerged, EventType::IdentityUnmerged];

impl EventType {
    /// The kinds, beside changes of the administration, for which [`EventType::changes_rules`] holds.
    #[must_use]
    pub fn of_persons() -> &'static [Self] {
        &PERSONS
    }

    /// Whether what is kept of permissions, settings, sources and blocked people may be another one after it.
    #[must_use]
    pub fn changes_rules(self, resource_kind: &str) -> bool {
        match self {
            Self::AdministrationChanged => !PASSING.contains(&resource_kind),
            other => PERSONS.contains(&other),
        }
    }
}

/// The thing that an event is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its kind, as webhooks name it: `intervention`, `message`, …
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// An event before the journal has given it an id and a position.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: EventType,
    /// Who did it, when an agent or bot did.
    pub user_id: Option<UserId>,
    /// Where it happened: decides who may be told of it.
    pub source_id: Option<SourceId>,
    /// The thread that it belongs to: its deliveries keep the order of this thread.
    pub thread_id: Option<ThreadId>,
    /// What it is about.
    pub resource: Resource,
    /// The facts of that moment, exactly as webhooks send them.
    pub metadata: Value,
}
