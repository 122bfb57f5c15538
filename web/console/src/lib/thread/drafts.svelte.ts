import { refusal, type Limits } from '../../../../shared/composing';
import { ApiError, mayPass } from '../api/http';
import type { Attachment, Id, Mention } from '../api/types';
import { upload, type Written } from '../api/inbox';
import { t } from '../i18n.svelte';
import { type Fault, MailDraft, type MailKept, type MailSent } from '../mail/draft.svelte';
import { draftOf as placeOf } from '../person';
import { session } from '../session.svelte';
import { htmlOf } from '../text';
import { explain, problem } from '../refusal';
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
  /** Where it is shown from, once it is up. */
  url?: string;
}

export interface Taken {
  /** The version of the draft that it was; null where none is kept. */
  version: number | null;
  /** The epoch of the thread when it was begun; null when that is not known. */
  epoch: number | null;
  /** Stays the same when the same reply is tried again. */
  key: string;
  text: string;
  /** The same formatted; null for what is text alone. */
  html: string | null;
  files: DraftFile[];
  /** As whom it is written; null for whoever one usually is there. */
  as: Id | null;
  /** What a mail has besides, as it is sent and as it is put back; null for what is none. */
  mail: { sent: MailSent; kept: MailKept | undefined } | null;
}

/** A private comment on its way. */
export interface Note {
  version: number | null;
  /** Stays the same when the same comment is tried again. */
  key: string;
  text: string;
  /** Who was mentioned in it, by their names. */
  mentions: Mention[];
}

/** What was written on threads and could not be sent, by thread. */
export const unsent: Record<Id, string> = $state({});
/** The threads on which something is written and kept. */
export const drafted: Record<Id, true> = $state({});

/** What is kept of a draft. */
interface Kept {
  text?: string;
  html?: string;
  mail?: MailKept;
  note?: string;
  mentions?: Mention[];
  files?: DraftFile[];
  epoch?: number | null;
}

/** What keeps drafts beside this browser comes after the page. */
let onSave: (draft: Draft) => void = () => {};
export const whenSaved = (keep: typeof onSave) => (onSave = keep);

/**
 * What somebody is writing on one thread. The reply and the private comment are two texts, so that changing from one
 * to the other can never send a comment to the customer.
 */
export class Draft {
  mode = $state<'reply' | 'comment'>('reply');
  text = $state('');
  /** The reply formatted, while it is written so: `text` is then what those read who see text alone. */
  html = $state<string | null>(null);
  note = $state('');
  /** Who was mentioned in the comment, by their names; some of them may not stand there any more. */
  mentions: Mention[] = [];
  /** As whom the reply is written; null for whoever one usually is there. */
  as = $state<Id | null>(null);
  files = $state<DraftFile[]>([]);
  error = $state<string | null>(null);
  /** What the error is about may pass, so that the same can be tried again. */
  mayPass = $state(true);
  /** Why files were not taken, a line each. */
  refused = $state<string[]>([]);
  /** The thread changed hands under this reply: sending it all the same is a decision. */
  conflict = $state.raw<Conflict | null>(null);
  /** Of a mail. */
  readonly mail = new MailDraft();

  private memory;
  /** The epoch of the thread when the reply was begun. */
  private epoch: number | null = null;
  /** Replies on their way to the server: out of sight, and still saved, should the page close under them. */
  private underWay: Taken[] = [];
  private failed: Taken | null = null;
  private notes: Note[] = [];
  private failedNote: Note | null = null;
  private originals = new Map<string, File>();
  /** Under which version the server has it; null where it has none. */
  version: number | null = null;
  /** Something is written that the server does not have. */
  dirty = false;
  /** It is as this browser had it when the page began. */
  restored = true;
  /** What another window has written meanwhile. */
  elsewhere = $state.raw<{ draft: Kept; version: number } | null>(null);

  constructor(readonly thread: Id) {
    this.memory = placeOf(session.user.id, thread);
    try {
      const saved = JSON.parse(this.memory.read() ?? '{}') as Kept & { version?: number; dirty?: boolean };
      this.fill(saved);
      this.version = saved.version ?? null;
      this.dirty = saved.dirty ?? false;
    } catch {
      this.memory.write(null);
    }
  }

  private fill(saved: Kept): void {
    this.text = saved.text ?? '';
    this.html = saved.html ?? null;
    this.note = saved.note ?? '';
    this.mentions = saved.mentions ?? [];
    this.files = saved.files ?? [];
    this.epoch = saved.epoch ?? null;
    this.mail.restore(saved.mail);
  }

  /** Takes over what another window has written. */
  adopt(draft: Kept, version: number | null): void {
    this.fill(draft);
    [this.version, this.dirty, this.elsewhere] = [version, false, null];
    this.remember();
  }

