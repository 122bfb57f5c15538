import { isImage } from '../chat/core/files';
import { link, safeHref } from '../chat/core/text';
import type { Words } from '../chat/i18n';
import { FILE } from '../chat/ui/icons';
import { h, icon } from '../shared/dom';
import type { Attachment } from '../shared/types';
import { fileSize } from '../../../shared/size';

/** The files of a message: its pictures, which stand over its text, and the others, which stand below. */
export function drawAttached(files: Attachment[], t: Words): [pictures: HTMLElement[], others: HTMLElement[]] {
  const pictures = files.filter((file) => isImage(file.content_type));
  const others = files.filter((file) => !isImage(file.content_type));
  return [pictures.map((file) => drawImage(file, t)), others.map((file) => drawFile(file, t))];
}

function drawImage(file: Attachment, t: Words): HTMLElement {
  const href = safeHref(file.url);
  if (!href) return drawFile(file, t);
  const image = h('img', {
    src: href,
    alt: file.filename,
    loading: 'lazy',
    // A picture that cannot be painted is still a file that can be opened.
    onerror: () => anchor.replaceWith(drawFile(file, t)),
  });
  const anchor = link(href, image);
  anchor.className = 'image';
  anchor.setAttribute('aria-label', t('hubbub.open_image', { filename: file.filename }));
  return anchor;
}

function drawFile(file: Attachment, t: Words): HTMLElement {
  const label = h(
    'span',
    { class: 'file-text' },
    h('span', { class: 'file-name', dir: 'auto' }, file.filename),
    h('span', { class: 'file-size' }, fileSize(file.size, t.locale)),
  );
  const href = safeHref(file.url);
  const card = href ? link(href, icon(FILE), label) : h('span', {}, icon(FILE), label);
  card.className = 'file';
  return card;
}
