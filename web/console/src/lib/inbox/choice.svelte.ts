import type { Id, ThreadRow } from '../api/types';

/** The conversations that are chosen in the list, each as its row was when it was. */
class Choice {
  rows = $state.raw<ReadonlyMap<Id, ThreadRow>>(new Map());
  /** Each row shows where it is chosen, though none is yet. */
  open = $state(false);
  on = $derived(this.open || this.rows.size > 0);
  /** Where a range begins. */
  private from: Id | null = null;

  toggle(row: ThreadRow): void {
    const rows = new Map(this.rows);
    if (!rows.delete(row.id)) rows.set(row.id, row);
    this.rows = rows;
    this.from = row.id;
  }

  /** All from the one that was chosen last to this one, of a list of rows. */
  range(list: ThreadRow[], to: Id): void {
    const end = list.findIndex(({ id }) => id === to);
    const begin = list.findIndex(({ id }) => id === (this.from ?? to));
    if (end < 0) return;
    const from = begin < 0 ? end : begin;
    this.add(list.slice(Math.min(from, end), Math.max(from, end) + 1));
    this.from ??= to;
  }

  add(list: ThreadRow[]): void {
    this.rows = new Map([...this.rows, ...list.map((row) => [row.id, row] as const)]);
  }

  clear = (): void => {
    this.rows = new Map();
    this.open = false;
    this.from = null;
  };
}

export const choice = new Choice();
