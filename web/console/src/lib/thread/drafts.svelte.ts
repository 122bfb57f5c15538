import { refusal, type Limits } from '../../../../shared/composing';
import { mayPass } from '../api/http';
import type { Attachment, Id } from '../api/types';
import { upload } from '../api/inbox';
import { t } from '../i18n.svelte';
import { draftOf as placeOf } from '../person';
import { session } from '../session.svelte';
import { explain } from '../refusal';
import { fileSize } from '../time.svelte';
import type { Conflict } from './ownership';

export interface DraftFile {
  key: string;
  name: string;
  size: number;
  type: string;
  state: 'uploading' | 'ready' | 'failed';
  id: Id | null;
  error: string | null;
}

export interface Taken {
  /** The epoch of the thread when it was begun; null when that is not known. */
  epoch: number | null;
  /** Stays the same when the same reply is tried again. */
  key: string;
  text: string;
  files: DraftFile[];
}

/**
 * What somebody is writing on one thread. The reply and the private comment are two texts, so that changing from one
 * to the other can never send a comment to the customer.
 */
export class Draft {
  mode = $state<'reply' | 'comment'>('reply');
  text = $state('');
  note = $state('');
  files = $state<DraftFile[]>([]);
  error = $state<string | null>(null);
  /** What the error is about may pass, so that the same can be tried again. */
  mayPass = $state(true);
  /** Why files were not taken, a line each. */
  refused = $state<string[]>([]);
  /** The thread changed hands under this reply: sending it all the same is a decision. */
  conflict = $state.raw<Conflict | null>(null);

  private memory;
  /** The epoch of the thread when the reply was begun. */
  private epoch: number | null = null;
  /** Replies on their way to the server: out of sight, and still saved, should the page close under them. */
  private underWay: Taken[] = [];
  private failed: Taken | null = null;
  private originals = new Map<string, File>();

  constructor(thread: Id) {
    this.memory = placeOf(session.user.id, thread);
    try {
      const saved = JSON.parse(this.memory.read() ?? '{}') as {
        text?: string;
        note?: string;
        files?: DraftFile[];
        epoch?: number | null;
      };
      this.text = saved.text ?? '';
      this.note = saved.note ?? '';
      this.files = saved.files ?? [];
      this.epoch = saved.epoch ?? null;
    } catch {
      this.memory.write(null);
    }
  }

  get ready(): boolean {
    if (this.mode === 'comment') return this.note.trim() !== '';
    const attached = this.files.length > 0 && this.files.every((file) => file.state === 'ready');
    return this.files.length > 0 ? attached : this.text.trim() !== '';
  }

  save(): void {
    const whole = [...this.underWay, this];
    const text = whole
      .map((part) => part.text)
      .filter((part) => part !== '')
      .join('\n\n');
    const files = whole.flatMap((part) => part.files).filter((file) => file.state === 'ready');
    const empty = !text && !this.note && files.length === 0;
    this.memory.write(empty ? null : JSON.stringify({ text, note: this.note, files, epoch: this.epoch }));
  }

  /** Notes the epoch under which the first letter or file of a reply was put down. */
  begun(epoch: number): void {
    const empty = this.text.trim() === '' && this.files.length === 0;
    if (empty) this.epoch = null;
    else this.epoch ??= epoch;
  }

  /** Takes the reply out of the composer, to be followed by `delivered` or `giveBack`. */
  take(): Taken {
    const again = this.failed && this.failed.text === this.text && sameFiles(this.failed.files, this.files);
    const key = again ? this.failed!.key : newKey();
    const taken = { key, text: this.text, files: this.files, epoch: this.epoch };
    this.failed = null;
    this.underWay.push(taken);
    this.text = '';
    this.files = [];
    this.epoch = null;
    this.error = null;
    this.refused = [];
    this.conflict = null;
    return taken;
  }

  delivered(taken: Taken): void {
    this.underWay = this.underWay.filter((other) => other !== taken);
    this.save();
  }

  /**
   * Puts a reply that could not be sent back, before anything written since. Its key is good again only while nobody
   * knows whether it arrived: after an answer, sending it again is another attempt.
   */
  giveBack(taken: Taken, error: string, why: { unanswered?: boolean; mayPass?: boolean; conflict?: Conflict | null } = {}): void {
    this.underWay = this.underWay.filter((other) => other !== taken);
    this.failed = why.unanswered ? taken : null;
    this.conflict = why.conflict ?? null;
    this.epoch = why.conflict?.epoch ?? taken.epoch;
    this.text = [taken.text, this.text].filter((part) => part.trim()).join('\n\n');
    this.files = [...taken.files, ...this.files];
    this.error = error;
    this.mayPass = why.mayPass ?? true;
    this.mode = 'reply';
    this.save();
  }

  /** Puts a reply that was not wanted back, to be written better: before what is there, with its files sent anew. */
  async takeUp(text: string, attachments: Attachment[], limits: Limits): Promise<void> {
    this.text = [text, this.text].filter((part) => part.trim()).join('\n\n');
    this.mode = 'reply';
    this.save();
    for (const { url, filename, content_type } of attachments) {
      try {
        const answer = await fetch(new URL(url, location.href).pathname);
        if (!answer.ok) throw new Error(answer.statusText);
        this.attach([new File([await answer.blob()], filename, { type: content_type })], limits);
      } catch {
        this.refused.push(t('composer.file_lost', { name: filename }));
      }
    }
  }

  /** Sends files up at once. Those that would be refused do not enter, and it is said why. */
  attach(files: Iterable<File>, limits: Limits): void {
    this.refused = [];
    for (const file of files) {
      const why = refusal(file, limits);
      if (why) {
        this.refused.push(t(`composer.${why}`, { name: file.name, size: fileSize(limits.max_bytes ?? 0) }));
        continue;
      }
      const key = newKey();
      this.originals.set(key, file);
      this.files.push({
        key,
        name: file.name,
        size: file.size,
        type: file.type,
        state: 'uploading',
        id: null,
        error: null,
      });
      void this.upload(key);
    }
  }

  retry(key: string): void {
    void this.upload(key);
  }

  detach(key: string): void {
    this.files = this.files.filter((file) => file.key !== key);
    this.originals.delete(key);
    this.save();
  }

  private async upload(key: string): Promise<void> {
    const file = this.originals.get(key);
    if (!file) return;
    this.change(key, { state: 'uploading', error: null });
    try {
      const done: Attachment = await upload(file);
      this.change(key, { state: 'ready', id: done.id });
      this.originals.delete(key);
      this.save();
    } catch (cause) {
      if (mayPass(cause)) this.change(key, { state: 'failed', error: explain(cause) });
      else {
        this.detach(key);
        this.refused.push(t('composer.file_refused', { name: file.name, reason: explain(cause) }));
      }
    }
  }

  private change(key: string, change: Partial<DraftFile>): void {
    const file = this.files.find((candidate) => candidate.key === key);
    if (file) Object.assign(file, change);
  }
}

/** Pages without a secure origin have no `randomUUID`. */
export const newKey = (): string =>
  crypto.randomUUID?.() ??
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join('-');

const sameFiles = (a: DraftFile[], b: DraftFile[]) =>
  a.map((file) => file.id).join() === b.map((file) => file.id).join();

const drafts = new Map<Id, Draft>();

export function draftOf(thread: Id): Draft {
  const draft = drafts.get(thread) ?? new Draft(thread);
  drafts.set(thread, draft);
  return draft;
}
