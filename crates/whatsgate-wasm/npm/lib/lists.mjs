// Lists, pages and streams of events and sessions.

import { cancelled, count, members, optional, text, wrong } from "./argument.mjs";
import { located } from "./call.mjs";
import { hide, isWhatsgateError, mistake, named } from "./error.mjs";

export function eventFilter(who, given, session) {
  // A session's own lists are about it alone.
  const names = ["date", "action", "pageSize", "page"];
  const filter = given === undefined ? {} : members(who, "filter", given, session ? names : ["session", ...names]);
  return JSON.stringify({
    WhatsappID: session ?? optional(some, who, "filter.session", filter.session),
    date: optional(wireDate, who, "filter.date", filter.date),
    action: optional(text, who, "filter.action", filter.action),
    ...paging(who, filter),
  });
}

export function sessionFilter(who, given) {
  const filter = given === undefined ? {} : members(who, "filter", given, ["session", "name", "status", "pageSize", "page"]);
  return JSON.stringify({
    WhatsappID: optional(some, who, "filter.session", filter.session),
    name: optional(text, who, "filter.name", filter.name),
    status: optional(text, who, "filter.status", filter.status),
    ...paging(who, filter),
  });
}

/** A text that is none would be taken for no filter, and show more than was asked for. */
function some(who, name, value) {
  if (text(who, name, value) === "") throw mistake(who, name, "is empty; leave it out for all");
  return value;
}

function paging(who, { pageSize, page }) {
  return {
    page_cnt: optional(count, who, "filter.pageSize", pageSize),
    page: optional(count, who, "filter.page", page),
  };
}

/** The service's own form, or a Date, which is written in UTC. */
export function wireDate(who, name, value) {
  if (typeof value === "string") return some(who, name, value);
  if (!(value instanceof Date)) throw wrong(who, name, "must be a string or a Date", value);
  if (Number.isNaN(value.getTime())) throw mistake(who, name, "is an invalid Date");
  return value.toISOString().slice(0, 19).replace("T", " ");
}

export function toPage({ pages, elements, page, items, unreadable: bad }, convert = (item) => item) {
  return { pages, elements, page, items: items.map(convert), unreadable: bad.map(unreadable) };
}

/**
 * An event whose raw JSON does not show when it is printed. One that was not read has no action that means its data, and its
 * data are what the JSON says.
 */
export function toEvent(event) {
  const { raw, readable, event_data: data } = event;
  delete event.raw;
  if (!readable) {
    event.action = event.event_action;
    event.event_action = "other";
    if (data !== null) event.event_data = JSON.parse(data);
  }
  hide(event, "raw", raw);
  return event;
}

export function unreadable({ index, raw, reason }) {
  const element = { index, reason };
  hide(element, "raw", raw);
  return element;
}

// Asking again changes nothing about these.
const LASTING = ["unauthorized", "invalidRequest", "key"];

/**
 * Makes an async iterator of a stream. With `onError` an element that cannot be read is reported there, and it goes on; so
 * is a failed request where `isEndless`, for then it is asked again. Elsewhere the list would end as if it were complete.
 */
export async function* iterate(call, stream, convert = (item) => item, isEndless = false) {
  const { onError } = call.options;
  const { signal } = call.transport;
  try {
    for (;;) {
      // What is left of the page is not wanted either.
      if (signal?.aborted) throw located(cancelled(call.who, signal.reason, "while the list was read"), iterate);
      let element;
      try {
        element = await stream.next();
      } catch (error) {
        const isElement = isWhatsgateError(error) && error.element !== undefined;
        const mayPass = isElement || (isEndless && isWhatsgateError(error) && !LASTING.includes(error.kind));
        if (!onError || signal?.aborted || !mayPass) throw located(named(call.who, error), iterate);
        await onError(error);
        continue;
      }
      if (element === undefined) return;
      yield convert(element);
    }
  } finally {
    stream.free();
  }
}
