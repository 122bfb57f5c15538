import { toJson } from '../../../../shared/wellformed';
import type { Attachment, Message, Thread } from '../../shared/types';

export class ApiError extends Error {
  constructor(
    /** 0 when no answer came. */
    readonly status: number,
    /** The reason where the server names one, else its code. */
    readonly error: string,
    message: string,
  ) {
    super(message);
  }

  /** Worth the same request again, later: the server is away, overloaded or restarting. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export interface Sent {
  message: Message;
  thread: Thread;
}

export interface MessagePage {
  messages: Message[];
  more: boolean;
  position: number;
}

const TIMEOUT = 20_000;
export const PAGE_SIZE = 30;

export class Api {
  constructor(
    private readonly base: string,
    private readonly secret: () => string | null,
  ) {}

  threads(): Promise<{ threads: Thread[]; position: number }> {
    return this.call('GET', 'threads');
  }

  messages(threadId: string, before?: string): Promise<MessagePage> {
    const from = before ? `&before=${before}` : '';
    return this.call('GET', `threads/${threadId}/messages?limit=${PAGE_SIZE}${from}`);
  }

  send(body: unknown): Promise<Sent> {
    return this.call('POST', 'messages', body);
  }

  read(threadId: string, messageId: string): Promise<unknown> {
    return this.call('POST', `threads/${threadId}/read`, { message_id: messageId });
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT);
    try {
      const headers: Record<string, string> = { Authorization: `Bearer ${this.secret() ?? ''}` };
      if (body) headers['Content-Type'] = 'application/json';
      const answer = await fetch(`${this.base}/${path}`, {
        method,
        headers,
        body: body ? toJson(body) : null,
        signal: abort.signal,
      });
      const text = await answer.text();
      const data = text ? JSON.parse(text) : null;
      if (!answer.ok) throw new ApiError(answer.status, data?.reason ?? data?.error ?? '', data?.message ?? '');
      return data as T;
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError(0, 'unreachable', '');
    } finally {
      clearTimeout(timer);
    }
  }

  /** By XMLHttpRequest, because fetch cannot say how far an upload has come. */
  upload(file: File, progress: (part: number) => void): { done: Promise<Attachment>; abort(): void } {
    const request = new XMLHttpRequest();
    const done = new Promise<Attachment>((resolve, reject) => {
      request.open('POST', `${this.base}/attachments`);
      request.setRequestHeader('Authorization', `Bearer ${this.secret() ?? ''}`);
      request.upload.onprogress = (event) => progress(event.loaded / (event.total || 1));
      request.onerror = request.onabort = request.ontimeout = () => reject(new ApiError(0, 'unreachable', ''));
      request.onload = () => {
        let data: (Attachment & { error?: string; reason?: string; message?: string }) | null = null;
        try {
          data = JSON.parse(request.responseText);
        } catch {
          // A proxy's page instead of an answer; the status says enough.
        }
        if (request.status < 300 && data?.id) resolve(data);
        else reject(new ApiError(request.status, data?.reason ?? data?.error ?? '', data?.message ?? ''));
      };
      const form = new FormData();
      form.append('file', file, file.name);
      request.send(form);
    });
    return { done, abort: () => request.abort() };
  }
}
