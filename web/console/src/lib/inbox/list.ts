/**
 * The thread list as plain data: a row of slots as long as the folder, filled window by window.
 * An empty slot is a thread that exists and has not been fetched. No thread ever stands in two slots.
 */
import type { FolderRef, Id, ThreadRow } from '../api/types';
import { isOwnFolder } from '../folders';

export interface ListState {
  slots: (Id | undefined)[];
  rows: Map<Id, ThreadRow>;
}

export interface Belonging {
  folder: FolderRef;
  source: Id | null;
  text: string;
  everywhere: boolean;
  me: Id;
}

/** In which order a list stands; the server's. */
export type ListOrder = 'attention' | 'waiting' | 'deferred' | 'done' | 'oldest' | 'activity';

/** The rows that hold their places while they are looked at, as they were when that began. */
export type Pins = ReadonlyMap<Id, ThreadRow>;
export const noPins: Pins = new Map();

export const emptyList = (): ListState => ({ slots: [], rows: new Map() });

/** Puts one fetched window in its place. A thread that moved since an earlier fetch leaves a hole where it stood. */
export function placeWindow(list: ListState, offset: number, records: ThreadRow[], count: number): ListState {
  const slots = Array.from({ length: count }, (_, index) => list.slots[index]);
  const arriving = new Set(records.map((row) => row.id));
  for (let index = 0; index < slots.length; index += 1) {
    const id = slots[index];
    if (id !== undefined && arriving.has(id)) slots[index] = undefined;
  }
  const rows = new Map(list.rows);
  records.forEach((row, index) => {
    if (offset + index >= count) return;
    slots[offset + index] = row.id;
    rows.set(row.id, row);
  });
  return { slots, rows };
}

/** Since when the visitor of a live chat waits, for somebody or for an answer. */
export const pressing = (row: ThreadRow | undefined): string | null => row?.live_chat?.pressing_since ?? null;

/** Whether a live chat has ended: what is left is to say how. */
const isOver = (row: ThreadRow): boolean => row.live_chat !== null && row.closed;

/** Whether a thread that I have waits for me: its customer does, my answer came to nothing, it is marked, or it has ended. */
export const waitsForMe = (row: ThreadRow): boolean =>
  !row.to_approve && (row.waiting_since !== null || row.trouble !== null || row.marked === true || isOver(row));

/** The order of a list; what is searched for stands by its last activity. */
export function orderOf({ folder, text }: Pick<Belonging, 'folder' | 'text'>): ListOrder {
  if (text) return 'activity';
  const orders: Record<string, ListOrder> = {
    mine: 'attention',
    unassigned: 'waiting',
    deferred: 'deferred',
    done: 'done',
    to_approve: 'oldest',
  };
  return orders[folder] ?? 'activity';
}

/** A part of what a thread is sorted by; where it is turned round, the greatest stands first. */
type Part = { by: string | number; turned?: true };

/** What a thread is sorted by, part by part. */
function rank(row: ThreadRow, order: ListOrder): Part[] {
  const newest: Part = { by: row.updated_at, turned: true };
  const live = pressing(row);
  if (live !== null && (order === 'attention' || order === 'waiting' || order === 'activity'))
    return [{ by: 0 }, { by: live }, { by: row.id }];
  switch (order) {
    case 'attention':
      return waitsForMe(row)
        ? [{ by: 1 }, { by: row.unread ? 0 : 1 }, { by: row.waiting_since ?? row.updated_at }, newest]
        : [{ by: 2 }, newest];
    case 'waiting':
      return [{ by: 1 }, { by: row.waiting_since ?? row.updated_at }, { by: row.id }];
    case 'deferred':
      return [{ by: 1 }, { by: row.deferred_at ?? '' }, { by: row.id }];
    case 'done':
      return [{ by: 1 }, { by: row.done_at ?? row.updated_at, turned: true }];
    case 'oldest':
      return [{ by: 1 }, { by: row.updated_at }];
    default:
      return [{ by: 1 }, newest];
  }
}

