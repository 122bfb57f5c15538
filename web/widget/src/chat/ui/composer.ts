import { pastedFiles, tooMany } from '../../../../shared/composing';
import type { Uploads } from '../../files/uploads';
import { calm } from '../../shared/calm';
import { fill, h, icon } from '../../shared/dom';
import type { Attachment, Bridge } from '../../shared/types';
import type { Api } from '../core/api';
import type { Words } from '../i18n';
import { CLIP, SEND, SMILE } from './icons';

export interface ComposerHooks {
  send(body: string, attachments: Attachment[]): void;
  /** Every change of the text, for the typing signal and the kept draft. */
  text(text: string): void;
  blur(): void;
  /** Whether anything may be sent; says why not. */
  may(): boolean;
}

const MAX_HEIGHT = 148;

export class Composer {
  readonly element: HTMLFormElement;
  private readonly area: HTMLTextAreaElement;
  private readonly attach: HTMLButtonElement;
  private readonly emoji = h(
    'button',
    { type: 'button', class: 'tool', 'data-testid': 'emoji', 'aria-expanded': 'false', onclick: () => this.pick() },
    icon(SMILE),
  );
  private readonly sendButton: HTMLButtonElement;
  private readonly error = h('div', { class: 'complaint', role: 'alert', hidden: true });
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
    this.attach = h(
      'button',
      { type: 'button', class: 'tool', 'data-testid': 'attach', onclick: () => hooks.may() && picker.click() },
      icon(CLIP),
    );
    this.sendButton = h('button', { type: 'submit', class: 'send', 'data-testid': 'send' }, icon(SEND));
    this.element = h(
      'form',
      { class: 'composer', onsubmit: (event: Event) => this.submit(event) },
      this.error,
      this.files,
      h('div', { class: 'field' }, this.attach, picker, bridge.config.source.emoji_picker && this.emoji, this.area, this.sendButton),
    );
    this.speak();
    this.typed(false);
  }

  /** Names everything in the language of now. */
  speak(): void {
    const { t } = this;
    const name = (button: Element, label: string) => fill(button, { 'aria-label': label, title: label });
    fill(this.area, { 'aria-label': t('hubbub.compose_label'), placeholder: t('input_placeholder') });
    name(this.attach, t('control_attachment_title'));
    name(this.emoji, t('control_emoji_title'));
    name(this.sendButton, t('control_send_title'));
    this.uploads?.speak();
  }

  get text(): string {
    return this.area.value;
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
    if (!this.hooks.may()) return;
    // The field that they are from is emptied.
    const files = [...chosen];
    this.focus();
    this.coming++;
    this.refresh();
    const make = await bridge.script('files', () => window.__hubbubFiles);
    this.coming--;
    if (!this.uploads) {
      const hooks = { changed: () => this.uploadsChanged(), complain: (text: string) => this.complain(text), focus: () => this.focus() };
      this.uploads = make(bridge.root, api, bridge.config.attachments, t, hooks);
      this.files.append(this.uploads.element);
    }
    this.uploads.add(files);
  });

  /** Opens or closes what emojis are picked from. */
  private readonly pick = calm(async (): Promise<void> => {
    const make = await this.bridge.script('emoji', () => window.__hubbubEmoji);
    make(this.bridge.root, this.t, this.emoji, this.area, (picked) => {
      this.typed(picked);
      this.focus();
    });
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
    const off = !this.ready || this.uploads?.failed;
    this.sendButton.setAttribute('aria-disabled', String(!!off));
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
    if (!this.ready || this.busy || this.uploads?.failed || !this.hooks.may()) return;
    const body = this.area.value.trim();
    const most = this.bridge.config.max_characters;
    const over = tooMany(body, most);
    if (over) {
      const shown = (n: number) => n.toLocaleString(this.t.region);
      return this.complain(this.t('hubbub.text_too_long', { most: shown(most), over: shown(over) }));
    }
    const attachments = this.uploads?.take() ?? [];
    this.area.value = '';
    this.complain('');
    this.typed();
    this.hooks.send(body, attachments);
    this.focus();
  }

  private complain(text: string): void {
    const { t, error } = this;
    const done = () => {
      error.hidden = true;
      this.focus();
    };
    error.replaceChildren(
      h('p', {}, h('strong', {}, t('dialog_frame.error_title')), ` ${text}`),
      h('button', { type: 'button', class: 'text-button', onclick: done }, t('dialog_frame.button_ok_label')),
    );
    error.hidden = !text;
  }
}
