import { describe, expect, it } from 'vitest';
import type { ThreadRow } from '../api/types';
import {
  belongs,
  emptyList,
  forgetOutside,
  hasHoles,
  noPins,
  placeWindow,
  refresh,
  remove,
  upsert,
  waitsForMe,
  withCount,
  type ListState,
} from './list';
import { headsAbove, headsOf } from './sections';

function row(id: string, updated: string, more: Partial<ThreadRow> = {}): ThreadRow {
  return {
    id,
    owner: null,
    owner_epoch: 0,
    live_chat: null,
    source: { id: 's1', name: 'Chat', type: 'engage_messaging', color_hex: '#4f46e5' },
    title: null,
    closed: false,
    identity: { id: `p${id}`, display_name: id, avatar_url: null },
    last_content: null,
    contents_count: 1,
    category_ids: [],
    tag_ids: [],
    text_input_disabled: false,
    intervention: null,
    updated_at: updated,
    unread: false,
    state: 'unassigned',
    waiting_since: null,
    deferred_at: null,
    done_at: null,
    trouble: null,
    to_approve: false,
    last_ordinal: 1,
    attention_ordinal: 1,
    read_ordinal: 1,
    marked: false,
    mentioned: false,
    ...more,
  };
}

const slots = (list: ListState) => list.slots.map((id) => id ?? '-').join('');
const three = () => placeWindow(emptyList(), 0, [row('a', '09'), row('b', '08'), row('c', '07')], 5);

describe('placing a fetched window', () => {
  it('makes the list as long as the folder, with holes for what is not fetched', () => {
    expect(slots(three())).toBe('abc--');
  });

  it('leaves a hole where a thread stood that has moved', () => {
    const list = placeWindow(three(), 3, [row('b', '05'), row('e', '04')], 5);
    expect(slots(list)).toBe('a-cbe');
  });

  it('shortens the list, and ignores records beyond its end', () => {
    expect(slots(placeWindow(three(), 0, [row('a', '09'), row('b', '08'), row('c', '07')], 2))).toBe('ab');
  });
});

describe('the length of a list', () => {
  it('is set right by what is not fetched, from the end', () => {
    const list = three();
    expect(hasHoles(list)).toBe(true);
    expect(slots(withCount(list, 7))).toBe('abc----');
    expect(slots(withCount(list, 4))).toBe('abc-');
    expect(slots(withCount(list, 2))).toBe('abc');
    expect(hasHoles(withCount(list, 3))).toBe(false);
  });

  it('does not come with rows that stand nowhere', () => {
    const list = forgetOutside(three(), 1, 3);
    expect([slots(list), [...list.rows.keys()]]).toEqual(['-bc--', ['b', 'c']]);
  });
});

