//! The lines of a thread's history, as the console shows them.

use model::{ActId, CategoryId, CloseCause, Deed, InterventionId, LineId, TagId, ThreadId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::inbox::ThreadView;
use crate::domain::thread_line::Line;
use crate::views::row::PersonOut;

/// A line of the history: what was done to the thread.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ThreadLine")]
pub(super) struct LineView {
    id: LineId,
    /// Its place among the contents and lines of the thread. One from before lines had places has that of the content before
    /// it.
    ordinal: i64,
    /// When.
    at: Timestamp,
    /// What.
    deed: Deed,
    /// Who did it; null when nobody in the house did.
    by: Option<PersonOut>,
    /// Who had the intervention then.
    holder: Option<PersonOut>,
    intervention_id: Option<InterventionId>,
    /// Until when it was put aside.
    until: Option<Timestamp>,
    /// The categories with which the intervention was closed, or that the thread got.
    category_ids: Vec<CategoryId>,
    /// The categories that were taken off the thread.
    removed_category_ids: Vec<CategoryId>,
    /// The tags that the thread got.
    tag_ids: Vec<TagId>,
    /// The tags that were taken off the thread.
    removed_tag_ids: Vec<TagId>,
    /// Who had written the reply that was approved or refused, or the answer that did not arrive.
    author: Option<PersonOut>,
    /// How that reply begins.
    excerpt: Option<String>,
    /// To which side the thread was handed over.
    #[schemars(extend("enum" = ["agent", "bot", null]))]
    to: Option<String>,
    /// Why: somebody asked for it, the bot's time was up, or bots went on without a customer's word; an answer did not arrive;
    /// whoever had it is not there any more.
    #[schemars(extend("enum" = ["asked", "time", "loop", "failed", "agent_gone", null]))]
    reason: Option<String>,
    /// What the customer answered to the main question of a survey.
    score: Option<i64>,
    /// The most that they could have answered.
    score_max: Option<i64>,
    /// The act that it tells of, where that could be taken back.
    act_id: Option<ActId>,
    /// The act that was taken back.
    undo_of: Option<ActId>,
    /// What that was: `take`, `assign`, `defer`, `done`, `let_go`, `lock`, `unlock`, `categories` or `tags`.
    undone: Option<String>,
    /// Why a live chat ended.
    cause: Option<CloseCause>,
    /// How who came or left is called to the visitor of a live chat.
    screenname: Option<String>,
    /// The other conversation, where one was split or two were merged.
    other_id: Option<ThreadId>,
}

/// The lines of a view.
pub(super) fn lines(view: &ThreadView) -> Vec<LineView> {
    let person = |id: &Option<UserId>| id.as_ref().and_then(|id| view.users.get(id)).map(PersonOut::from);
    let one = |line: &Line| LineView {
        id: line.id.clone(),
        ordinal: line.ordinal,
        at: line.at,
        deed: line.deed,
        by: person(&line.by),
        holder: person(&line.holder),
        intervention_id: line.intervention_id.clone(),
        until: line.until,
        category_ids: line.category_ids.clone(),
        removed_category_ids: line.removed_category_ids.clone(),
        tag_ids: line.tag_ids.clone(),
        removed_tag_ids: line.removed_tag_ids.clone(),
        author: person(&line.author),
        excerpt: line.excerpt.clone(),
        to: line.to.clone(),
        reason: line.reason.clone(),
        score: line.score.map(|(score, _)| score),
        score_max: line.score.and_then(|(_, most)| most),
        act_id: line.act_id.clone(),
        undo_of: line.undo_of.clone(),
        undone: line.undone.clone(),
        cause: line.cause,
        screenname: line.screenname.clone(),
        other_id: line.other_id.clone(),
    };
    view.lines.iter().map(one).collect()
}
