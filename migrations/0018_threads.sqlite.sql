UPDATE content_threads SET
    intervention_user_ids = (
        SELECT json_group_array(DISTINCT user_id) FROM interventions WHERE thread_id = content_threads.id),
    opened_intervention_user_ids = (
        SELECT json_group_array(DISTINCT user_id) FROM interventions
        WHERE thread_id = content_threads.id AND status <> 'closed')
WHERE interventions_count > 0;
