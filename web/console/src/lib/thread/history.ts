/** Turns what is known of a thread into the lines of its history. */
import type { Comment, ContentView, Id, Intervention, Line, ThreadDetail, VisitPage } from '../api/types';

export type Item =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'content'; key: string; at: string; content: ContentView; opensGroup: boolean; closesGroup: boolean }
  | { kind: 'comment'; key: string; at: string; comment: Comment }
  | { kind: 'pages'; key: string; at: string; pages: VisitPage[] }
  | { kind: 'marker'; key: string; at: string; line: Line }
  /** What stands below it is new to the reader. */
  | { kind: 'new'; key: string; at: string }
  /** What one person did within a minute. */
  | { kind: 'fold'; key: string; at: string; lines: Line[] };

/** What the history reads of an intervention. */
export type Case = Pick<Intervention, 'id' | 'created_at' | 'user_replies_count'>;

/** Messages of one author this close together read as one turn. */
const TURN = 5 * 60_000;
/** Deeds of one person this close together fold, when there are so many. */
const AT_ONCE = 60_000;
const FOLDED = 3;

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export function buildHistory(
  contents: readonly ContentView[],
  noted: readonly Comment[],
  lines: readonly Line[],
  more: boolean,
  pages: readonly VisitPage[] = [],
  newSince: number | null = null,
): Item[] {
  const comments = noted.map((comment): Beside => [comment.after, { kind: 'comment', key: comment.id, at: comment.created_at, comment }]);
  const deeds = lines.map((line): Beside => [line.ordinal, { kind: 'marker', key: line.id, at: line.at, line }]);
  const visited = pages.map((page): Beside => [page.after, { kind: 'pages', key: page.id, at: page.created_at, pages: [page] }]);
  const beside = [...comments, ...deeds, ...visited].sort(
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
  const marked = newSince === null ? items : withNew(items, newSince, more);
  return group(marked);
}

/** A line above the first of the customer's words after a place; none where it would stand above all there is. */
function withNew(items: Item[], since: number, more: boolean): Item[] {
  const at = items.findIndex((item) => item.kind === 'content' && isNew(item.content, since));
  const first = items[at];
  if (!first || (!more && !items.slice(0, at).some(({ kind }) => kind === 'content'))) return items;
  return items.toSpliced(at, 0, { kind: 'new', key: 'new', at: first.at });
}

const isNew = (content: ContentView, since: number): boolean => content.ordinal > since && content.from === 'customer';

/**
 * The place after which words are new to the reader, as a thread is opened; null where none are. Who has never looked at it
 * finds new what came since it was answered last.
 */
export function newSince({ thread, contents }: Pick<ThreadDetail, 'thread' | 'contents'>): number | null {
  const read = thread.read_ordinal ?? 0;
  const answered = contents.findLast(({ from, automatic }) => from !== 'customer' && !automatic)?.ordinal ?? 0;
  const since = read || answered;
  return thread.attention_ordinal > since ? since : null;
}

/** What stands between contents, with its own place or that of what is before it. */
type Beside = [after: number, item: Exclude<Item, { kind: 'content' }>];

function group(items: Item[]): Item[] {
  const lines: Item[] = [];
  let day = '';
  for (const item of items) {
    const itsDay = new Date(item.at).toDateString();
    // What stands where it came may be of an earlier day again.
    if (itsDay !== day) lines.push({ kind: 'day', key: `day ${item.key}`, at: item.at });
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
  return folded(lines);
}

/** How many lines from one on are an act and its taking back; 0 when that is none. */
function takenBack(items: readonly Item[], at: number): number {
  const end = items.findIndex((item, place) => place >= at && !(item.kind === 'marker' && item.line.deed !== 'undone'));
  const last = items[end];
  if (last?.kind !== 'marker' || end === at) return 0;
  const act = last.line.undo_of;
  const lines = items.slice(at, end);
  return act && lines.every((item) => item.kind === 'marker' && item.line.act_id === act) ? lines.length + 1 : 0;
}

/** Folds what one person did at once. */
function folded(items: Item[]): Item[] {
  const out: Item[] = [];
  for (let at = 0; at < items.length; ) {
    const back = takenBack(items, at);
    if (back) {
      const lines = items.slice(at, at + back).flatMap((item) => (item.kind === 'marker' ? [item.line] : []));
      out.push({ kind: 'fold', key: `fold ${lines[0]!.id}`, at: lines[0]!.at, lines });
      at += back;
      continue;
    }
    const run: Line[] = [];
    for (let item = items[at]; item?.kind === 'marker' && goesOn(run, item.line) && !takenBack(items, at + run.length); item = items[at + run.length])
      run.push(item.line);
    if (run.length >= FOLDED) out.push({ kind: 'fold', key: `fold ${run[0]!.id}`, at: run[0]!.at, lines: run });
    else out.push(...items.slice(at, at + Math.max(run.length, 1)));
    at += Math.max(run.length, 1);
  }
  return out;
}

const goesOn = ([first]: Line[], next: Line): boolean =>
  !first || (!!first.by && first.by.id === next.by?.id && Date.parse(next.at) - Date.parse(first.at) <= AT_ONCE);

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

/** The same for lines, of which an answer has those of its own stretch. */
export const joinLines = (older: readonly Line[], newer: readonly Line[]): Line[] => {
  const ids = new Set(newer.map((line) => line.id));
  return [...older.filter((line) => !ids.has(line.id)), ...newer];
};

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
