// The conversation as the other side sees it.

import { useLayoutEffect, useRef } from "preact/hooks";
import { t, time } from "../i18n";
import type { PhoneChat, PhoneMessage } from "../phone";
import { inbox } from "../state/account";
import type { PhoneScreen } from "../state/phone";
import { Ticks } from "./icons";
import { type Jump, useJump } from "./jump";
import { Media, summary } from "./Media";
import { PhoneComposer } from "./PhoneComposer";
import { PhoneUnsent } from "./PhoneUnsent";
import { Quote } from "./Quote";
import { RichText } from "./RichText";

interface Props {
  screen: PhoneScreen;
  chat: PhoneChat;
}

export function PhoneChatView({ screen, chat }: Props) {
  const messages = screen.messages.value;
  const unsent = screen.unsent(chat.id);
  const log = useRef<HTMLDivElement>(null);
  const jump = useJump(log);
  useLayoutEffect(
    () => log.current?.scrollTo({ top: log.current.scrollHeight }),
    [messages.at(-1)?.id, chat.typing, unsent.length],
  );
  return (
    <>
      <div class="log phone-log" ref={log} role="log" tabIndex={0} aria-label={t("phone.conversation")}>
        <div class="log-content">
          {messages.length === 0 && unsent.length === 0 && <p class="log-empty">{t("phone.empty")}</p>}
          {messages.map((message, place) => (
            <Bubble
              key={message.id}
              screen={screen}
              chat={chat}
              message={message}
              before={messages[place - 1]}
              messages={messages}
              jump={jump}
            />
          ))}
          {unsent.map((draft) => (
            <PhoneUnsent key={draft.key} outbox={screen.outbox} drafts={screen.drafts} draft={draft} />
          ))}
          {chat.typing && <p class="typing">{t("phone.typing")}</p>}
        </div>
      </div>
      {chat.unread > 0 && (
        <button type="button" class="phone-read" onClick={() => void screen.read()}>
          <Ticks ack={3} />
          {t("phone.read")}
        </button>
      )}
      <PhoneComposer key={chat.id} screen={screen} chat={chat} />
    </>
  );
}

interface BubbleProps extends Props {
  message: PhoneMessage;
  before: PhoneMessage | undefined;
  messages: readonly PhoneMessage[];
  jump: Jump;
}

function Bubble({ screen, chat, message, before, messages, jump }: BubbleProps) {
  const author = authorOf(screen, chat, message);
  const isMine = chat.isGroup ? author?.id === screen.memberOf(chat) : author !== undefined;
  const isFirst = !before || authorOf(screen, chat, before)?.id !== author?.id;
  const quoted = message.quote ? messages.find((other) => other.id === message.quote) : undefined;
  const files = inbox.value?.delivered;
  const type = message.type ?? "chat";
  const marks = `${isFirst ? "message-first" : ""} ${jump.found === message.id ? "message-found" : ""}`;
  return (
    <article class={`message ${marks} ${isMine ? "message-out" : "message-in"}`} data-message={message.id} tabIndex={-1}>
      <div class="bubble">
        {chat.isGroup && !isMine && isFirst && <span class="message-author">{author?.name ?? sessionName()}</span>}
        {quoted && (
          <Quote
            name={undefined}
            text={summary({ type: quoted.type ?? "chat", body: quoted.body, hasMedia: quoted.hasMedia ?? false })}
            label={t("message.toOriginal")}
            onJump={() => jump.to(quoted.id)}
          />
        )}
        {message.hasMedia && files && <Media files={files} message={message.id} type={type} />}
        {message.body && (
          <p class="message-body">
            <RichText text={message.body} />
          </p>
        )}
        <footer class="message-foot">
          <time>{time(message.timestamp)}</time>
        </footer>
      </div>
    </article>
  );
}

/** Who of this side wrote a message; nobody if the session did. */
function authorOf(screen: PhoneScreen, chat: PhoneChat, message: PhoneMessage): { id: string; name: string } | undefined {
  if (message.id.startsWith("true_")) return undefined;
  const id = message.author ?? chat.id;
  return { id, name: screen.nameOf(id) };
}

function sessionName(): string {
  return inbox.value?.session.value.name ?? "";
}
