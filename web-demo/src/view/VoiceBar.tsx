// While a voice message is spoken: how long it is, and what becomes of it.

import { useEffect, useRef } from "preact/hooks";
import { duration, t } from "../i18n";
import type { Recorder } from "../state/recorder";
import { Send, Trash } from "./icons";

interface Props {
  recorder: Recorder;
  onCancel: () => void;
  onSend: () => void;
}

export function VoiceBar({ recorder, onCancel, onSend }: Props) {
  const send = useRef<HTMLButtonElement>(null);
  useEffect(() => send.current?.focus(), []);
  return (
    <div
      class="composer-row voice-bar"
      role="group"
      aria-label={t("voice.label")}
      onKeyDown={(event) => event.key === "Escape" && onCancel()}
    >
      <button type="button" class="icon-button" aria-label={t("voice.cancel")} title={t("voice.cancel")} onClick={onCancel}>
        <Trash />
      </button>
      <span class="voice-light" />
      <span role="timer">{t("voice.recording", { length: duration(recorder.seconds.value) })}</span>
      <button ref={send} type="button" class="send" aria-label={t("voice.send")} onClick={onSend}>
        <Send />
      </button>
    </div>
  );
}
