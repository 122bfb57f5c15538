import { pastedFiles, tooMany } from '../../../../shared/composing';
import type { Uploads } from '../../files/uploads';
import { calm } from '../../shared/calm';
import { h, icon } from '../../shared/dom';
import type { Attachment, Bridge } from '../../shared/types';
import type { Api } from '../core/api';
import type { Words } from '../i18n';
import { CLIP, SEND } from './icons';

export interface ComposerHooks {
  send(body: string, attachments: Attachment[]): void;
  /** Every change of the text, for the typing signal and the kept draft. */
  text(text: string): void;
  blur(): void;
}

const MAX_HEIGHT = 148;

export class Composer {
  readonly element: HTMLFormElement;
  private readonly area: HTMLTextAreaElement;
  private readonly sendButton: HTMLButtonElement;
  private readonly error = h('p', { class: 'complaint', role: 'alert', hidden: true });
  private readonly files = h('div');
  /** There with the first file. */
  private uploads: Uploads | undefined;
  /** How often files were chosen for which it is not there yet. */
  private coming = 0;
  /** Enter was pressed while a file was still going up: the message leaves as soon as it has arrived. */
  private sendSoon = false;

  constructor(
    private readonly api: Api,
    private readonly bridge: Bridge,
    private readonly t: Words,
    private readonly hooks: ComposerHooks,
  ) {
    this.area = h('textarea', {
      rows: 1,
      dir: 'auto',
      'aria-label': t('compose_label'),
      placeholder: t('compose_placeholder'),
      'data-testid': 'composer',
      enterkeyhint: 'send',
      oninput: () => this.typed(),
      onkeydown: (event: KeyboardEvent) => this.key(event),
      onpaste: (event: ClipboardEvent) => this.paste(event),
      onblur: () => hooks.blur(),
    });
    const picker = h('input', {
      type: 'file',
      multiple: true,
      hidden: true,
      accept: bridge.config.attachments.extensions.map((extension) => `.${extension}`).join(','),
      tabindex: -1,
      onchange: () => {
        void this.addFiles(picker.files ?? []);
        picker.value = '';
      },
    });
    const attach = h(
      'button',
      {
        type: 'button',
        class: 'tool',
        'aria-label': t('attach'),
        title: t('attach'),
        'data-testid': 'attach',
        onclick: () => picker.click(),
      },
      icon(CLIP),
    );
    this.sendButton = h(
      'button',
      { type: 'submit', class: 'send', 'aria-label': t('send'), title: t('send'), 'data-testid': 'send' },
      icon(SEND),
    );
    this.element = h(
      'form',
      { class: 'composer', onsubmit: (event: Event) => this.submit(event) },
      this.error,
      this.files,
      h('div', { class: 'field' }, attach, picker, this.area, this.sendButton),
    );
    this.typed(false);
  }

  set text(value: string) {
    this.area.value = value;
    this.typed(false);
  }

  focus(): void {
    this.area.focus({ preventScroll: true });
  }

  readonly addFiles = calm(async (chosen: Iterable<File>): Promise<void> => {
    const { api, bridge, t } = this;
    // The field that they are from is emptied.
    const files = [...chosen];
    this.focus();
    this.coming++;
    this.refresh();
    const make = await bridge.script('files', () => window.__hubbubFiles);
    this.coming--;
    if (!this.uploads) {
      const hooks = { changed: () => this.uploadsChanged(), complain: (text: string) => this.complain(text) };
      this.uploads = make(bridge.root, api, bridge.config.attachments, t, hooks);
      this.files.append(this.uploads.element);
    }
    this.uploads.add(files);
  });

  private get busy(): boolean {
    return this.coming > 0 || !!this.uploads?.busy;
  }

  /** The height depends on a width that a hidden box does not have. */
  resize(): void {
    this.area.style.height = 'auto';
    if (this.area.scrollHeight) this.area.style.height = `${Math.min(this.area.scrollHeight, MAX_HEIGHT)}px`;
  }

  private get ready(): boolean {
    return this.area.value.trim() !== '' || this.coming > 0 || !!this.uploads?.count;
  }

  private typed(tell = true): void {
    this.resize();
    this.refresh();
    if (tell) this.hooks.text(this.area.value);
  }

  /** The button stays focusable; a disabled one would drop the focus after each message. */
  private refresh(): void {
    const off = !this.ready || !!this.uploads?.failed;
    this.sendButton.setAttribute('aria-disabled', String(off));
    this.sendButton.classList.toggle('waiting', this.sendSoon);
  }

  private uploadsChanged(): void {
    this.refresh();
    if (this.sendSoon && !this.busy) this.submit();
  }

  private key(event: KeyboardEvent): void {
    // While an input method composes, Enter picks a word; it must not send half of one.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit();
  }

  private paste(event: ClipboardEvent): void {
    const files = pastedFiles(event.clipboardData);
    if (!files.length) return;
    event.preventDefault();
    void this.addFiles(files);
  }

  private submit(event?: Event): void {
    event?.preventDefault();
    this.sendSoon = this.ready && this.busy;
    this.refresh();
    if (!this.ready || this.busy || this.uploads?.failed) return;
    const body = this.area.value.trim();
    const most = this.bridge.config.max_characters;
    const over = tooMany(body, most);
    if (over) {
      const shown = (n: number) => n.toLocaleString(this.t.region);
      return this.complain(this.t('text_too_long', { most: shown(most), over: shown(over) }));
    }
    const attachments = this.uploads?.take() ?? [];
    this.area.value = '';
    this.complain('');
    this.typed();
    this.hooks.send(body, attachments);
    this.focus();
  }

  private complain(text: string): void {
    this.error.textContent = text;
    this.error.hidden = !text;
  }
}
