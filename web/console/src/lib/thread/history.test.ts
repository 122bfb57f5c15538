import { describe, expect, it } from 'vitest';
import type { Comment, ContentView, Line, ThreadRow } from '../api/types';
import { answerable, buildHistory, hasAgentReply, mergeNewest, mergeOlder, newSince, type Case } from './history';
import { blankLine } from '../../../test/line';

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
    waits: null,
    acts: [],
    capabilities: [],
    edited_at: null,
    published: true,
    remotely_deleted: false,
    anonymized: false,
    also_in: [],
    automatic: false,
    approval_required: false,
    approval: null,
    may: { approve: false, refuse: false, send_again: false },
    title: null,
    sender_name: null,
    mail: null,
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
  user_replies_count: 0,
};

const comment: Comment = {
  id: 'k',
  body: 'note',
  mention_ids: [],
  mentions: [],
  user: null,
  intervention_id: 'i',
  after: 1,
  may_delete: false,
  created_at: '2026-03-01T10:05:00Z',
};

const nora = { id: 'u', name: 'Nora' };
const told: Line = { ...blankLine, by: nora, holder: nora };

const kinds = (items: ReturnType<typeof buildHistory>) =>
  items.map((item) => (item.kind === 'marker' ? item.line.deed : item.kind === 'content' ? item.key : item.kind)).join(' ');

describe('what is new', () => {
  const said = [content('a', '10:00'), content('b', '10:01', { from: 'agent' }), content('c', '10:02'), content('d', '10:03')];
  const since = (read: number, attention: number, contents = said) =>
    newSince({ thread: { read_ordinal: read, attention_ordinal: attention } as ThreadRow, contents });
  const shown = (from: number | null, more = false) => kinds(buildHistory(said, [], [], more, [], from));

  it('begins after what was read, or after the last answer for who has read nothing', () => {
    expect([since(3, 4), since(1, 4), since(0, 4), since(4, 4)]).toEqual([3, 1, 2, null]);
    const answered = [...said, content('e', '10:04', { from: 'agent' })];
    expect([since(0, 4, answered), since(3, 4, answered)]).toEqual([null, 3]);
    // What a machine says answers nobody.
    expect(since(0, 4, [...said, content('e', '10:04', { from: 'bot', automatic: true })])).toBe(2);
  });

  it('stands under a line, above the first word of the customer that is', () => {
    expect(shown(3)).toBe('day a b c new d');
    expect(shown(1)).toBe('day a b new c d');
    expect(shown(null)).toBe('day a b c d');
    expect(shown(0)).toBe('day a b c d');
    expect(shown(0, true)).toBe('day new a b c d');
  });
});

