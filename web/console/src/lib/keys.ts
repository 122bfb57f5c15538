/** Single-key shortcuts, and two-key ones such as "g n". Silent while somebody types or a dialog is open. */

export type Bindings = Record<string, (event: KeyboardEvent) => void>;

const SEQUENCE_TIME = 1_200;

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}

/** The key as bindings name it: the letter or the arrow that was pressed, with `shift` before it if that was held, or the key's own name. */
function nameOf(event: KeyboardEvent): string {
  if (event.key.length !== 1) return event.shiftKey && event.key.startsWith('Arrow') ? `shift ${event.key}` : event.key;
  const letter = event.key.toLowerCase();
  return event.shiftKey && /\p{L}/u.test(letter) ? `shift ${letter}` : letter;
}

/** Everybody's bindings: the second key of a sequence is nobody else's key. */
const listening = new Set<() => Bindings>();
let prefix = '';
let expires = 0;

/** Those that go on while they are held; no other act is done twice by one press. */
const HELD = /^(j|k|(shift )?Arrow(Up|Down))$/;

/** While it says so, keys are for a field that is not there yet. */
let swallows = () => false;
export const swallow = (when: () => boolean) => (swallows = when);

function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector('dialog[open], [role="menu"]')) return;
  if (event.key !== 'Escape' && swallows()) return event.preventDefault();
  const current: Bindings = Object.assign({}, ...[...listening].map((bindings) => bindings()));
  const key = nameOf(event);
  const sequence = prefix && Date.now() < expires ? `${prefix} ${key}` : key;
  prefix = '';
  const run = current[sequence];
  if (run) {
    event.preventDefault();
    if (!event.repeat || HELD.test(key)) run(event);
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
