-- Words are cut by the server alone, and cut differently from now on.
TRUNCATE content_search;
