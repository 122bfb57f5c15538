import { afterEach, describe, expect, it, vi } from 'vitest';

// What the catalogues ask of a page.
vi.hoisted(() => {
  vi.stubGlobal('navigator', { language: 'en', languages: ['en'] });
  vi.stubGlobal('document', { documentElement: {} });
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
});

import type { Line } from '../api/types';
import { locale } from '../i18n.svelte';
import { lineText } from './lineText';
import { blankLine } from '../../../test/line';

const [nina, omar] = [
  { id: 'n', name: 'Nina' },
  { id: 'o', name: 'Omar' },
];
const line = (deed: Line['deed'], more: Partial<Line> = {}): Line => ({ ...blankLine, deed, by: nina, holder: nina, ...more });
const read = (one: Line, id = 'x') =>
  lineText(one, { id, customer: 'Ada', category: (category) => category.toUpperCase(), tag: (tag) => tag.toUpperCase(), moment: () => 'Tue 9:00 AM' });

describe('a line of the history', () => {
  afterEach(() => locale.choose('en'));

  it('says who did what', () => {
    const all: [Line, string][] = [
      [line('opened'), 'Nina took it'],
      [line('given', { holder: omar }), 'Nina gave it to Omar'],
      [line('canceled'), 'Nina let it go'],
      [line('canceled', { by: null, reason: 'agent_gone' }), 'Nina is not there any more: nobody has it now'],
      [line('deferred', { until: '2026-03-03T08:00:00Z' }), 'Nina deferred it until Tue 9:00 AM'],
      [line('came_back', { by: null }), 'It came back'],
      [line('closed'), 'Nina marked it done'],
      [line('archived'), 'Nina marked it done, no answer'],
      [line('reopened'), 'Nina opened it again'],
      [line('reopened', { by: null }), 'Ada wrote: it opened again for Nina'],
      [line('categorized', { category_ids: ['a', 'b'] }), 'Nina put it under A, B'],
      [line('categorized', { category_ids: ['a'], removed_category_ids: ['c'] }), 'Nina put it under A, took off C'],
      [line('categorized', { removed_category_ids: ['c'] }), 'Nina took off C'],
      [line('tagged', { tag_ids: ['vip'] }), 'Nina tagged it VIP'],
      [line('tagged', { removed_tag_ids: ['vip'] }), 'Nina took the tag VIP off'],
      [line('handed_over', { by: null, holder: { id: 'r', name: 'Robo' }, reason: 'time' }), 'Robo gave it to people (time was up)'],
      [line('refused', { by: omar, author: nina, excerpt: 'Hello' }), 'Omar refused Nina’s reply: “Hello”'],
      [line('survey_sent', { by: null }), 'Survey sent'],
      [line('survey_answered', { by: null, score: 5, score_max: 5 }), 'Answered: 5 of 5'],
    ];
    expect(all.map(([one]) => read(one))).toEqual(all.map(([, text]) => text));
  });

  it('says what was taken back', async () => {
    const undone = (by: string) => read(line('undone', { undo_of: 'a', undone: 'let_go' }), by);
    expect(undone('x')).toBe('Taken back');
    await locale.need('acts');
    expect([undone('x'), undone('n')]).toEqual(['Nina took back letting it go', 'You took back letting it go']);
    expect(read(line('undone', { undo_of: 'a', undone: 'of_a_newer_server' }))).toBe('Taken back');
  });

  it('speaks to its reader', async () => {
    const told = () => [
      read(line('opened'), 'n'),
      read(line('given', { holder: omar }), 'o'),
      read(line('reopened', { by: null }), 'n'),
      read(line('approved', { by: omar, author: nina, excerpt: 'Hello' }), 'n'),
    ];
    expect(told()).toEqual([
      'You took it',
      'Nina gave it to you',
      'Ada wrote: it opened again for you',
      'Omar approved your reply: “Hello”',
    ]);
    await locale.choose('fr');
    expect(told()[0]).toBe('Vous l’avez prise');
    expect(told()[1]).toBe('Nina vous l’a attribuée');
  });
});
