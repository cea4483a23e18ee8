// What WhatsApp makes of a text: *bold*, _italic_, ~struck through~, `monospace` and ```monospace over lines```, and links.

export type Piece =
  | { kind: "text"; text: string }
  | { kind: "link"; text: string; href: string }
  | { kind: "mono"; text: string }
  | { kind: "bold" | "italic" | "strike"; pieces: Piece[] };

const MARKS = { "*": "bold", _: "italic", "~": "strike" } as const;
type Mark = keyof typeof MARKS;

const LINK = /(?:https?:\/\/|www\.)[^\s<>"`]+/iy;
/** What belongs to the sentence and not to the link at its end. */
const TAIL = /[.,!?;:*_~'»”…]+$/;
const WORD = /[\p{L}\p{N}]/u;

export function pieces(text: string): Piece[] {
  return new Parser(text).parse(0, text.length);
}

class Parser {
  readonly #text: string;
  /** Up to where there is certainly no closing mark, so that a text full of marks is not searched again for each. */
  readonly #unclosed: Record<string, number> = {};

  constructor(text: string) {
    this.#text = text;
  }

  parse(from: number, to: number): Piece[] {
    const found: Piece[] = [];
    let plain = from;
    let place = from;
    while (place < to) {
      const [piece, end] = this.#special(place, from, to) ?? [];
      if (!piece || end === undefined) {
        place += 1;
        continue;
      }
      if (plain < place) found.push({ kind: "text", text: this.#text.slice(plain, place) });
      found.push(piece);
      plain = place = end;
    }
    if (plain < to) found.push({ kind: "text", text: this.#text.slice(plain, to) });
    return found;
  }

  /** What begins here, and where it ends. */
  #special(place: number, from: number, to: number): [Piece, number] | undefined {
    const letter = this.#text[place];
    if (letter === "`") return this.#mono(place, to);
    if (letter === "h" || letter === "w" || letter === "H" || letter === "W") return this.#link(place, from, to);
    return letter !== undefined && letter in MARKS ? this.#marked(letter as Mark, place, from, to) : undefined;
  }

  #mono(place: number, to: number): [Piece, number] | undefined {
    for (const fence of ["```", "`"]) {
      if (!this.#text.startsWith(fence, place)) continue;
      const begin = place + fence.length;
      if ((this.#unclosed[fence] ?? 0) > begin) continue;
      const end = this.#text.indexOf(fence, begin);
      const isClosed = end > begin && end + fence.length <= to;
      const content = isClosed ? this.#text.slice(begin, end) : "";
      if (content.trim() !== "" && (fence === "```" || !content.includes("\n"))) {
        return [{ kind: "mono", text: content.replace(/^\n|\n$/g, "") }, end + fence.length];
      }
      if (end < 0) this.#unclosed[fence] = this.#text.length;
    }
    return undefined;
  }

  #link(place: number, from: number, to: number): [Piece, number] | undefined {
    if (place > from && WORD.test(this.#text[place - 1] ?? "")) return undefined;
    LINK.lastIndex = place;
    let link = LINK.exec(this.#text)?.[0].slice(0, to - place).replace(TAIL, "");
    if (link === undefined) return undefined;
    if (link.endsWith(")") && !link.includes("(")) link = link.slice(0, -1).replace(TAIL, "");
    const href = /^www/i.test(link) ? `https://${link}` : link;
    return URL.canParse(href) ? [{ kind: "link", text: link, href }, place + link.length] : undefined;
  }

  #marked(mark: Mark, place: number, from: number, to: number): [Piece, number] | undefined {
    const before = place > from ? (this.#text[place - 1] ?? "") : "";
    const next = this.#text[place + 1] ?? "";
    if (WORD.test(before) || next.trim() === "" || next === mark) return undefined;
    if ((this.#unclosed[mark] ?? 0) > place) return undefined;
    const end = this.#close(mark, place + 2, to);
    if (end === undefined) return undefined;
    return [{ kind: MARKS[mark], pieces: this.parse(place + 1, end) }, end + 1];
  }

  /** The closing mark: in the same line, behind a word and before none. */
  #close(mark: Mark, from: number, to: number): number | undefined {
    let place = from;
    for (; place < to && this.#text[place] !== "\n"; place++) {
      if (this.#text[place] !== mark) continue;
      const isBehind = (this.#text[place - 1] ?? "").trim() !== "";
      if (isBehind && (place + 1 >= to || !WORD.test(this.#text[place + 1] ?? ""))) return place;
    }
    this.#unclosed[mark] = place;
    return undefined;
  }
}
