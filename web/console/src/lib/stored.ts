const PREFIX = 'hubbub:console:';

/** One remembered value in this browser. Private windows and full disks only lose the memory, never the page. */
export function stored(name: string) {
  const key = PREFIX + name;
  return {
    key,
    read(): string | null {
      try {
        return localStorage.getItem(key);
      } catch {
        return null;
      }
    },
    write(value: string | null): void {
      try {
        if (value === null) localStorage.removeItem(key);
        else localStorage.setItem(key, value);
      } catch {
        // Nothing depends on this being kept.
      }
    },
  };
}

/** Forgets every value whose name is not to be kept. */
export function forget(keeps: (name: string) => boolean): void {
  try {
    for (const key of Object.keys(localStorage))
      if (key.startsWith(PREFIX) && !keeps(key.slice(PREFIX.length))) localStorage.removeItem(key);
  } catch {
    // What cannot be read was not kept either.
  }
}
