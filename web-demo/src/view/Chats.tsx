// The list of chats, with a search and a way to write to a number.

import { useRef, useState } from "preact/hooks";
import type { Chat } from "../gateway";
import { moment, plural, t } from "../i18n";
import type { Entry } from "../state/entry";
import type { Inbox } from "../state/inbox";
import { useAction } from "./action";
import { Avatar } from "./Avatar";
import { Dialog } from "./Dialog";
import { Plus, Search, Ticks, Warning } from "./icons";
import { summary } from "./Media";
import { Problem } from "./Problem";

/** So many chats are listed at once; the search finds the others. */
const LISTED = 200;

export function Chats({ box }: { box: Inbox }) {
  const [query, setQuery] = useState("");
  const [isNew, setNew] = useState(false);
  const found = box.chats.value
    .filter((chat) => matches(chat, query))
    .sort((one, other) => latest(box, other) - latest(box, one))
    .slice(0, LISTED);
  return (
    <section class="chats" aria-label={t("chats.title")}>
      <div class="chats-head">
        <label class="search">
          <Search />
          <span class="visually-hidden">{t("chats.search")}</span>
          <input
            type="search"
            placeholder={t("chats.search")}
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        </label>
        <button
          type="button"
          class="icon-button icon-button-filled"
          aria-label={t("chats.new")}
          title={t("chats.new")}
          onClick={() => setNew(true)}
        >
          <Plus />
        </button>
      </div>
      <List box={box} chats={found} query={query} />
      {isNew && <NewChat box={box} onClose={() => setNew(false)} />}
    </section>
  );
}

function List({ box, chats, query }: { box: Inbox; chats: readonly Chat[]; query: string }) {
  const list = useRef<HTMLUListElement>(null);
  if (chats.length === 0) {
    const text = query ? t("chats.noMatch", { query }) : t(box.isLoading.value ? "app.loading" : "chats.none");
    return (
      <p class="chats-none muted" role="status">
        {text}
      </p>
    );
  }
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const place = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[place + step]?.focus();
    event.preventDefault();
  };
  return (
    <ul class="chat-list" ref={list} onKeyDown={move}>
      {chats.map((chat) => (
        <li key={chat.id}>
          <Row box={box} chat={chat} />
        </li>
      ))}
    </ul>
  );
}

function Row({ box, chat }: { box: Inbox; chat: Chat }) {
  const last = box.messages.ofChat(chat.id).at(-1);
  const unread = chat.unreadCount;
  const draft = box.openChat.value === chat.id ? "" : box.drafts.of(chat.id).value.text.trim();
  return (
    <button
      type="button"
      class="chat"
      data-chat={chat.id}
      aria-current={box.openChat.value === chat.id ? "true" : undefined}
      onClick={() => box.open(chat.id)}
    >
      <Avatar id={chat.id} name={nameOf(chat)} isGroup={chat.isGroup} />
      <span class="chat-text">
        <span class="chat-line">
          <strong class="chat-name">{nameOf(chat)}</strong>
          <span class="chat-time">{moment(last?.timestamp ?? chat.timestamp)}</span>
        </span>
        <span class="chat-line">
          <span class="chat-last">{draft ? <Written text={draft} /> : last ? <Last entry={last} /> : <Kind chat={chat} />}</span>
          {unread > 0 && (
            <span class="badge" aria-label={plural("chats.unread", unread)}>
              {unread}
            </span>
          )}
        </span>
      </span>
    </button>
  );
}

function Written({ text }: { text: string }) {
  return (
    <>
      <span class="chat-draft">{t("chats.draft")}</span> {text}
    </>
  );
}

function Last({ entry }: { entry: Entry }) {
  return (
    <>
      {entry.problem || entry.isWaiting ? <Warning class="problem-mark" /> : entry.isOutgoing && <Ticks ack={entry.ack} />}
      {summary(entry)}
    </>
  );
}

function Kind({ chat }: { chat: Chat }) {
  if (!chat.isGroup) return <>{`+${chat.id.split("@")[0]}`}</>;
  return <>{chat.isReadOnly ? `${t("chats.group")}, ${t("chats.readOnly")}` : t("chats.group")}</>;
}

function NewChat({ box, onClose }: { box: Inbox; onClose: () => void }) {
  const [number, setNumber] = useState("");
  const action = useAction(async () => {
    await box.openNumber(number);
    onClose();
  });
  return (
    <Dialog title={t("chats.newTitle")} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <p>{t("chats.newText")}</p>
        <label class="field">
          <span>{t("chats.newNumber")}</span>
          <input
            type="tel"
            required
            placeholder="+7 999 111-22-33"
            value={number}
            onInput={(event) => setNumber(event.currentTarget.value)}
          />
        </label>
        <Problem problem={action.problem} onClose={action.clear} />
        <div class="actions actions-end">
          <button type="submit" class="button" disabled={action.isRunning}>
            {action.isRunning ? t("chats.checking") : t("chats.newSubmit")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function nameOf(chat: Chat): string {
  return chat.name || `+${chat.id.split("@")[0]}`;
}

function matches(chat: Chat, query: string): boolean {
  const wanted = query.trim().toLowerCase();
  return nameOf(chat).toLowerCase().includes(wanted) || chat.id.includes(wanted.replace(/[\s+()-]/g, "") || wanted);
}

function latest(box: Inbox, chat: Chat): number {
  return Math.max(box.messages.ofChat(chat.id).at(-1)?.timestamp ?? 0, chat.timestamp ?? 0);
}
