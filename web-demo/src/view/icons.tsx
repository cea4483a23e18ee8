// Icons, drawn on a square of 24. They say nothing to a screen reader; what they stand in says it.

import type { ComponentChildren } from "preact";

function Icon({ children, class: name }: { children: ComponentChildren; class?: string }) {
  return (
    <svg class={`icon ${name ?? ""}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

const line = (path: string) => (props: { class?: string }) => (
  <Icon {...props}>
    <path d={path} />
  </Icon>
);

export const Back = line("M15 5l-7 7 7 7");
export const Check = line("M5 12.500l4.500 4.500L19 7.500");
export const ChevronDown = line("M6 9.500l6 6 6-6");
export const Close = line("M6 6l12 12M18 6L6 18");
export const Clip = line(
  "M20 11.500l-8 8a5 5 0 0 1-7.070-7.070l8.500-8.500a3.300 3.300 0 0 1 4.700 4.700l-8.400 8.400a1.700 1.700 0 0 1-2.400-2.400l7.700-7.700",
);
export const Code = line("M9 7l-5 5 5 5M15 7l5 5-5 5");
export const Copy = line("M9 9h11v11H9zM5.500 15H4V4h11v1.500");
export const Document = line("M7 3h7l5 5v13H7zM14 3v5h5");
export const Download = line("M12 4v11m-5-4.500l5 5 5-5M5 20h14");
export const Fault = line("M13 3L5 14h6l-1 7 9-12h-6z");
export const Group = line(
  "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c.5-4 3-6 6.500-6s6 2 6.500 6M16 4.500a3.200 3.200 0 0 1 0 6M18 14.500c2 .7 3.200 2.600 3.500 5.500",
);
export const Leave = line("M14 4H5v16h9M10 12h11m-4-4.500l4.500 4.500-4.500 4.500");
export const Lock = line("M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3");
export const Moon = line("M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z");
export const Outbox = line("M4 13v6h16v-6M12 15V4M7.500 8.500L12 4l4.500 4.500");
export const Pencil = line("M4 20l1-4.500L16.500 4 20 7.500 8.500 19z");
export const Phone = line("M7 2.500h10v19H7zM10.500 18.500h3");
export const Picture = line("M4 5h16v14H4zM4 16l5-5 4 4 2.500-2.500L20 17M15.500 9.500h.01");
export const Play = line("M8 5.500v13l10.500-6.500z");
export const Plus = line("M12 5v14M5 12h14");
export const Power = line("M12 3.500v8M7 6.500a8 8 0 1 0 10 0");
export const Refresh = line("M19.500 12a7.500 7.500 0 1 1-2.200-5.300L20 9.400M20 4v5.400h-5.400");
export const Reply = line("M10 6l-6 6 6 6M4.500 12H14c4 0 6 2 6 6");
export const Scan = line("M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16");
export const Search = line("M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20 20");
export const Send = line("M4 12l16-8-5.500 17-3-7z");
export const Sun = line(
  "M12 16.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600L19 19M5 19l1.400-1.400M17.600 6.400L19 5",
);
export const Trash = line("M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.500 11v5.500M13.500 11v5.500");
export const Voice = line("M12 14a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3zM6 11a6 6 0 0 0 12 0M12 17v4");
export const Warning = line("M12 4l9 16H3zM12 10v4.500M12 17.300h.01");
export const Forward = line("M14 6l6 6-6 6M19.500 12H10c-4 0-6 2-6 6");

/** One tick, two ticks, or a clock while it waits. */
export function Ticks({ ack }: { ack: number }) {
  if (ack < 1) {
    return (
      <Icon class="ticks">
        <path d="M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4.500l3 1.500" />
      </Icon>
    );
  }
  return (
    <Icon class={ack >= 3 ? "ticks ticks-read" : "ticks"}>
      <path d="M2.500 12.500l4.500 4.500 9-9.500" />
      {ack >= 2 && <path d="M11 15.500l1.500 1.500 9-9.500" />}
    </Icon>
  );
}

/** The mark of the page. */
export function Logo() {
  return <img class="logo" src="./icon.svg" alt="" width="32" height="32" />;
}
