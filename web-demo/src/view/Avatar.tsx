// A round picture of somebody: the first letters of the name on a colour of its own.

import { Group } from "./icons";

export function Avatar({ id, name, isGroup }: { id: string; name: string; isGroup: boolean }) {
  const hue = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
  const letters = /\p{L}/u.test(name) ? initials(name) : name.replace(/\D/g, "").slice(-2);
  // A style attribute would be against the page's security policy; a property set by a script is not.
  return (
    <span class="avatar" aria-hidden="true" ref={(element) => element?.style.setProperty("--hue", String(hue))}>
      {isGroup ? <Group /> : letters}
    </span>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => /\p{L}/u.test(word));
  return words
    .slice(0, 2)
    .map((word) => word.match(/\p{L}/u)?.[0]?.toUpperCase() ?? "")
    .join("");
}
