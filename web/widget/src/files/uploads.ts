import { refusal } from '../../../shared/composing';
import { fileSize } from '../../../shared/size';
import { calm } from '../shared/calm';
import { h, icon } from '../shared/dom';
import type { Attachment, Config } from '../shared/types';
import type { Api, ApiError } from '../chat/core/api';
import { isImage } from '../chat/core/files';
import type { Words } from '../chat/i18n';
import { CLOSE, FILE, RETRY } from '../chat/ui/icons';

interface Upload {
  file: File;
  state: 'busy' | 'done' | 'failed';
  attachment: Attachment | null;
  abort(): void;
  chip: HTMLElement;
}

export interface UploadHooks {
  changed(): void;
  complain(text: string): void;
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

  add(files: Iterable<File>): void {
    const refused: string[] = [];
    for (const file of files) {
      const why = refusal(file, this.limits);
      if (why) refused.push(this.t(why, { name: file.name, size: fileSize(this.limits.max_bytes, this.t.locale) }));
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
    const upload: Upload = { file, state: 'busy', attachment: null, abort: () => {}, chip: h('li', { class: 'chip' }) };
    this.uploads.push(upload);
    this.element.append(upload.chip);
    this.run(upload);
  }

  private run(upload: Upload): void {
    upload.state = 'busy';
    const bar = this.draw(upload);
    const { done, abort } = this.api.upload(upload.file, (part) => bar(part));
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
    const values = { name: file.name, size: fileSize(this.limits.max_bytes, this.t.locale) };
    // The server's own refusal is final, so the file goes; anything else may work at the next try.
    const final =
      error.status === 413
        ? 'file_too_big'
        : error.error === 'attachment_type_refused'
          ? 'file_type_refused'
          : error.error === 'upload_quota_exceeded'
            ? 'file_quota'
            : null;
    this.hooks.complain(this.t(final ?? 'file_failed', values));
    upload.state = 'failed';
    if (final) this.remove(upload);
    else this.settled(upload);
  }

  private settled(upload: Upload): void {
    this.draw(upload);
    this.changed();
  }

  private remove(upload: Upload): void {
    this.uploads = this.uploads.filter((other) => other !== upload);
    if (upload.state === 'busy') upload.abort();
    upload.chip.remove();
    this.changed();
  }

  private draw(upload: Upload): (part: number) => void {
    const { file, state, chip } = upload;
    const t = this.t;
    const name = file.name;
    const bar = h('span', { class: 'bar' });
    const note = h(
      'span',
      { class: 'file-size' },
      state === 'busy' ? t('file_uploading', { percent: 0 }) : fileSize(file.size, t.locale),
    );
    const button = (label: string, path: string, onclick: () => void) =>
      h('button', { type: 'button', class: 'chip-button', 'aria-label': label, title: label, onclick }, icon(path, 16));
    chip.className = `chip ${state}`;
    chip.replaceChildren(
      this.thumbnail(file),
      h('span', { class: 'file-text' }, h('span', { class: 'file-name', dir: 'auto' }, name), note),
      ...(state === 'failed' ? [button(t('retry_file', { name }), RETRY, () => this.run(upload))] : []),
      button(t('remove_file', { name }), CLOSE, () => this.remove(upload)),
      ...(state === 'busy' ? [bar] : []),
    );
    return (part) => {
      bar.style.transform = `scaleX(${part})`;
      note.textContent = t('file_uploading', { percent: Math.round(part * 100) });
    };
  }

  private thumbnail(file: File): Element {
    if (!isImage(file.type)) return icon(FILE, 20);
    const url = URL.createObjectURL(file);
    const forget = () => URL.revokeObjectURL(url);
    return h('img', { src: url, alt: '', onload: forget, onerror: forget });
  }
}
