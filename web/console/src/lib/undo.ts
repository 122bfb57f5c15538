/** Taking back what was done in this tab: offered for a moment where it was done, and by a key, the last first, for as long as it can be. */
import { ApiError, mayPass } from './api/http';
import * as api from './api/inbox';
import type { Id } from './api/types';
import { t, tMaybe } from './i18n.svelte';
import { toasts } from './toasts.svelte';

/** How long it is offered, and how long the server takes it. */
const OFFERED = 10_000;
const TAKEN = 60_000;

/** An id of 24 digits, as the server's own are. */
const newAct = (): Id =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Something that was done, or may have been. */
export interface Act {
  id: Id;
  /** What it was done to: one thread, or several. */
  thread: Id | null;
  /** The thread's customer, or how many there are. */
  name: string;
  at: number;
  /** How it is taken back, where it was done to several. */
  back?: () => Promise<void>;
}

/** What was done, the last one at the end. */
let acts: Act[] = [];
/** What is under way: it is the last one, once it is done. */
let underWay: Promise<unknown> | null = null;

/** Where to show a thread that is back. */
let show: (thread: Id) => unknown = () => {};
export const whenBack = (go: (thread: Id) => unknown) => (show = go);

const forget = (act: Act) => (acts = acts.filter((other) => other !== act));
const said = ({ name }: Act, what: string) => t('undo.line', { name, what });

/** Begins something that can be taken back. It may have been done though no answer came. */
export function begin(thread: Id | null, name: string, back?: Act['back']): Act {
  const act: Act = { id: newAct(), thread, name, at: Date.now(), back };
  acts = [...acts.filter(({ at }) => act.at - at < TAKEN), act];
  return act;
}

/** Only a refusal says that it was not done. */
export function failed(act: Act, cause: unknown): void {
  if (!mayPass(cause)) forget(act);
}

/** Says what was done, and offers to take it back; what was done on the same thread before has been built upon. */
export function offer(act: Act, what: string): void {
  act.at = Date.now();
  const of = act.thread ?? act.id;
  toasts.drop(of);
  toasts.show('done', said(act, what), { label: t('undo.act'), run: () => void takeBack(act), of }, OFFERED);
}

/** Says what was done for good. */
export function final(act: Act, what: string): void {
  forget(act);
  toasts.done(said(act, what));
}

/** Notes what is under way. */
export function doing<T>(done: Promise<T>): Promise<T> {
  const mine = done.then(() => {
    if (underWay === mine) underWay = null;
  });
  underWay = mine;
  return done;
}

/** Takes back what was done last in this tab. */
export async function takeBackLast(): Promise<void> {
  await underWay;
  const last = acts.at(-1);
  if (last && Date.now() - last.at < TAKEN) void takeBack(last);
  else toasts.info(t('undo.nothing'));
}

async function takeBack(act: Act): Promise<void> {
  forget(act);
  toasts.drop(act.thread ?? act.id);
  try {
    if (act.back) return await act.back();
    const { thread_id, already, survey_sent } = await api.undo(act.id);
    toasts.done(said(act, t(already ? 'undo.already' : survey_sent ? 'undo.survey' : 'undo.done')));
    show(thread_id);
  } catch (cause) {
    const because = cause instanceof ApiError && cause.code === 'cannot_undo' ? cause.body.because : null;
    if (cause instanceof ApiError && cause.status === 404) return toasts.info(t('undo.nothing'));
    if (!(cause instanceof ApiError) || !because) {
      // Whether it was done nobody knows: it can be asked for again.
      acts = [...acts, act].toSorted((a, b) => a.at - b.at);
      return toasts.error(cause);
    }
    const why = tMaybe(`undo.${because}`, { name: cause.body.by?.name ?? t('thread.somebody') }) ?? t('undo.changed');
    toasts.show('error', why);
  }
}
