// Where a message is written or spoken.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { toProblem } from "../problem";
import type { Problem as ProblemText } from "../problem";
import type { Inbox } from "../state/inbox";
import { Recorder } from "../state/recorder";
import { FileChip } from "./FileChip";
import { focusComposer } from "./focus";
import { Clip, Close, Send, Voice } from "./icons";
import { summary } from "./Media";
import { Problem } from "./Problem";
import { Quote } from "./Quote";
import { VoiceBar } from "./VoiceBar";

interface Props {
  box: Inbox;
  chat: string;
  name: string;
}

export function Composer({ box, chat, name }: Props) {
  const { text, file, asDocument, quote } = box.drafts.of(chat).value;
  const [recorder, setRecorder] = useState<Recorder | undefined>(undefined);
  const [problem, setProblem] = useState<ProblemText | undefined>(undefined);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);

  // A touch keyboard that opens by itself would cover the conversation.
  useEffect(focusComposer, []);
  useEffect(() => {
    if (quote || file) area.current?.focus();
  }, [quote, file]);
  useEffect(() => () => recorder?.cancel(), [recorder]);
  useLayoutEffect(() => {
    if (!area.current) return;
    area.current.style.height = "auto";
    area.current.style.height = `${Math.min(area.current.scrollHeight, 160)}px`;
  }, [text, recorder]);

  const take = (chosen: File | undefined) => {
    box.drafts.change(chat, { file: chosen, asDocument: false });
    area.current?.focus();
  };
  const body = text.trim();
  const send = () => {
    if (!body && !file) return;
    void box.outbox.send(chat, { body, file, asDocument, quote });
    box.drafts.clear(chat);
    area.current?.focus();
  };
  const record = async () => {
    setProblem(undefined);
    try {
      setRecorder(await Recorder.start());
    } catch (error) {
      setProblem(toProblem(error));
      focusComposer();
    }
  };
  const sendVoice = async (spoken: Recorder) => {
    const voice = await spoken.finish();
    setRecorder(undefined);
    void box.outbox.send(chat, { body: "", file: voice, asDocument: false, isVoice: true, quote });
    box.drafts.change(chat, { quote: undefined });
    focusComposer();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {quote && <Answering box={box} chat={chat} quote={quote} />}
      {file && (
        <FileChip
          file={file}
          choice={{ asDocument, onChange: (value) => box.drafts.change(chat, { asDocument: value }) }}
          onRemove={() => take(undefined)}
        />
      )}
      <Problem problem={problem} onClose={() => setProblem(undefined)} />
      {recorder ? (
        <VoiceBar
          recorder={recorder}
          onCancel={() => {
            recorder.cancel();
            setRecorder(undefined);
            focusComposer();
          }}
          onSend={() => void sendVoice(recorder)}
        />
      ) : (
        <div class="composer-row">
          <input
            ref={picker}
            type="file"
            class="visually-hidden"
            tabIndex={-1}
            aria-hidden="true"
            onChange={({ currentTarget }) => {
              take(currentTarget.files?.[0]);
              currentTarget.value = "";
            }}
          />
          <button type="button" class="icon-button" aria-label={t("composer.attach")} onClick={() => picker.current?.click()}>
            <Clip />
          </button>
          <textarea
            ref={area}
            rows={1}
            value={text}
            placeholder={t(file ? "composer.caption" : "composer.placeholder")}
            aria-label={t("composer.label", { name })}
            onInput={(event) => {
              box.drafts.change(chat, { text: event.currentTarget.value });
              box.typed(chat);
            }}
            onPaste={(event) => {
              const pasted = event.clipboardData?.files[0];
              if (!pasted) return;
              event.preventDefault();
              take(pasted);
            }}
            onKeyDown={(event) => {
              if (event.key === "Escape") box.drafts.change(chat, { quote: undefined });
              if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
              event.preventDefault();
              send();
            }}
          />
          {body || file ? (
            <button type="submit" class="send" aria-label={t("composer.send")}>
              <Send />
            </button>
          ) : (
            <button
              type="button"
              class="send send-voice"
              aria-label={t("voice.start")}
              title={t("voice.start")}
              onClick={() => void record()}
            >
              <Voice />
            </button>
          )}
        </div>
      )}
    </form>
  );
}

function Answering({ box, chat, quote }: { box: Inbox; chat: string; quote: string }) {
  const quoted = box.messages.get(quote);
  const name = quoted?.isOutgoing ? t("chats.you") : quoted?.from;
  return (
    <div class="composer-extra">
      <Quote
        name={name === undefined ? t("message.unknownQuote") : t("message.quoted", { name })}
        text={quoted && summary(quoted)}
        label=""
        onJump={undefined}
      />
      <button
        type="button"
        class="icon-button"
        aria-label={t("composer.cancelQuote")}
        onClick={() => {
          box.drafts.change(chat, { quote: undefined });
          focusComposer();
        }}
      >
        <Close />
      </button>
    </div>
  );
}
