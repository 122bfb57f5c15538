//! The lines of a thread's history: what was done to it, by whom. They are written with the events that they tell of, so that
//! what is undone later (a case that is opened again) keeps the line that told of it.

use model::{ActId, CategoryId, CloseCause, Deed, InterventionId, LineId, TagId, ThreadId, Timestamp, UserId};
use serde_json::Value;
use store::Tx;
use store::thread_line as rows;

use crate::base::Result;

/// How many lines are shown at the most: the newest.
const SHOWN_MAX: i64 = 300;

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its id.
    pub id: LineId,
    /// Its place among the contents and lines of the thread; of an old one, that of the content before it.
    pub ordinal: i64,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub deed: Deed,
    /// By whom; none for what happened by itself, or by a customer's word.
    pub by: Option<UserId>,
    /// Who had the case then.
    pub holder: Option<UserId>,
    /// The case, where it is about one.
    pub intervention_id: Option<InterventionId>,
    /// Until when it was put aside.
    pub until: Option<Timestamp>,
    /// The categories with which the case was closed, or that the thread got.
    pub category_ids: Vec<CategoryId>,
    /// The categories that were taken off.
    pub removed_category_ids: Vec<CategoryId>,
    /// The tags that the thread got.
    pub tag_ids: Vec<TagId>,
    /// The tags that were taken off.
    pub removed_tag_ids: Vec<TagId>,
    /// Who had written the reply that it is about.
    pub author: Option<UserId>,
    /// How that begins.
    pub excerpt: Option<String>,
    /// To which side a thread was handed over.
    pub to: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// What the customer answered to the main question, and the most that they could have.
    pub score: Option<(i64, Option<i64>)>,
    /// The act of the console that it tells of.
    pub act_id: Option<ActId>,
    /// The act that was taken back.
    pub undo_of: Option<ActId>,
    /// What that was.
    pub undone: Option<String>,
    /// Why a live chat ended.
    pub cause: Option<CloseCause>,
    /// How who came or left is called to the visitor of a live chat.
    pub screenname: Option<String>,
    /// The other conversation, where one was split or two were merged.
    pub other_id: Option<ThreadId>,
}

/// The lines of a thread from one place on and before another one, oldest first.
pub async fn between(tx: &mut Tx, id: &ThreadId, places: (i64, i64)) -> Result<Vec<Line>> {
    Ok(rows::between(tx, id, places, SHOWN_MAX).await?.into_iter().map(Line::from).collect())
}

impl From<rows::Line> for Line {
    fn from(row: rows::Line) -> Self {
        let data = row.data.0;
        let text = |name: &str| data.get(name).and_then(Value::as_str);
        let number = |name: &str| data.get(name).and_then(Value::as_i64);
        let user = |name: &str| text(name).and_then(UserId::parse);
        let all = |name: &str| data.get(name).and_then(Value::as_array).into_iter().flatten();
        let categories = |name: &str| all(name).filter_map(|id| CategoryId::parse(id.as_str()?)).collect();
        let tags = |name: &str| all(name).filter_map(|id| TagId::parse(id.as_str()?)).collect();
        Self {
            id: row.id,
            ordinal: row.ordinal,
            at: row.at,
            deed: row.kind,
            by: row.user_id,
            holder: user("holder"),
            intervention_id: text("intervention_id").and_then(InterventionId::parse),
            until: text("until").and_then(Timestamp::parse),
            category_ids: categories("category_ids"),
            removed_category_ids: categories("removed_category_ids"),
            tag_ids: tags("tag_ids"),
            removed_tag_ids: tags("removed_tag_ids"),
            author: user("author"),
            excerpt: text("excerpt").map(str::to_owned),
            to: text("to").map(str::to_owned),
            reason: text("reason").map(str::to_owned),
            score: number("score").map(|score| (score, number("score_max"))),
            act_id: text("act_id").and_then(ActId::parse),
            undo_of: text("undo_of").and_then(ActId::parse),
            undone: text("act").map(str::to_owned),
            cause: text("cause").and_then(|cause| cause.parse().ok()),
            screenname: text("screenname").map(str::to_owned),
            other_id: text("other_id").and_then(ThreadId::parse),
        }
    }
}
