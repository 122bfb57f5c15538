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

/** Whether a thread stands before another one, as the server orders them: who waits in a live chat, then newest activity. */
function isAhead(row: ThreadRow, other: ThreadRow): boolean {
  const [own, others] = [pressing(row), pressing(other)];
  if (own === null && others === null) return other.updated_at <= row.updated_at;
  if (own === null || others === null) return own !== null;
  return own < others || (own === others && row.id < other.id);
}

/** Where a thread stands among the fetched ones. */
function placeFor(list: ListState, row: ThreadRow): number {
  for (let index = 0; index < list.slots.length; index += 1) {
    const id = list.slots[index];
    if (id === undefined) return index;
    const other = list.rows.get(id);
    if (other && isAhead(row, other)) return index;
  }
  return list.slots.length;
}

export interface Change {
  list: ListState;
  /** The slot that the thread left, and the one it came to; -1 when there is none. */
  from: number;
  to: number;
}

/** Brings in the newest state of one thread that belongs to the list. */
export function upsert(list: ListState, row: ThreadRow): Change {
  const from = list.slots.indexOf(row.id);
  const known = list.rows.get(row.id);
  const rows = new Map(list.rows).set(row.id, row);
  const stays = known?.updated_at === row.updated_at && pressing(known) === pressing(row);
  if (from >= 0 && stays) return { list: { slots: list.slots, rows }, from, to: from };

  const slots = list.slots.slice();
  if (from >= 0) slots.splice(from, 1);
  const to = placeFor({ slots, rows }, row);
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
  return { ...list, slots: list.slots.map((id, index) => (index >= first && index < last ? id : undefined)) };
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
  if (to.folder === 'to_approve' || isOwnFolder(to.folder)) return 'unknown';
  const engaged = row.intervention !== null && row.intervention.status !== 'closed';
  if (to.folder === 'mine') return engaged && row.intervention?.user?.id === to.me;
  if (to.folder === 'everyone') return engaged;
  return !engaged && row.folder === to.folder;
}