describe('the history', () => {
  it('puts pages that were looked at between the messages, one after the other together', () => {
    const page = (id: string, after: number) => ({ id, after, url: 'https://shop.test/', title: id, created_at: '2026-03-01T10:01:00Z' });
    const pages = [page('1', 1), page('2', 1), page('3', 2)];
    const items = buildHistory([content('a', '10:00'), content('b', '10:02')], [], [], false, pages);
    expect(kinds(items)).toBe('day a pages b pages');
    expect(items.map((item) => (item.kind === 'pages' ? item.pages.map(({ id }) => id).join(' ') : ''))).toContain('1 2');
  });


  it('weaves messages, comments and markers by their places, under their days', () => {
    const contents = [
      content('a', '10:00'),
      content('b', '10:10', { from: 'agent' }),
      { ...content('c', '09:00'), created_at: '2026-03-03T09:00:00Z' },
    ];
    const lines: Line[] = [
      { ...told, at: '2026-03-01T10:02:00Z' },
      { ...told, id: '2', ordinal: 2, deed: 'closed', at: '2026-03-01T10:30:00Z' },
    ];
    expect(kinds(buildHistory(contents, [comment], lines, false))).toBe('day a opened comment b closed day c');
  });

  it('keeps contents as the server has them, and puts what is between them where it was, whatever the times say', () => {
    const late = [content('a', '10:00'), content('b', '08:00'), content('c', '09:59'), content('d', '09:59')];
    const comments = [
      { ...comment, id: 'k2', after: 2, created_at: '2026-03-01T10:30:00Z' },
      { ...comment, id: 'k1', after: 4, created_at: '2026-03-01T07:00:00Z' },
    ];
    const line: Line = { ...told, ordinal: 3, at: '2026-03-01T07:00:00Z' };
    const items = buildHistory(late, comments, [line], false);
    expect(items.filter((item) => item.kind !== 'day').map((item) => item.key)).toEqual(['a', 'b', 'k2', 'c', '1', 'd', 'k1']);
    const page = buildHistory(late.slice(2), comments, [line], true);
    expect(page.filter((item) => item.kind !== 'day').map((item) => item.key)).toEqual(['c', '1', 'd', 'k1']);
  });

  it('leaves out what is older than the first fetched message while there are more pages', () => {
    const comments = [{ ...comment, after: 25 }];
    const lines = [told, { ...told, id: '2', ordinal: 27 }];
    expect(kinds(buildHistory([content('z', '10:20')], comments, lines, true))).toBe('day z opened');
    expect(kinds(buildHistory([content('z', '10:20')], comments, lines, false))).toBe(
      'day opened comment z opened',
    );
  });

  it('has a day stand again where something of it came late', () => {
    const late = { ...content('c', '09:00'), created_at: '2026-02-01T09:00:00Z' };
    const items = buildHistory([late, content('d', '10:00'), { ...late, id: 'e', ordinal: 5 }], [], [], false);
    expect(kinds(items)).toBe('day c day d day e');
    expect(new Set(items.map((item) => item.key)).size).toBe(items.length);
  });

  it('folds three deeds of one person within a minute, and no others', () => {
    const deed = (id: number, second: number, by = 'u', ordinal = 1): Line => ({
      ...told,
      id: String(id),
      ordinal,
      at: new Date(Date.UTC(2026, 2, 1, 10, 12, second)).toISOString(),
      by: by ? { id: by, name: by } : null,
    });
    const drawn = (...lines: Line[]) => kinds(buildHistory([content('a', '10:00'), content('b', '10:01')], [], lines, false));
    expect(drawn(deed(1, 0), deed(2, 20), deed(3, 60))).toBe('day a fold b');
    expect(drawn(deed(1, 0), deed(2, 20))).toBe('day a opened opened b');
    expect(drawn(deed(1, 0), deed(2, 20), deed(3, 61))).toBe('day a opened opened opened b');
    expect(drawn(deed(1, 0), deed(2, 1, 'v'), deed(3, 2))).toBe('day a opened opened opened b');
    expect(drawn(deed(1, 0, ''), deed(2, 1, ''), deed(3, 2, ''))).toBe('day a opened opened opened b');
    expect(drawn(deed(1, 0), deed(2, 1), deed(3, 2, 'u', 2))).toBe('day a opened opened b opened');
  });

  it('folds what was taken back with its taking back', () => {
    const lines: Line[] = [
      { ...told, id: '1', at: '2026-03-01T10:10:00Z' },
      { ...told, id: '2', deed: 'deferred', act_id: 'x' },
      { ...told, id: '3', deed: 'undone', undo_of: 'x', at: '2026-03-01T10:12:05Z' },
      { ...told, id: '4', deed: 'deferred', act_id: 'y', at: '2026-03-01T10:14:05Z' },
    ];
    const items = buildHistory([content('a', '10:00')], [], lines, false);
    expect(kinds(items)).toBe('day a opened fold deferred');
    // A word came in between: both stay where they were.
    const apart = buildHistory([content('a', '10:00'), content('b', '10:12')], [], lines.map((line, n) => ({ ...line, ordinal: n < 2 ? 1 : 2 })), false);
    expect(kinds(apart)).toBe('day a opened deferred b undone deferred');
  });

  it('joins the messages of one turn, and begins a new one after a pause or a marker', () => {
    const items = buildHistory(
      [content('a', '10:00'), content('b', '10:01'), content('c', '10:03'), content('d', '11:03')],
      [],
      [{ ...told, ordinal: 2 }],
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
  const open = intervention;
  it('believes the count', () => expect(hasAgentReply({ ...open, user_replies_count: 1 }, [])).toBe(true));
  it('looks for one that belongs to it', () => {
    expect(hasAgentReply(open, [content('b', '10:10', { from: 'agent', intervention_id: 'i' })])).toBe(true);
    expect(hasAgentReply(open, [content('b', '10:10', { from: 'agent', intervention_id: 'other' })])).toBe(false);
    expect(hasAgentReply(open, [content('b', '10:10')])).toBe(false);
  });
});
