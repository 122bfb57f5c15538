import type { Attachment, Message, Notice, Structured, Thread } from '../shared/types';
import type { AddedRow } from './core/controller';
import type { OutItem } from './core/outbox';
import type { Words } from './i18n';

export type State = 'sending' | 'retrying' | 'failed' | 'sent' | 'delivered' | 'read' | null;

export interface Bubble {
  kind: 'message';
  key: string;
  id: string | null;
  /** Its place in the conversation; 0 for what the server does not have. */
  ordinal: number;
  clientId: string | null;
  from: Message['from'];
  name: string | null;
  avatar: string | null;
  body: string;
  html: string | null;
  attachments: Attachment[];
  structured: Structured | null;
  /** Nothing came after it: quick replies can still be given. */
  open: boolean;
  at: string;
  state: State;
  error: string | null;
  first: boolean;
  last: boolean;
  showState: boolean;
}

export type Row = Bubble | { kind: 'day' | 'note'; key: string; label: string } | Ask;

/** Where an e-mail address is asked for, or was. */
export interface Ask {
  kind: 'ask';
  key: string;
  given: boolean;
}

export interface RowInput {
  messages: Message[];
  /** What is told between them. */
  notices: Notice[];
  pending: OutItem[];
  added: AddedRow[];
  struggling: boolean;
  /** Who says what the source says by itself. */
  company: { name: string; avatar: string | null };
  /** Why the live chat has ended. */
  cause?: Thread['close_cause'];
  now: Date;
}

/** What is told where a chat asks for an e-mail address, and once it has one. */
const ASKED = 'request_email.title';
const GIVEN = 'request_email.submitted_title';
const ENDED = 'thread_closure';
const GROUP_MS = 5 * 60_000;

/** What stands for a message where there is room for a line only. */
export function lineOf({ body, structured_content: structured }: Pick<Message, 'body' | 'structured_content'>): string {
  const first = structured && (structured.type === 'carousel' ? structured.items[0] : structured);
  return body || (first && 'title' in first ? (first.title ?? '') : '');
}

/** That a conversation has ended, and how, where that is known. */
export const endOf = (cause: RowInput['cause'], t: Words): string =>
  `${t(ENDED)} ${cause ? t(`hubbub.ended_${cause}` as 'thread_closure') : ''}`.trim();

/** The log as it is drawn: days, groups by sender, and marks only where they say something new. */
export function rows(input: RowInput, t: Words): Row[] {
  const bubbles = collect(input);
  const lastOwn = bubbles.findLastIndex((bubble) => bubble.from === 'visitor' && bubble.id !== null);
  const out: Row[] = [];
  const given = input.notices.some(({ key }) => key === GIVEN);
  // The thanks stand in the place of the question.
  const notes = given ? input.notices.filter(({ key }) => key !== ASKED) : input.notices;
  const drawn = ({ id, key, screenname }: Notice): Row =>
    key === ASKED || key === GIVEN
      ? { kind: 'ask', key: id, given }
      : {
          kind: 'note',
          key: id,
          // A newer server may know others.
          label: key === ENDED ? endOf(input.cause, t) : t.has(key) ? t(key, { screenname: screenname ?? '' }) : '',
        };
  // What the server does not have stands between two places, and is none.
  const placed = bubbles.flatMap(({ ordinal }) => ordinal || []);
  let day = '';
  bubbles.forEach((bubble, i) => {
    const today = dayKey(bubble.at);
    if (today !== day) {
      day = today;
      out.push({ kind: 'day', key: `day:${day}`, label: dayLabel(new Date(bubble.at), input.now, t) });
    }
    bubble.open = i === bubbles.length - 1;
    bubble.first = !together(bubbles[i - 1], bubble);
    bubble.last = !together(bubble, bubbles[i + 1]);
    // A row of waiting messages says so once, under the last; each refused one has its own choices.
    const repeated = bubble.state !== 'failed' && bubbles[i + 1]?.state === bubble.state;
    bubble.showState = bubble.state !== null && (i === lastOwn || (bubble.id === null && !repeated));
    out.push(bubble);
    if (bubble.ordinal) {
      placed.shift();
      notes.filter(stands(bubble.ordinal, placed[0])).forEach((note) => out.push(drawn(note)));
    }
  });
  // The end, and what stands after a message that is not there yet.
  const last = bubbles.findLast((bubble) => bubble.ordinal)?.ordinal;
  notes.filter((note) => note.after === null || last === undefined).forEach((note) => out.push(drawn(note)));
  return out;
}

