// Whether this computer has a network at all, as the browser tells.

import { signal } from "@preact/signals";

export const isOnline = signal(navigator.onLine);

addEventListener("online", () => (isOnline.value = true));
addEventListener("offline", () => (isOnline.value = false));
