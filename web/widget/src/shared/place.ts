import type { Bridge } from './types';

/** How far the chat stands from the sides of the window that it is not told to, in pixels. */
const OFFSET = 20;

/** Whether the chat stands at the left side of the window. */
export const isLeft = ({ config, wanted }: Pick<Bridge, 'config' | 'wanted'>): boolean =>
  (wanted.position ?? config.source.position) === 'left';

/** Tells an item where the chat stands, as its style may ask. */
export function place(element: HTMLElement, { config, wanted }: Pick<Bridge, 'config' | 'wanted'>): void {
  const { offset } = config.source;
  const x = `${offset?.x ?? OFFSET}px`;
  const left = isLeft({ config, wanted });
  const sides = { bottom: `${offset?.y ?? OFFSET}px`, left: left ? x : 'auto', right: left ? 'auto' : x };
  for (const [side, far] of Object.entries(sides)) element.style.setProperty(`--chat-${side}`, far);
}

/** A style whose dark side follows what the source or the page has chosen, where that is not the browser's choice. */
export function inScheme(css: string, { config, wanted }: Pick<Bridge, 'config' | 'wanted'>): string {
  const scheme = `${wanted.colorScheme ?? config.source.color_scheme}`;
  const always = (_: string, name: string) => (name === scheme ? '(min-width:0)' : '(max-width:0)');
  return /dark|light/.test(scheme) ? css.replace(/\(prefers-color-scheme: ?(\w+)\)/g, always) : css;
}
