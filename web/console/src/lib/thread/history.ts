/** Turns what is known of a thread into the lines of its history. */
import type { Comment, ContentView, Id, Intervention, Line } from '../api/types';

export type Item =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'content'; key: string; at: string; content: ContentView; opensGroup: boolean; closesGroup: boolean }
  | { kind: 'comment'; key: string; at: string; comment: Comment }
  | { kind: 'marker'; key: string; at: string; line: Line; categories: Id[] };

type Marker = Extract<Item, { kind: 'marker' }>;

/** Messages of one author this close together read as one turn. */
const TURN = 5 * 60_000;

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export function buildHistory(
  contents: readonly ContentView[],
  interventions: readonly Intervention[],
  lines: readonly Line[],
  more: boolean,
): Item[] {
  // What happened before the oldest fetched message belongs to a page that is not here yet.
  const since = more ? (contents[0]?.created_at ?? '') : '';
  const messages: Item[] = contents.map((content) => ({
    kind: 'content',
    key: content.id,
    at: content.created_at,
    content,
    opensGroup: true,
    closesGroup: true,
  }));
  const comments: Item[] = interventions
    .flatMap((intervention) => intervention.comments)
    .map((comment) => ({ kind: 'comment', key: comment.id, at: comment.created_at, comment }));
  // Times are whole seconds; ids of all kinds grow with time.
  const items = [...messages, ...comments, ...markers(lines, interventions)].sort(
    (a, b) => compare(a.at, b.at) || compare(a.key, b.key),
  );
  return group(items.filter((item) => item.kind === 'content' || item.at >= since));
}

function markers(lines: readonly Line[], interventions: readonly Intervention[]): Marker[] {
  const all = [...lines, ...interventions.flatMap((intervention) => untold(lines, intervention))];
  all.sort((a, b) => compare(a.id, b.id));
  return all.map((line) => ({
    kind: 'marker',
    key: line.id,
    at: line.at,
    line,
    categories: dispositions(line, all, interventions),
  }));
}

/** With which categories a case was closed: those that it has now, and so of its last end alone. */
function dispositions(line: Line, all: readonly Line[], interventions: readonly Intervention[]): Id[] {
  if (line.deed !== 'closed') return [];
  const last = all.findLast((other) => other.deed === 'closed' && other.intervention_id === line.intervention_id);
  return last === line ? (interventions.find((one) => one.id === line.intervention_id)?.category_ids ?? []) : [];
}

/** What a case itself tells of its beginning and its end, where no line does. */
function untold(lines: readonly Line[], { id, user, created_at, closed_at }: Intervention): Line[] {
  const told = (deed: Line['deed']) => lines.some((line) => line.intervention_id === id && line.deed === deed);
  const line = (key: Id, deed: Line['deed'], at: string): Line => ({ id: key, at, deed, by: user, holder: user, intervention_id: id });
  return [
    ...(told('opened') ? [] : [line(id, 'opened', created_at)]),
    // Whatever was said within that second comes before it.
    ...(closed_at && !told('closed') ? [line(`~${id}`, 'closed', closed_at)] : []),
  ];
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