/** Whether a notice stands after one message and before the next one that the server has. */
const stands = (from: number, to: number | undefined) => (note: Notice) =>
  note.after !== null && note.after >= from && (!to || note.after < to);

function collect({ messages, pending, added, struggling, company }: RowInput): Bubble[] {
  const known = new Set(messages.map((message) => message.client_id));
  const out: Bubble[] = [];
  const anchored = (after: string | null) =>
    added.filter((row) => row.after === after).forEach((row) => out.push(fromAdded(row, company)));
  anchored(null);
  for (const message of messages) {
    out.push(fromMessage(message));
    anchored(message.id);
  }
  for (const item of pending) if (!known.has(item.client_id)) out.push(fromPending(item, struggling));
  return out;
}

function blank(key: string, at: string): Bubble {
  return {
    kind: 'message',
    key,
    id: null,
    ordinal: 0,
    clientId: null,
    from: 'visitor',
    name: null,
    avatar: null,
    body: '',
    html: null,
    attachments: [],
    structured: null,
    open: false,
    at,
    state: null,
    error: null,
    first: true,
    last: true,
    showState: false,
  };
}

/** The key stays the same when a pending message becomes a real one, so its element is kept. */
function fromMessage(message: Message): Bubble {
  const mine = message.from === 'visitor';
  return {
    ...blank(message.client_id ?? message.id, message.created_at),
    id: message.id,
    ordinal: message.ordinal,
    clientId: message.client_id,
    from: message.from,
    name: message.sender_name,
    avatar: message.avatar_url,
    body: message.body,
    html: message.html,
    attachments: message.attachments,
    structured: message.structured_content ?? null,
    state: mine ? (message.read ? 'read' : message.delivered ? 'delivered' : 'sent') : null,
  };
}

function fromPending(item: OutItem, struggling: boolean): Bubble {
  return {
    ...blank(item.client_id, item.created_at),
    clientId: item.client_id,
    body: item.body,
    attachments: item.attachments,
    state: item.state === 'failed' ? 'failed' : struggling ? 'retrying' : 'sending',
    error: item.error,
  };
}

function fromAdded({ client_id, created_at, body, agent }: AddedRow, company: RowInput['company']): Bubble {
  const own = { ...blank(client_id, created_at), body };
  return agent ? { ...own, from: 'agent', ...company } : own;
}

function together(a: Bubble | undefined, b: Bubble | undefined): boolean {
  if (!a || !b || a.from !== b.from || a.name !== b.name) return false;
  return dayKey(a.at) === dayKey(b.at) && Math.abs(Date.parse(b.at) - Date.parse(a.at)) < GROUP_MS;
}

function dayKey(at: string): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

export function dayLabel(date: Date, now: Date, t: Words): string {
  const start = (day: Date) => new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
  const ago = Math.round((start(now) - start(date)) / 86_400_000);
  if (ago <= 0) return t('hubbub.today');
  if (ago === 1) return t('hubbub.yesterday');
  const same = date.getFullYear() === now.getFullYear();
  return t.date(same ? 'different_day' : 'different_year', date, {
    weekday: ago < 7 ? 'long' : undefined,
    day: 'numeric',
    month: 'long',
    year: same ? undefined : 'numeric',
  });
}

/** When a message was written. Its day stands above it, so a site's own format alone names it again. */
export function timeLabel(at: string, now: Date, t: Words): string {
  const date = new Date(at);
  const same = date.getFullYear() === now.getFullYear() ? 'same_year' : 'default';
  return t.date(dayKey(at) === dayKey(now.toISOString()) ? 'same_day' : same, date, { timeStyle: 'short' });
}

/** For the list: how long ago within the hour, the time today, the day within a week, the date before that. */
export function shortDate(at: string, now: Date, t: Words): string {
  const date = new Date(at);
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  if (minutes < 1) return t('date.ago_format.now');
  if (minutes < 60) return t.count('date.ago_format.about_x_minutes', minutes);
  if (dayKey(at) === dayKey(now.toISOString())) return timeLabel(at, now, t);
  const same = date.getFullYear() === now.getFullYear();
  const shown = minutes < 6 * 1440 ? ({ weekday: 'short' } as const) : ({ day: 'numeric', month: 'short' } as const);
  return t.date(same ? 'different_day' : 'different_year', date, shown);
}
