// Lists, pages and streams of events and sessions.

import { count, members, optional, text, wrong } from "./argument.mjs";
import { hide, isWhatsgateError } from "./error.mjs";

export function eventFilter(who, filter = {}) {
  members(who, "filter", filter, ["session", "date", "action", "pageSize", "page"]);
  const { session, date, action } = filter;
  return JSON.stringify({
    WhatsappID: optional(text, who, "filter.session", session),
    date: optional(wireDate, who, "filter.date", date),
    action: optional(text, who, "filter.action", action),
    ...paging(who, filter),
  });
}

export function sessionFilter(who, filter = {}) {
  members(who, "filter", filter, ["session", "name", "status", "pageSize", "page"]);
  const { session, name, status } = filter;
  return JSON.stringify({
    WhatsappID: optional(text, who, "filter.session", session),
    name: optional(text, who, "filter.name", name),
    status: optional(text, who, "filter.status", status),
    ...paging(who, filter),
  });
}

function paging(who, { pageSize, page }) {
  return {
    page_cnt: optional(count, who, "filter.pageSize", pageSize),
    page: optional(count, who, "filter.page", page),
  };
}

/** The service's own form, or a Date, which is written in UTC. */
function wireDate(who, name, value) {
  if (typeof value === "string") return value;
  if (!(value instanceof Date)) throw wrong(who, `${name} must be a string or a Date`, value);
  if (Number.isNaN(value.getTime())) throw new TypeError(`${who}: ${name} is an invalid Date`);
  return value.toISOString().slice(0, 19).replace("T", " ");
}

export function toPage(json, convert = (item) => item) {
  const { pages, elements, page, items, unreadable: bad } = JSON.parse(json);
  return { pages, elements, page, items: items.map(convert), unreadable: bad.map(unreadable) };
}

/** An event whose raw JSON does not show when it is printed. */
export function toEvent(event) {
  const { raw } = event;
  delete event.raw;
  hide(event, "raw", raw);
  return event;
}

export function unreadable({ index, raw, reason }) {
  const element = { index, reason };
  hide(element, "raw", raw);
  return element;
}

// Asking again changes nothing about these.
const LASTING = ["unauthorized", "invalidRequest"];

/** Makes an async iterator of a stream. With `onError` a failure that may pass is reported there, and it goes on. */
export async function* iterate({ options: { onError }, transport: { signal } }, stream, convert = (item) => item) {
  try {
    for (;;) {
      let element;
      try {
        element = await stream.next();
      } catch (error) {
        if (!onError || signal?.aborted || !isWhatsgateError(error) || LASTING.includes(error.kind)) throw error;
        await onError(error);
        continue;
      }
      if (element === undefined) return;
      yield convert(JSON.parse(element));
    }
  } finally {
    stream.free();
  }
}