describe('taking in a change', () => {
  it('moves a thread with new activity to the top', () => {
    const { list, from, to } = upsert(three(), row('c', '10'));
    expect([slots(list), from, to]).toEqual(['cab--', 2, 0]);
  });

  it('adds a thread that was not there', () => {
    const { list, from } = upsert(three(), row('n', '10'));
    expect([slots(list), from]).toEqual(['nabc--', -1]);
  });

  it('puts a thread between its neighbours in time', () => {
    expect(slots(upsert(three(), row('n', '075')).list)).toBe('abnc--');
  });

  it('puts live chats whose visitors wait before all others, who waits longest ahead', () => {
    const live = (pressing_since: string | null): ThreadRow['live_chat'] => ({
      state: 'connected',
      since: '01',
      waiting_since: null,
      pressing_since,
      close_cause: null,
    });
    const first = upsert(three(), row('m', '06', { live_chat: live('06') })).list;
    expect(slots(first)).toBe('mabc--');
    const both = upsert(first, row('l', '10', { live_chat: live('05') })).list;
    expect(slots(both)).toBe('lmabc--');
    // Answered, it stands where its time is.
    const { list, from, to } = upsert(both, row('l', '085', { live_chat: live(null) }));
    expect([slots(list), from, to]).toEqual(['malbc--', 0, 2]);
  });

  it('has who had a live chat say how it ended', () => {
    const ended: ThreadRow['live_chat'] = { state: 'ended', since: '01', waiting_since: null, pressing_since: null, close_cause: null };
    expect(waitsForMe(row('a', '01', { live_chat: ended, closed: true }))).toBe(true);
    // A conversation that is locked goes on some day.
    expect(waitsForMe(row('a', '01', { closed: true }))).toBe(false);
  });

  it('leaves a thread in place when only its marks changed', () => {
    const { list, from, to } = upsert(three(), row('b', '08', { unread: true }));
    expect([slots(list), from, to]).toEqual(['abc--', 1, 1]);
    expect(list.rows.get('b')?.unread).toBe(true);
  });

  it('removes a thread, and says from where', () => {
    const { list, from } = remove(three(), 'b');
    expect([slots(list), from]).toEqual(['ac--', 1]);
    expect(remove(list, 'b').from).toBe(-1);
  });

  it('refreshes only what it has', () => {
    expect(refresh(three(), row('z', '10')).rows.has('z')).toBe(false);
  });

  it('never holds one thread twice', () => {
    let list = three();
    for (const [id, time] of [
      ['a', '11'],
      ['d', '12'],
      ['a', '13'],
      ['d', '10'],
    ] as const)
      list = upsert(list, row(id, time)).list;
    const ids = list.slots.filter(Boolean);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('does not change the list it was given', () => {
    const before = three();
    upsert(before, row('c', '10'));
    remove(before, 'a');
    expect(slots(before)).toBe('abc--');
  });
});

it('forgets what lies outside of a range', () => {
  expect(slots(forgetOutside(three(), 1, 2))).toBe('-b---');
});

describe('what waits for me', () => {
  const mine = (id: string, since: string | null, more: Partial<ThreadRow> = {}) =>
    row(id, '09', { state: 'open', waiting_since: since, ...more });
  const list = () =>
    placeWindow(emptyList(), 0, [mine('u', '05', { unread: true }), mine('a', '02'), mine('b', '04'), mine('z', null)], 4);

  it('stands first, unread ahead, then who waits longest', () => {
    const { list: found } = upsert(list(), mine('n', '03'), 'attention');
    expect(slots(found)).toBe('uanbz');
    expect(slots(upsert(found, mine('z', '01'), 'attention').list)).toBe('uzanb');
  });

  it('waits too when an answer came to nothing or it is marked, and not while one waits for approval', () => {
    for (const more of [{ trouble: 'failed' as const }, { marked: true }])
      expect(slots(upsert(list(), mine('z', null, { updated_at: '10', ...more }), 'attention').list)).toBe('uabz');
    expect(waitsForMe(mine('a', '02', { to_approve: true }))).toBe(false);
  });

  it('has heads where one part ends and the other begins, also with what is not fetched', () => {
    const long = placeWindow(emptyList(), 0, [mine('a', '02'), mine('z', null)], 4);
    const heads = headsOf(long, 'attention', noPins, 0);
    expect(heads.map(({ at, label, count }) => [at, label, count])).toEqual([
      [0, 'list.waits_for_you', 1],
      [1, 'list.waits_for_customer', 3],
    ]);
    expect([0, 1, 3].map((index) => headsAbove(heads, index))).toEqual([1, 2, 2]);
  });

  it('keeps the place of what is looked at', () => {
    const pinned = new Map([['a', mine('a', '02')]]);
    const { list: found, from, to } = upsert(list(), mine('a', null, { updated_at: '10' }), 'attention', pinned);
    expect([slots(found), from, to]).toEqual(['uabz', 1, 1]);
    expect(headsOf(found, 'attention', pinned, 0).map((head) => head.at)).toEqual([0, 3]);
  });
});

it('has what is put aside stand under the days on which it comes back', () => {
  const now = new Date(2026, 10, 26, 12).getTime();
  const until = (id: string, day: number, hour: number) =>
    row(id, '09', { state: 'deferred', deferred_at: new Date(2026, 10, day, hour).toISOString() });
  const rows = [until('a', 26, 18), until('b', 27, 9), until('c', 29, 9), until('d', 30, 9)];
  const heads = headsOf(placeWindow(emptyList(), 0, rows, 4), 'deferred', noPins, now);
  expect(heads.map((head) => head.label)).toEqual(['list.today', 'list.tomorrow', 'list.this_week', 'list.later']);
});

describe('deciding where a thread belongs', () => {
  const to = { folder: 'unassigned' as const, source: null, text: '', everywhere: false, me: 'u1' };
  const held = (user: string, state: 'open' | 'deferred') =>
    row('a', '09', { state, owner: { id: user, name: '', type: 'agent' } });

  it('follows its state and who has it', () => {
    expect(belongs(held('u1', 'open'), { ...to, folder: 'mine' })).toBe(true);
    expect(belongs(held('u1', 'deferred'), { ...to, folder: 'mine' })).toBe(false);
    expect(belongs(held('u1', 'deferred'), { ...to, folder: 'deferred' })).toBe(true);
    expect(belongs(held('u2', 'open'), { ...to, folder: 'mine' })).toBe(false);
    expect(belongs(held('u2', 'open'), { ...to, folder: 'open' })).toBe(true);
    expect(belongs(row('a', '09'), { ...to, folder: 'open' })).toBe(true);
    expect(belongs(held('u2', 'open'), to)).toBe(false);
    expect(belongs(row('a', '09'), to)).toBe(true);
    expect(belongs(row('a', '09', { state: 'done' }), to)).toBe(false);
    expect(belongs(row('a', '09', { state: 'done' }), { ...to, folder: 'done' })).toBe(true);
    expect(belongs(row('a', '09', { to_approve: true }), { ...to, folder: 'to_approve' })).toBe(true);
  });

  it('keeps to the source, and leaves searching to the server', () => {
    expect(belongs(row('a', '09'), { ...to, source: 's2' })).toBe(false);
    expect(belongs(row('a', '09'), { ...to, text: 'parcel' })).toBe('unknown');
    expect(belongs(held('u2', 'open'), { ...to, text: 'parcel' })).toBe(false);
    expect(belongs(held('u2', 'open'), { ...to, text: 'parcel', everywhere: true })).toBe('unknown');
  });
});
