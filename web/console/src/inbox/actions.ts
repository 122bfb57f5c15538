/** What the keys and the buttons do to the open thread, and whether it can be done now. */
import { flushSync, onDestroy } from 'svelte';
import * as api from '../lib/api/inbox';
import type { Id, User } from '../lib/api/types';
import { catalog } from '../lib/catalog.svelte';
import { t } from '../lib/i18n.svelte';
import { session } from '../lib/session.svelte';
import { draftOf } from '../lib/thread/drafts.svelte';
import { openThread } from '../lib/thread/store.svelte';
import { toasts } from '../lib/toasts.svelte';
import { ui, type DialogName } from '../lib/ui.svelte';

/** Whom a thread can be given to that no person shall have. */
export const bots = (): User[] => catalog.users.filter((user) => user.bot && user.enabled);

export const allowed = {
  get engage(): boolean {
    return Boolean(openThread.detail?.can.engage) && !openThread.active && !isSettled();
  },
  /** Nothing new came since the last case was closed, so working on means opening that one again. */
  get reopen(): boolean {
    const closed = openThread.lastClosed;
    const last = openThread.detail?.contents.findLast((content) => content.from === 'customer');
    return this.engage && closed !== null && !isEnded() && (!last || last.created_at <= (closed.closed_at ?? ''));
  },
  /** A case that was put aside can be taken up before its time. */
  get resume(): boolean {
    return openThread.mine && openThread.active?.status === 'deferred' && openThread.case !== null;
  },
  get done(): boolean {
    const { can } = openThread.detail ?? {};
    return openThread.active ? Boolean(can?.close) : Boolean(can?.archive);
  },
  /** The visitor of a live chat is there, or has gone for good: nothing of it is put aside. */
  get defer(): boolean {
    return Boolean(openThread.detail?.can.close) && openThread.active !== null && !openThread.detail?.thread.live_chat;
  },
  get assign(): boolean {
    return Boolean(openThread.detail?.can.reassign) && openThread.active !== null;
  },
  get letGo(): boolean {
    return openThread.active !== null && (openThread.mine || session.can('update_intervention'));
  },
  get giveToBot(): boolean {
    return this.engage && !isEnded() && bots().length > 0;
  },
  /** Mails may have joined the wrong conversation. */
  get merge(): boolean {
    return this.reply && Boolean(openThread.detail?.contents.some((content) => content.mail));
  },
  get split(): boolean {
    return this.merge && (openThread.detail?.contents.length ?? 0) > 1;
  },
  get reply(): boolean {
    return Boolean(openThread.detail?.can.reply);
  },
};

/** Whether it is a live chat that goes on. */
const isLive = (): boolean => {
  const thread = openThread.detail?.thread;
  return Boolean(thread?.live_chat) && !thread?.closed;
};

/** Whether it is a live chat that has ended: it does not go on, whatever is done to it. */
const isEnded = (): boolean => {
  const thread = openThread.detail?.thread;
  return Boolean(thread?.live_chat) && Boolean(thread?.closed);
};

/** Nobody was missed in a live chat that has ended: there is nothing to take up. */
const isSettled = (): boolean => isEnded() && openThread.detail?.thread.state !== 'unassigned';

/** Why something cannot be done, in words; a key that does nothing and says nothing looks broken. */
const why = {
  get take(): string {
    const owner = openThread.active?.user;
    if (openThread.mine) return t('why.yours');
    if (owner) return t('thread.already_engaged', { name: owner.name });
    return t(isEnded() ? 'composer.chat_ended' : 'why.take');
  },
  get change(): string {
    const owner = openThread.active?.user;
    if (!openThread.active) return t('why.no_case');
    return t('why.not_yours', { name: owner?.name ?? t('thread.somebody') });
  },
  get reply(): string {
    const thread = openThread.detail?.thread;
    if (!thread?.closed) return t('composer.not_allowed');
    return t(thread.live_chat ? 'composer.chat_ended' : 'composer.thread_closed');
  },
};

