/** Single-key shortcuts, and two-key ones such as "g n". Silent while somebody types or a dialog is open. */

export type Bindings = Record<string, (event: KeyboardEvent) => void>;

const SEQUENCE_TIME = 1_200;

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}

/** The key as bindings name it: the letter that was typed, or the key's own name. */
function nameOf(event: KeyboardEvent): string {
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/** Everybody's bindings: the second key of a sequence is nobody else's key. */
const listening = new Set<() => Bindings>();
let prefix = '';
let expires = 0;

function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector('dialog[open], [role="menu"]')) return;
  const current: Bindings = Object.assign({}, ...[...listening].map((bindings) => bindings()));
  const key = nameOf(event);
  const sequence = prefix && Date.now() < expires ? `${prefix} ${key}` : key;
  prefix = '';
  const run = current[sequence];
  if (run) {
    event.preventDefault();
    run(event);
  } else if (Object.keys(current).some((name) => name.startsWith(`${sequence} `))) {
    prefix = sequence;
    expires = Date.now() + SEQUENCE_TIME;
  }
}

/** Listens until the returned function is called. Bindings are asked for at every key, so they may depend on state. */
export function listen(bindings: () => Bindings): () => void {
  if (!listening.size) addEventListener('keydown', onKey);
  listening.add(bindings);
  return () => {
    listening.delete(bindings);
    if (!listening.size) removeEventListener('keydown', onKey);
  };
}
