/**
 * The widget is a guest: what goes wrong in it is told in the browser's console, and never becomes an error of the
 * page (`window.onerror`, `unhandledrejection`), where it would stop a script or fill a shop's error reports.
 */
export function complain(error: unknown): void {
  console.error('Chat:', error);
}

/** The same function, which never throws and whose promise never fails: for whatever the browser or the page calls. */
export function calm<A extends unknown[], R>(act: (...args: A) => R): (...args: A) => R | undefined {
  return (...args) => {
    try {
      const result = act(...args);
      if (result instanceof Own) result.catch(complain);
      return result;
    } catch (error) {
      complain(error);
      return undefined;
    }
  };
}

/** As `setTimeout`, and calm. */
export function later(act: () => unknown, ms: number): ReturnType<typeof setTimeout> {
  return setTimeout(calm(act), ms);
}

/** The browser's promises, whatever an old library has put in their place: functions that wait still give these. */
export const Own = (async () => {})().constructor as PromiseConstructor;
