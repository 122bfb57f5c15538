import { get, request } from './http';
import type { Id } from './types';

/** Browsers let no more than 64 KiB go on without their page, and refuse what is longer; a letter has three bytes at the most. */
const GOES_ON = 20_000;

/** What I am writing, and where. */
export const drafts = () => get('/console/drafts');

/** Keeps it, also while the page goes. */
export const keepDraft = (threadId: Id, version: number | null, draft: object | null) =>
  request('PUT', `/console/threads/${threadId}/draft`, {
    body: { version, draft },
    keepalive: JSON.stringify(draft).length < GOES_ON,
  });
