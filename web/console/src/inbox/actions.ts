/** What the keys and the buttons do to the open thread, and whether it can be done now. */
import { flushSync } from 'svelte';
import * as api from '../lib/api/inbox';
import type { Id, User } from '../lib/api/types';
import { catalog } from '../lib/catalog.svelte';
import { t } from '../lib/i18n.svelte';
import { inbox } from '../lib/inbox/store.svelte';
import { draftOf } from '../lib/thread/drafts.svelte';
import { openThread } from '../lib/thread/store.svelte';
import { toasts } from '../lib/toasts.svelte';
import { ui, type DialogName } from '../lib/ui.svelte';

/** Whom a thread can be given to that no person shall have. */
export const bots = (): User[] => catalog.users.filter((user) => user.bot && user.enabled);

export const allowed = {
  get engage(): boolean {
    return Boolean(openThread.detail?.can.engage) && !openThread.active;
  },
  /** Nothing new came since the last case was closed, so working on means opening that one again. */
  get reopen(): boolean {
    const closed = openThread.lastClosed;
    const last = openThread.detail?.contents.findLast((content) => content.from === 'customer');
    return this.engage && closed !== null && (!last || last.created_at <= (closed.closed_at ?? ''));
  },
  /** A case that was put aside can be taken up before its time. */
  get resume(): boolean {
    return openThread.mine && openThread.active?.status === 'deferred' && openThread.case !== null;
  },
  get close(): boolean {
    return Boolean(openThread.detail?.can.close) && openThread.active !== null;
  },
  get reassign(): boolean {
    return Boolean(openThread.detail?.can.reassign) && openThread.active !== null;
  },
  get giveToBot(): boolean {
    return this.engage && bots().length > 0;
  },
  get archive(): boolean {
    return Boolean(openThread.detail?.can.archive);
  },
  get reply(): boolean {
    return Boolean(openThread.detail?.can.reply);
  },
};

/** Why something cannot be done, in words; a key that does nothing and says nothing looks broken. */
const why = {
  get engage(): string {
    const owner = openThread.active?.user;
    if (openThread.mine) return t('why.yours');
    return owner ? t('thread.already_engaged', { name: owner.name }) : t('why.engage');
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

export const actions = {
  async engageOrReopen() {
    if (allowed.resume) await openThread.act(() => api.engage(openThread.case!.content_id));
    else if (!allowed.engage) toasts.info(why.engage);
    else if (allowed.reopen) await openThread.reopen(openThread.lastClosed!);
    else await openThread.engage();
  },
  focusReply() {
    if (allowed.reply) focusComposer('reply');
    else toasts.info(why.reply);
  },
  focusComment() {
    if (openThread.commentable) focusComposer('comment');
    else toasts.info(t('composer.engage_to_comment'));
  },
  close: () => ask(allowed.close, 'close', () => why.change),
  defer: () => ask(allowed.close, 'defer', () => why.change),
  reassign: () => ask(allowed.reassign, 'reassign', () => why.change),
  categories: () => ask(openThread.detail !== null, 'categories', () => t('why.nothing_open')),
  giveToBot: (id: Id, name: string) =>
    openThread.act(() => api.giveToBot(openThread.id!, id), t('give_to_bot.done', { name })),
  async archive() {
    const id = openThread.id;
    if (!id || !allowed.archive) toasts.info(t('why.nothing_waits'));
    else if (await openThread.act(() => api.archive(id), t('thread.archived'))) inbox.patch(id, { unread: false });
  },
};

function focusComposer(mode: 'reply' | 'comment'): void {
  draftOf(openThread.id!).mode = mode;
  // The field may have to be drawn first. It must have the focus before the next key: that is a letter, and no shortcut.
  flushSync();
  document.getElementById('composer')?.focus();
}
