/** A mail as it came, letter by letter. */
import { ApiError } from '../api/http';
import type { Id } from '../api/types';

/** Where all of one is saved from, that has become a content, or that could not be taken in from a source. */
export const originalPath = (content: Id): string => `/1.0/contents/${content}/raw`;
export const parkedPath = (source: Id, item: Id): string => `/1.0/content_sources/${source}/parked_items/${item}/raw`;

/** So much of it is shown: what comes then is files. */
const SHOWN = 256 * 1024;

export interface Original {
  text: string;
  /** All of it in bytes. */
  size: number;
}

/** The beginning of the one at a path; null where it is not kept any more. */
export async function original(path: string, signal: AbortSignal): Promise<Original | null> {
  let answer: Response;
  let bytes: ArrayBuffer;
  try {
    answer = await fetch(path, { headers: { Range: `bytes=0-${SHOWN - 1}` }, credentials: 'same-origin', signal });
    bytes = await answer.arrayBuffer();
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new ApiError('unreachable', 'unreachable', 0);
  }
  if (answer.status === 404) return null;
  if (!answer.ok) throw new ApiError('unexpected', `HTTP ${answer.status}`, answer.status);
  const size = Number(/\/(\d+)$/.exec(answer.headers.get('Content-Range') ?? '')?.[1] ?? bytes.byteLength);
  // Headers are letters of one byte each; a text may be in any form, and most are in this one.
  return { text: new TextDecoder().decode(bytes.slice(0, SHOWN)), size };
}
