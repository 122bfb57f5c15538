import { describe, expect, it } from 'vitest';
import type { ContentView, Line } from '../api/types';
import { answerable, buildHistory, hasAgentReply, mergeNewest, mergeOlder, type Case } from './history';

function content(id: string, time: string, more: Partial<ContentView> = {}): ContentView {
  return {
    id,
    ordinal: id.charCodeAt(0) - 96,
    from: 'customer',
    author: { id: 'p', name: 'Marie', avatar_url: null },
    creator: null,
    body: id,
    html: null,
    created_at: `2026-03-01T${time}:00Z`,
    status: 'new',
    synchronization_status: null,
    synchronization_error: null,
    may_have_arrived: false,
    automatic: false,
    approval_required: false,
    approval: null,
    may: { approve: false, refuse: false, send_again: false },
    title: null,
    sender_name: null,
    private: false,
    structured_content: null,
    attachments: [],
    in_reply_to_id: null,
    delivered: false,
    read: false,
    category_ids: [],
    intervention_id: null,
    ...more,
  };
}

const intervention: Case = {
  id: 'i',
  created_at: '2026-03-01T10:02:00Z',
  closed_at: '2026-03-01T10:30:00Z',
  category_ids: [],
  user_replies_count: 0,
  user: { id: 'u', name: 'Nora' },
  comments: [{ id: 'k', body: 'note', user: null, after: 1, created_at: '2026-03-01T10:05:00Z' }],
};

const told: Line = {
  id: '1',
  after: 1,
  at: '2026-03-01T10:12:00Z',
  deed: 'opened',
  by: { id: 'u', name: 'Nora' },
  holder: { id: 'u', name: 'Nora' },
  intervention_id: 'i',
  cause: null,
  screenname: null,
};

const kinds = (items: ReturnType<typeof buildHistory>) =>
  items.map((item) => (item.kind === 'marker' ? item.line.deed : item.kind === 'content' ? item.key : item.kind)).join(' ');

describe('the history', () => {
  it('puts pages that were looked at between the messages, one after the other together', () => {
    const page = (id: string, after: number) => ({ id, after, url: 'https://shop.test/', title: id, created_at: '2026-03-01T10:01:00Z' });
    const pages = [page('1', 1), page('2', 1), page('3', 2)];
    const items = buildHistory([content('a', '10:00'), content('b', '10:02')], [], [], false, pages);
    expect(kinds(items)).toBe('day a pages b pages');
    expect(items.map((item) => (item.kind === 'pages' ? item.pages.map(({ id }) => id).join(' ') : ''))).toContain('1 2');
  });


  it('weaves messages, comments and markers by time, under their days', () => {
    const contents = [
      content('a', '10:00'),
      content('b', '10:10', { from: 'agent' }),
      { ...content('c', '09:00'), created_at: '2026-03-03T09:00:00Z' },
    ];
    expect(kinds(buildHistory(contents, [intervention], [], false))).toBe('day a opened comment b closed day c');
  });

  it('keeps contents as the server has them, and puts what is between them where it was, whatever the times say', () => {
    const late = [content('a', '10:00'), content('b', '08:00'), content('c', '09:59'), content('d', '09:59')];
    const comments = [
      { id: 'k2', body: 'note', user: null, after: 2, created_at: '2026-03-01T10:30:00Z' },
      { id: 'k1', body: 'note', user: null, after: 4, created_at: '2026-03-01T07:00:00Z' },
    ];
    const line: Line = { ...told, after: 3, at: '2026-03-01T07:00:00Z' };
    const items = buildHistory(late, [{ ...intervention, comments, closed_at: null }], [line], false);
    expect(items.filter((item) => item.kind !== 'day').map((item) => item.key)).toEqual(['a', 'b', 'k2', 'c', '1', 'd', 'k1']);
    const page = buildHistory(late.slice(2), [{ ...intervention, comments, closed_at: null }], [line], true);
    expect(page.filter((item) => item.kind !== 'day').map((item) => item.key)).toEqual(['c', '1', 'd', 'k1']);
  });

  it('keeps the line of an end that was taken back, and shows the dispositions at the last one', () => {
    const line = (id: string, deed: Line['deed'], minute: number): Line => ({
      ...told,
      id,
      at: `2026-03-01T10:${minute}:00Z`,
      deed,
    });
    const lines = [line('1', 'opened', 12), line('4', 'closed', 20), line('5', 'reopened', 20), line('9', 'closed', 30)];
    const solved = { ...intervention, category_ids: ['solved'], comments: [] };
    const items = buildHistory([content('a', '10:00')], [solved], lines, false);
    expect(kinds(items)).toBe('day a opened closed reopened closed');
    const chips = items.flatMap((item) => (item.kind === 'marker' ? [item.categories.join()] : []));
    expect(chips).toEqual(['', '', '', 'solved']);
  });

  it('leaves out what is older than the first fetched message while there are more pages', () => {
    const comments = [{ ...intervention.comments[0]!, after: 25 }];
    expect(kinds(buildHistory([content('z', '10:20')], [{ ...intervention, comments }], [], true))).toBe('day z closed');
    expect(kinds(buildHistory([content('z', '10:20')], [{ ...intervention, comments }], [], false))).toBe(
      'day opened comment z closed',
    );
  });

  it('joins the messages of one turn, and begins a new one after a pause or a marker', () => {
    const items = buildHistory(
      [content('a', '10:00'), content('b', '10:01'), content('c', '10:03'), content('d', '11:03')],
      [{ ...intervention, closed_at: null, comments: [] }],
      [],
      false,
    );
    const opens = items.filter((item) => item.kind === 'content' && item.opensGroup).map((item) => item.key);
    const closes = items.filter((item) => item.kind === 'content' && item.closesGroup).map((item) => item.key);
    expect([opens, closes]).toEqual([
      ['a', 'c', 'd'],
      ['b', 'c', 'd'],
    ]);
  });
});

