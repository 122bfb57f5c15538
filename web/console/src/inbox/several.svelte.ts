/** What is done to all conversations that are chosen: offered by the bar over the list, and by the keys of a single one. */
import { ApiError } from '../lib/api/http';
import * as api from '../lib/api/inbox';
import type { Id, ThreadRow } from '../lib/api/types';
import { customerName } from '../lib/customer';
import { about, t, tn, type MessageKey } from '../lib/i18n.svelte';
import { choice } from '../lib/inbox/choice.svelte';
import { inbox } from '../lib/inbox/store.svelte';
import { explain } from '../lib/refusal';
import { session } from '../lib/session.svelte';
import { toasts } from '../lib/toasts.svelte';
import { begin, doing, offer } from '../lib/undo';

/** So many go in one request, and so many are chosen at the most. */
const AT_ONCE = 50;
export const MOST = 10_000;

export const tasks = ['assign', 'categorize', 'tag', 'defer', 'done', 'let_go', 'lock', 'unlock', 'read'] as const;
export type Task = (typeof tasks)[number];

/** Those that ask something first; letting go does of a live chat alone. */
const asks = new Set<Task>(['assign', 'categorize', 'tag', 'defer', 'done']);
const keys: Record<string, Task> = { a: 'assign', 'shift a': 'let_go', s: 'defer', e: 'done', l: 'categorize', 'shift l': 'tag' };

/** What was not done, of whom, and why. */
export interface Refused {
  id: Id;
  name: string;
  why: string;
}

const liveNow = (row: ThreadRow) => row.live_chat !== null && !row.closed;

/** Why something cannot be done to a conversation, as far as its row tells; null where it can. */
export function whyNot(task: Task, row: ThreadRow): string | null {
  const { owner, state } = row;
  const had = state === 'open' || state === 'deferred';
  const others = had && owner && owner.id !== session.user.id && !session.can('update_intervention') ? owner.name : null;
  switch (task) {
    case 'done':
    case 'assign':
      return state === 'done' ? t('several.is_done') : others && t('why.not_yours', { name: others });
    case 'let_go':
      return !had ? t('several.nobody') : others && t('why.not_yours', { name: others });
    case 'defer':
      if (!had) return t('several.nobody');
      return liveNow(row) ? t('why.no_defer') : others && t('why.not_yours', { name: others });
    case 'lock':
      return row.closed ? t('several.is_locked') : null;
    case 'unlock':
      return !row.closed ? t('several.is_open') : row.live_chat ? t('error.live_chat_ended') : null;
    case 'read':
      return row.unread ? null : t('several.is_read');
    default:
      return null;
  }
}

class Several {
  /** What is asked about. */
  asking = $state<Task | null>(null);
  /** How far something that is under way has come. */
  progress = $state.raw<{ done: number; total: number } | null>(null);
  /** What was not done, while it is looked at. */
  refused = $state.raw<Refused[] | null>(null);
  /** All of the list are being looked for. */
  finding = $state(false);
  private stopped = false;

  rows = $derived([...choice.rows.values()].map((row) => inbox.row(row.id) ?? row));

  /** Whom it can be done to, and whom not. */
  split(task: Task): { fit: ThreadRow[]; unfit: Refused[] } {
    const fit: ThreadRow[] = [];
    const unfit: Refused[] = [];
    for (const row of this.rows) {
      const why = whyNot(task, row);
      if (why === null) fit.push(row);
      else unfit.push({ id: row.id, name: customerName(row), why });
    }
    return { fit, unfit };
  }

  offers(task: Task): boolean {
    if (task === 'lock' && !session.can('close_content_thread')) return false;
    if (task === 'unlock' && !session.can('open_content_thread')) return false;
    return this.rows.some((row) => whyNot(task, row) === null);
  }

  /** A key of a single conversation, for all that are chosen. */
  press(key: string): void {
    const task = keys[key];
    if (task) this.begin(task);
    else toasts.info(t('several.one_only'));
  }

  begin(task: Task): void {
    if (this.progress) return;
    const { fit, unfit } = this.split(task);
    if (fit.length === 0) return toasts.info(unfit[0]?.why ?? t('several.none'));
    if (asks.has(task) || (task === 'let_go' && fit.some(liveNow))) this.asking = task;
    else void this.run(task, {});
  }

  stop = (): void => {
    this.stopped = true;
  };

