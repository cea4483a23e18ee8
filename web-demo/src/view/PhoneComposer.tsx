// Where the other side answers.

import { useRef } from "preact/hooks";
import { t } from "../i18n";
import type { PhoneChat } from "../phone";
import { done } from "../state/steps";
import type { PhoneScreen } from "../state/phone";
import { FileChip } from "./FileChip";
import { Clip, Send } from "./icons";

export function PhoneComposer({ screen, chat }: { screen: PhoneScreen; chat: PhoneChat }) {
  const { text, file } = screen.drafts.of(chat.id).value;
  const picker = useRef<HTMLInputElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const name = chat.isGroup ? screen.nameOf(screen.memberOf(chat)) : chat.name;
  const body = text.trim();
  const take = (chosen: File | undefined) => {
    screen.drafts.change(chat.id, { file: chosen });
    input.current?.focus();
  };
  const send = () => {
    if (!body && !file) return;
    void screen.write(body, file);
    screen.drafts.clear(chat.id);
    input.current?.focus();
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
      {file && <FileChip file={file} onRemove={() => take(undefined)} />}
      <div class={isNext ? "composer-row calling" : "composer-row"}>
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
        <button type="button" class="icon-button" aria-label={t("phone.attach")} onClick={() => picker.current?.click()}>
          <Clip />
        </button>
        <input
          ref={input}
          type="text"
          class="phone-input"
          value={text}
          autocomplete="off"
          placeholder={t("phone.placeholder")}
          aria-label={t("phone.label", { name })}
          onInput={(event) => screen.drafts.change(chat.id, { text: event.currentTarget.value })}
        />
        <button type="submit" class="send" aria-label={t("phone.send")} disabled={!body && !file}>
          <Send />
        </button>
      </div>
    </form>
  );
}
