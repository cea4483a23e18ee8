// One chat: its messages, and the place to write.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { day, plural, t } from "../i18n";
import type { Entry } from "../state/entry";
import type { Inbox } from "../state/inbox";
import { Avatar } from "./Avatar";
import { nameOf } from "./Chats";
import { Composer } from "./Composer";
import { focusChat } from "./focus";
import { Back, ChevronDown } from "./icons";
import { useJump } from "./jump";
import { MessageView } from "./Message";

/** So many messages are shown, and older ones that somebody follows a quote to. */
const SHOWN = 300;

export function Conversation({ box }: { box: Inbox }) {
  const [isOver, setOver] = useState(false);
  const id = box.openChat.value;
  const chat = id ? box.chat(id) : undefined;
  if (!chat) {
    return (
      <div class="nothing">
        <h2>{t("conversation.empty")}</h2>
        <p class="muted">{t("conversation.emptyText")}</p>
      </div>
    );
  }
  const name = nameOf(chat);
  const mayWrite = !chat.isReadOnly && !box.gone.value;
  return (
    <section
      class="conversation"
      aria-label={t("conversation.label", { name })}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(mayWrite);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (mayWrite && file) box.drafts.change(chat.id, { file, asDocument: false });
      }}
    >
      <header class="conversation-head">
        <button
          type="button"
          class="icon-button only-narrow"
          aria-label={t("app.back")}
          onClick={() => {
            box.open(undefined);
            focusChat(chat.id);
          }}
        >
          <Back />
        </button>
        <Avatar id={chat.id} name={name} isGroup={chat.isGroup} />
        <div class="conversation-name">
          <h2>{name}</h2>
          <span class="muted">
            {chat.isGroup
              ? plural("chats.members", chat.groupMetadata?.participants.length ?? 0)
              : `+${chat.id.split("@")[0]}`}
          </span>
        </div>
      </header>
      <Messages
        box={box}
        chat={chat.id}
        isGroup={chat.isGroup}
        onReply={mayWrite ? (entry) => box.drafts.change(chat.id, { quote: entry.id }) : undefined}
      />
      {mayWrite && <Composer key={chat.id} box={box} chat={chat.id} name={name} />}
      {chat.isReadOnly && <p class="read-only muted">{t("conversation.readOnly")}</p>}
      {isOver && <div class="drop">{t("composer.drop")}</div>}
    </section>
  );
}

interface MessagesProps {
  box: Inbox;
  chat: string;
  isGroup: boolean;
  onReply: ((entry: Entry) => void) | undefined;
}

function Messages({ box, chat, isGroup, onReply }: MessagesProps) {
  const [shown, setShown] = useState(SHOWN);
  const all = box.messages.ofChat(chat);
  const entries = all.slice(-shown);
  const log = useRef<HTMLDivElement>(null);
  const { found, to } = useJump(log);
  const jump = {
    found,
    to: (message: string) => {
      // An older one has to be shown first.
      setShown(Math.max(shown, all.length - all.findIndex(({ id }) => id === message)));
      setAtEnd(false);
      to(message);
    },
  };
  const [isAtEnd, setAtEnd] = useState(true);
  const toEnd = () => log.current?.scrollTo({ top: log.current.scrollHeight });
  const last = entries.at(-1);
  useLayoutEffect(() => {
    if (isAtEnd || last?.id === undefined) toEnd();
  }, [entries.length, last?.key, last?.problem, last?.isWaiting]);
  useEffect(() => {
    // Pictures get their height only when they are there, and the log loses some to what opens below it.
    const element = log.current;
    if (!element?.firstElementChild) return;
    const observer = new ResizeObserver(() => isAtEnd && toEnd());
    observer.observe(element);
    observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, [isAtEnd]);
  return (
    <div class="log-frame">
      <div
        class="log"
        ref={log}
        role="log"
        tabIndex={0}
        aria-label={t("conversation.label", { name: "" }).replace(/[\s:]+$/, "")}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          setAtEnd(scrollHeight - scrollTop - clientHeight < 60);
        }}
      >
        <div class="log-content">
          {entries.length === 0 && <p class="log-empty">{t("conversation.noMessages")}</p>}
          {entries.map((entry, place) => {
            const before = entries[place - 1];
            const date = day(entry.timestamp);
            return (
              <div key={entry.key} class="log-entry">
                {(!before || day(before.timestamp) !== date) && <p class="log-day">{date}</p>}
                <MessageView
                  box={box}
                  entry={entry}
                  isFirst={!before || before.isOutgoing !== entry.isOutgoing || before.from !== entry.from}
                  jump={jump}
                  showsAuthor={isGroup && !entry.isOutgoing}
                  onReply={onReply}
                />
              </div>
            );
          })}
        </div>
      </div>
      {!isAtEnd && (
        <button type="button" class="to-end icon-button" aria-label={t("conversation.down")} onClick={toEnd}>
          <ChevronDown />
        </button>
      )}
    </div>
  );
}