/** Whether a thread stands before another one, or where that does. */
function isAhead(row: ThreadRow, other: ThreadRow, order: ListOrder): boolean {
  const [own, others] = [rank(row, order), rank(other, order)];
  for (const [place, part] of own.entries()) {
    const beside = others[place];
    if (beside && part.by !== beside.by) return part.by < beside.by !== Boolean(part.turned);
  }
  return true;
}

/** Where a thread stands among the fetched ones. */
function placeFor(list: ListState, row: ThreadRow, order: ListOrder, pins: Pins): number {
  for (let index = 0; index < list.slots.length; index += 1) {
    const id = list.slots[index];
    if (id === undefined) return index;
    const other = pins.get(id) ?? list.rows.get(id);
    if (other && isAhead(row, other, order)) return index;
  }
  return list.slots.length;
}

export interface Change {
  list: ListState;
  /** The slot that the thread left, and the one it came to; -1 when there is none. */
  from: number;
  to: number;
}

/** Brings in the newest state of one thread that belongs to the list. The one that is looked at keeps its place. */
export function upsert(list: ListState, row: ThreadRow, order: ListOrder = 'activity', pins = noPins): Change {
  const from = list.slots.indexOf(row.id);
  const known = list.rows.get(row.id);
  const rows = new Map(list.rows).set(row.id, row);
  const stays = known && (pins.has(row.id) || JSON.stringify(rank(known, order)) === JSON.stringify(rank(row, order)));
  if (from >= 0 && stays) return { list: { slots: list.slots, rows }, from, to: from };

  const slots = list.slots.slice();
  if (from >= 0) slots.splice(from, 1);
  const to = placeFor({ slots, rows }, row, order, pins);
  slots.splice(to, 0, row.id);
  return { list: { slots, rows }, from, to };
}

/** Refreshes a row where it stands, and does nothing when it is not there. */
export function refresh(list: ListState, row: ThreadRow): ListState {
  return list.rows.has(row.id) ? { slots: list.slots, rows: new Map(list.rows).set(row.id, row) } : list;
}

export function remove(list: ListState, id: Id): Change {
  const from = list.slots.indexOf(id);
  if (from < 0) return { list, from, to: -1 };
  const slots = list.slots.slice();
  slots.splice(from, 1);
  const rows = new Map(list.rows);
  rows.delete(id);
  return { list: { slots, rows }, from, to: -1 };
}

/** Drops what is fetched outside of some windows, so that it is asked for again when it comes into view. */
export function forgetOutside(list: ListState, first: number, last: number): ListState {
  const slots = list.slots.map((id, index) => (index >= first && index < last ? id : undefined));
  const kept = new Set(slots);
  return { slots, rows: new Map([...list.rows].filter(([id]) => kept.has(id))) };
}

/** Whether there are threads in it that have not been fetched. */
export const hasHoles = (list: ListState): boolean => list.slots.includes(undefined);

/** The list as long as it is known to be: what is not fetched gives way, or comes, from the end. */
export function withCount(list: ListState, count: number): ListState {
  const slots = list.slots.slice();
  while (slots.length < count) slots.push(undefined);
  for (let index = slots.length - 1; index >= 0 && slots.length > count; index -= 1) {
    if (slots[index] === undefined) slots.splice(index, 1);
  }
  return { ...list, slots };
}

/** Whether the list shows a thread: 'unknown' when only the server can tell. */
export function belongs(row: ThreadRow, to: Belonging): boolean | 'unknown' {
  if (to.source && row.source?.id !== to.source) return false;
  if (to.text && to.everywhere) return 'unknown';
  const inFolder = folderHolds(row, to);
  return inFolder === true && to.text ? 'unknown' : inFolder;
}

function folderHolds(row: ThreadRow, to: Belonging): boolean | 'unknown' {
  // What they hold depends on more than a row tells.
  if (isOwnFolder(to.folder)) return 'unknown';
  switch (to.folder) {
    case 'mine':
      return row.state === 'open' && row.owner?.id === to.me;
    case 'open':
      return row.state === 'open' || row.state === 'unassigned';
    case 'to_approve':
      return row.to_approve;
    default:
      return row.state === to.folder;
  }
}
