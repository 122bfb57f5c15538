/** Turns what is known of a thread into the lines of its history. */
import type { Comment, ContentView, Id, Intervention, Line, VisitPage } from '../api/types';

export type Item =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'content'; key: string; at: string; content: ContentView; opensGroup: boolean; closesGroup: boolean }
  | { kind: 'comment'; key: string; at: string; comment: Comment }
  | { kind: 'pages'; key: string; at: string; pages: VisitPage[] }
  | { kind: 'marker'; key: string; at: string; line: Line; categories: Id[] };

/** What the history reads of an intervention. */
export type Case = Pick<
  Intervention,
  'id' | 'user' | 'created_at' | 'closed_at' | 'category_ids' | 'comments' | 'user_replies_count'
>;

/** Messages of one author this close together read as one turn. */
const TURN = 5 * 60_000;

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export function buildHistory(
  contents: readonly ContentView[],
  interventions: readonly Case[],
  lines: readonly Line[],
  more: boolean,
  pages: readonly VisitPage[] = [],
): Item[] {
  const comments: Beside[] = interventions
    .flatMap((intervention) => intervention.comments)
    .map((comment) => [comment.after, { kind: 'comment', key: comment.id, at: comment.created_at, comment }]);
  const visited = pages.map((page): Beside => [page.after, { kind: 'pages', key: page.id, at: page.created_at, pages: [page] }]);
  const beside = [...comments, ...markers(contents, lines, interventions), ...visited].sort(
    ([a, one], [b, other]) => a - b || compare(one.at, other.at) || compare(one.key, other.key),
  );
  // Contents stand as the server has them. What happened before the oldest fetched one is of a page that is not here.
  const items: Item[] = [];
  let next = more ? beside.filter(([after]) => after >= (contents[0]?.ordinal ?? 0)) : beside;
  const until = (ordinal: number) => {
    const at = next.findIndex(([after]) => after >= ordinal);
    const [come, rest] = at < 0 ? [next, []] : [next.slice(0, at), next.slice(at)];
    items.push(...come.map(([, item]) => item));
    next = rest;
  };
  for (const content of contents) {
    until(content.ordinal);
    items.push({ kind: 'content', key: content.id, at: content.created_at, content, opensGroup: true, closesGroup: true });
  }
  until(Infinity);
  return group(items);
}

/** What stands between contents, with the ordinal of the one before it. */
type Beside = [after: number, item: Exclude<Item, { kind: 'content' }>];

function markers(contents: readonly ContentView[], lines: readonly Line[], interventions: readonly Case[]): Beside[] {
  const all = [...lines, ...interventions.flatMap((intervention) => untold(lines, intervention))];
  all.sort((a, b) => compare(a.at, b.at) || compare(a.id, b.id));
  // What nobody knows the place of stands by its time.
  const before = ({ at, id }: Line) =>
    contents.findLast((content) => (compare(content.created_at, at) || compare(content.id, id)) < 0)?.ordinal ?? 0;
  return all.map((line) => [
    line.after ?? before(line),
    { kind: 'marker', key: line.id, at: line.at, line, categories: dispositions(line, all, interventions) },
  ]);
}

/** With which categories a case was closed: those that it has now, and so of its last end alone. */
function dispositions(line: Line, all: readonly Line[], interventions: readonly Case[]): Id[] {
  if (line.deed !== 'closed') return [];
  const last = all.findLast((other) => other.deed === 'closed' && other.intervention_id === line.intervention_id);
  return last === line ? (interventions.find((one) => one.id === line.intervention_id)?.category_ids ?? []) : [];
}

/** What a case itself tells of its beginning and its end, where no line does. */
function untold(lines: readonly Line[], { id, user, created_at, closed_at }: Case): Line[] {
  const told = (deed: Line['deed']) => lines.some((line) => line.intervention_id === id && line.deed === deed);
  const line = (key: Id, deed: Line['deed'], at: string): Line => ({
    id: key,
    after: null,
    at,
    deed,
    by: user,
    holder: user,
    intervention_id: id,
  });
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
    if (item.kind === 'pages' && previous?.kind === 'pages') {
      previous.pages = [...previous.pages, ...item.pages];
      continue;
    }
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

/** Joins pages of messages: the newer answer wins for the stretch that it covers. */
export function mergeNewest(
  known: readonly ContentView[],
  fresh: readonly ContentView[],
  freshHasMore: boolean,
): ContentView[] {
  const oldest = fresh[0];
  if (!oldest || !freshHasMore) return [...fresh];
  const freshIds = new Set(fresh.map((content) => content.id));
  const older = known.filter((content) => content.ordinal < oldest.ordinal);
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
export function hasAgentReply(intervention: Case, contents: readonly ContentView[]): boolean {
  if (intervention.user_replies_count > 0) return true;
  return contents.some(
    (content) =>
      content.from === 'agent' &&
      (content.intervention_id === intervention.id ||
        (content.intervention_id === null && content.created_at >= intervention.created_at)),
  );
}
