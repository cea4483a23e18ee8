// What outlives a reload of the page and goes with its tab: texts that are not sent yet, and what the gateway does not tell
// again. Never a key.
//
// Not what all tabs share: two of them would send the same message.

const PREFIX = "whatsgate.kept.";

export function kept<T>(name: string, otherwise: T): T {
  try {
    const text = sessionStorage.getItem(PREFIX + name);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function keep(name: string, value: unknown): void {
  try {
    if (value === undefined) return;
    sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A browser may forbid it, or have no room left; then a reload forgets.
  }
}

export function moveKept(from: string, to: string): void {
  keep(to, kept<unknown>(from, undefined));
}

export function forgetKept(): void {
  try {
    const names = Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX));
    for (const name of names) sessionStorage.removeItem(name);
  } catch {
    // As above.
  }
}
