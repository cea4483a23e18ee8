// Where the focus belongs after what it was on has gone.

/** To where a message is written; not by touch, where a keyboard would cover the conversation. */
export function focusComposer(): void {
  requestAnimationFrame(() => {
    const area = document.querySelector<HTMLElement>(".half-messenger .composer textarea");
    if (area && matchMedia("(pointer: fine)").matches) area.focus();
    else document.getElementById("conversation")?.focus({ preventScroll: true });
  });
}

/** To a chat in the list. */
export function focusChat(id: string): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-chat="${CSS.escape(id)}"]`)?.focus());
}

/** To what opens the view behind the scenes, once that is closed. */
export function focusBackstageButton(): void {
  requestAnimationFrame(() => document.getElementById("backstage-button")?.focus());
}

/** To the call that is looked at. */
export function focusCall(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>(".call[aria-current]")?.focus());
}
