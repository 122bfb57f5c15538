import { t } from './i18n.svelte';
import { explain } from './refusal';

export interface Toast {
  id: number;
  kind: 'done' | 'error' | 'info';
  text: string;
  action?: { label: string; run: () => void; of?: string };
  /** Since when it is there. */
  at: number;
  /** It stays until it is read. */
  lasts: boolean;
}

/** What offers something to do takes longer to be reached. */
const STAYS = { done: 4_000, info: 6_000, error: 9_000, action: 10_000 };
/** Who reads a toast keeps it, but none for longer than this. */
const LONGEST = 60_000;

/** So many are shown; what offers something goes last. */
const MOST = 4;

/** Who comes back to it has at least so long. */
const LEAST = 3_000;

/** What was said so lately is about what comes. */
const JUST_SAID = 500;

/** Why a toast stands still. */
export type Held = 'pointer' | 'focus' | 'hidden';

interface Clock {
  timer: number;
  /** How long it had left, and since when that runs. */
  left: number;
  from: number;
  by: Set<Held>;
}

class Toasts {
  all = $state<Toast[]>([]);
  private next = 1;
  private clocks = new Map<number, Clock>();

  constructor() {
    if (typeof document !== 'undefined') document.addEventListener?.('visibilitychange', () => this.look());
  }

  show(kind: Toast['kind'], text: string, action?: Toast['action'], stays = STAYS[action ? 'action' : kind]): void {
    const id = this.next++;
    const at = Date.now();
    const lasts = stays === Infinity;
    // The same again takes the place of what was said; what each of them offers is another thing.
    const before = this.all.filter((toast) => toast.action || toast.text !== text);
    while (before.length >= MOST) before.splice(before.indexOf(leastOf(before)), 1);
    this.all = [...before, { id, kind, text, action, at, lasts }];
    for (const known of this.clocks.keys()) if (!this.all.some((toast) => toast.id === known)) this.stop(known);
    if (lasts) return;
    this.clocks.set(id, { timer: this.after(id, stays), left: stays, from: at, by: new Set() });
    if (typeof document !== 'undefined' && document.hidden) this.hold(id, 'hidden');
  }

  done = (text: string, action?: Toast['action']) => this.show('done', text, action);
  info = (text: string, action?: Toast['action']) => this.show('info', text, action);
  error = (cause: unknown) => this.show('error', explain(cause));

  dismiss(id: number): void {
    this.stop(id);
    this.all = this.all.filter((toast) => toast.id !== id);
  }

  /** Takes away what offers something about a thing that is not to be had any more. */
  drop(of: string): void {
    for (const { id, action } of this.all) if (action?.of === of) this.dismiss(id);
  }

  /** What was said of a page is over once that is left, or what it was about has gone well; what has just been said is not. */
  settle(than = JUST_SAID): void {
    const now = Date.now();
    for (const { id, action, lasts, at } of this.all) if (!action && !lasts && now - at >= than) this.dismiss(id);
  }

  /** The line is back: what was said while it was lost goes, once it could be read. */
  passed(): void {
    for (const { id, text, at } of this.all) if (text === t('error.unreachable')) this.after(id, at + LEAST - Date.now());
  }

  /** Somebody who reads a toast keeps it. */
  hold(id: number, why: Held): void {
    const clock = this.clocks.get(id);
    const toast = this.all.find((toast) => toast.id === id);
    if (!clock || !toast) return;
    if (!clock.by.size) {
      clock.left -= Date.now() - clock.from;
      clearTimeout(clock.timer);
      clock.timer = this.after(id, toast.at + LONGEST - Date.now());
    }
    clock.by.add(why);
  }

  /** It goes on with what it had left, once nothing holds it any more. */
  release(id: number, why: Held): void {
    const clock = this.clocks.get(id);
    const toast = this.all.find((toast) => toast.id === id);
    if (!clock?.by.delete(why) || clock.by.size || !toast) return;
    clearTimeout(clock.timer);
    clock.from = Date.now();
    clock.left = Math.max(clock.left, LEAST);
    clock.timer = this.after(id, Math.min(clock.left, toast.at + LONGEST - clock.from));
  }

  /** In a window that nobody sees, they stand still. */
  private look(): void {
    for (const { id } of this.all) {
      if (document.hidden) this.hold(id, 'hidden');
      else this.release(id, 'hidden');
    }
  }

  private after(id: number, delay: number): number {
    return window.setTimeout(() => this.dismiss(id), Math.max(0, delay));
  }

  private stop(id: number): void {
    clearTimeout(this.clocks.get(id)?.timer);
    this.clocks.delete(id);
  }
}

const weight = ({ lasts, action }: Toast) => (lasts ? 2 : action ? 1 : 0);
/** What is missed least, and of that the oldest. */
const leastOf = (all: Toast[]): Toast => all.reduce((least, one) => (weight(one) < weight(least) ? one : least));

export const toasts = new Toasts();
