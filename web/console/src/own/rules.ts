/** What of all that happens is told aloud, to whom, and when nothing is. Plain functions. */
import type { ThreadRow, Signals as Settings } from '../lib/api/types';
import type { EventFrame } from '../lib/live/socket.svelte';

export type Because = 'waits' | 'asks' | 'writes' | 'unassigned' | 'given' | 'back' | 'refused' | 'failed' | 'to_approve' | 'mention';

/** Something that can be told aloud. */
export interface Sign {
  because: Because;
  thread: ThreadRow;
  /** It is of what is one's own, or of a live chat that waits; else it is for those who want to hear of all. */
  own: boolean;
}

export interface Me {
  id: string;
  approves: boolean;
  away: boolean;
}

/** What an event is to somebody; null where it is nothing to tell aloud. */
export function signOf({ event, thread }: Pick<EventFrame, 'event' | 'thread'>, me: Me): Sign | null {
  if (!thread) return null;
  const because = isMentioned(event, me) ? 'mention' : becauseOf(event, thread, me);
  return because && { because, thread, own: because !== 'unassigned' && because !== 'to_approve' };
}

const isMentioned = ({ mentioned_ids, user_id }: EventFrame['event'], me: Me): boolean =>
  user_id !== me.id && Boolean(mentioned_ids?.includes(me.id));

function becauseOf({ type, user_id }: EventFrame['event'], thread: ThreadRow, me: Me): Because | null {
  const own = thread.state === 'open' && thread.owner?.id === me.id;
  const mine = user_id === me.id;
  switch (type) {
    case 'chat.queued':
      return thread.live_chat?.pressing_since && !me.away ? 'waits' : null;
    case 'content.imported':
      if (own) return thread.live_chat ? (thread.live_chat.pressing_since ? 'asks' : null) : 'writes';
      return begins(thread) ? 'unassigned' : null;
    case 'intervention.user_updated':
    case 'intervention.opened':
      return own && user_id && !mine ? 'given' : null;
    case 'intervention.reactivated':
      return own && !user_id ? 'back' : null;
    case 'content.approval_refused':
      return own && !mine && thread.trouble === 'refused' ? 'refused' : null;
    case 'content.exported':
      return own && thread.trouble === 'failed' ? 'failed' : null;
    case 'content.approval_requested':
      return me.approves && !mine && thread.to_approve ? 'to_approve' : null;
    default:
      return null;
  }
}

/** Somebody begins to wait; what they say more is no news. */
const begins = (thread: ThreadRow): boolean =>
  thread.state === 'unassigned' && !thread.live_chat && thread.waiting_since === thread.last_content?.created_at;

/** Whether a sign is told to somebody who wants to hear so much. */
export const isWanted = (level: Settings['sound'], sign: Sign, muted: readonly string[]): boolean =>
  level !== 'none' && (sign.own || level === 'all') && !muted.includes(sign.thread.source?.id ?? '');

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** The weekday, from 1 for Monday, and the time of day in a time zone; that of the browser where there is none such. */
export function dayAndTime(now: number, zone: string | null): { day: number; time: string } {
  const format = (timeZone?: string) =>
    new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  let parts: Intl.DateTimeFormatPart[];
  try {
    parts = format(zone ?? undefined).formatToParts(now);
  } catch {
    parts = format().formatToParts(now);
  }
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return { day: WEEKDAYS.indexOf(of('weekday')) + 1, time: `${of('hour')}:${of('minute')}` };
}

/** Whether nothing is told aloud now: somebody has asked for quiet, or these are their quiet hours. */
export function isQuiet(settings: Settings, now: number, zone: string | null): boolean {
  const { quiet_until: until, quiet_days: days, quiet_from: from, quiet_to: to } = settings;
  if (until && Date.parse(until) > now) return true;
  const { day, time } = dayAndTime(now, zone);
  const began = (on: number) => days.includes(on);
  if (from < to) return began(day) && time >= from && time < to;
  // Over midnight they belong to the day on which they begin.
  const yesterday = day === 1 ? 7 : day - 1;
  return (began(day) && time >= from) || (began(yesterday) && time < to);
}

/** For how long the machine that was used last is the one that tells. */
const THERE = 60_000;

/** Whether somebody is at another machine of theirs: this one holds its tongue, then. */
export const isElsewhere = (now: number, here: number, elsewhere: number): boolean =>
  elsewhere > here && now - elsewhere < THERE;
