import type { Known } from '../../../../api';
import { del, get, post, put, request, type Query } from './http';
import type { FolderRef, Id } from './types';

export interface ListQuery {
  folder: FolderRef;
  source: Id | null;
  /** What stands in the search box: words, and conditions of the search language. */
  text: string;
  /** The search goes through all folders. */
  everywhere: boolean;
}

export const folders = () => get('/console/folders');

export const threads = (query: ListQuery, offset: number, limit: number, signal?: AbortSignal) =>
  get(
    '/console/threads',
    { folder: query.text && query.everywhere ? 'all' : query.folder, offset, limit, source_id: query.source, q: query.text },
    signal,
  );

export const thread = (id: Id, before?: Id, signal?: AbortSignal) =>
  get(`/console/threads/${id}`, { before }, signal);

/** The threads that I have, in the order in which they wait for me. */
export const attention = () => get('/console/attention');

export const markRead = (id: Id, upto: number) => post(`/console/threads/${id}/read`, { upto });
export const markUnread = (id: Id) => post(`/console/threads/${id}/unread`);

/** The epoch of the thread on screen: what is decided there is refused when somebody else has taken the thread since. */
let epochOnScreen: () => number | null = () => null;
export const readEpochFrom = (read: () => number | null) => (epochOnScreen = read);

interface Decision {
  body?: unknown;
  query?: Query;
  /** Under which id it can be taken back. */
  act?: Id;
}
const decide = <M extends 'POST' | 'PUT' | 'DELETE', const P extends string>(method: M, path: P & Known<M, P>, decision?: Decision) =>
  request(method, path, { ...decision, ownerEpoch: epochOnScreen() });

/** Takes back what was done under an id. */
export const undo = (act: Id) => post(`/console/acts/${act}/undo`);

/** Does one thing to several threads, fifty at the most; many more go under one id. */
export const bulk = (act: Id, task: string, threads: Id[], more: object) =>
  request('POST', '/console/bulk', { body: { act_id: act, act: task, thread_ids: threads, ...more }, timeout: 60_000 });
/** Takes some of them back. */
export const bulkUndo = (act: Id) => request('POST', `/console/bulk/${act}/undo`, { timeout: 60_000 });

export const engage = (contentId: Id, ownerEpoch?: number, act?: Id) =>
  request('POST', '/1.0/interventions', { query: { content_id: contentId }, ownerEpoch, act });
export const reassign = (id: Id, userId: Id, act: Id) =>
  decide('PUT', `/1.0/interventions/${id}/reassign`, { query: { user_id: userId }, act });
export const defer = (id: Id, until: string, act: Id) =>
  decide('PUT', `/1.0/interventions/${id}/defer`, { body: { deferred_at: until }, act });

/** An epoch says that the thread may have changed hands since the reply was written: without one that is refused. */
export const approve = (contentId: Id, ownerEpoch?: number) =>
  request('PUT', `/1.0/contents/${contentId}/approve`, { ownerEpoch });
export const refuse = (contentId: Id, reason: string) => decide('PUT', `/1.0/contents/${contentId}/refuse`, { body: { reason } });

export const sendAgain = (contentId: Id) => put(`/1.0/contents/${contentId}/retry_export`);
/** For a reply of which it is not known whether it has arrived. */
export const markAsSent = (contentId: Id) => put(`/1.0/contents/${contentId}/mark_as_sent`);

/** Has something done with a content at its source: one of its `capabilities`. */
export const act = (contentId: Id, name: string) => put(`/1.0/contents/${contentId}/actions/${name}`);

/** Lets go of one that was not done: it is shown no longer. */
export const dismissAct = (contentId: Id, name: string) => del(`/1.0/contents/${contentId}/actions/${name}`);

/** The ready answers that fit a content, filled in: all of them, as a plain list. */
export const suggestions = (contentId: Id) =>
  get('/1.0/reply_assistant/suggestions', { content_id: contentId });

/** What the desk notes of a person; one of whom nothing was noted yet gets a group of their own first. */
export const savePerson = (identity: Id, group: Id | null, values: Record<string, unknown>) =>
  group ? put(`/1.0/identity_groups/${group}`, values) : post('/1.0/identity_groups', { identity_id: identity, ...values });

/** The customers of whom every word is a part of a name, an address or a phone. */
export const findPeople = (text: string, signal?: AbortSignal) => get('/console/people', { text }, signal);
/** The same who may be one person with somebody: without those of whom it was said that they are not. */
export const findAlike = (text: string, beside: Id, signal?: AbortSignal) => get('/console/people', { text, beside }, signal);
/** Says that two are not the same person: they are not offered to each other any more. */
export const notSame = (identity: Id, other: Id) => put(`/console/people/${identity}/not_same`, { other_id: other });
export const identitiesOf = (group: Id) => get('/console/people', { identity_group_id: group });

