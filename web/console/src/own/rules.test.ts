import { describe, expect, it } from 'vitest';
import type { Signals, ThreadRow } from '../lib/api/types';
import type { EventFrame } from '../lib/live/socket.svelte';
import { dayAndTime, isElsewhere, isQuiet, isWanted, signOf, type Me } from './rules';

const me: Me = { id: 'nora', approves: false, away: false };
const row = (more: Partial<ThreadRow>) =>
  ({ id: 't', state: 'unassigned', owner: null, live_chat: null, trouble: null, to_approve: false, waiting_since: null, ...more }) as ThreadRow;
const mine = row({ state: 'open', owner: { type: 'agent', id: 'nora', name: 'Nora' } });
const live = (pressing_since: string | null) =>
  ({ state: 'connected', since: '1', waiting_since: null, pressing_since, close_cause: null }) as ThreadRow['live_chat'];
const event = (type: string, user_id: string | null = null) => ({ type, user_id }) as EventFrame['event'];
const told = (type: string, thread: ThreadRow, by: string | null = null, who = me) =>
  signOf({ event: event(type, by), thread }, who)?.because ?? null;

describe('what is told aloud', () => {
  it('is a customer’s word in what is mine', () => {
    expect(told('content.imported', mine)).toBe('writes');
    expect(told('content.imported', { ...mine, live_chat: live('1') })).toBe('asks');
    expect(told('content.imported', row({ state: 'open', owner: { type: 'agent', id: 'omar', name: 'Omar' } }))).toBe(null);
    expect(told('content.replied', mine, 'omar')).toBe(null);
  });

  it('is who begins to wait, and not what they say more', () => {
    const said = (at: string) => ({ created_at: at }) as ThreadRow['last_content'];
    expect(told('content.imported', row({ waiting_since: '1', last_content: said('1') }))).toBe('unassigned');
    expect(told('content.imported', row({ waiting_since: '1', last_content: said('2') }))).toBe(null);
    expect(told('chat.queued', row({ live_chat: live('1') }))).toBe('waits');
    expect(told('chat.queued', row({ live_chat: live('1') }), null, { ...me, away: true })).toBe(null);
  });

  it('is what others do with what is mine, and not what I do', () => {
    expect(told('intervention.user_updated', mine, 'omar')).toBe('given');
    expect(told('intervention.opened', mine, 'nora')).toBe(null);
    expect(told('intervention.reactivated', mine)).toBe('back');
    expect(told('intervention.reactivated', mine, 'nora')).toBe(null);
    expect(told('content.approval_refused', { ...mine, trouble: 'refused' }, 'lea')).toBe('refused');
    expect(told('content.exported', { ...mine, trouble: 'failed' })).toBe('failed');
    expect(told('content.exported', mine)).toBe(null);
    const asked = row({ to_approve: true });
    expect(told('content.approval_requested', asked, 'omar')).toBe(null);
    expect(told('content.approval_requested', asked, 'omar', { ...me, approves: true })).toBe('to_approve');
    expect(told('content.approval_requested', asked, 'nora', { ...me, approves: true })).toBe(null);
  });

  it('is that a colleague mentions me, whose ever it is', () => {
    const noted = (by: string, mentioned_ids: string[] | null) =>
      signOf({ event: { ...event('intervention_comment.created', by), mentioned_ids }, thread: row({}) }, me);
    expect(noted('omar', ['lea', 'nora'])).toMatchObject({ because: 'mention', own: true });
    expect([noted('omar', ['lea']), noted('omar', null), noted('nora', ['nora'])]).toEqual([null, null, null]);
  });

  it('is as much as one wants to hear', () => {
    const thread = row({ source: { id: 's', name: 'Chat', type: 'engage_messaging', color_hex: '#000' } });
    const sign = (own: boolean) => ({ because: 'writes', thread, own }) as const;
    expect([isWanted('mine', sign(true), []), isWanted('mine', sign(false), []), isWanted('all', sign(false), [])]).toEqual([true, false, true]);
    expect([isWanted('none', sign(true), []), isWanted('all', sign(true), ['s'])]).toEqual([false, false]);
  });
});

describe('quiet', () => {
  const settings = (more: Partial<Signals>) =>
    ({ quiet_days: [], quiet_from: '22:00', quiet_to: '07:00', quiet_until: null, ...more }) as Signals;
  /** Monday, 1 January 2024. */
  const at = (time: string, day = 1) => Date.parse(`2024-01-0${day}T${time}:00Z`);

  it('lasts as long as it was asked for', () => {
    const quiet = settings({ quiet_until: '2024-01-01T10:00:00Z' });
    expect([isQuiet(quiet, at('09:59'), 'UTC'), isQuiet(quiet, at('10:00'), 'UTC')]).toEqual([true, false]);
  });

  it('goes over midnight from the day on which it begins', () => {
    const monday = settings({ quiet_days: [1] });
    const times = [at('06:00'), at('21:59'), at('22:00'), at('06:59', 2), at('07:00', 2), at('22:00', 2)];
    expect(times.map((time) => isQuiet(monday, time, 'UTC'))).toEqual([false, false, true, true, false, false]);
    const sunday = settings({ quiet_days: [7] });
    expect(isQuiet(sunday, at('06:59'), 'UTC')).toBe(true);
  });

  it('is of one’s own time zone', () => {
    const lunch = settings({ quiet_days: [1, 2], quiet_from: '12:00', quiet_to: '13:00' });
    expect(isQuiet(lunch, at('11:30'), 'Europe/Paris')).toBe(true);
    expect(isQuiet(lunch, at('11:30'), 'UTC')).toBe(false);
    expect(dayAndTime(at('23:30'), 'Asia/Tokyo')).toEqual({ day: 2, time: '08:30' });
  });
});

describe('several machines', () => {
  it('leave it to the one that was used last, for a minute', () => {
    expect(isElsewhere(100_000, 0, 90_000)).toBe(true);
    expect(isElsewhere(100_000, 95_000, 90_000)).toBe(false);
    expect(isElsewhere(150_001, 0, 90_000)).toBe(false);
    expect(isElsewhere(100_000, -Infinity, -Infinity)).toBe(false);
  });
});
