/** A line of the history of which tests change what they are about. */
import type { Line } from '../src/lib/api/types';

const nina = { id: 'n', name: 'Nina' };

export const blankLine: Line = {
  id: '1',
  ordinal: 1,
  at: '2026-03-01T10:12:00Z',
  deed: 'opened',
  by: nina,
  holder: nina,
  intervention_id: 'i',
  until: null,
  category_ids: [],
  removed_category_ids: [],
  tag_ids: [],
  removed_tag_ids: [],
  author: null,
  excerpt: null,
  to: null,
  reason: null,
  score: null,
  score_max: null,
  act_id: null,
  undo_of: null,
  undone: null,
  cause: null,
  screenname: null,
  other_id: null,
};