  sameAs = ({ text = '', note = '' }: Kept): boolean => text === this.text && note === this.note;

  get ready(): boolean {
    if (this.mode === 'comment') return this.note.trim() !== '';
    const attached = this.files.length > 0 && this.files.every((file) => file.state === 'ready');
    return this.files.length > 0 ? attached : this.text.trim() !== '';
  }

  /** What is written, on its way or not; null for nothing. */
  written(): Kept | null {
    const whole = [...this.underWay, this];
    const { text, html } = joined(whole);
    const mail = this.mail.kept() ?? this.underWay.at(-1)?.mail?.kept;
    const note = joinedNotes([...this.notes, { text: this.note }]);
    const files = whole.flatMap((part) => part.files).filter((file) => file.state === 'ready');
    if (!text && !note && files.length === 0 && !mail) return null;
    const mentions = note && this.mentions.length ? { mentions: this.mentions } : {};
    return { text, ...(html && { html }), note, ...mentions, files, epoch: this.epoch, mail };
  }

  remember(): void {
    const kept = this.written();
    this.memory.write(kept && JSON.stringify({ ...kept, version: this.version, dirty: this.dirty }));
    if (!kept) this.tell(null);
  }

  save(): void {
    this.dirty = true;
    this.restored = false;
    this.remember();
    onSave(this);
  }

  /** Notes the epoch under which the first letter or file of a reply was put down. */
  begun(epoch: number): void {
    const empty = this.text.trim() === '' && this.files.length === 0;
    if (empty) this.epoch = null;
    else this.epoch ??= epoch;
  }

  /** Takes the reply out of the composer, to be followed by `delivered` or `giveBack`. */
  take(sent: MailSent | null = null): Taken {
    const mail = sent && { sent, kept: this.mail.kept() };
    const taken = { key: newKey(), text: this.text, html: this.html, files: this.files, as: this.as, epoch: this.epoch, mail, version: this.version };
    if (this.failed && isSame(this.failed, taken)) [taken.key, taken.version] = [this.failed.key, this.failed.version];
    this.failed = null;
    this.underWay.push(taken);
    this.text = '';
    if (this.html !== null) this.html = '';
    if (mail) this.mail.restore(undefined);
    this.files = [];
    this.epoch = null;
    this.tell(null);
    this.refused = [];
    this.conflict = null;
    return taken;
  }

  /** Throws away what is written. */
  clear(): void {
    [this.text, this.note, this.files, this.refused] = ['', '', [], []];
    this.tell(null);
    if (this.html !== null) this.html = '';
    this.mail.restore(undefined);
    this.save();
  }

  delivered(taken: Taken): void {
    this.underWay = this.underWay.filter((other) => other !== taken);
    this.save();
  }

  /**
   * Puts a reply that could not be sent back, before anything written since. Its key is good again only while nobody
   * knows whether it arrived: after an answer, sending it again is another attempt.
   */
  giveBack(taken: Taken, error: string, why: { unanswered?: boolean; mayPass?: boolean; conflict?: Conflict | null; fault?: Fault | null } = {}): void {
    this.underWay = this.underWay.filter((other) => other !== taken);
    this.failed = why.unanswered ? taken : null;
    this.conflict = why.conflict ?? null;
    this.epoch = why.conflict?.epoch ?? taken.epoch;
    ({ text: this.text, html: this.html } = joined([taken, this]));
    this.files = [...taken.files, ...this.files];
    this.as = taken.as;
    if (taken.mail) {
      this.mail.restore(taken.mail.kept);
      this.mail.fault = why.fault ?? null;
    }
    this.mode = 'reply';
    this.tell(error, why.mayPass);
    this.save();
  }

  /** Says why something was not sent, or that nothing is against it. */
  private tell(error: string | null, mayPass = true): void {
    [this.error, this.mayPass] = [error, mayPass];
    if (error === null) delete unsent[this.thread];
    else unsent[this.thread] = this.mode === 'comment' ? this.note : this.text;
  }

  /** Takes the comment out of the composer, to be followed by `noted` or `giveNoteBack`. */
  takeNote(): Note {
    const again = this.failedNote?.text === this.note ? this.failedNote : null;
    const taken = again ?? { key: newKey(), text: this.note, mentions: this.mentions, version: this.version };
    this.failedNote = null;
    this.notes.push(taken);
    this.note = '';
    this.tell(null);
    return taken;
  }

  noted(taken: Note): void {
    this.notes = this.notes.filter((other) => other !== taken);
    if (!this.note) this.mentions = [];
    this.save();
  }