/** Opens a dialog on the thread, or says why not. */
function ask(can: boolean, dialog: DialogName, reason: () => string): void {
  if (can) ui.open(dialog);
  else toasts.info(reason());
}

/** Decides what comes after the open thread, before that leaves; what it gives goes there. */
let decide: () => () => void = () => () => {};
export const whenLeaving = (next: () => () => void) => (decide = next);
/** Goes on to what comes after the open thread, which stays where it is. */
export const goOn = () => decide()();

/** Does what takes the open thread out of one's hands; the next one is opened then. Tells whether it was done. */
export async function leaving(
  run: (act: Id) => Promise<unknown>,
  done: string,
  told?: (cause: unknown) => boolean,
): Promise<boolean> {
  if (openThread.busy) return false;
  const go = decide();
  openThread.deciding = true;
  const was = await openThread.undoable(run, done, told);
  if (was) go();
  openThread.deciding = false;
  return was;
}

/** Says in a dialog why what it asks for was refused; where the dialog has gone with what it was about, the page says it. */
export function sayIn(say: (problem: string) => void): (cause: unknown) => boolean {
  let there = true;
  onDestroy(() => (there = false));
  return (cause) => {
    flushSync();
    if (there) say(openThread.wordsFor(cause));
    return there;
  };
}

export const actions = {
  async engageOrReopen() {
    if (allowed.resume) {
      const content = openThread.case!.content_id;
      await openThread.undoable((act) => api.engage(content, undefined, act), t('thread.resumed'));
    } else if (!allowed.engage) toasts.info(why.take);
    else if (allowed.reopen) await openThread.reopen(openThread.lastClosed!);
    else await openThread.engage();
  },
  focusReply() {
    if (allowed.reply) focusComposer('reply');
    else toasts.info(why.reply);
  },
  focusComment() {
    focusComposer('comment');
  },
  /** Of what nobody has there is nothing to be asked; where a live chat ends by it, there is. */
  async done() {
    const id = openThread.id!;
    // The reply that is under way takes the thread: what is asked then can be answered now.
    if (!openThread.active && openThread.answering) {
      if (allowed.engage && allowed.done) return ui.open('done');
      await openThread.settled();
      // Its reader may have gone on to another one meanwhile, of which nothing was asked; or it has come back.
      if (openThread.id !== id || openThread.opening || draftOf(id).error !== null) return;
    }
    if (openThread.active || (allowed.done && isLive())) ask(allowed.done, 'done', () => why.change);
    else if (allowed.done) await leaving((act) => api.finish(id, act), t('done.unanswered'));
    else if (allowed.engage) await this.engageOrReopen();
    else toasts.info(t('why.done'));
  },
  defer: () => ask(allowed.defer, 'defer', () => (openThread.detail?.thread.live_chat ? t('why.no_defer') : why.change)),
  assign: () => ask(allowed.assign, 'assign', () => why.change),
  async letGo() {
    const id = openThread.id!;
    if (!allowed.letGo) toasts.info(why.change);
    // Its visitor is told, and waits anew.
    else if (isLive() && ui.dialog !== 'let_go') ui.open('let_go');
    else await leaving((act) => api.letGo(id, act), t('let_go.done'));
  },
  keepUnread: () => openThread.keepUnread(),
  categories: () => ask(openThread.detail !== null, 'categories', () => t('why.nothing_open')),
  tags: () => ask(openThread.detail !== null, 'tags', () => t('why.nothing_open')),
  giveToBot: (id: Id, name: string, told?: (cause: unknown) => boolean) =>
    leaving((act) => api.giveToBot(openThread.id!, id, act), t('give_to_bot.done', { name }), told),
};

function focusComposer(mode: 'reply' | 'comment'): void {
  draftOf(openThread.id!).mode = mode;
  // The field may have to be drawn first. It must have the focus before the next key: that is a letter, and no shortcut.
  flushSync();
  document.getElementById('composer')?.focus();
}
