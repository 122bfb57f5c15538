/** Turns what is known of a thread into the lines of its history. */
import type { Comment, ContentView, Id, Intervention } from '../api/types';

export type Item =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'content'; key: string; at: string; content: ContentView; opensGroup: boolean; closesGroup: boolean }
  | { kind: 'comment'; key: string; at: string; comment: Comment }
  | { kind: 'marker'; key: string; at: string; what: 'opened' | 'closed'; intervention: Intervention };

/** Messages of one author this close together read as one turn. */
const TURN = 5 * 60_000;

/** Within one second: a case opens before what is written in it and closes after it, and ids grow with time. */
function order(a: Item, b: Item): number {
  const byTime = compare(a.at, b.at);
  return byTime || rank(a) - rank(b) || compare(a.key, b.key);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const rank = (item: Item) => (item.kind !== 'marker' ? 1 : item.what === 'opened' ? 0 : 2);

export function buildHistory(
  contents: readonly ContentView[],
  interventions: readonly Intervention[],
  more: boolean,
): Item[] {
  // What happened before the oldest fetched message belongs to a page that is not here yet.
  const since = more ? (contents[0]?.created_at ?? '') : '';
  const events: Item[] = interventions
    .flatMap((intervention) => eventsOf(intervention))
    .filter((item) => item.at >= since);
  const messages: Item[] = contents.map((content) => ({
    kind: 'content',
    key: content.id,
    at: content.created_at,
    content,
    opensGroup: true,
    closesGroup: true,
  }));
  return group([...events, ...messages].sort(order));
}

function eventsOf(intervention: Intervention): Item[] {
  const marker = (what: 'opened' | 'closed', at: string): Item => ({
    kind: 'marker',
    key: `${intervention.id} ${what}`,
    at,
    what,
    intervention,
  });
  const items: Item[] = [marker('opened', intervention.created_at)];
  for (const comment of intervention.comments)
    items.push({ kind: 'comment', key: comment.id, at: comment.created_at, comment });
  if (intervention.closed_at) items.push(marker('closed', intervention.closed_at));
  return items;
}

function group(items: Item[]): Item[] {
  const lines: Item[] = [];
  let day = '';
  for (const item of items) {
    const itsDay = new Date(item.at).toDateString();
    if (itsDay !== day) lines.push({ kind: 'day', key: `day ${itsDay}`, at: item.at });
    day = itsDay;
    const previous = lines.at(-1);
    if (item.kind === 'content' && previous?.kind === 'content' && sameTurn(previous.content, item.content)) {
      item.opensGroup = false;
      previous.closesGroup = false;
    }
    lines.push(item);
  }
  return lines;
}

function sameTurn(a: ContentView, b: ContentView): boolean {
  return (
    a.from === b.from &&
    a.author?.id === b.author?.id &&
    a.creator?.id === b.creator?.id &&
    Date.parse(b.created_at) - Date.parse(a.created_at) < TURN
  );
}

/** Joins pages of messages: the newer answer wins for the stretch of time that it covers. */
export function mergeNewest(
  known: readonly ContentView[],
  fresh: readonly ContentView[],
  freshHasMore: boolean,
): ContentView[] {
  const oldest = fresh[0];
  if (!oldest || !freshHasMore) return [...fresh];
  const freshIds = new Set(fresh.map((content) => content.id));
  const older = known.filter((content) => content.created_at <= oldest.created_at && !freshIds.has(content.id));
  // Without a message in common there may be a gap between the two, and a gap must not look like a conversation.
  const meets = known.some((content) => freshIds.has(content.id));
  return meets ? [...older, ...fresh] : [...fresh];
}

export function mergeOlder(older: readonly ContentView[], known: readonly ContentView[]): ContentView[] {
  const ids = new Set(known.map((content) => content.id));
  return [...older.filter((content) => !ids.has(content.id)), ...known];
}

/** The message that a reply answers: the customer's last, or the last of all when an agent began the thread. */
export function answerable(contents: readonly ContentView[]): Id | null {
  return (contents.findLast((content) => content.from === 'customer') ?? contents.at(-1))?.id ?? null;
}

/** A case without a reply cannot be closed, only cancelled. */
export function hasAgentReply(intervention: Intervention, contents: readonly ContentView[]): boolean {
  if (typeof intervention.user_replies_count === 'number' && intervention.user_replies_count > 0) return true;
  return contents.some(
    (content) =>
      content.from === 'agent' &&
      (content.intervention_id === intervention.id ||
        (content.intervention_id === null && content.created_at >= intervention.created_at)),
  );
}
