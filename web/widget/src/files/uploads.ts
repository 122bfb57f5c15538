import { type Refusal, refusal } from '../../../shared/composing';
import { fileSize } from '../../../shared/size';
import { calm } from '../shared/calm';
import { h, icon } from '../shared/dom';
import type { Attachment, Config } from '../shared/types';
import type { Api, ApiError } from '../chat/core/api';
import { isImage } from '../chat/core/files';
import type { Key, Words } from '../chat/i18n';
import { CLOSE, FILE, RETRY } from '../chat/ui/icons';

const REFUSED: Record<Refusal, Key> = {
  file_type_refused: 'attachment_error.file_type_not_allowed',
  file_too_big: 'attachment_error.file_too_large',
  file_empty: 'hubbub.file_empty',
};

interface Upload {
  file: File;
  state: 'busy' | 'done' | 'failed';
  attachment: Attachment | null;
  abort(): void;
  /** Shows how much of it is there. */
  bar(part: number): void;
  chip: HTMLElement;
}

export interface UploadHooks {
  changed(): void;
  complain(text: string): void;
  /** What had the focus is gone. */
  focus(): void;
}

/** The files of the message being written. They go up at once, so that sending is quick and can be retried. */
export class Uploads {
  readonly element = h('ul', { class: 'chips', hidden: true });
  private uploads: Upload[] = [];

  constructor(
    private readonly api: Api,
    private readonly limits: Config['attachments'],
    private readonly t: Words,
    private readonly hooks: UploadHooks,
  ) {}

  get busy(): boolean {
    return this.uploads.some((upload) => upload.state === 'busy');
  }

  get failed(): boolean {
    return this.uploads.some((upload) => upload.state === 'failed');
  }

  get count(): number {
    return this.uploads.length;
  }

  /** Takes up the language of now. */
  speak(): void {
    for (const upload of this.uploads) upload.bar = this.draw(upload);
  }

  add(files: Iterable<File>): void {
    const refused: string[] = [];
    for (const file of files) {
      const why = refusal(file, this.limits);
      if (why) refused.push(this.why(REFUSED[why], file));
      else this.start(file);
    }
    this.hooks.complain(refused.join('\n'));
    this.changed();
  }

  /** Hands over what has arrived, and starts empty. */
  take(): Attachment[] {
    const taken = this.uploads.flatMap((upload) => upload.attachment ?? []);
    this.uploads = [];
    this.element.replaceChildren();
    this.changed();
    return taken;
  }

  private changed(): void {
    this.element.hidden = this.uploads.length === 0;
    this.hooks.changed();
  }

  private start(file: File): void {
    const upload: Upload = { file, state: 'busy', attachment: null, abort: () => {}, bar: () => {}, chip: h('li', { class: 'chip' }) };
    this.uploads.push(upload);
    this.element.append(upload.chip);
    this.run(upload);
  }

  private run(upload: Upload): void {
    upload.state = 'busy';
    upload.bar = this.draw(upload);
    const { done, abort } = this.api.upload(upload.file, (part) => upload.bar(part));
    upload.abort = abort;
    done.then(
      calm((attachment) => {
        upload.attachment = attachment;
        upload.state = 'done';
        this.settled(upload);
      }),
      calm((error: ApiError) => this.broken(upload, error)),
    );
  }

  private broken(upload: Upload, error: ApiError): void {
    if (!this.uploads.includes(upload)) return;
    const { file } = upload;
    // The server's own refusal is final, so the file goes; anything else may work at the next try.
    const final =
      error.status === 413
        ? 'attachment_error.file_too_large' as const
        : error.error === 'attachment_type_refused'
          ? 'attachment_error.file_type_not_allowed' as const
          : error.error === 'upload_quota_exceeded'
            ? 'hubbub.file_quota' as const
            : null;
    const failed = this.why('attachment_error.message', file);
    const unknown = error.passing ? '' : ` ${this.t('attachment_error.unknown')}`;
    this.hooks.complain(final ? this.why(final, file) : failed + unknown);
    upload.state = 'failed';
    if (final) this.remove(upload);
    else this.settled(upload);
  }

  private why(key: Key, { name: filename }: File): string {
    const { t, limits } = this;
    const most = limits.max_bytes / 1e6;
    const max_size_mb = most.toLocaleString(t.region, { maximumFractionDigits: most < 10 ? 1 : 0 });
    return t(key, { filename, max_size_mb });
  }

  private settled(upload: Upload): void {
    this.draw(upload);
    this.changed();
  }

  private remove(upload: Upload): void {
    this.uploads = this.uploads.filter((other) => other !== upload);
    if (upload.state === 'busy') upload.abort();
    const held = upload.chip.matches(':focus-within');
    upload.chip.remove();
    this.changed();
    if (held) this.hooks.focus();
  }

  private draw(upload: Upload): (part: number) => void {
    const { file, state, chip } = upload;
    const t = this.t;
    const name = file.name;
    const bar = h('span', { class: 'bar' });
    const note = h(
      'span',
      { class: 'file-size' },
      state === 'busy' ? t('hubbub.file_uploading', { percent: 0 }) : fileSize(file.size, t.locale),
    );
    const button = (label: string, path: string, onclick: () => void) =>
      h('button', { type: 'button', class: 'chip-button', 'aria-label': label, title: label, onclick }, icon(path, 16));
    const held = chip.matches(':focus-within');
    chip.className = `chip ${state}`;
    chip.replaceChildren(
      this.thumbnail(file),
      h('span', { class: 'file-text' }, h('span', { class: 'file-name', dir: 'auto' }, name), note),
      ...(state === 'failed' ? [button(t('hubbub.retry_file', { filename: name }), RETRY, () => this.run(upload))] : []),
      button(t('hubbub.remove_file', { filename: name }), CLOSE, () => this.remove(upload)),
      ...(state === 'busy' ? [bar] : []),
    );
    // Keys go on where they were.
    if (held) chip.querySelector('button')?.focus();
    return (part) => {
      bar.style.transform = `scaleX(${part})`;
      note.textContent = t('hubbub.file_uploading', { percent: Math.round(part * 100) });
    };
  }

  private thumbnail(file: File): Element {
    if (!isImage(file.type)) return icon(FILE, 20);
    const url = URL.createObjectURL(file);
    const forget = () => URL.revokeObjectURL(url);
    return h('img', { src: url, alt: '', onload: forget, onerror: forget });
  }
}