  /** Notes who is mentioned in the comment. */
  mention(who: Mention): void {
    this.mentions = [...this.mentions.filter(({ id }) => id !== who.id), who];
  }

  /** Puts a comment that could not be sent back, before anything written since. */
  giveNoteBack(taken: Note, error: string, mayPass: boolean): void {
    this.notes = this.notes.filter((other) => other !== taken);
    this.failedNote = mayPass ? taken : null;
    this.note = joinedNotes([taken, { text: this.note }]);
    this.mode = 'comment';
    this.tell(error, mayPass);
    this.save();
  }

  /** Puts a reply that was not wanted back, to be written better: before what is there, with its files sent anew. */
  async takeUp(text: string, attachments: Attachment[], limits: Limits): Promise<void> {
    ({ text: this.text, html: this.html } = joined([{ text, html: null }, this]));
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

  /**
   * Sends files up at once. Those that would be refused do not enter, and it is said why. What is to be placed in the text is
   * told to `place` once it is up.
   */
  attach(files: Iterable<File>, limits: Limits, place?: (file: DraftFile) => void): void {
    this.refused = [];
    if (limits.extensions?.length === 0) {
      this.refused = [t('composer.no_files')];
      return;
    }
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
      void this.upload(key, place);
    }
  }

  retry(key: string): void {
    void this.upload(key);
  }

  detach(key: string): void {
    const gone = this.files.find((file) => file.key === key)?.id;
    if (gone && this.html) this.html = this.html.replaceAll(pictureOf(gone), '');
    this.files = this.files.filter((file) => file.key !== key);
    this.originals.delete(key);
    this.save();
  }

  private async upload(key: string, place?: (file: DraftFile) => void): Promise<void> {
    const file = this.originals.get(key);
    if (!file) return;
    this.change(key, { state: 'uploading', error: null });
    try {
      const done: Attachment = await upload(file);
      this.change(key, { state: 'ready', id: done.id, url: new URL(done.url, location.href).pathname });
      this.originals.delete(key);
      this.save();
      const sent = this.files.find((one) => one.key === key);
      if (sent) place?.(sent);
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

/** Whether a file can stand in the text of a mail. */
export const isPicture = (type: string): boolean => /^image\/(png|jpeg|gif|webp)$/.test(type);

/** The pictures of one file in a text, or of any. */
const pictureOf = (id = '([^"]*)') => new RegExp(`<img data-cid="${id}"[^>]*>`, 'g');

/** The files that do not stand in the text. */
export const beside = ({ html, files }: Pick<Taken, 'html' | 'files'>) => files.filter(({ id }) => !html?.includes(`<img data-cid="${id}"`));

/** As it is sent: with the pictures whose files go along. */
export const writtenOf = ({ text, html, files, as, mail, version }: Taken): Written => ({
  as,
  text: text.trim(),
  html: html?.replace(pictureOf(), (tag, id) => (files.some((file) => file.id === id) ? tag.replace('data-cid="', 'src="cid:') : '')) ?? null,
  attachmentIds: files.map((file) => file.id!),
  more: { ...mail?.sent, ...(version && { draft_version: version }) },
});

/** What is wrong with which field. */
export const faultOf = (cause: unknown): Fault | null =>
  cause instanceof ApiError && cause.field ? { field: cause.field.replace(/\W.*/, ''), problem: problem(cause) } : null;

/** Pages without a secure origin have no `randomUUID`. */
export const newKey = (): string =>
  crypto.randomUUID?.() ??
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join('-');

const joinedNotes = (notes: readonly { text: string }[]) =>
  notes.flatMap(({ text }) => (text.trim() ? text : [])).join('\n\n');

/** Texts one below the other, formatted as soon as one of them is. */
function joined(parts: readonly { text: string; html: string | null }[]): { text: string; html: string | null } {
  const said = parts.filter((part) => part.text.trim());
  const formatted = parts.some((part) => part.html !== null);
  const html = said.map((part) => part.html ?? htmlOf(part.text)).join('<br><br>');
  return { text: said.map((part) => part.text).join('\n\n'), html: formatted ? html : null };
}

/** Whether a reply is the one that could not be sent, so that it has its key. */
const isSame = (one: Taken, other: Taken) => {
  const print = ({ text, html, files, as, mail }: Taken) => JSON.stringify([text, html, files.map(({ id }) => id), as, mail?.sent]);
  return print(one) === print(other);
};

const drafts = new Map<Id, Draft>();

/** What somebody writes on a thread; on none yet, under another name. */
export function draftOf(thread: Id | 'new-mail'): Draft {
  const draft = drafts.get(thread) ?? new Draft(thread);
  drafts.set(thread, draft);
  return draft;
}
