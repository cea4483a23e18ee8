// One message.

import { t, time } from "../i18n";
import type { Key } from "../i18n/en";
import type { Entry } from "../state/entry";
import type { Inbox } from "../state/inbox";
import { Document, Forward, Reply, Ticks } from "./icons";
import { kindName, Media, summary } from "./Media";

interface Props {
  box: Inbox;
  entry: Entry;
  /** Whether somebody else wrote the message before. */
  isFirst: boolean;
  showsAuthor: boolean;
  onReply: ((entry: Entry) => void) | undefined;
}

export function MessageView({ box, entry, isFirst, showsAuthor, onReply }: Props) {
  const side = entry.isOutgoing ? "message-out" : "message-in";
  return (
    <article
      class={`message ${side} ${isFirst ? "message-first" : ""} ${entry.problem ? "message-bad" : ""}`}
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
        {entry.quote && <Quote box={box} id={entry.quote} />}
        <Content box={box} entry={entry} />
        <footer class="message-foot">
          <time>{time(entry.timestamp)}</time>
          {entry.isOutgoing && <State entry={entry} />}
        </footer>
      </div>
      {onReply && entry.id && (
        <button type="button" class="icon-button message-reply" aria-label={t("message.reply")} onClick={() => onReply(entry)}>
          <Reply />
        </button>
      )}
      {entry.problem && <Trouble box={box} entry={entry} />}
    </article>
  );
}

function Quote({ box, id }: { box: Inbox; id: string }) {
  const quoted = box.messages.get(id);
  return (
    <div class="quote">
      <strong>{quoted ? (quoted.isOutgoing ? t("chats.you") : quoted.from) : t("message.unknownQuote")}</strong>
      {quoted && <span>{summary(quoted)}</span>}
    </div>
  );
}

function Content({ box, entry }: { box: Inbox; entry: Entry }) {
  if (entry.type === "revoked") return <em class="muted">{t("media.revoked")}</em>;
  const isKnown = entry.type === "chat" || entry.hasMedia;
  return (
    <>
      {entry.hasMedia && entry.id && <Media files={box.files} message={entry.id} type={entry.type} />}
      {entry.hasMedia && !entry.id && (
        <span class="media-file">
          <span class="media-icon">
            <Document />
          </span>
          <span class="media-name">{entry.file?.name}</span>
        </span>
      )}
      {!isKnown && <em class="muted">{kindName(entry.type)}</em>}
      {entry.body && <p class="message-body">{entry.body}</p>}
    </>
  );
}

/** How far the message has come. */
function State({ entry }: { entry: Entry }) {
  if (entry.problem) return <span class="message-state-bad">{t(entry.problem.mayRepeat ? "message.failed" : "message.uncertain")}</span>;
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
  if (!problem) return null;
  return (
    <div class="message-trouble" role="alert">
      <strong>{problem.what}</strong>
      {problem.service && <span>{t("problem.says", { text: problem.service })}</span>}
      <span>{problem.advice}</span>
      <div class="actions">
        {problem.mayRepeat && (
          <button type="button" class="link-button" onClick={() => void box.sendAgain(entry)}>
            {t("app.retry")}
          </button>
        )}
        <button type="button" class="link-button" onClick={() => box.messages.remove(entry)}>
          {t("message.remove")}
        </button>
      </div>
    </div>
  );
}
