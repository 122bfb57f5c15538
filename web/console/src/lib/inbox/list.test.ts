import { describe, expect, it } from 'vitest';
import type { ThreadRow } from '../api/types';
import { belongs, emptyList, forgetOutside, placeWindow, refresh, remove, upsert, type ListState } from './list';

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
    text_input_disabled: false,
    intervention: null,
    updated_at: updated,
    unread: false,
    folder: 'new',
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

describe('deciding where a thread belongs', () => {
  const to = { folder: 'new' as const, source: null, text: '', everywhere: false, me: 'u1' };
  const held = (user: string, status: 'open' | 'deferred' | 'closed') =>
    row('a', '09', {
      folder: status === 'closed' ? 'closed' : 'open',
      intervention: { id: 'i', status, user: { id: user, name: '' }, deferred_at: null },
    });

  it('follows the case', () => {
    expect(belongs(held('u1', 'open'), { ...to, folder: 'mine' })).toBe(true);
    expect(belongs(held('u1', 'deferred'), { ...to, folder: 'mine' })).toBe(true);
    expect(belongs(held('u2', 'open'), { ...to, folder: 'mine' })).toBe(false);
    expect(belongs(held('u2', 'open'), { ...to, folder: 'everyone' })).toBe(true);
    expect(belongs(held('u2', 'open'), to)).toBe(false);
    expect(belongs(held('u2', 'closed'), { ...to, folder: 'closed' })).toBe(true);
  });

  it('tells new from closed by the folder', () => {
    expect(belongs(row('a', '09'), to)).toBe(true);
    expect(belongs(row('a', '09', { folder: 'closed' }), to)).toBe(false);
  });

  it('keeps to the source, and leaves searching to the server', () => {
    expect(belongs(row('a', '09'), { ...to, source: 's2' })).toBe(false);
    expect(belongs(row('a', '09'), { ...to, text: 'parcel' })).toBe('unknown');
    expect(belongs(held('u2', 'open'), { ...to, text: 'parcel' })).toBe(false);
    expect(belongs(held('u2', 'open'), { ...to, text: 'parcel', everywhere: true })).toBe('unknown');
  });
});