/** Takes the whole person behind an identity into another one, all or nothing. */
export const merge = (identity: Id, other: Id) => put(`/console/people/${identity}/merge`, { other_id: other });
export const unmerge = (group: Id, identity: Id) =>
  put(`/1.0/identity_groups/${group}/unmerge`, { associated_identity_id: identity });

/** Says that a mail which a filter has marked is wanted. */
export const notSpam = (content: Id) => put(`/1.0/contents/${content}/not_spam`);

/** Makes whose mail was passed on the customer. */
export const makeCustomer = (content: Id) => put(`/1.0/contents/${content}/forwarded_customer`);

/** Erases the person behind an identity, with all that was said. */
export const erase = (identity: Id) => del(`/1.0/identities/${identity}`);

export const finish = (threadId: Id, act: Id, categories?: Id[]) =>
  decide('POST', `/console/threads/${threadId}/done`, { body: categories && { category_ids: categories }, act });
export const letGo = (threadId: Id, act: Id) => decide('POST', `/console/threads/${threadId}/let_go`, { act });
/** The visitor of a chat is asked for an address of mail. */
export const askEmail = (threadId: Id) => post(`/console/threads/${threadId}/ask_email`, {});
/** Whether the visitor of a chat writes no texts of their own. */
export const switchTextInput = (threadId: Id, off: boolean) =>
  off ? put(`/1.0/content_threads/${threadId}/disable_text_input`) : put(`/1.0/content_threads/${threadId}/enable_text_input`);
export const closeThread = (threadId: Id, act: Id) => decide('PUT', `/1.0/content_threads/${threadId}/close`, { act });
export const openThread = (threadId: Id, act: Id) => decide('PUT', `/1.0/content_threads/${threadId}/open`, { act });
export const giveToBot = (threadId: Id, bot: Id, act: Id) =>
  decide('PUT', `/1.0/content_threads/${threadId}/give_to_bot`, { body: { user_id: bot }, act });
/** A content and all that came after it become a conversation of their own. */
export const splitThread = (threadId: Id, contentId: Id) =>
  post(`/1.0/content_threads/${threadId}/split`, { content_id: contentId });
/** Two conversations become one, the older of them. */
export const mergeThreads = (threadId: Id, other: Id) =>
  post(`/1.0/content_threads/${threadId}/merge`, { thread_id: other });
export const setThreadCategories = (threadId: Id, ids: Id[], act: Id) =>
  request('PUT', `/1.0/content_threads/${threadId}/update_categories`, { body: { thread_category_ids: ids }, act });
export const setThreadTags = (threadId: Id, ids: Id[], act: Id) =>
  request('PUT', `/1.0/content_threads/${threadId}/update_tags`, { body: { tag_ids: ids }, act });

export const comment = (threadId: Id, body: string, mentionIds: Id[], key: string, version: number | null) =>
  request('POST', `/console/threads/${threadId}/comments`, {
    body: { body, mention_ids: mentionIds, draft_version: version },
    idempotencyKey: key,
  });
export const removeComment = (id: Id) => request('DELETE', `/console/comments/${id}`);

/** Who can be mentioned in a comment on a conversation; who has had to do with it comes first. */
export const callable = (threadId: Id) => get(`/console/threads/${threadId}/callable`);

/** What is written; `more` is what a mail has besides. */
export interface Written {
  text: string;
  html: string | null;
  attachmentIds: Id[];
  /** As whom it is written; null for whoever one usually is there. */
  as: Id | null;
  more?: object;
}

const bodyOf = ({ text, html, attachmentIds, as, more }: Written) => ({
  ...(html === null ? { body: text } : { body: html, body_format: 'html' }),
  attachment_ids: attachmentIds,
  ...(as && { author_id: as }),
  ...more,
});

/** Browsers send a POST again by themselves when a kept connection breaks under it; the key keeps that from replying twice. */
export const reply = (inReplyTo: Id, written: Written, key: string, ownerEpoch: number) =>
  request('POST', '/1.0/contents', {
    body: { in_reply_to_id: inReplyTo, ...bodyOf(written) },
    idempotencyKey: key,
    ownerEpoch,
  });

/** Begins a conversation by mail. */
export const beginMail = (source: Id, written: Written, key: string) =>
  request('POST', '/1.0/contents', { body: { source_id: source, ...bodyOf(written) }, idempotencyKey: key });

/** Who may get a mail and what can be sent: as an answer to a content, or as a new one from a source. */
export const mailOffer = (about: { content_id: Id } | { source_id: Id }, signal?: AbortSignal) =>
  get('/console/mail_composer', about, signal);

/** Those of some addresses that do not work. */
export const deadAddresses = (addresses: readonly string[]) => get('/console/dead_addresses', { addresses });

export function upload(file: File) {
  const form = new FormData();
  form.append('file', file, file.name);
  // A large file on a slow line takes minutes, which the usual limit would cut short.
  return request('POST', '/1.0/attachments', { form, timeout: 600_000 });
}
