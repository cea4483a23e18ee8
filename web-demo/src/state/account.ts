// The account: connection, sessions, and which of them is open.

import { computed, signal } from "@preact/signals";
import { type Account, Gateway, isWhatsgateError, type SessionInfo } from "../gateway";
import { t } from "../i18n";
import { forgetKept, moveKept } from "../kept";
import { findPhone, type Phone } from "../phone";
import { PageError } from "../problem";
import { FaultSwitch } from "./faults";
import { Inbox } from "./inbox";
import { closeBackstage } from "./layout";
import { reach, reset } from "./steps";

/** The account of the sandbox that serves this page, if one does. */
export const offered = signal<Account | undefined>(undefined);
export const gateway = signal<Gateway | undefined>(undefined);
/** The phone of the other side, if the gateway is a sandbox that allows it. */
export const phone = signal<Phone | undefined>(undefined);
/** Its faults. */
export const faults = signal<FaultSwitch | undefined>(undefined);
export const sessions = signal<readonly SessionInfo[]>([]);
/** The session that is being linked. */
export const linking = signal<SessionInfo | undefined>(undefined);
/** The QR code that is drawn, as the id of its session. */
export const drawn = signal<string | undefined>(undefined);
/** The messages of the session that is open. */
export const inbox = signal<Inbox | undefined>(undefined);

export const screen = computed(() => {
  if (!gateway.value) return "connect" as const;
  if (linking.value) return "link" as const;
  return inbox.value ? ("messenger" as const) : ("sessions" as const);
});

/** Looks whether the server of this page offers an account. */
export async function findOffer(): Promise<void> {
  try {
    const response = await fetch("./config.json");
    const config = (await response.json()) as Partial<Account>;
    if (!response.ok || typeof config.baseUrl !== "string" || typeof config.apiKey !== "string") return;
    offered.value = { baseUrl: new URL(config.baseUrl, location.href).href, apiKey: config.apiKey };
  } catch {
    // Most servers offer none.
  }
}

/** Connects, and asks for the sessions to see whether the key is good. */
export async function connect(account: Account): Promise<void> {
  if (!URL.canParse(account.baseUrl) || !/^https?:$/.test(new URL(account.baseUrl).protocol)) {
    throw new PageError("problem.url", "advice.url", {}, "url");
  }
  if (!/^[!-~]*$/.test(account.apiKey)) throw new PageError("problem.key", "advice.key", {}, "key");
  const next = await Gateway.connect(account);
  let found: SessionInfo[];
  try {
    found = await next.sessions();
  } catch (error) {
    throw isNoGateway(error) ? new PageError("problem.unexpectedReply", "advice.notGateway") : error;
  }
  phone.value = await findPhone(account.baseUrl, account.apiKey);
  faults.value = phone.value && new FaultSwitch(phone.value);
  sessions.value = found;
  gateway.value = next;
}

/** Connects, and opens a session or begins to link one. */
export async function start(account: Account): Promise<void> {
  await connect(account);
  const session = sessions.value.find(isReady) ?? sessions.value[0];
  if (session) open(session);
  else await create(t("sessions.defaultName"));
}

/** Forgets everything, the key first. */
export function leave(): void {
  closeSession();
  gateway.value = undefined;
  phone.value = undefined;
  closeBackstage();
  faults.value = undefined;
  sessions.value = [];
  forgetKept();
  reset();
}

/** Whether files would be lost with the page that are not sent yet. */
export function holdsFiles(): boolean {
  const box = inbox.value;
  return box !== undefined && (box.drafts.holdsFile || box.messages.unsent().some(({ file }) => file !== undefined));
}

export async function refresh(): Promise<void> {
  if (gateway.value) sessions.value = await gateway.value.sessions();
}

export async function create(name: string, pairingNumber?: string): Promise<void> {
  if (!gateway.value) return;
  const session = await gateway.value.createSession(name, pairingNumber);
  sessions.value = [...sessions.value, session];
  open(session);
}

/** Creates a session in the place of one that ended; what was written and not sent there goes along. */
export async function linkAgain({ name, unique_id: old }: SessionInfo): Promise<void> {
  if (!gateway.value) return;
  const session = await gateway.value.createSession(name);
  sessions.value = [...sessions.value, session];
  for (const kind of ["drafts", "unsent"]) moveKept(`${kind}.${old}`, `${kind}.${session.unique_id}`);
  open(session);
}

/** Opens a session: its chats if it is ready, else its code. */
export function open(session: SessionInfo): void {
  closeSession();
  if (!isReady(session)) {
    linking.value = session;
  } else if (gateway.value) {
    reach("link");
    const id = session.unique_id;
    inbox.value = new Inbox(gateway.value, session, async (chat, tag) => faults.value?.beforeSend(id, chat, tag));
  }
}

export function closeSession(): void {
  linking.value = undefined;
  drawn.value = undefined;
  inbox.value?.close();
  inbox.value = undefined;
}

export async function rename(session: SessionInfo, name: string): Promise<void> {
  await gateway.value?.rename(session.unique_id, name);
  const open = inbox.value;
  if (open?.session.value.unique_id === session.unique_id) open.session.value = { ...open.session.value, name };
  await refresh();
}

export async function remove(session: SessionInfo): Promise<void> {
  await gateway.value?.delete(session.unique_id);
  if (inbox.value?.session.value.unique_id === session.unique_id) closeSession();
  await refresh();
}

export function isReady(session: SessionInfo): boolean {
  return session.status === "READY";
}

/** Whether something else than a gateway answered. */
function isNoGateway(error: unknown): boolean {
  if (!isWhatsgateError(error)) return false;
  return error.kind === "unexpectedReply" || error.status === 404 || error.status === 405;
}
