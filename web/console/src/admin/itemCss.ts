/** What a page would show of an item that is not saved yet: the server writes its style for pages, this one for a look. */
const NAMED: Record<string, string> = {
  gray900: '#212121', gray800: '#757575', gray700: '#a1a1a1', gray400: '#d1d1d1', gray300: '#e0e0e0', gray200: '#e7e7e7',
  gray100: '#efeff0', gray50: '#f6f7f8', 'background-color': '#fff', 'highlight-text-color': '#fff',
  'error-color': '#f44336', 'text-color': '#212121', 'secondary-text-color': '#a1a1a1', 'placeholder-color': '#a1a1a1',
};

/** Style with the values of its variables in their places. */
export function plainCss(css: string, highlight: string): string {
  const named: Record<string, string> = { ...NAMED, 'highlight-color': highlight };
  const fill = (text: string) =>
    text.replace(/\$([a-z][a-z0-9-]*)/g, (_, name: string) => named[name === 'higlight-color' ? 'highlight-color' : name] ?? '');
  const rest = css.replace(/^\s*\$([a-z][a-z0-9-]*)\s*:\s*([^;]*);/gm, (_, name: string, value: string) => {
    named[name] = fill(value.trim());
    return '';
  });
  return fill(rest);
}

const escape = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

export interface Looked {
  id: string;
  type: string;
  html: string;
  css: string;
  texts: Record<string, Record<string, string>>;
  body: Record<string, string>;
}

/** A page with the item on it, in which nothing runs. */
export function pageOf(item: Looked, highlight: string, mode: 'online' | 'offline', dark: boolean, locale: string): string {
  const texts = item.texts[locale] ?? item.texts.en ?? Object.values(item.texts)[0] ?? {};
  const said = item.body[locale] ?? item.body.en ?? Object.values(item.body)[0] ?? '';
  const html = item.html.replace(/\{\{\s*([a-z0-9_]+)\s*\}\}/g, (_, key: string) => escape(texts[key] ?? ''));
  const hidden = mode === 'online' ? ['hide_when_online', 'show_when_offline'] : ['hide_when_offline', 'show_when_online'];
  const style = `:root { color-scheme: ${dark ? 'dark' : 'light'}; } body { margin: 16px; font: 16px/1.4 system-ui; }
    .said { display: inline-block; max-width: 80%; padding: 10px 14px; border-radius: 14px; color: #212121; background: #ecf0f6; white-space: pre-wrap; }
    ${hidden.map((name) => `.dimelo_chat_${name}`).join(', ')} { display: none !important; }`;
  const shown =
    item.type === 'automatic_message'
      ? `<p class="said" dir="auto">${escape(said)}</p>`
      : `<div class="dimelo_chat_item dimelo_chat_mode_${mode}">${html}</div>`;
  const css = plainCss(item.css, highlight).replaceAll('</', '<\\/');
  return `<!doctype html><html lang="${escape(locale)}"><meta charset="utf-8"><style>${style}</style><style>${css}</style><body>${shown}</body></html>`;
}
