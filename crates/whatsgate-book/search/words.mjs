// Says in Russian what mdBook says in English around the pages. Arguments: the folder of the book.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];

/** Replaces every text in the files, and fails where one is in none: then mdBook says something else. */
function translate(files, words) {
  const missing = new Set(Object.keys(words));
  for (const file of files) {
    let text = readFileSync(file, "utf8");
    for (const [english, russian] of Object.entries(words)) {
      if (!text.includes(english)) continue;
      missing.delete(english);
      text = text.replaceAll(english, russian);
    }
    writeFileSync(file, text);
  }
  if (missing.size > 0) throw new Error(`mdBook no longer says ${[...missing].join(", ")}`);
}

const all = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
translate(
  all.filter((name) => name.endsWith(".html")),
  {
    'title="Toggle Table of Contents"': 'title="Содержание"',
    'aria-label="Toggle Table of Contents"': 'aria-label="Содержание"',
    'title="Change theme"': 'title="Тема"',
    'aria-label="Change theme"': 'aria-label="Тема"',
    'aria-label="Themes"': 'aria-label="Темы"',
    ">Auto<": ">Как в системе<",
    ">Light<": ">Светлая<",
    ">Navy<": ">Тёмная<",
    'title="Search (`/`)"': 'title="Поиск (`/`)"',
    'placeholder="Search this book ..."': 'placeholder="Поиск по книге…"',
    'aria-label="Toggle Searchbar"': 'aria-label="Поиск"',
    'title="Print this book"': 'title="Печать"',
    'aria-label="Print this book"': 'aria-label="Печать"',
    ">Keyboard shortcuts<": ">Клавиши<",
    "<p>Press <kbd>←</kbd> or <kbd>→</kbd> to navigate between chapters</p>": "<p><kbd>←</kbd> и <kbd>→</kbd>: соседние страницы</p>",
    "<p>Press <kbd>S</kbd> or <kbd>/</kbd> to search in the book</p>": "<p><kbd>S</kbd> или <kbd>/</kbd>: поиск по книге</p>",
    "<p>Press <kbd>?</kbd> to show this help</p>": "<p><kbd>?</kbd>: эта подсказка</p>",
    "<p>Press <kbd>Esc</kbd> to hide this help</p>": "<p><kbd>Esc</kbd>: убрать подсказку</p>",
    'aria-label="Page navigation"': 'aria-label="Соседние страницы"',
    'aria-label="Table of contents"': 'aria-label="Содержание"',
    'title="Previous chapter"': 'title="Предыдущая страница"',
    'aria-label="Previous chapter"': 'aria-label="Предыдущая страница"',
    'title="Next chapter"': 'title="Следующая страница"',
    'aria-label="Next chapter"': 'aria-label="Следующая страница"',
  },
);
translate(
  all.filter((name) => /searcher-?\w*\.js$/.test(name)),
  {
    "count + ' search result for \\'' + searchterm + '\\':'": "'Найдено по запросу «' + searchterm + '»: ' + count",
    "'No search results for \\'' + searchterm + '\\'.'": "'По запросу «' + searchterm + '» ничего не найдено.'",
    "count + ' search results for \\'' + searchterm + '\\':'": "'Найдено по запросу «' + searchterm + '»: ' + count",
  },
);