  /** Does it to all to whom it can be done, some at a time, and says how it went. */
  async run(task: Task, more: object, said = t(`several.said.${task}` as MessageKey)): Promise<void> {
    if (this.progress) return;
    const { fit, unfit } = this.split(task);
    this.asking = null;
    this.stopped = false;
    this.progress = { done: 0, total: fit.length };
    await doing(this.go(task, more, said, fit, unfit));
    this.progress = null;
  }

  private async go(task: Task, more: object, said: string, fit: ThreadRow[], unfit: Refused[]): Promise<void> {
    const names = new Map(this.rows.map((row) => [row.id, customerName(row)]));
    const fixed: Id[] = [];
    const refused = [...unfit];
    let done = 0;
    const back = () => this.takeBack(act.id, names, fixed);
    const act = begin(null, '', back);
    for (let at = 0; at < fit.length && !this.stopped; at += AT_ONCE) {
      const ids = fit.slice(at, at + AT_ONCE).map(({ id }) => id);
      try {
        const told = await api.bulk(act.id, task, ids, more);
        done += told.done.length;
        fixed.push(...told.fixed);
        refused.push(...told.refused.map((one) => refusalOf(one, names)));
      } catch (cause) {
        // Whether they were done nobody knows: the same again would do nothing twice, and undoing takes back what was.
        refused.push(...ids.map((id) => ({ id, name: names.get(id) ?? '', why: explain(cause) })));
        if (cause instanceof ApiError && cause.status === 401) break;
      }
      this.progress = { done: Math.min(at + AT_ONCE, fit.length), total: fit.length };
      inbox.takeIn();
    }
    choice.clear();
    inbox.takeIn();
    void inbox.resync();
    if (done > 0) {
      act.name = tn('several.count', done);
      if (task === 'read' || fixed.length === done) toasts.done(t('undo.line', { name: act.name, what: said }));
      else offer(act, said);
    }
    this.tell(refused, 'several.not_done');
  }

  /** Says how many were left out, and shows who and why to who asks. */
  private tell(refused: Refused[], stem: 'several.not_done' | 'several.not_back'): void {
    if (refused.length === 0) return;
    const [first] = refused;
    const text = refused.length === 1 ? about(first!.name, first!.why) : tn(stem, refused.length);
    const show = { label: t('several.show'), run: () => (this.refused = refused) };
    toasts.show('error', text, refused.length === 1 ? undefined : show);
  }

  private async takeBack(act: Id, names: Map<Id, string>, fixed: Id[]): Promise<void> {
    const kept: Refused[] = fixed.map((id) => ({ id, name: names.get(id) ?? '', why: t('undo.over') }));
    let undone = 0;
    for (let more = true; more; ) {
      const told = await api.bulkUndo(act);
      undone += told.undone.length;
      kept.push(...told.kept.map((one) => refusalOf(one, names)));
      more = told.more;
    }
    inbox.takeIn();
    void inbox.resync();
    if (undone > 0) toasts.done(t('undo.line', { name: tn('several.count', undone), what: t('undo.done') }));
    this.tell(kept, 'several.not_back');
  }

  /** Chooses all that the list has, fetched or not. */
  async all(): Promise<void> {
    if (this.finding) return;
    this.finding = true;
    const { query } = inbox;
    try {
      const found: ThreadRow[] = [];
      for (let more = true; more && found.length < MOST; ) {
        const page = await api.threads(query, found.length, 100);
        found.push(...page.records);
        more = page.records.length > 0 && found.length < page.count;
      }
      // Somebody may have gone on to another list, or want none any more.
      if (query === inbox.query && choice.on) choice.add(found.slice(0, MOST));
      if (found.length >= MOST) toasts.info(t('several.most', { n: MOST }));
    } catch (cause) {
      toasts.error(cause);
    } finally {
      this.finding = false;
    }
  }
}

type Told = Awaited<ReturnType<typeof api.bulk>>['refused'][number];

/** Why one of them was refused, in words. */
function refusalOf({ thread_id: id, refusal }: Told, names: Map<Id, string>): Refused {
  const body = refusal as Partial<ApiError['body']>;
  const cause = new ApiError(String(body.error), String(body.message), Number(body.status), body as ApiError['body']);
  const by = body.by?.name ?? body.owner?.name ?? t('thread.somebody');
  const why =
    cause.code === 'cannot_undo'
      ? t(`undo.${body.because}` as MessageKey, { name: by })
      : cause.code === 'already_engaged'
        ? t('thread.already_engaged', { name: by })
        : explain(cause);
  return { id, name: names.get(id) ?? '', why };
}

export const several = new Several();
