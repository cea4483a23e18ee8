// Lists, of which a visitor sees what is of the chats allowed.

import { Refusal } from "./answer.mjs";
import { chatId, chatOfEvent } from "./chats.mjs";

// The most that the service puts on a page, and the most pages that are looked through for a visitor.
const PAGE = 100;
const MOST_PAGES = 20;

/** The chats of a session. `ask` sends a request and resolves with what the gateway says. */
export async function chats(ask, { chats }, members) {
  const reply = await ask(members);
  if (chats === "all") return reply;
  return { ...said(reply), data: list(reply).filter((chat) => chats.has(chatId(chat?.id))) };
}

/**
 * A page of events. The pages are of what the visitor sees: with those of the gateway, one of which may have nothing
 * for it, a client would stop too early, and learn how much there is of others.
 */
export async function events(ask, { chats, session }, members) {
  const isOfSession = (event) => (event?.whatsapp_id ?? session) === session;
  if (chats === "all") {
    const reply = await ask(members);
    return { ...reply, data: list(reply).filter(isOfSession) };
  }
  const { page = 1, page_cnt: size = 10 } = members;
  const end = page * size;
  const seen = [];
  for (let at = 1; ; at++) {
    const reply = await ask({ ...members, page: at, page_cnt: PAGE });
    const listed = list(reply);
    seen.push(...listed.filter((event) => isOfSession(event) && chats.has(chatOfEvent(event))));
    const isLast = listed.length === 0 || at >= Number(reply.pages ?? Infinity);
    // One more than asked for says that there is another page.
    if (!isLast && seen.length <= end && at < MOST_PAGES) continue;
    const data = seen.slice(end - size, end);
    if (!isLast && seen.length <= end && data.length === 0) {
      throw new Refusal(400, `not among the first ${MOST_PAGES * PAGE} events of the session: give a later date`);
    }
    return {
      ...said(reply),
      pages: isLast && seen.length <= end ? Math.max(Math.ceil(seen.length / size), 1) : page + 1,
      page,
      data,
    };
  }
}

/** What a reply says beside its list. */
function said({ result }) {
  return { result: typeof result === "string" ? result : "OK" };
}

function list({ data }) {
  if (!Array.isArray(data)) throw new Refusal(502, "the gateway's reply holds no list");
  return data;
}
