// Where a message is written.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { size, t } from "../i18n";
import type { Entry } from "../state/entry";
import type { Inbox } from "../state/inbox";
import { Clip, Close, Document, Picture, Send } from "./icons";
import { summary } from "./Media";

interface Props {
  box: Inbox;
  chat: string;
  name: string;
  quote: Entry | undefined;
  onQuoteDone: () => void;
  /** A file that was dropped onto the conversation. */
  dropped: File | undefined;
  onDroppedTaken: () => void;
}

export function Composer({ box, chat, name, quote, onQuoteDone, dropped, onDroppedTaken }: Props) {
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | undefined>(undefined);
  const [asDocument, setAsDocument] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);

  // A touch keyboard that opens by itself would cover the conversation.
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) area.current?.focus();
  }, []);
  useEffect(() => {
    if (quote) area.current?.focus();
  }, [quote]);
  useEffect(() => {
    if (dropped) take(dropped);
  }, [dropped]);
  useLayoutEffect(() => {
    if (!area.current) return;
    area.current.style.height = "auto";
    area.current.style.height = `${Math.min(area.current.scrollHeight, 160)}px`;
  }, [text]);

  const take = (chosen: File | undefined) => {
    setFile(chosen);
    setAsDocument(false);
    onDroppedTaken();
    area.current?.focus();
  };
  const body = text.trim();
  const send = () => {
    if (!body && !file) return;
    void box.send(chat, { body, file, asDocument, quote: quote?.id });
    setText("");
    setFile(undefined);
    onQuoteDone();
    area.current?.focus();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {quote && (
        <div class="composer-extra">
          <div class="quote">
            <strong>{t("message.quoted", { name: quote.isOutgoing ? t("chats.you") : quote.from })}</strong>
            <span>{summary(quote)}</span>
          </div>
          <button type="button" class="icon-button" aria-label={t("composer.cancelQuote")} onClick={onQuoteDone}>
            <Close />
          </button>
        </div>
      )}
      {file && (
        <FileChip
          file={file}
          asDocument={asDocument}
          onAsDocument={setAsDocument}
          onRemove={() => take(undefined)}
        />
      )}
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
            setText(event.currentTarget.value);
            box.typed(chat);
          }}
          onPaste={(event) => {
            const pasted = event.clipboardData?.files[0];
            if (!pasted) return;
            event.preventDefault();
            take(pasted);
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") onQuoteDone();
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <button type="submit" class="send" aria-label={t("composer.send")} disabled={!body && !file}>
          <Send />
        </button>
      </div>
    </form>
  );
}

interface ChipProps {
  file: File;
  asDocument: boolean;
  onAsDocument: (value: boolean) => void;
  onRemove: () => void;
}

function FileChip({ file, asDocument, onAsDocument, onRemove }: ChipProps) {
  const [preview, setPreview] = useState<string | undefined>(undefined);
  const isPicture = file.type.startsWith("image/");
  useEffect(() => {
    if (!isPicture) return;
    const url = URL.createObjectURL(file);
    setPreview(url);
    return () => {
      setPreview(undefined);
      URL.revokeObjectURL(url);
    };
  }, [file]);
  return (
    <div class="composer-extra" role="group" aria-label={t("composer.file", { name: file.name })}>
      {preview ? (
        <img class="composer-preview" src={preview} alt="" />
      ) : (
        <span class="media-icon">{isPicture ? <Picture /> : <Document />}</span>
      )}
      <span class="media-name">
        {file.name}
        <small>{size(file.size)}</small>
      </span>
      {(isPicture || file.type.startsWith("audio/")) && (
        <label class="check">
          <input
            type="checkbox"
            checked={asDocument}
            onChange={(event) => onAsDocument(event.currentTarget.checked)}
          />
          {t("composer.asDocument")}
        </label>
      )}
      <button type="button" class="icon-button" aria-label={t("composer.removeFile")} onClick={onRemove}>
        <Close />
      </button>
    </div>
  );
}
