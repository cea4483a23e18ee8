// What went wrong, in words for the person before the page.

import { isWhatsgateError, type WhatsgateError } from "./gateway";
import { language, t } from "./i18n";
import type { Key } from "./i18n/en";
import { PhoneError } from "./phone";

export interface Problem {
  /** What happened. */
  what: string;
  /** The service's own words, if it has any. */
  service?: string;
  /** What to do next. */
  advice: string;
  /** Whether the same may be tried again without doing anything twice. */
  mayRepeat: boolean;
  /** Whether it may have taken effect all the same. */
  perhaps?: boolean;
  /** The id of the field to correct. */
  field?: string;
}

/** An error of this page's own making. */
export class PageError extends Error {
  constructor(
    readonly what: Key,
    readonly advice: Key,
    readonly values: Record<string, string | number> = {},
    readonly field?: string,
  ) {
    super(what);
  }
}

export function toProblem(error: unknown): Problem {
  if (error instanceof PageError) {
    const { what, advice, values, field } = error;
    return { what: t(what, values), advice: t(advice, values), mayRepeat: false, ...(field && { field }) };
  }
  if (isWhatsgateError(error)) return ofGateway(error);
  if (error instanceof PhoneError && error.status === undefined) {
    const what = t(isOffline() ? "problem.offline" : "problem.connection");
    return { what, advice: t("advice.phone"), mayRepeat: true };
  }
  if (error instanceof PhoneError) {
    return { what: t("problem.phone"), service: error.message, advice: t("advice.phone"), mayRepeat: true };
  }
  if (isOffline()) return { what: t("problem.offline"), advice: t("advice.offline"), mayRepeat: true };
  const text = error instanceof Error ? error.message : String(error);
  return { what: t("problem.page"), service: text, advice: t("advice.page"), mayRepeat: false };
}

/** The same for a message that was to be sent: when it may have been, the chat tells. */
export function toMessageProblem(error: unknown): Problem {
  const problem = toProblem(error);
  const mayBeSent = isWhatsgateError(error) && error.outcome === "unknown";
  return mayBeSent ? { ...problem, advice: t("advice.perhapsSent"), perhaps: true } : problem;
}

function ofGateway(error: WhatsgateError): Problem {
  const mayRepeat = error.outcome === "notSent";
  if (isOffline() && ["connection", "connect", "timeout"].includes(error.kind)) {
    const advice = mayRepeat ? "advice.offline" : "advice.unknown";
    return { what: t("problem.offline"), advice: t(advice), mayRepeat };
  }
  if (error.status === 413) return { what: t("problem.413"), advice: t("advice.413"), mayRepeat: false };
  const service = error.serviceMessage;
  const problem: Problem = {
    what: own(`problem.${error.kind}`) ?? error.message,
    advice: ownAdvice(error) ?? error.advice,
    mayRepeat,
  };
  if (service) problem.service = service;
  return problem;
}

/** The sentences that this page has itself; the package speaks English only. */
function ownAdvice(error: WhatsgateError): string | undefined {
  // What a browser does not tell: whether there is no server, or one that does not allow the page.
  if (error.kind === "connection" && error.outcome === "notSent") return t("advice.connection");
  if (error.kind === "invalidRequest") return language.value === "ru" ? t("advice.invalidRequest") : undefined;
  if (language.value === "en") return undefined;
  return error.outcome === "unknown" ? t("advice.unknown") : own(`advice.${error.kind}`);
}

function own(key: string): string | undefined {
  const text = t(key as Key);
  return text === key ? undefined : text;
}

function isOffline(): boolean {
  return !navigator.onLine;
}
