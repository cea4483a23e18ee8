// The conversation as the other side sees it.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t, time } from "../i18n";
import type { PhoneChat, PhoneMessage } from "../phone";
import { inbox } from "../state/account";
import { done } from "../state/steps";
import type { PhoneScreen } from "../state/phone";
import { Clip, Close, Document, Send, Ticks } from "./icons";
import { Media, summary } from "./Media";

interface Props {
  screen: PhoneScreen;
  chat: PhoneChat;
}

export function PhoneChatView({ screen, chat }: Props) {
  const messages = screen.messages.value;
  const log = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => log.current?.scrollTo({ top: log.current.scrollHeight }), [messages.at(-1)?.id, chat.typing]);
  return (
    <>
      <div class="log phone-log" ref={log} role="log" tabIndex={0} aria-label={t("phone.conversation")}>
        <div class="log-content">
          {messages.length === 0 && <p class="log-empty">{t("phone.empty")}</p>}
          {messages.map((message) => (
            <Bubble key={message.id} message={message} messages={messages} />
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
      <Answer key={chat.id} screen={screen} chat={chat} />
    </>
  );
}

function Bubble({ message, messages }: { message: PhoneMessage; messages: readonly PhoneMessage[] }) {
  // What the session sent arrives here.
  const isMine = !message.id.startsWith("true_");
  const quoted = message.quote ? messages.find((other) => other.id === message.quote) : undefined;
  const files = inbox.value?.delivered;
  const type = message.type ?? "chat";
  return (
    <article class={`message message-first ${isMine ? "message-out" : "message-in"}`}>
      <div class="bubble">
        {quoted && (
          <div class="quote">
            <span>{summary({ type: quoted.type ?? "chat", body: quoted.body, hasMedia: quoted.hasMedia ?? false })}</span>
          </div>
        )}
        {message.hasMedia && files && <Media files={files} message={message.id} type={type} />}
        {message.body && <p class="message-body">{message.body}</p>}
        <footer class="message-foot">
          <time>{time(message.timestamp)}</time>
        </footer>
      </div>
    </article>
  );
}

function Answer({ screen, chat }: Props) {
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | undefined>(undefined);
  const picker = useRef<HTMLInputElement>(null);
  const body = text.trim();
  const send = () => {
    if (!body && !file) return;
    void screen.write(body, file);
    setText("");
    setFile(undefined);
  };
  // The step that is left for a newcomer.
  const isNext = done.value === 2 && screen.messages.value.length > 0;
  return (
    <form
      class="composer phone-composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {file && (
        <div class="composer-extra">
          <span class="media-icon">
            <Document />
          </span>
          <span class="media-name">{file.name}</span>
          <button type="button" class="icon-button" aria-label={t("composer.removeFile")} onClick={() => setFile(undefined)}>
            <Close />
          </button>
        </div>
      )}
      <div class={isNext ? "composer-row calling" : "composer-row"}>
        <input
          ref={picker}
          type="file"
          class="visually-hidden"
          tabIndex={-1}
          aria-hidden="true"
          onChange={({ currentTarget }) => {
            setFile(currentTarget.files?.[0]);
            currentTarget.value = "";
          }}
        />
        <button type="button" class="icon-button" aria-label={t("phone.attach")} onClick={() => picker.current?.click()}>
          <Clip />
        </button>
        <input
          type="text"
          class="phone-input"
          value={text}
          autocomplete="off"
          placeholder={t("phone.placeholder")}
          aria-label={t("phone.label", { name: chat.name })}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="send" aria-label={t("phone.send")} disabled={!body && !file}>
          <Send />
        </button>
      </div>
    </form>
  );
}
