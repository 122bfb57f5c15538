/** One remembered value in this browser. Private windows and full disks only lose the memory, never the page. */
export function stored(name: string) {
  const key = `hubbub:console:${name}`;
  return {
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
