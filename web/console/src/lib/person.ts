/**
 * Whose this browser is. What somebody leaves in it is theirs alone: drafts carry their id, and go when they sign out or
 * when somebody else signs in. Only what belongs to the browser stays: its colours, and that its notices were not wanted.
 */
import type { Id } from './api/types';
import { forget, stored } from './stored';

const SCREEN = ['theme', 'notices-later'];
const who = stored('person');

/** The place of a draft. */
export const draftOf = (user: Id, thread: Id) => stored(`draft:${user}:${thread}`);

/** Notes who has signed in, and forgets what somebody else has left. True when this page has shown somebody else. */
export function arrived(user: Id, before: Id | null): boolean {
  forget((name) => !name.startsWith('draft:') || name.startsWith(`draft:${user}:`));
  who.write(user);
  return before !== null && before !== user;
}

/** Forgets who was here, and all that was theirs. */
export function left(): void {
  forget((name) => SCREEN.includes(name));
}

/** Calls back when another window of this browser signs out or lets somebody else in. */
export function whenSomebodyElse(here: () => Id | null, callback: () => void): void {
  addEventListener('storage', ({ key, newValue }) => {
    if (key === who.key && here() !== null && newValue !== here()) callback();
  });
}
