// The page's language.

import { signal } from "@preact/signals";
import { remember, remembered } from "../preferences";
import { en, type Key } from "./en";
import { ru } from "./ru";

export type Language = "en" | "ru";

export const language = signal<Language>(chosen());

export function setLanguage(value: Language): void {
  language.value = value;
  remember("language", value);
}

/** The text with this key in the page's language; `{name}` becomes `values.name`. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text: string = (language.value === "ru" ? ru : en)[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Texts with a number, in the plural forms of the language. */
export type Counted = "chats.unread" | "chats.members" | "outbox.stuck" | "connection.waiting" | "verdict.requests" | "verdict.arrived";

/** The text for a number of things: the key with the language's plural form. */
export function plural(key: Counted, count: number): string {
  const form = new Intl.PluralRules(language.value).select(count);
  return t(`${key}.${form}` as Key, { count });
}

export function time(seconds: number | null | undefined): string {
  if (!seconds) return "";
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(seconds * 1000);
}

/** The time with its seconds, of milliseconds. */
export function seconds(milliseconds: number): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: "medium" }).format(milliseconds);
}

/** `Today`, `Yesterday` or the date. */
export function day(seconds: number): string {
  const midnight = new Date().setHours(0, 0, 0, 0) / 1000;
  if (seconds >= midnight) return t("conversation.today");
  if (seconds >= midnight - 24 * 60 * 60) return t("conversation.yesterday");
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long" }).format(seconds * 1000);
}

/** The time for today, the date for other days. */
export function moment(seconds: number | null | undefined): string {
  if (!seconds) return "";
  const midnight = new Date().setHours(0, 0, 0, 0) / 1000;
  if (seconds >= midnight) return time(seconds);
  return new Intl.DateTimeFormat(locale(), { day: "2-digit", month: "2-digit" }).format(seconds * 1000);
}

/** A size in bytes for people. */
export function size(bytes: number): string {
  const unit = bytes < 1024 * 1024 ? ("kilobyte" as const) : ("megabyte" as const);
  const value = bytes / (unit === "kilobyte" ? 1024 : 1024 * 1024);
  const maximumFractionDigits = value < 10 ? 1 : 0;
  return new Intl.NumberFormat(locale(), { style: "unit", unit, maximumFractionDigits }).format(value);
}

/** A length in seconds, such as `0:07`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** The reader's own form of the language, such as en-GB, which decides how times are written. */
function locale(): string {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(language.value)) ?? language.value;
}

function chosen(): Language {
  const value = remembered("language");
  if (value === "en" || value === "ru") return value;
  return navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en";
}
