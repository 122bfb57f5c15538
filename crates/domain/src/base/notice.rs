//! What of a thread's events somebody is to be told whose conversation, or whose reply, it is about.

use model::{ContentId, Event, EventType, NewNotice, NoticeKind, ThreadId, UserId};
use serde_json::Value;
use store::Tx;
use store::comment::Comment;

use crate::base::line::excerpt;

/// Notes whom an event is to be told. Nobody is told of what they did themselves.
pub(super) fn note(tx: &mut Tx, event: &Event) {
    for notice in of(event) {
        let told = tx.notices();
        let same = |other: &NewNotice| {
            (&other.user_id, &other.thread_id, other.kind) == (&notice.user_id, &notice.thread_id, notice.kind)
        };
        if !told.iter().any(same) {
            told.push(notice);
        }
    }
}

fn of(event: &Event) -> Vec<NewNotice> {
    let facts = &event.metadata;
    let text = |name: &str| facts.pointer(name).and_then(Value::as_str);
    let user = |name: &str| text(name).and_then(UserId::parse);
    let failed = text("/synchronization_status") == Some("error");
    let has = |name: &str| facts.get(name).is_some_and(|value| !value.is_null());
    let agent = || user("/owner/id").filter(|_| text("/owner/type") == Some("agent"));
    let (kind, whom) = match event.kind {
        // What happens to a conversation by itself, or by its customer's word, is to be seen where it stands.
        EventType::InterventionUserUpdated
        | EventType::InterventionOpened
        | EventType::InterventionCanceled
        | EventType::InterventionClosed
            if event.user_id.is_none() =>
        {
            return Vec::new();
        }
        EventType::InterventionUserUpdated | EventType::InterventionOpened => {
            (NoticeKind::Given, vec![user("/user_id")])
        }
        EventType::InterventionCanceled => (NoticeKind::Taken, vec![user("/user_id")]),
        EventType::InterventionClosed if has("let_go") => (NoticeKind::Taken, vec![user("/user_id")]),
        EventType::InterventionClosed => (NoticeKind::Done, vec![user("/user_id")]),
        EventType::ContentApproved => (NoticeKind::Approved, vec![user("/creator_id")]),
        EventType::ContentApprovalRefused => (NoticeKind::Refused, vec![user("/creator_id")]),
        EventType::ContentExported if failed => (NoticeKind::Failed, vec![user("/creator_id"), agent()]),
        _ => return Vec::new(),
    };
    let of_a_reply = matches!(kind, NoticeKind::Approved | NoticeKind::Refused | NoticeKind::Failed);
    let Some(thread_id) = event.thread_id.clone() else { return Vec::new() };
    let others = whom.into_iter().flatten().filter(|whom| event.user_id.as_ref() != Some(whom));
    let mut told: Vec<NewNotice> = Vec::new();
    for user_id in others {
        if told.iter().all(|one| one.user_id != user_id) {
            told.push(NewNotice {
                user_id,
                kind,
                thread_id: thread_id.clone(),
                content_id: of_a_reply.then(|| ContentId::parse(&event.resource.id)).flatten(),
                comment_id: None,
                by_user_id: event.user_id.clone(),
                excerpt: text("/body").filter(|_| of_a_reply).map(excerpt),
            });
        }
    }
    told
}

/// Notes that somebody's conversation is somebody else's now.
pub(crate) fn taken(tx: &mut Tx, thread: &ThreadId, from: &UserId, by: &UserId) {
    if from != by {
        tx.notices().push(NewNotice {
            user_id: from.clone(),
            kind: NoticeKind::Taken,
            thread_id: thread.clone(),
            content_id: None,
            comment_id: None,
            by_user_id: Some(by.clone()),
            excerpt: None,
        });
    }
}

/// Notes that somebody was mentioned in a comment, which is `shown` so.
pub(crate) fn mentioned(tx: &mut Tx, whom: &UserId, comment: &Comment, shown: &str) {
    tx.notices().push(NewNotice {
        user_id: whom.clone(),
        kind: NoticeKind::Mention,
        thread_id: comment.thread_id.clone(),
        content_id: None,
        comment_id: Some(comment.id.clone()),
        by_user_id: Some(comment.user_id.clone()),
        excerpt: Some(excerpt(shown)),
    });
}

#[cfg(test)]
mod tests {
    use model::{Resource, Timestamp};
    use serde_json::json;

    use super::*;

    #[test]
    fn who_did_it_is_not_told_and_nobody_is_told_twice() {
        let now = Timestamp::from_millis(0);
        let (nora, omar, thread) = (UserId::new(now), UserId::new(now), ThreadId::new(now));
        let told = |kind: EventType, by: Option<&UserId>, metadata: Value| {
            let resource = Resource { kind: "intervention".into(), id: ContentId::new(now).to_string() };
            let event = Event {
                kind,
                user_id: by.cloned(),
                source_id: None,
                thread_id: Some(thread.clone()),
                resource,
                metadata,
            };
            of(&event).into_iter().map(|notice| (notice.user_id, notice.kind)).collect::<Vec<_>>()
        };
        use EventType as E;
        let holder = json!({"user_id": nora});
        assert_eq!(told(E::InterventionUserUpdated, Some(&omar), holder.clone()), [(nora.clone(), NoticeKind::Given)]);
        assert_eq!(told(E::InterventionUserUpdated, Some(&nora), holder.clone()), []);
        assert_eq!(told(E::InterventionClosed, Some(&omar), holder.clone()), [(nora.clone(), NoticeKind::Done)]);
        assert_eq!(told(E::InterventionClosed, None, holder), []);
        let sent = |status: &str| {
            json!({"creator_id": nora, "owner": {"type": "agent", "id": nora}, "body": "Yes",
                                         "synchronization_status": status})
        };
        assert_eq!(told(E::ContentExported, None, sent("error")), [(nora.clone(), NoticeKind::Failed)]);
        assert_eq!(told(E::ContentExported, None, sent("success")), []);
    }
}
