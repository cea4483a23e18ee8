// One message.

import { t, time } from "../i18n";
import type { Key } from "../i18n/en";
import { gateway } from "../state/account";
import type { Entry } from "../state/entry";
import type { Inbox } from "../state/inbox";
import { showCall } from "../state/layout";
import { focusCall, focusComposer } from "./focus";
import { Code, Forward, Reply, Ticks } from "./icons";
import type { Jump } from "./jump";
import { kindName, Media, Pending, summary } from "./Media";
import { Quote } from "./Quote";
import { RichText } from "./RichText";

interface Props {
  box: Inbox;
  entry: Entry;
  /** Whether somebody else wrote the message before. */
  isFirst: boolean;
  showsAuthor: boolean;
  jump: Jump;
  onReply: ((entry: Entry) => void) | undefined;
}

export function MessageView({ box, entry, isFirst, showsAuthor, jump, onReply }: Props) {
  const side = entry.isOutgoing ? "message-out" : "message-in";
  const isFound = entry.id !== undefined && jump.found === entry.id;
  const marks = `${isFirst ? "message-first" : ""} ${entry.problem ? "message-bad" : ""} ${isFound ? "message-found" : ""}`;
  const call = entry.isOutgoing ? gateway.value?.calls.byTag(entry.key) : undefined;
  return (
    <article
      class={`message ${side} ${marks}`}
      data-message={entry.id}
      tabIndex={-1}
      aria-label={entry.isOutgoing ? t("chats.you") : t("message.from", { name: entry.from })}
    >
      <div class="bubble">
        {showsAuthor && isFirst && <span class="message-author">{entry.from}</span>}
        {entry.isForwarded && (
          <span class="message-forwarded">
            <Forward />
            {t("message.forwarded")}
          </span>
        )}
        {entry.quote && <Original box={box} id={entry.quote} jump={jump} />}
        <Content box={box} entry={entry} />
        <footer class="message-foot">
          <time>{time(entry.timestamp)}</time>
          {entry.isOutgoing && <State entry={entry} />}
        </footer>
      </div>
      <span class="message-tools">
        {onReply && entry.id && (
          <button type="button" class="icon-button" aria-label={t("message.reply")} title={t("message.reply")} onClick={() => onReply(entry)}>
            <Reply />
          </button>
        )}
        {call !== undefined && (
          <button
            type="button"
            class="icon-button"
            aria-label={t("message.inspect")}
            title={t("message.inspect")}
            onClick={() => {
              showCall(call);
              focusCall();
            }}
          >
            <Code />
          </button>
        )}
      </span>
      {(entry.problem || entry.isWaiting) && <Trouble box={box} entry={entry} />}
    </article>
  );
}

function Original({ box, id, jump }: { box: Inbox; id: string; jump: Jump }) {
  const quoted = box.messages.get(id);
  return (
    <Quote
      name={quoted ? (quoted.isOutgoing ? t("chats.you") : quoted.from) : t("message.unknownQuote")}
      text={quoted && summary(quoted)}
      label={t("message.toOriginal")}
      onJump={quoted && (() => jump.to(id))}
    />
  );
}

function Content({ box, entry }: { box: Inbox; entry: Entry }) {
  if (entry.type === "revoked") return <em class="muted">{t("media.revoked")}</em>;
  const isKnown = entry.type === "chat" || entry.hasMedia;
  return (
    <>
      {entry.hasMedia && entry.id && <Media files={box.files} message={entry.id} type={entry.type} />}
      {entry.hasMedia && !entry.id && <Pending type={entry.type} file={entry.file} />}
      {!isKnown && <em class="muted">{kindName(entry.type)}</em>}
      {entry.body && (
        <p class="message-body">
          <RichText text={entry.body} />
        </p>
      )}
    </>
  );
}

/** How far the message has come. */
function State({ entry }: { entry: Entry }) {
  if (entry.isWaiting) return <span class="message-state-waits">{t("message.waits")}</span>;
  if (entry.problem) return <span class="message-state-bad">{t(entry.problem.perhaps ? "message.uncertain" : "message.failed")}</span>;
  if (entry.progress !== undefined && entry.progress < 1) {
    return (
      <>
        <progress max="1" value={entry.progress} aria-label={t("message.sending")} />
        <span>{t("message.reading", { percent: Math.round(entry.progress * 100) })}</span>
      </>
    );
  }
  const key = `message.ack.${entry.ack}` as Key;
  const text = entry.id ? t(key) : t("message.sending");
  return (
    <span role="img" aria-label={text === key ? String(entry.ack) : text} title={text} data-ack={entry.id ? entry.ack : undefined}>
      <Ticks ack={entry.id ? entry.ack : 0} />
    </span>
  );
}

function Trouble({ box, entry }: { box: Inbox; entry: Entry }) {
  const { problem } = entry;
  return (
    <div class="message-trouble" role={problem ? "alert" : "status"}>
      {problem ? (
        <>
          <strong>{problem.what}</strong>
          {problem.service && <span>{t("problem.says", { text: problem.service })}</span>}
          <span>{problem.advice}</span>
        </>
      ) : (
        <Waits box={box} />
      )}
      <div class="actions">
        {problem?.mayRepeat && (
          <button
            type="button"
            class="link-button"
            onClick={() => {
              void box.outbox.sendAgain(entry);
              focusComposer();
            }}
          >
            {t("app.retry")}
          </button>
        )}
        <button
          type="button"
          class="link-button"
          onClick={() => {
            box.takeBack(entry);
            focusComposer();
          }}
        >
          {t("message.takeBack")}
        </button>
        <button
          type="button"
          class="link-button"
          onClick={() => {
            box.messages.remove(entry);
            focusComposer();
          }}
        >
          {t("message.remove")}
        </button>
      </div>
    </div>
  );
}

function Waits({ box }: { box: Inbox }) {
  const isOffline = box.connection.state.value === "offline";
  return (
    <>
      <strong>{t(isOffline ? "problem.offline" : "problem.connection")}</strong>
      <span>{t("advice.waits")}</span>
    </>
  );
}
