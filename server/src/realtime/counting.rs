//! When an agent's socket is told how many threads the folders have: soon after something happened, and at most twice a second.

use store::agent_thread::Assigned;
use tokio::time::Instant;

use super::frames::AgentTold;
use crate::app::App;
use crate::domain::{Actor, Result, inbox};
use crate::state::desk_counts::PAUSE;
use crate::state::hub::AgentFrame;
use crate::views::counts::CountsOut;

/// How long what happens together is gathered.
const GATHER: std::time::Duration = std::time::Duration::from_millis(50);

/// What an agent was told, and when they are told again.
pub(super) struct Counting {
    /// When that is; none while nothing has happened.
    pub(super) due: Option<Instant>,
    /// Not before then.
    pause: Instant,
    /// As of which position of the journal.
    position: i64,
    /// What they have, as far as it was counted.
    own: Option<Assigned>,
    /// What they were told last.
    told: Option<CountsOut>,
}

impl Counting {
    pub(super) fn new() -> Self {
        Self { due: None, pause: Instant::now(), position: 0, own: None, told: None }
    }

    /// Notes that a frame was seen by which numbers may have changed.
    pub(super) fn note(&mut self, actor: &Actor, frame: &AgentFrame) {
        let of_mine = frame.only.is_some() || frame.concerns.contains(&actor.user.id);
        if frame.position.is_none() && !of_mine {
            return;
        }
        if of_mine || frame.administration {
            self.own = None;
        }
        self.position = self.position.max(frame.position.unwrap_or(0));
        self.due.get_or_insert((Instant::now() + GATHER).max(self.pause));
    }

    /// What the agent is to be told now; none when it is what they know, or too soon.
    pub(super) async fn tell(&mut self, app: &App, actor: &std::sync::Arc<Actor>) -> Result<Option<AgentTold>> {
        self.due = None;
        self.pause = Instant::now() + PAUSE;
        let Some(all) = app.desk_counts.of(&app.db, actor.scope(), self.position).await? else {
            self.due = Some(self.pause);
            return Ok(None);
        };
        let own = match self.own {
            Some(own) => own,
            None => {
                let who = actor.clone();
                let count = app.db.read(move |tx| {
                    let who = who.clone();
                    Box::pin(async move { inbox::count_mine(tx, &who).await })
                });
                count.await?
            }
        };
        self.own = Some(own);
        let counts = CountsOut::new(actor, all, own);
        if self.told.replace(counts) == Some(counts) {
            return Ok(None);
        }
        Ok(Some(AgentTold::Counts { counts }))
    }
}
