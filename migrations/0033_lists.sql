-- The lists of interventions in each of their orders, for a user and for all, and those that are not closed.
DROP INDEX interventions_user;
CREATE INDEX interventions_user ON interventions (user_id, status, thread_id);
CREATE INDEX interventions_user_created ON interventions (user_id, created_at, id);
CREATE INDEX interventions_updated ON interventions (updated_at, id);
CREATE INDEX interventions_pending ON interventions (created_at, id) WHERE status <> 'closed';
-- Events of a time, in the order of the journal, without their rows.
DROP INDEX journal_issued_at;
CREATE INDEX journal_issued_at ON journal (issued_at, position);
-- Comments of an agent and on a customer.
CREATE INDEX comments_user ON intervention_comments (user_id, created_at, id);
CREATE INDEX comments_identity ON intervention_comments (identity_id, created_at, id);
