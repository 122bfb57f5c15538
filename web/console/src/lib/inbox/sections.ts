/** Where a list has heads, and what they say. */
import type { MessageKey } from '../i18n.svelte';
import type { ThreadRow } from '../api/types';
import { waitsForMe, type ListOrder, type ListState, type Pins } from './list';

export interface Head {
  /** The row that it stands before. */
  at: number;
  label: MessageKey;
  /** How many rows it has, as far as they are known. */
  count: number;
}

const DAY = 24 * 60 * 60 * 1000;

/** When something that is put aside comes back, in words. */
function dayOf(iso: string | null, now: number): MessageKey {
  const midnight = new Date(now);
  midnight.setHours(24, 0, 0, 0);
  const passed = Date.parse(iso ?? '') - midnight.getTime();
  if (passed < 0) return 'list.today';
  if (passed < DAY) return 'list.tomorrow';
  // Weeks begin on Mondays.
  const left = (7 - ((new Date(now).getDay() + 6) % 7) - 1) * DAY;
  return passed < left ? 'list.this_week' : 'list.later';
}

function labelOf(row: ThreadRow, order: ListOrder, now: number): MessageKey | null {
  if (order === 'attention') return waitsForMe(row) ? 'list.waits_for_you' : 'list.waits_for_customer';
  return order === 'deferred' ? dayOf(row.deferred_at, now) : null;
}

/** The heads of a list in its order. What is not fetched yet belongs to what stands before it. */
export function headsOf(list: ListState, order: ListOrder, pins: Pins, now: number): Head[] {
  const heads: Head[] = [];
  if (order !== 'attention' && order !== 'deferred') return heads;
  list.slots.forEach((id, at) => {
    const row = id === undefined ? undefined : (pins.get(id) ?? list.rows.get(id));
    const label = row ? labelOf(row, order, now) : null;
    const last = heads.at(-1);
    if (label && label !== last?.label) heads.push({ at, label, count: 1 });
    else if (last) last.count += 1;
  });
  return heads;
}

/** How many heads stand above a row. */
export const headsAbove = (heads: readonly Head[], index: number): number =>
  heads.filter((head) => head.at <= index).length;
