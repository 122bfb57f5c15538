import type { Remembered } from './types';
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

/**
 * localStorage under the source's prefix. A browser may refuse it altogether (private windows, blocked
 * third-party frames, a full quota): the widget then works for as long as the page lives.
 */
export function openKeep(token: string): Keep {
  const prefix = `hubbub:${token}:`;
  const memory: Record<string, string> = {};
  const attempt = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch {
      return undefined;
    }
  };
  const keep: Keep = {
    get(key) {
      const found = memory[key] ?? attempt(() => localStorage.getItem(prefix + key));
      return typeof found === 'string' ? found : null;
    },
    set(key, value) {
      memory[key] = value;
      attempt(() => {
        localStorage.setItem(prefix + key, value);
        // Other tabs write too, so memory may only answer for what storage did not take.
        delete memory[key];
      });
    },
    remove(key) {
      delete memory[key];
      attempt(() => localStorage.removeItem(prefix + key));
    },
    keys: (start) =>
      [...(attempt(() => Object.keys(localStorage)) ?? []), ...Object.keys(memory).map((key) => prefix + key)]
        .filter((key) => key.startsWith(prefix + start))
        .map((key) => key.slice(prefix.length)),
    remembered: () => readState(keep.get('state')),
    remember: (change) => keep.set('state', pack({ ...keep.remembered(), ...change })),
  };
  return keep;
}

/** What was remembered, out of a text that anything on the page may have written. */
export function readState(text: string | null): Remembered {
  const found = Object(unpack(text)) as Record<keyof Remembered, unknown>;
  return {
    open: found.open === true,
    engagedAt: typeof found.engagedAt === 'number' ? found.engagedAt : 0,
    thread: typeof found.thread === 'string' ? found.thread : null,
    outbox: found.outbox === true,
  };
}

/** Leaves nothing of one person for the next at the same browser. Whether the panel is open is not personal. */
export function forgetPerson(keep: Keep): void {
  for (const key of [...keep.keys('draft:'), ...keep.keys('out:')]) keep.remove(key);
  keep.remember({ engagedAt: 0, thread: null, outbox: false });
}
