/** How rows of the list are chosen: by the keyboard, by their boxes, and by a press with Shift. */
import type { Id, ThreadRow } from '../api/types';
import { choice } from './choice.svelte';
import { inbox } from './store.svelte';

/** The rows that are there, in their order. */
const there = (): ThreadRow[] => inbox.list.slots.flatMap((id) => inbox.row(id) ?? []);

/** Chooses a row, or lets it go; with `range`, all from the one before to it. */
export function choose(id: Id | null, range = false): void {
  const row = inbox.row(id ?? undefined);
  if (row && range) choice.range(there(), row.id);
  else if (row) choice.toggle(row);
}

/** Ctrl A chooses all that are there. */
export function listKeys(event: KeyboardEvent): void {
  inbox.hold();
  if (event.key !== 'a' || !(event.ctrlKey || event.metaKey) || (event.target as Element).matches('[type="search"]')) return;
  event.preventDefault();
  choice.add(there());
}

/** With Shift a press on a row chooses, and opens nothing. */
export function pressRow(event: MouseEvent, id: Id | undefined): void {
  if (!id || !event.shiftKey || event.target instanceof HTMLInputElement) return;
  event.preventDefault();
  event.stopPropagation();
  choose(id, true);
}
