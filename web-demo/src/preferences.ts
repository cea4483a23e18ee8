// What the page remembers between visits: theme and language. Never a key.

import { effect, signal } from "@preact/signals";

export type Theme = "light" | "dark";

/** Theme of the page: the one chosen, or the system's. */
export const theme = signal<Theme>(firstTheme());

export function toggleTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  remember("theme", theme.value);
}

export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`whatsgate.${name}`);
  } catch {
    // A browser may forbid it; then the page forgets.
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`whatsgate.${name}`, value);
  } catch {
    // As above.
  }
}

function firstTheme(): Theme {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = remembered("theme");
  if (chosen === "light" || chosen === "dark") return chosen;
  system.addEventListener("change", () => {
    if (remembered("theme") === null) theme.value = system.matches ? "dark" : "light";
  });
  return system.matches ? "dark" : "light";
}

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
});
