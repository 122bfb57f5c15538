/** What the keys and the buttons do to the open thread, and whether it can be done now. */
import * as api from '../lib/api/inbox';
import type { Id, User } from '../lib/api/types';
import { catalog } from '../lib/catalog.svelte';
import { t } from '../lib/i18n.svelte';
import { inbox } from '../lib/inbox/store.svelte';
import { draftOf } from '../lib/thread/drafts.svelte';
import { openThread } from '../lib/thread/store.svelte';
import { toasts } from '../lib/toasts.svelte';
import { ui } from '../lib/ui.svelte';

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

export const actions = {
  async engageOrReopen() {
    if (allowed.resume) {
      await openThread.act(() => api.engage(openThread.case!.content_id));
      return;
    }
    if (!allowed.engage) {
      const owner = openThread.active?.user;
      if (owner && !openThread.mine) toasts.info(t('thread.already_engaged', { name: owner.name }));
      return;
    }
    const done = allowed.reopen ? await openThread.reopen(openThread.lastClosed!) : await openThread.engage();
    if (done) actions.focusReply();
  },
  focusReply() {
    focusComposer('reply');
  },
  focusComment() {
    focusComposer('comment');
  },
  close() {
    if (allowed.close) ui.open('close');
  },
  defer() {
    if (allowed.close) ui.open('defer');
  },
  reassign() {
    if (allowed.reassign) ui.open('reassign');
  },
  categories() {
    if (openThread.detail) ui.open('categories');
  },
  giveToBot: (id: Id, name: string) =>
    openThread.act(() => api.giveToBot(openThread.id!, id), t('give_to_bot.done', { name })),
  async archive() {
    const id = openThread.id;
    if (id && allowed.archive && (await openThread.act(() => api.archive(id), t('thread.archived'))))
      inbox.patch(id, { unread: false });
  },
};

function focusComposer(mode: 'reply' | 'comment'): void {
  if (!openThread.id || (mode === 'reply' && !allowed.reply) || (mode === 'comment' && !openThread.commentable)) return;
  draftOf(openThread.id).mode = mode;
  // The field may have to be drawn first.
  requestAnimationFrame(() => document.getElementById('composer')?.focus());
}
