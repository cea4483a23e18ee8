// A small page as Vite builds it: sends the chosen file to where the address says.

import { Client, isWhatsgateError } from "whatsgate";

const input = document.querySelector("input")!;
const output = document.querySelector("output")!;
const place = new URLSearchParams(location.search);
const text = (name: string): string => place.get(name) ?? "";

input.addEventListener("change", async () => {
  try {
    const client = new Client({ apiKey: text("apiKey"), baseUrl: text("baseUrl") });
    const file = input.files![0]!;
    const { message } = await client.session(text("session")).sendFile("79999999999", file, { caption: "Look" });
    output.textContent = `sent as ${message?.id}`;
  } catch (error) {
    output.textContent = isWhatsgateError(error) ? `${error.message} ${error.cause}` : String(error);
  }
});