describe('joining pages', () => {
  const page = (...ids: string[]) =>
    ids.map((id, index) => content(id, `10:${String(ids.length + index).padStart(2, '0')}`));
  const ids = (contents: ContentView[]) => contents.map((one) => one.id).join('');
  const line = (text: string) =>
    [...text].map((id) => content(id, `10:${String(id.charCodeAt(0) - 60).padStart(2, '0')}`));

  it('keeps older pages when the newest overlaps them', () => {
    expect(ids(mergeNewest(line('abcd'), line('cdef'), true))).toBe('abcdef');
  });

  it('drops older pages rather than hide a gap', () => {
    expect(ids(mergeNewest(line('ab'), line('ef'), true))).toBe('ef');
  });

  it('takes the answer as it is when it is the whole thread', () => {
    expect(ids(mergeNewest(line('abc'), line('ac'), false))).toBe('ac');
  });

  it('prefers the newer state of a message', () => {
    const merged = mergeNewest(line('ab'), [content('b', '10:38', { read: true })], true);
    expect(merged.at(-1)?.read).toBe(true);
  });

  it('puts an older page in front, without repeating a message', () => {
    expect(ids(mergeOlder(page('a', 'b'), page('b', 'c')))).toBe('abc');
  });
});

it('answers the last message of the customer', () => {
  expect(answerable([content('a', '10:00'), content('b', '10:01', { from: 'agent' })])).toBe('a');
  expect(answerable([content('b', '10:01', { from: 'agent' })])).toBe('b');
  expect(answerable([])).toBeNull();
});

describe('whether a case has a reply', () => {
  const open = { ...intervention, closed_at: null };
  it('believes the count', () => expect(hasAgentReply({ ...open, user_replies_count: 1 }, [])).toBe(true));
  it('looks for one that belongs to it', () => {
    expect(hasAgentReply(open, [content('b', '10:10', { from: 'agent', intervention_id: 'i' })])).toBe(true);
    expect(hasAgentReply(open, [content('b', '10:10', { from: 'agent', intervention_id: 'other' })])).toBe(false);
    expect(hasAgentReply(open, [content('b', '10:10')])).toBe(false);
  });
});
