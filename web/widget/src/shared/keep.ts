import type { Bridge, Remembered } from './types';
import { pack, unpack } from './json';

export interface Keep {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** The keys that start with `start`, without the source's prefix. */
  keys(start: string): string[];
  remembered(): Remembered;
  remember(change: Partial<Remembered>): void;
}

type Kept = Pick<Bridge, 'token' | 'config' | 'wanted' | 'visitor' | 'keep'>;

/** What the manager and the panel share: what one of them has kept, the other one finds, wherever it is kept. */
export const openKeep = (bridge: Kept): Keep => (bridge.keep ??= makeKeep(bridge));

/**
 * localStorage under the source's prefix. A browser may refuse it altogether (private windows, blocked
 * third-party frames, a full quota), and a site may have to ask its visitors first: the widget then works for as long as
 * the page lives.
 */
function makeKeep(bridge: Kept): Keep {
  const prefix = `hubbub:${bridge.token}:`;
  let { visitor } = bridge;
  let own: Record<string, string> = {};
  /** What this page alone knows, of one visitor: the next one finds nothing of it. */
  const memory = () => (visitor === bridge.visitor ? own : ((visitor = bridge.visitor), (own = {})));
  const may = () => !bridge.config.source.asks_consent || bridge.wanted.consent === true;
  const attempt = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch {
      return undefined;
    }
  };
  /** Whether the panel is open is each tab's own; what a new one begins with is remembered. */
  const storeOf = (key: string) => (/\bopen$/.test(key) ? sessionStorage : localStorage);
  const keep: Keep = {
    get: (key) => textOf(memory()[prefix + key] ?? attempt(() => may() && storeOf(key).getItem(prefix + key))),
    set(key, value) {
      const all = memory();
      all[prefix + key] = value;
      if (!may()) return;
      attempt(() => {
        for (const one in all) {
          storeOf(one).setItem(one, all[one]!);
          // Other tabs write too, so memory may only answer for what storage did not take.
          delete all[one];
        }
      });
    },
    remove(key) {
      delete memory()[prefix + key];
      attempt(() => storeOf(key).removeItem(prefix + key));
    },
    keys: (start) =>
      Object.keys({ ...attempt(() => localStorage), ...memory() })
        .filter((key) => key.startsWith(prefix + start))
        .map((key) => key.slice(prefix.length)),
    remembered: () => readState(keep.get('state')),
    remember: (change) => keep.set('state', pack({ ...keep.remembered(), ...change })),
  };
  return keep;
}

/** A storage may lie, and a page may write what it likes. */
const textOf = (found: unknown): string | null => (typeof found === 'string' ? found : null);

/** What was remembered, out of a text that anything on the page may have written. */
export function readState(text: string | null): Remembered {
  const found = Object(unpack(text)) as Record<keyof Remembered, unknown>;
  return {
    open: found.open === true,
    engagedAt: typeof found.engagedAt === 'number' ? found.engagedAt : 0,
    thread: textOf(found.thread),
    outbox: found.outbox === true,
    left: textOf(found.left),
  };
}

/** Leaves nothing of one person for the next at the same browser. Whether the panel is open is not personal. */
export function forgetPerson(keep: Keep): void {
  for (const key of [...keep.keys('draft:'), ...keep.keys('out:'), 'agreed']) keep.remove(key);
  keep.remember({ engagedAt: 0, thread: null, outbox: false });
}
