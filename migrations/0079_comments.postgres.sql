-- Comments are a conversation's: one may be of no case, and stays when its case goes. Nobody is named there without a case,
-- where the conversation has no customer yet.
ALTER TABLE intervention_comments ALTER COLUMN intervention_id DROP NOT NULL;
ALTER TABLE intervention_comments ALTER COLUMN identity_id DROP NOT NULL;
ALTER TABLE intervention_comments DROP CONSTRAINT intervention_comments_intervention_id_fkey;
ALTER TABLE intervention_comments ADD CONSTRAINT intervention_comments_intervention_id_fkey
    FOREIGN KEY (intervention_id) REFERENCES interventions (id) ON DELETE SET NULL;
ALTER TABLE intervention_comments ADD COLUMN mention_ids TEXT NOT NULL DEFAULT '[]';
