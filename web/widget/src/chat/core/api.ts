import type { Answer, Known } from '../../../../api';
import { Own } from '../../shared/calm';
import type { Attachment, SessionAnswer } from '../../shared/types';
import { pack } from '../../shared/json';

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

/** The document's path of a chat's; what stands behind a question mark is no part of it. */
type Full<P extends string> = `/chat/${string}/${P extends `${infer Path}?${string}` ? Path : P}`;

const TIMEOUT = 20_000;
export const PAGE_SIZE = 30;

export class Api {
  constructor(
    private readonly base: string,
    private readonly secret: () => string | null,
  ) {}

  /** Opens or renews the session; the answer's secret is what makes this browser the same visitor again. */
  session(body: unknown): Promise<SessionAnswer> {
    return this.ask(new XMLHttpRequest(), 'POST', 'session', pack(body));
  }

  config() {
    return this.call('GET', 'config');
  }

  threads() {
    return this.call('GET', 'threads');
  }

  messages(threadId: string, before?: string) {
    const from = before ? `&before=${before}` : '';
    return this.call('GET', `threads/${threadId}/messages?limit=${PAGE_SIZE}${from}`);
  }

  send(body: unknown) {
    return this.call('POST', 'messages', body);
  }

  read(threadId: string, messageId: string) {
    return this.call('POST', `threads/${threadId}/read`, { message_id: messageId });
  }

  email(thread_id: string, email: string) {
    return this.call('POST', 'email', { thread_id, email });
  }

  end(threadId: string) {
    return this.call('POST', `threads/${threadId}/end`, {});
  }

  private call<M extends string, const P extends string>(method: M, path: P & Known<M, Full<P>>, body?: unknown) {
    return this.ask<Answer<M, Full<P>>>(new XMLHttpRequest(), method, path, body ? pack(body) : null);
  }

  upload(file: File, progress: (part: number) => void): { done: Promise<Attachment>; abort(): void } {
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => progress(event.loaded / (event.total || 1));
    const form = new FormData();
    form.append('file', file, file.name);
    return { done: this.ask(request, 'POST', 'attachments', form), abort: () => request.abort() };
  }

  /**
   * By XMLHttpRequest: it says how far an upload has come, which fetch cannot, it reads JSON by itself, and pages
   * replace `fetch` and `JSON` more often.
   */
  private ask<T>(request: XMLHttpRequest, method: string, path: string, body: FormData | string | null): Promise<T> {
    return new Own<T>((resolve, reject) => {
      request.onloadend = () => {
        const { status, response } = request;
        if (response && status < 300) resolve(response as T);
        // A proxy's page is no answer of the server's.
        else if (response) reject(new ApiError(status, response.reason ?? response.error ?? '', response.message ?? ''));
        else reject(new ApiError(status < 300 ? 0 : status, 'unreachable', ''));
      };
      request.open(method, `${this.base}/${path}`);
      request.responseType = 'json';
      request.setRequestHeader('Authorization', `Bearer ${this.secret() ?? ''}`);
      if (typeof body === 'string') request.setRequestHeader('Content-Type', 'application/json');
      if (!(body instanceof FormData)) request.timeout = TIMEOUT;
      request.send(body);
    });
  }
}
